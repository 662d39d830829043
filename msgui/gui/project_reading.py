"""A project while it arrives in the session."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgui.errors import Problem
from msgui.gui.jobs import Job
from msgui.project.contents import read_files, read_kept
from msgui.project.file import ProjectFile
from msgui.project.lock import Lock
from msgui.project.opening import Opened
from msgui.project.recovery import Workplace

if TYPE_CHECKING:
    from msgui.gui.project_keeping import Keeper


@dataclass(frozen=True)
class OpenedProject:
    """What was opened, for those who tell the user.

    Parameters
    ----------
    path : str
        Empty for work that was never saved.
    read_only : str
        Why it cannot be saved under its name; empty when it can.
    is_restored : bool
        It was left by a window that did not close.
    opened : Opened or None
        What a rescue found.
    problems : tuple of Problem
    """

    path: str
    read_only: str = ""
    is_restored: bool = False
    opened: Opened | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, eq=False)
class Arrived:
    """A working copy that is whole; its spectra follow."""

    place: Workplace
    lock: Lock | None
    read_only: str
    opened: Opened | None = None


@dataclass(frozen=True, eq=False)
class End:
    """All spectra were read; ``file`` is handed over, open."""

    file: ProjectFile
    files: list[Mapping[str, Any]]
    highest: int
    is_dirty: bool


def contents(place: Workplace) -> Iterator[Any]:
    """Yield batches of spectra, problems, and the end."""
    file = ProjectFile(place.copy)
    handed_over = False
    try:
        yield from read_kept(file)
        dirty = file.revision > place.state.saved_revision
        handed_over = True
        yield End(file, read_files(file), file.highest_uid("spectra"), dirty)
    finally:
        if not handed_over:
            file.close()


class Reading:
    """One project while it arrives."""

    def __init__(self, keeper: "Keeper", is_restored: bool) -> None:
        self._keeper, self._is_restored = keeper, is_restored
        self._arrived: Arrived | None = None
        self._problems: list[Problem] = []
        self._is_whole = False

    def take(self, event: Any) -> None:
        keeper = self._keeper
        if isinstance(event, Arrived):
            self._arrived = event
            keeper.take_over(event)
        elif isinstance(event, Problem):
            self._problems.append(event)
        elif isinstance(event, End):
            self._is_whole = True
            keeper.go_on(event)
        else:
            keeper.changes.add(event)

    def end(self, job: Job) -> None:
        keeper, arrived = self._keeper, self._arrived
        if arrived is None:
            return
        if not self._is_whole:
            # A project that was read in part must not be saved over the whole one.
            keeper.path, keeper.read_only = "", ""
            keeper.close(keeps_work=False)
            keeper.start()
            return
        keeper.opened.emit(
            OpenedProject(
                keeper.path,
                keeper.read_only,
                self._is_restored,
                arrived.opened,
                tuple(self._problems),
            )
        )
