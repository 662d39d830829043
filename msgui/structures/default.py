"""The store that is there without asking for one: known compounds from an installed package."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from msgui.errors import MsguiError, Problem
from msgui.paths import models
from msgui.progress import Step
from msgui.structures import chemicals_table
from msgui.structures.build import Tally, add_rows, temporary_folder
from msgui.structures.rows import Row
from msgui.structures.store import StructureStore, stores_folder
from msgui.structures.writing import Parts, write_store

# Counts up when the way in which the store is built changes.
RECIPE: Final = 4
NAME: Final = "known compounds"
# Above every rank of the table: where both have a compound, the table's row has more names.
AFTER_THE_TABLE: Final = 1000
TRAINING_SOURCE: Final = "training spectra"
TRAINING_CREDIT: Final = (
    "Compounds of the training spectra of the bundled models (MassBank; see the models' cards)."
)


def default_path() -> Path:
    """Return where the default store is, or will be."""
    version = chemicals_table.version()
    return stores_folder() / f"default-{version}-{RECIPE}.parquet"


def default_store(*, rebuild: bool = False) -> Iterator[Step | Problem | StructureStore]:
    """Yield the default store, last; at first use it is built before (under a minute).

    It holds the compounds that the package ``chemicals`` lists, a table made from PubChem, and
    those whose spectra the bundled models were trained with: many natural products that the table
    lacks. Rows that are no small molecule are left out in silence: they are not the user's. The
    same package gives the same file on every machine.

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
        rows = itertools.chain(chemicals_table.read_chemicals(), _measured_compounds())
        for event in add_rows(rows, parts, tally):
            if isinstance(event, Step):
                yield event
        card = {
            "name": NAME,
            "notes": [
                chemicals_table.CREDIT.format(version=chemicals_table.version()),
                TRAINING_CREDIT,
            ],
            "files": list(chemicals_table.TABLES),
            "found": tally.found,
            "skipped": tally.skipped,
        }
        yield from write_store(parts, path, card)


def _measured_compounds() -> Iterator[Row]:
    """Yield the structures that the bundled models remember."""
    for path in sorted(models().glob("*/memory.npz")):
        with np.load(path, allow_pickle=False) as memory:
            smiles, blocks = memory["smiles"], memory["inchikey14"]
            names = memory["name"] if "name" in memory else np.full(len(smiles), "")
        compounds = zip(smiles, blocks, names, strict=True)
        for number, (text, block, name) in enumerate(compounds, start=1):
            yield Row(
                smiles=str(text),
                name=str(name),
                source=TRAINING_SOURCE,
                file=path.parent.name,
                where=f"structure {number}",
                inchikey14=str(block),
                rank=AFTER_THE_TABLE,
            )
