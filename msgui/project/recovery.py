"""Where working copies live, and which of them were left by a process that did not end well."""

import contextlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from msgui.errors import MsguiError
from msgui.paths import data_folder
from msgui.project.file import SUFFIX, ProjectFile
from msgui.project.lock import Lock

STATE = "state.json"
COPY = f"work{SUFFIX}"


@dataclass(frozen=True)
class State:
    """What belongs to a working copy but not to the project.

    Parameters
    ----------
    path : str
        The project that it is a copy of; empty for one that was never saved.
    mark : str
        The state of that file that it was made from or saved as.
    saved_revision : int
        Revision of the working copy at that moment; later ones hold unsaved work.
    read_only : str
        Why that file must not be written to.
    """

    path: str = ""
    mark: str = ""
    saved_revision: int = 0
    read_only: str = ""


class Workplace:
    """A folder with one working copy, held by one process.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copy = folder / COPY
        self._lock = Lock(self.copy)

    @property
    def number(self) -> int:
        """Later ones have higher numbers, whatever clocks say."""
        return int(self.folder.name)

    @property
    def state(self) -> State:
        """What was noted last."""
        try:
            said: Any = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
            return State(**{name: said[name] for name in asdict(State()) if name in said})
        except (OSError, ValueError, TypeError):
            return State()

    def note(self, state: State) -> None:
        """Note what belongs to the working copy, all or nothing.

        Raises
        ------
        OSError
            When it cannot be written.
        """
        draft = self.folder / f"{STATE}.new"
        draft.write_text(json.dumps(asdict(state)), encoding="utf-8")
        draft.replace(self.folder / STATE)

    def take(self) -> bool:
        """Hold it for this process; False when another one does."""
        try:
            return self._lock.acquire() is None
        except OSError:
            return False

    def leave(self) -> None:
        """Let go of it; the working copy stays."""
        self._lock.release()

    def discard(self) -> None:
        """Remove the working copy: its work is saved or not wanted."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def unsaved_entries(self) -> int:
        """How many spectra it holds if there is unsaved work in it, else 0."""
        try:
            with ProjectFile(self.copy) as file:
                if file.revision <= self.state.saved_revision:
                    return 0
                return file.count("spectra")
        except (MsguiError, ValueError):
            return 0


def _folder() -> Path:
    folder = data_folder() / "open"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def new_workplace() -> Workplace:
    """Return an empty place, held by this process.

    Raises
    ------
    OSError
        When nothing can be written to the folder of the user's data.
    """
    folder = _folder()
    number = max((place.number for place in _places(folder)), default=0)
    while True:
        number += 1
        place = folder / f"{number:06d}"
        with contextlib.suppress(FileExistsError):
            place.mkdir()
            workplace = Workplace(place)
            # Another process that tidies up may just have taken it for a leftover.
            if workplace.take():
                return workplace


def _places(folder: Path) -> list[Workplace]:
    return [Workplace(path) for path in sorted(folder.iterdir()) if path.name.isdecimal()]


def leftovers() -> list[Workplace]:
    """Return the working copies of processes that ended without closing them, the latest first.

    They are held by this process now. Those without unsaved work are removed.
    """
    try:
        places = _places(_folder())
    except OSError:
        return []
    found = []
    for place in reversed(places):
        if not place.take():
            continue
        if place.unsaved_entries:
            found.append(place)
        else:
            place.discard()
    return found
