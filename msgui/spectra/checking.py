"""What a file holds and what is wrong with it, as ``msgui check`` reports it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.spectra import readers
from msgui.spectra.notes import Notes
from msgui.spectra.source import Source
from msgui.spectra.spectrum import Spectrum

Status = Literal["load", "warn+load", "error"]


@dataclass(frozen=True)
class FileReport:
    """One file: how many records it holds, how many loaded, and why the others did not.

    Parameters
    ----------
    file : str
        The path as the user gave it.
    status : "load", "warn+load" or "error"
        Error when nothing loaded.
    format : str
        Name of the reader, empty when none fits.
    found, loaded, skipped : int
        ``found = loaded + skipped``.
    messages : tuple of Problem
    """

    file: str
    status: Status
    format: str
    found: int
    loaded: int
    skipped: int
    messages: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the report in the form of ``msgui check --json``."""
        return {
            "file": self.file,
            "status": self.status,
            "format": self.format,
            "found": self.found,
            "loaded": self.loaded,
            "skipped": self.skipped,
            "messages": [problem.message() for problem in self.messages],
        }


def report(file: str, format_name: str, loaded: int, messages: Iterable[Problem]) -> FileReport:
    """Return the report on a file of which so many spectra loaded and these problems are known."""
    problems = tuple(messages)
    skipped = sum(problem.skipped for problem in problems)
    if not loaded and all(problem.kind == "warning" for problem in problems):
        what = f"none of {skipped} records could be read" if skipped else "no spectra found"
        problems = (Problem("error", what, "The other messages say why.", file), *problems)
    status: Status = "error" if not loaded else "warn+load" if problems else "load"
    return FileReport(file, status, format_name, loaded + skipped, loaded, skipped, problems)


Inspector = Callable[[Spectrum], tuple[str, str] | None]
# A look at the progress after so many records keeps the pieces short.
_RECORDS_A_STEP = 200


def check_in_steps(
    path: str | Path, inspect: Inspector | None = None
) -> Iterator[Step | FileReport]:
    """Yield the progress in bytes, and at the end what a file holds; nothing raises MsguiError.

    Parameters
    ----------
    path : str or Path
    inspect : callable or None
        A further look at each spectrum, for what a reader cannot know (whether the formula fits
        the precursor); returns a cause and the next step, or None.
    """
    file, name, loaded, read = str(path), "", 0, 0
    problems: list[Problem] = []
    notes = Notes(file)
    try:
        source = Source(path)
        reader = readers.reader_for(source)
        name = reader.name
        for item in readers.read_source(source, reader):
            read += 1
            if read % _RECORDS_A_STEP == 0:
                yield Step(source.position, source.size, source.path.name)
            if isinstance(item, Problem):
                problems.append(item)
                continue
            loaded += 1
            doubt = inspect(item) if inspect else None
            if doubt is not None:
                place = f"spectrum {item.origin.index + 1} '{item.title[:60]}'"
                notes.add(*doubt, f"{place}, {item.origin.where}".rstrip(", "))
    except MsguiError as error:
        problems.append(error.problem())
    problems.extend(notes.problems())
    yield report(file, name, loaded, problems)


def check(path: str | Path, inspect: Inspector | None = None) -> FileReport:
    """Return what a file holds; as :func:`check_in_steps` without the steps."""
    for item in check_in_steps(path, inspect):
        if isinstance(item, FileReport):
            return item
    raise AssertionError("every check ends with a report")
