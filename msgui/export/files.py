"""Writing files so that there is always the old or the new one, never a mix; safe file names."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from msgui.errors import MsguiError

LONGEST_NAME = 100
# Names that Windows keeps for devices, with any suffix.
RESERVED = {"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)}


@contextlib.contextmanager
def replaced_file(path: str | Path) -> Iterator[IO[bytes]]:
    """Yield a file to write to; it takes the place of ``path`` only when the block ends well.

    Raises
    ------
    MsguiError
        When the file cannot be written (no permission, disk full); the old file is untouched.
    """
    target = Path(path)
    if target.is_symlink():
        target = target.resolve()
    name = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(target)
        name = ""
        sync_folder(target.parent)
    except OSError as error:
        raise MsguiError(
            f"The file could not be written: {error.strerror or error}.",
            "Choose another folder, or free some space, and try again.",
            file=str(path),
        ) from error
    finally:
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()


def refuse_inputs(path: str | Path, inputs: Iterable[str | Path]) -> None:
    """Refuse to write onto a file that is being worked with.

    Raises
    ------
    MsguiError
        When ``path`` is one of ``inputs`` (links are followed).
    """
    target = Path(path)
    for name in inputs:
        with contextlib.suppress(OSError):
            if target.exists() and target.samefile(name):
                raise MsguiError(
                    "This file is open in msgui; exporting would destroy it.",
                    "Choose another name.",
                    str(path),
                )


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text with LF line ends in place of ``path``, all or nothing."""
    with replaced_file(path) as file:
        file.write(text.encode("utf-8", errors="backslashreplace"))


def sync_folder(folder: Path) -> None:
    """Make a rename inside a folder durable where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def safe_name(text: str, taken: set[str] | None = None) -> str:
    """Return a file name (no suffix) that stays in its folder on every system.

    Parameters
    ----------
    text : str
        A title or id, anything.
    taken : set of str, optional
        Names already used, lower case; the new one is made different from them and added.
    """
    name = re.sub(r"[^\w.+-]+", "_", text, flags=re.ASCII).strip("._-")[:LONGEST_NAME] or "spectrum"
    if name.split(".")[0].lower() in RESERVED:
        name = f"_{name}"
    if taken is not None:
        stem, number = name, 2
        while name.lower() in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name.lower())
    return name
