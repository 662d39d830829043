"""Reads files into the session in a job: rows appear at once, nothing is lost without a word."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from msgui.errors import MsguiError, Problem
from msgui.gui.jobs import Job, JobRunner
from msgui.gui.session import Entry, Session
from msgui.gui.undo import AddSpectra
from msgui.progress import Step
from msgui.project.sources import identity, name_of

Again = Literal["skip", "add", "replace"]

LARGEST_FOLDER = 20_000
# After the first rows reading waits this long for model and structures: two busy threads beside
# the window's would keep it from the mouse, and the first spectrum is wanted before the last row.
GIVES_WAY_S = 2.0
# What a folder may hold besides spectra is passed over without a word.
SPECTRUM_SUFFIXES = frozenset(
    {".mgf", ".msp", ".mat", ".mzml", ".mzxml", ".json", ".txt", ".ms", ".massbank"}
)


@dataclass
class FileOutcome:
    """What became of one file.

    Parameters
    ----------
    path : str
    status : "reading", "loaded", "cancelled" or "not read"
    uids : list of int
        The spectra that it gave.
    skipped : int
        Records that were found and not loaded.
    problems : list of Problem
    moved_to : str
        Where the file is now; empty: where it was.
    """

    path: str
    status: Literal["reading", "loaded", "cancelled", "not read"] = "reading"
    uids: list[int] = field(default_factory=list)
    skipped: int = 0
    problems: list[Problem] = field(default_factory=list)
    moved_to: str = ""

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return name_of(self.path)

    @property
    def place(self) -> str:
        """Where the file is now."""
        return self.moved_to or self.path

    @property
    def loaded(self) -> int:
        """Number of spectra that were loaded."""
        return len(self.uids)

    @property
    def found(self) -> int:
        """Number of records that were found."""
        return self.loaded + self.skipped


@dataclass(frozen=True)
class _Plan:
    paths: tuple[str, ...]
    identities: tuple[str, ...]
    sizes: tuple[int, ...]
    problems: tuple[Problem, ...]


class Loader(QObject):
    """Reads files, remembers what became of each, and asks when a file comes twice."""

    reading = Signal(str)  # what the list's header says; empty: no more
    first_rows = Signal(object)  # Entry: the first of a load
    known_files = Signal(list, object)  # paths that are loaded already; call it with an Again
    outcome = Signal(object)  # FileOutcome of a file that is over
    finished = Signal(list)  # list[FileOutcome] of one load

    def __init__(self, session: Session, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        self._identities: dict[str, str] = {}
        self.outcomes: list[FileOutcome] = []
        self._to_select = 0

    def load(self, paths: Sequence[str | Path], *, replace: bool = False, select: int = 0) -> None:
        """Read files and folders; what was there stays unless ``replace``.

        Parameters
        ----------
        select : int
            Which of the new spectra is shown.
        """
        wanted = [str(path) for path in paths]
        self._to_select = select
        self._runner.start(
            "Looking at the files",
            lambda: _plan(wanted),
            lane="import",
            visible=False,
            on_result=lambda plan: self._decide(plan, replace),
        )

    def cancel(self) -> None:
        """Stop reading; what was read stays, marked as partial."""
        self._runner.cancel_lane("import")

    def _decide(self, plan: _Plan, replace: bool) -> None:
        if plan.problems:
            refused = [
                FileOutcome(problem.file, "not read", problems=[problem])
                for problem in plan.problems
            ]
            self.outcomes += refused
            for outcome in refused:
                self.outcome.emit(outcome)
            if not plan.paths:
                self.finished.emit(refused)
        if not plan.paths:
            return
        if replace:
            self._forget_all()
        known = [
            path
            for path, digest in zip(plan.paths, plan.identities, strict=True)
            if digest in self._identities
        ]
        if known:
            self.known_files.emit(known, lambda again: self._start(plan, again))
        else:
            self._start(plan, "add")

    def _forget_all(self) -> None:
        self._session.remove([entry.uid for entry in self._session.spectra])
        self.forget()

    def forget(self) -> None:
        """Know of no file any more."""
        self._identities.clear()
        self.outcomes.clear()

    def remember(self, outcomes: Sequence[FileOutcome], identities: Mapping[str, str]) -> None:
        """Know what became of files that an earlier window read."""
        self.outcomes += outcomes
        self._identities.update((i, path) for i, path in identities.items() if i)

    def identity_of(self, path: str) -> str:
        """Return the digest by which a loaded file is known again; empty for none."""
        return next((i for i, known in self._identities.items() if known == path), "")

    def sources(self) -> dict[str, str]:
        """Return the digest of each file that gave what is in the list, by the place it is at."""
        return {
            outcome.place: digest
            for outcome in self.outcomes
            if (digest := self.identity_of(outcome.path))
            and any(self._session.entry(uid) is not None for uid in outcome.uids)
        }

    def place_of(self, path: str) -> str:
        """Return where the file is now that was read from a path."""
        return next((o.place for o in self.outcomes if o.path == path), path)

    def relocate(self, places: Mapping[str, str]) -> list[FileOutcome]:
        """Know where files are now, by where they were; return what changed."""
        moved = [outcome for outcome in self.outcomes if outcome.place in places]
        for outcome in moved:
            outcome.moved_to = places[outcome.place]
        return moved

    def _start(self, plan: _Plan, again: Again) -> None:
        jobs = list(zip(plan.paths, plan.identities, plan.sizes, strict=True))
        if again == "skip":
            jobs = [job for job in jobs if job[1] not in self._identities]
        elif again == "replace":
            for _, digest, _ in jobs:
                self._remove_file(digest)
        if not jobs:
            return
        reading = _Reading(self, [path for path, _, _ in jobs])
        for path, digest, _ in jobs:
            self._identities[digest] = path
        name = Path(jobs[0][0]).name if len(jobs) == 1 else f"{len(jobs)} files"
        job = self._runner.start(
            f"Reading {name}",
            lambda: _read(
                [path for path, _, _ in jobs],
                [size for _, _, size in jobs],
                lambda: self._runner.is_busy("tools"),
            ),
            lane="import",
            on_result=reading.take,
        )
        job.ended.connect(lambda: reading.end(job))

    def _remove_file(self, digest: str) -> None:
        path = self._identities.pop(digest, None)
        uids = [entry.uid for entry in self._session.spectra if entry.spectrum.origin.file == path]
        self._session.remove(uids)
        self.outcomes = [outcome for outcome in self.outcomes if outcome.path != path]


class _Reading:
    """One load while it runs: turns what the worker says into entries and outcomes."""

    def __init__(self, loader: Loader, paths: Sequence[str]) -> None:
        self._loader = loader
        self._session: Session = loader._session
        self._select = loader._to_select
        self._outcomes = {path: FileOutcome(path) for path in paths}
        self._uids: list[int] = []
        self._seen = 0

    def take(self, event: tuple[str, str, Any]) -> None:
        kind, path, value = event
        outcome = self._outcomes[path]
        if kind == "batch":
            self._add(outcome, value)
        elif kind == "problem":
            outcome.problems.append(value)
            outcome.status = "not read"
        if kind in ("problem", "end"):
            if kind == "end":
                outcome.status = "loaded"
            self._close(outcome)

    def _add(self, outcome: FileOutcome, batch: Any) -> None:
        outcome.problems += batch.problems
        outcome.skipped += sum(problem.skipped for problem in batch.problems)
        if not batch.spectra:
            return
        entries = self._session.add(batch.spectra)
        uids = [entry.uid for entry in entries]
        outcome.uids += uids
        self._uids += uids
        self._show_wanted(entries)
        count = f"{outcome.loaded:,}".replace(",", " ")
        self._loader.reading.emit(f"reading {outcome.name}, {count} …")
        _take_from_collector()

    def _show_wanted(self, entries: Sequence[Entry]) -> None:
        """Show the first MS/MS spectrum as soon as it is there, and then the wanted one."""
        found = [entry for entry in entries if entry.spectrum.ms_level != 1]
        before, self._seen = self._seen, self._seen + len(found)
        if found and before <= self._select < self._seen:
            self._loader.first_rows.emit(found[self._select - before])
        elif found and before == 0:
            self._loader.first_rows.emit(found[0])

    def _close(self, outcome: FileOutcome) -> None:
        self._loader.outcomes.append(outcome)
        self._loader.outcome.emit(outcome)

    def end(self, job: Job) -> None:
        loader = self._loader
        loader.reading.emit("")
        left = [o for o in self._outcomes.values() if o.status == "reading"]
        for outcome in left:
            outcome.status = "cancelled" if job.state == "cancelled" else "not read"
            if job.error is not None:
                outcome.problems.append(as_problem(job.error, outcome.path))
            for uid in outcome.uids:
                if (entry := self._session.entry(uid)) is not None:
                    entry.partial = True
            self._close(outcome)
        for digest, path in list(loader._identities.items()):
            # A file that was not read to its end may be read again without a question.
            if path in self._outcomes and self._outcomes[path].status != "loaded":
                del loader._identities[digest]
        if self._uids:
            names = [o.name for o in self._outcomes.values() if o.uids]
            what = names[0] if len(names) == 1 else f"{len(names)} files"
            self._session.undo_stack.push(AddSpectra(self._session, self._uids, f"Open {what}"))
        loader.finished.emit(list(self._outcomes.values()))


def as_problem(error: Exception, file: str = "") -> Problem:
    """Return what is said to a person about an error of any kind."""
    if isinstance(error, MsguiError):
        return error.problem()
    if isinstance(error, OSError):
        cause = error.strerror or type(error).__name__
        return Problem("error", f"The file cannot be read: {cause}.", "", file)
    return Problem(
        "error",
        "Something in msgui went wrong while reading this file.",
        "Please report it with Copy details.",
        file,
        f"{type(error).__name__}: {error}",
    )


def _take_from_collector() -> None:
    """Let the garbage collector pass over what was just loaded.

    Spectra live long and hold no cycles; walking over a million of their parts again and again
    would stop the window for half a second at a time.
    """
    gc.collect(1)
    gc.freeze()


def without_adduct(entries: Iterable[Entry | None]) -> list[Entry]:
    """Return the MS/MS spectra that state no adduct."""
    return [
        entry
        for entry in entries
        if entry is not None and not entry.spectrum.adduct and entry.spectrum.ms_level > 1
    ]


def usual_polarity(entries: Sequence[Entry]) -> str:
    """Return the polarity that most spectra state, empty where none does."""
    counts = Counter(e.spectrum.polarity for e in entries if e.spectrum.polarity)
    return str(counts.most_common(1)[0][0]) if counts else ""


def _plan(wanted: Sequence[str]) -> Iterator[Step | _Plan]:
    paths, identities, sizes, problems = [], [], [], []
    files: list[Path] = []
    for name in wanted:
        path = Path(name)
        if path.is_dir():
            inside = _spectrum_files(path)
            files += inside
            if not inside:
                problems.append(
                    Problem("error", "No file of spectra is in this folder.", "", str(path))
                )
        else:
            files.append(path)
    for i, path in enumerate(files):
        yield Step(i, len(files), path.name)
        try:
            if path.is_file():
                identities.append(identity(path))
                sizes.append(path.stat().st_size)
            else:
                # Readers say what is wrong with it.
                identities.append(f"path {path}")
                sizes.append(0)
            paths.append(str(path))
        except OSError as error:
            problems.append(as_problem(error, str(path)))
    yield _Plan(tuple(paths), tuple(identities), tuple(sizes), tuple(problems))


def _spectrum_files(folder: Path) -> list[Path]:
    found = []
    for path in sorted(folder.rglob("*")):
        suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
        if suffixes[-1:] == [".gz"]:
            suffixes.pop()
        if suffixes and suffixes[-1] in SPECTRUM_SUFFIXES and path.is_file():
            found.append(path)
            if len(found) >= LARGEST_FOLDER:
                break
    return found


def _read(
    paths: Sequence[str], sizes: Sequence[int], tools_are_opened: Callable[[], bool]
) -> Iterator[Step | tuple[str, str, Any]]:
    from msgui.spectra.readers import read_batches

    total, before = sum(sizes), 0
    gives_way_until = time.monotonic() + GIVES_WAY_S
    for path, size in zip(paths, sizes, strict=True):
        try:
            for batch in read_batches(path):
                yield ("batch", path, batch)
                step = Step(before + batch.step.done, total, Path(path).name)
                yield step
                while tools_are_opened() and time.monotonic() < gives_way_until:
                    time.sleep(0.01)
                    yield step
            yield ("end", path, None)
        except Exception as error:
            yield ("problem", path, as_problem(error, path))
        before += size
