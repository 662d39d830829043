"""A library of made-up spectra and the structures among which their compounds stand."""

import pytest

from msgui.chemistry.molecule import standardize
from msgui.library.build import build_library
from msgui.library.store import Library
from msgui.structures.store import StructureStore
from tests.tiny_benchmark import ALCOHOLS, AMINES, NEVER_MEASURED, mgf


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("library")
    (folder / "made_up.mgf").write_text(mgf(ALCOHOLS + AMINES), encoding="utf-8")
    for _ in build_library([folder / "made_up.mgf"], folder / "library"):
        pass
    return Library.open(folder / "library")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> StructureStore:
    import pyarrow as pa
    from pyarrow import parquet

    clean = sorted(
        (standardize(text) for text in ALCOHOLS + AMINES + NEVER_MEASURED),
        key=lambda c: c.exact_mass,
    )
    names = ("smiles", "inchikey14", "formula", "exact_mass")
    table = pa.table({name: [getattr(c, name) for c in clean] for name in names})
    path = tmp_path_factory.mktemp("store") / "store.parquet"
    parquet.write_table(table, path)
    return StructureStore.open(path)
