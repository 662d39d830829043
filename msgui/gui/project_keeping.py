"""Keeps the session on disk while the user works: each change in a journal, the rest on demand."""

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotDoneError
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

import msgui
from msgui.errors import MsguiError
from msgui.gui.jobs import Job, JobRunner
from msgui.gui.kept_entries import outcome_of
from msgui.gui.loading import Loader
from msgui.gui.project_changes import Changes
from msgui.gui.project_reading import Arrived, End, Reading, contents
from msgui.gui.session import Session
from msgui.progress import Step
from msgui.project.file import SUFFIX, Key, ProjectFile
from msgui.project.journal import Journal
from msgui.project.lock import Lock
from msgui.project.opening import Opened, open_copy, rescue
from msgui.project.recovery import State, Workplace, new_workplace
from msgui.project.saving import mark_of, save

log = logging.getLogger(__name__)

# Changes of one moment go to the disk together; a decision is never longer in memory only.
GATHER_MS = 250
# While files are read their spectra wait: they are on disk already, and reading must be quick.
READING_MS = 2_000
SPECTRA_A_TURN, TURN_MS = 500, 30
WAIT_S = 0.05
# More results than come by looking around were waited for.
RESULTS_OF_A_LOOK = 20
SAVING = "saving"  # what such a job is about
CLOSING_S = 15.0


