"""Where the files are that the spectra of a project were read from: they may have moved since.

A project holds its spectra; their files are needed only to read them again, and to name them in a
command line. What was read from where stays as it is: only the place where a file is now changes.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from msgui.progress import Step

IDENTITY_BYTES = 1 << 20
# A folder that was moved as a whole keeps its inner order: so many of the last names of a path are
# tried below a folder.
INNER_NAMES = 3


@dataclass(frozen=True)
class Located:
    """What was found of the files of a project.

    Parameters
    ----------
    places : mapping of str to str
        Where files are now, by the path that they were read from; only those that have moved.
    missing : tuple of str
        The paths of the others that are not where they were.
    """

    places: Mapping[str, str]
    missing: tuple[str, ...] = ()


def identity(path: Path) -> str:
    """Return a digest of size, beginning and end of a file: enough to know it again.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(IDENTITY_BYTES))
        if size > 2 * IDENTITY_BYTES:
            file.seek(-IDENTITY_BYTES, 2)
            digest.update(file.read(IDENTITY_BYTES))
    return digest.hexdigest()


def is_same(path: Path, digest: str) -> bool:
    """Say whether a file is there and is the one with this digest."""
    try:
        return path.is_file() and identity(path) == digest
    except OSError:
        return False


def locate(
    files: Mapping[str, str],
    folders: Sequence[Path] = (),
    moved: tuple[str, str] | None = None,
) -> Iterator[Step | Located]:
    """Look for files that are not where they were.

    Parameters
    ----------
    files : mapping of str to str
        Digest of each file by the path that it was read from.
    folders : sequence of Path
        Where they may be, themselves or in the folders that they stood in.
    moved : (old path, new path), optional
        A file that was found: what stood beside it has probably moved with it.

    Yields
    ------
    Step or Located
        The last one says what was found.
    """
    places, missing = {}, []
    for done, (old, digest) in enumerate(files.items()):
        yield Step(done, len(files), name_of(old))
        if _is_there(Path(old)):
            continue
        tried = [*_along(old, moved), *_below(old, folders)]
        found = next((path for path in dict.fromkeys(tried) if is_same(path, digest)), None)
        if found is None:
            missing.append(old)
        else:
            places[old] = str(found)
    yield Located(places, tuple(missing))


def name_of(path: str) -> str:
    """Return the name of a file without its folder, whichever system wrote the path."""
    return _posix(path).name


def _posix(path: str) -> PurePosixPath:
    return PurePosixPath(path.replace("\\", "/"))


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _below(old: str, folders: Sequence[Path]) -> Iterator[Path]:
    parts = _posix(old).parts
    for folder in folders:
        for count in range(1, min(INNER_NAMES, len(parts)) + 1):
            yield folder.joinpath(*parts[-count:])


def _along(old: str, moved: tuple[str, str] | None) -> Iterator[Path]:
    """Yield where a file is when it went the way of another one."""
    if moved is None:
        return
    before, after = _posix(moved[0]).parts, Path(moved[1]).parts
    same = 0
    while same < min(len(before), len(after)) - 1 and before[-1 - same] == after[-1 - same]:
        same += 1
    parts, start = _posix(old).parts, before[: len(before) - same]
    if same and parts[: len(start)] == start:
        yield Path(*after[: len(after) - same], *parts[len(start) :])
    yield from _below(old, [Path(moved[1]).parent])
