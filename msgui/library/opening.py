"""Opens reference spectra by whatever name or file a person gives."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from msgui.errors import MsguiError, Problem
from msgui.library.build import build_library
from msgui.library.store import CARD, Library, libraries_folder
from msgui.paths import cache_folder
from msgui.progress import Step


def installed_libraries() -> tuple[str, ...]:
    """Return the names of the libraries that can be opened by name."""
    return tuple(sorted(path.parent.name for path in libraries_folder().glob(f"*/{CARD}")))


def prepare_library(name_or_path: str | Path) -> Iterator[Step | Problem | Library]:
    """Yield steps and problems, and last the opened library.

    Parameters
    ----------
    name_or_path : str or Path
        Name of an installed library, the folder of one, or a file of reference spectra (any
        format that is read, or Parquet). A file is indexed once and kept in the cache until it
        changes.

    Raises
    ------
    MsguiError
        When it does not exist or holds no spectra of known compounds.
    """
    path = Path(name_or_path).expanduser()
    if not path.is_file():
        yield Library.open(name_or_path)
        return
    yield Step(0, 0, f"Looking at {path.name}")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    folder = cache_folder() / "libraries"
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / digest[:24]
    if built.exists():
        try:
            yield Library.open(built)
            return
        except MsguiError:
            # A damaged cache is made again, silently: nothing of the user's is in it.
            shutil.rmtree(built, ignore_errors=True)
    for event in build_library([path], built, name=path.stem, overwrite=True):
        if isinstance(event, Step | Problem):
            yield event
    yield Library.open(built)