class Keeper(QObject):
    """The project behind a session: its file, whether there is unsaved work, its journal."""

    changed = Signal()  # path, dirty or read-only
    problem = Signal(object)  # MsguiError or Problem: it cannot be kept on disk
    opened = Signal(object)  # OpenedProject
    saved = Signal(str)  # path

    def __init__(
        self, session: Session, runner: JobRunner, loader: Loader, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._loader = session, runner, loader
        self.path = ""
        self.read_only = ""
        self.is_dirty = False
        self.has_decisions = False
        self._mark = ""
        self.is_on = False
        self._place: Workplace | None = None
        self._journal: Journal | None = None
        self._lock: Lock | None = None
        self._told = ""
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(READING_MS)
        self._look.timeout.connect(self._watch)
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.timeout.connect(self._hand_over_some)
        self.changes = Changes(session, loader, self)
        self.changes.happened.connect(self._schedule)
        session.entry_changed.connect(self._note_decision)

    # What changed

    def start(self) -> None:
        """Keep what is and will be in the session from now on."""
        if not self.is_on:
            self.is_on = True
            self.changes.note_everything()

    def _schedule(self) -> None:
        self._note_dirty()
        if not self.is_on:
            return
        reading = any(job.lane == "import" for job in self._runner.running())
        waits = READING_MS if reading and not self.changes.has_decisions else GATHER_MS
        if not self._gather.isActive() or self._gather.remainingTime() > waits:
            self._gather.start(waits)

    def _note_decision(self, _uid: int) -> None:
        if not self.has_decisions:
            self.has_decisions = True
            self.changed.emit()

    def _note_dirty(self) -> None:
        if not self.is_dirty:
            self.is_dirty = True
            self.changed.emit()

    # To the journal

    def _hand_over_some(self) -> None:
        """Give a part of what changed to the journal; thousands at once would be felt."""
        self._hand_over(SPECTRA_A_TURN)
        if self.is_on and self.changes.are_waiting:
            self._gather.start(TURN_MS)

    def _hand_over(self, most: int | None = None) -> None:
        """Give what changed to the journal's thread."""
        if not self.is_on:
            return
        changes = self.changes.take(most)
        if changes:
            self._running_journal().keep(changes)
        self._watch()

    def _running_journal(self) -> Journal:
        if self._journal is None:
            self._journal = Journal(self._new_copy())
        return self._journal

    def _new_copy(self) -> Callable[[], ProjectFile]:
        def make() -> ProjectFile:
            try:
                place = new_workplace()
                file = ProjectFile(place.copy, create=True)
            except (OSError, MsguiError):
                log.warning("work cannot be kept on disk until it is saved", exc_info=True)
                return ProjectFile(None)
            self._place = place
            return file

        return make

    def _watch(self) -> None:
        """Say once when the journal cannot write, and look again while it is behind."""
        journal = self._journal
        if journal is None:
            return
        problem = journal.problem
        words = problem.cause if problem else ""
        if words and words != self._told and problem is not None:
            self.problem.emit(problem)
        self._told = words
        if journal.is_behind:
            self._look.start()

    def flush(self, timeout_s: float = CLOSING_S) -> bool:
        """Wait until everything stands on disk; return whether it does."""
        self._hand_over()
        if self._journal is None:
            return True
        try:
            unwritten = self._journal.call(lambda _file, left: len(left)).result(timeout_s)
        except (NotDoneError, MsguiError):
            return False
        return unwritten == 0

    # Saving

    @property
    def name(self) -> str:
        """What the project is called; empty for work that was never saved."""
        return Path(self.path).name if self.path else ""

    @property
    def has_unsaved_work(self) -> bool:
        """Would anything be lost that the user did or waited for.

        Spectra that were only looked at are in their files.
        """
        waited = self.changes.results > RESULTS_OF_A_LOOK
        return self.is_dirty and (bool(self.path) or self.has_decisions or waited)

    def save(self, path: str, *, replaces: bool) -> Job:
        """Save in the background; ``saved`` or ``problem`` follows.

        Parameters
        ----------
        path : str
        replaces : bool
            The user said that whatever stands there is replaced.
        """
        self.start()
        self._hand_over()
        target = Path(path)
        expected = None if replaces or path != self.path else self._mark
        journal, lock = self._running_journal(), self._lock_for(target)
        self.is_dirty = False

        def in_journal(file: ProjectFile, unwritten: Mapping[Key, bytes | None]) -> str:
            if lock is not None and (held := _held_by_other(lock)):
                raise MsguiError(held, "Save it under another name.", path)
            mark = save(file, target, unwritten, {"msgui": msgui.__version__}, expected)
            if path == self.path:
                self._mark = mark  # known even if nobody waits for it any more
            if self._place is not None:
                self._place.note(State(path, mark, file.revision))
            return mark

        def work() -> Iterator[Any]:
            future = journal.call(in_journal)
            try:
                yield from _waited(future, f"saving {target.name}")
            finally:
                if not future.done():
                    journal.interrupt()

        def ended() -> None:
            if job.state == "done":
                self.saved.emit(path)
            else:
                self._note_dirty()
                if lock is not None:
                    lock.release()

        job = self._runner.start(
            f"Saving {target.name}",
            work,
            lane="project",
            about=SAVING,
            on_result=lambda mark: self._is_saved(path, mark, lock),
            on_fail=self.problem.emit,
        )
        job.ended.connect(ended)
        return job

    def _is_saved(self, path: str, mark: str, lock: Lock | None) -> None:
        if lock is not None:
            if self._lock is not None:
                self._lock.release()
            self._lock = lock
        self.path, self._mark, self.read_only = path, mark, ""
        self.changed.emit()

    def _lock_for(self, target: Path) -> Lock | None:
        """Return the lock that a save needs first, None when it is held already."""
        lock = Lock(target)
        held = self._lock is not None and self._lock.is_held and self._lock.path == lock.path
        return None if held else lock

    # Opening

    def open(self, path: str, *, rescuing: bool = False, stands_for: str = "") -> Job:
        """Open a project in place of what is there; its spectra arrive as they are read.

        Parameters
        ----------
        path : str
        rescuing : bool
            Take what can be read of a damaged file.
        stands_for : str
            The damaged project that this is a backup of: it is saved under that name.
        """
        asked = stands_for or path

        def work() -> Iterator[Any]:
            place, lock = new_workplace(), Lock(Path(asked))
            try:
                read_only = _held_by_other(lock)
                read = rescue if rescuing else open_copy
                told = None
                for event in read(Path(path), place.copy):
                    if isinstance(event, Opened):
                        told = event
                    else:
                        yield event
                assert told is not None
                mark = mark_of(Path(asked))
                read_only = read_only or told.read_only
                with ProjectFile(place.copy) as file:
                    # A backup or what was rescued is not what stands under that name.
                    saved = 0 if rescuing or stands_for else file.revision
                place.note(State(asked, mark, saved, read_only))
            except BaseException:
                lock.release()
                place.discard()
                raise
            yield Arrived(place, lock, read_only, told)
            yield from contents(place)

        return self._read_in(f"Opening {Path(path).name}", work, is_restored=False)

    def restore(self, place: Workplace) -> Job:
        """Go on with the work of a window that did not close."""
        state = place.state

        def work() -> Iterator[Any]:
            lock = Lock(Path(state.path)) if state.path else None
            held = _held_by_other(lock) if lock is not None else ""
            yield Arrived(place, lock, held or state.read_only)
            yield from contents(place)

        return self._read_in("Restoring your work", work, is_restored=True)

    def _read_in(self, name: str, work: Callable[[], Iterator[Any]], *, is_restored: bool) -> Job:
        reading = Reading(self, is_restored)
        job = self._runner.start(
            name, work, lane="project", on_result=reading.take, on_fail=self.problem.emit
        )
        job.ended.connect(lambda: reading.end(job))
        return job

    def take_over(self, arrived: Arrived) -> None:
        """Let go of the present project and begin with another; its spectra follow."""
        self.close(keeps_work=False)
        self._session.clear()
        self._loader.forget()
        self.changes.begin()
        state = arrived.place.state
        self.path, self._mark, self.read_only = state.path, state.mark, arrived.read_only
        self._place, self._lock = arrived.place, arrived.lock
        self.is_on = False  # until all has arrived

    def go_on(self, end: End) -> None:
        """Keep changes of the project that was just read."""
        self._session.restore([], end.highest + self.changes.offset)
        self._loader.remember(
            [outcome_of(said, self.changes.offset) for said in end.files],
            {str(said.get("identity", "")): str(said.get("path", "")) for said in end.files},
        )
        self._journal = Journal(lambda: end.file)
        self.is_on = True
        self.is_dirty = end.is_dirty or self.changes.are_waiting
        self.has_decisions = end.is_dirty
        self.changes.compare_with_tools(self._session.tools)
        self.changed.emit()
        if self.changes.are_waiting:  # decided while the rest was still being read
            self._schedule()

    # The end

    def close(self, *, keeps_work: bool) -> None:
        """Let go of the project.

        Parameters
        ----------
        keeps_work : bool
            Leave unsaved work where the next start finds it; otherwise it is gone.
        """
        if keeps_work and self.is_on:
            self.flush()
        if self._journal is not None:
            self._journal.close(writes=keeps_work)
        if self._place is not None:
            self._place.leave()
            if not keeps_work:
                self._place.discard()
        if self._lock is not None:
            self._lock.release()
        self._journal = self._place = self._lock = None
        self.path = self._mark = self.read_only = ""
        self.is_dirty = self.has_decisions = False
        self.changes.begin()
        self.changed.emit()


def _held_by_other(lock: Lock) -> str:
    """Try to hold a project; return why it is read only, empty when it is not."""
    try:
        holder = lock.acquire()
    except OSError:
        return ""  # nothing can be written beside it: saving will say so
    return f"It is open in {holder}." if holder is not None else ""


def _waited(future: "Future[Any]", what: str) -> Iterator[Any]:
    while True:
        try:
            yield future.result(WAIT_S)
            return
        except NotDoneError:
            yield Step(0, 0, what)


def is_project(path: str | Path) -> bool:
    """Say whether a path is that of a project."""
    return str(path).lower().endswith((SUFFIX, f"{SUFFIX}.bak"))
