"""Who has a project open: a small file beside it with process and computer."""

import contextlib
import json
import os
import socket
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Holder:
    """The process that holds a project.

    Parameters
    ----------
    process : int
    host : str
        Name of the computer.
    started : int
        When the process started, in the system's ticks: numbers of processes are used again. 0
        where the system does not say.
    token : str
        Different for each lock.
    """

    process: int
    host: str
    started: int
    token: str

    @property
    def is_gone(self) -> bool:
        """True when the process certainly has ended; a process elsewhere never certainly has."""
        if self.host != socket.gethostname():
            return False
        started = _start_of(self.process)
        return started is None or (bool(started and self.started) and started != self.started)

    def __str__(self) -> str:
        place = "" if self.host == socket.gethostname() else f" on {self.host}"
        return f"msgui{place} (process {self.process})"


class Lock:
    """Holds a project for this process until it is released.

    The lock of a process that has ended is taken over.

    Parameters
    ----------
    target : Path
        The project; the lock is ``.NAME.lock`` beside it.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f".{target.name}.lock")
        self._own = Holder(
            os.getpid(), socket.gethostname(), _start_of(os.getpid()) or 0, uuid.uuid4().hex
        )
        self.is_held = False

    def acquire(self) -> Holder | None:
        """Return None when this process holds the project now, else who does.

        Raises
        ------
        OSError
            When nothing can be written beside the project.
        """
        for _ in range(8):
            if self._create():
                self.is_held = True
                return None
            holder = holder_of(self.path)
            if holder is not None and not holder.is_gone:
                return holder
            self._remove_stale(holder)
        return holder_of(self.path)

    def _create(self) -> bool:
        # The content is written before the lock appears, so that nobody reads an empty one.
        draft = self.path.with_name(f"{self.path.name}.{self._own.token}")
        try:
            draft.write_text(json.dumps(vars(self._own)), encoding="utf-8")
            try:
                os.link(draft, self.path)
            except FileExistsError:
                return False
            except OSError:  # a file system without hard links
                return self._create_plainly()
            return True
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()

    def _create_plainly(self) -> bool:
        try:
            with self.path.open("x", encoding="utf-8") as file:
                json.dump(vars(self._own), file)
        except FileExistsError:
            return False
        return True

    def _remove_stale(self, holder: Holder | None) -> None:
        """Move a dead lock away; another process may do the same at this moment."""
        aside = self.path.with_name(f"{self.path.name}.{self._own.token}.stale")
        try:
            self.path.replace(aside)
        except FileNotFoundError:
            return
        moved = holder_of(aside)
        if moved != holder and moved is not None and not moved.is_gone:
            # Somebody was quicker, and it is their fresh lock that was moved: put it back.
            with contextlib.suppress(OSError):
                os.link(aside, self.path)
        with contextlib.suppress(OSError):
            aside.unlink()

    def release(self) -> None:
        """Let go of the project; a lock that is not ours any more stays."""
        if self.is_held and holder_of(self.path) == self._own:
            with contextlib.suppress(OSError):
                self.path.unlink()
        self.is_held = False


def holder_of(path: Path) -> Holder | None:
    """Return who holds a lock; None when nobody does, or it cannot be understood."""
    try:
        said: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Holder(
            int(said["process"]), str(said["host"]), int(said["started"]), str(said["token"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _start_of(process: int) -> int | None:
    """Return when a process started (0: not known), None when there is no such process."""
    if process <= 0:
        return None
    if sys.platform == "win32":
        return _start_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass  # it belongs to somebody else, so it is there
    try:
        # The name of the program stands in brackets and may hold spaces; times come after it.
        after_name = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2]
        state, *numbers = after_name.split()
    except (OSError, ValueError):
        return 0
    return None if state in ("Z", "X") else int(numbers[18])


def _start_on_windows(process: int) -> int | None:  # pragma: no cover
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    query_limited, still_active = 0x1000, 259
    handle = kernel.OpenProcess(query_limited, False, process)
    if not handle:
        return None
    try:
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        return 0 if code.value == still_active else None
    finally:
        kernel.CloseHandle(handle)
