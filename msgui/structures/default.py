"""The store that is there without asking for one: known compounds from an installed package."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.structures import chemicals_table
from msgui.structures.build import Tally, add_rows, temporary_folder
from msgui.structures.store import StructureStore, stores_folder
from msgui.structures.writing import Parts, write_store

# Counts up when the way in which the store is built changes.
RECIPE: Final = 1
NAME: Final = "known compounds"


def default_path() -> Path:
    """Return where the default store is, or will be."""
    version = chemicals_table.version()
    return stores_folder() / f"default-{version}-{RECIPE}.parquet"


def default_store(*, rebuild: bool = False) -> Iterator[Step | Problem | StructureStore]:
    """Yield the default store, last; at first use it is built before (under a minute).

    It holds the compounds that the package ``chemicals`` lists, a table made from PubChem. Its
    rows that are no small molecule are left out in silence: they are the package's, not the
    user's. The same package gives the same file on every machine.

    Raises
    ------
    MsguiError
        When the package is missing or the store cannot be written.
    """
    path = default_path()
    if path.exists() and not rebuild:
        try:
            yield StructureStore.open(path)
            return
        except MsguiError:
            # It can be made again, so a damaged one is no reason to stop.
            pass
    yield from _build(path)
    yield StructureStore.open(path)


def _build(path: Path) -> Iterator[Step | Problem]:
    tally = Tally()
    with temporary_folder(path) as folder:
        parts = Parts(Path(folder))
        for event in add_rows(chemicals_table.read_chemicals(), parts, tally):
            if isinstance(event, Step):
                yield event
        card = {
            "name": NAME,
            "notes": [chemicals_table.CREDIT.format(version=chemicals_table.version())],
            "files": list(chemicals_table.TABLES),
            "found": tally.found,
            "skipped": tally.skipped,
        }
        yield from write_store(parts, path, card)
