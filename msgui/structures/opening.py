"""Opens candidates by whatever name or file a person gives."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgui.errors import MsguiError, Problem
from msgui.paths import cache_folder
from msgui.progress import Step
from msgui.structures.build import build_store
from msgui.structures.default import default_store
from msgui.structures.file_hash import file_sha256
from msgui.structures.rows import PARQUET_MAGIC
from msgui.structures.store import REQUIRED_COLUMNS, StructureStore, open_store

DEFAULT_NAMES: Final = frozenset({"auto", "default", "bundled"})


def prepare_store(name_or_path: str | Path) -> Iterator[Step | Problem | StructureStore]:
    """Yield steps and problems, and last the opened store.

    Parameters
    ----------
    name_or_path : str or Path
        "auto" (the default store, built at first use), the name of an installed store, a store
        file, or a list of structures (CSV, TSV, SMILES, SDF, Parquet). A list is built into a
        store once and kept in the cache until the list changes.

    Raises
    ------
    MsguiError
        When it does not exist or holds no structures.
    """
    path = Path(name_or_path).expanduser()
    if str(name_or_path) in DEFAULT_NAMES:
        yield from default_store()
    elif not path.is_file() or _is_store(path):
        yield open_store(name_or_path)
    else:
        yield from _kept(path)


def _kept(path: Path) -> Iterator[Step | Problem | StructureStore]:
    folder = cache_folder() / "structures"
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / f"{file_sha256(path)[:24]}.parquet"
    if built.exists():
        try:
            yield StructureStore.open(built)
            return
        except MsguiError:
            built.unlink(missing_ok=True)
    for event in build_store([path], built, name=path.name, overwrite=True):
        if isinstance(event, Step | Problem):
            yield event
    yield StructureStore.open(built)


def _is_store(path: Path) -> bool:
    with path.open("rb") as stream:
        if stream.read(len(PARQUET_MAGIC)) != PARQUET_MAGIC:
            return False
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return set(REQUIRED_COLUMNS) <= set(pq.read_schema(path).names)
    except (pa.ArrowException, OSError):
        # Opening it says what is wrong with it.
        return True
