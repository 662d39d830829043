"""The default store: from the table of an installed package, with names that people use."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.structures import chemicals_table, default
from msgui.structures.chemicals_table import read_chemicals, readable_names, without_salt
from msgui.structures.default import default_path, default_store
from msgui.structures.rows import Row
from msgui.structures.store import StructureStore


def line(*cells: str) -> str:
    return "\t".join(cells) + "\n"


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / chemicals_table.TABLES[0]
    path.write_text(
        line("1", "64-17-5", "C2H6O", "46", "CCO", "i", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "ethanol")
        + line(
            *("2", "64-17-5", "C2H6O", "46", "C(C)O", "i", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"),
            *("ethanol", "64-17-5", "ethanol", "ethyl alcohol", "alcohol"),
        )
        + line(
            *("3", "1-1-1", "C2H8ClN", "81", "CCN.Cl", "i", "XWBDWHCCBGMXKG-UHFFFAOYSA-N"),
            *("ethanamine;hydrochloride", "ethylamine hydrochloride"),
        )
        + line("4", "", "X", "1", "not a molecule", "i", "", "x", "x"),
        encoding="utf-8",
    )
    remembered = tmp_path / "models" / "small"
    remembered.mkdir(parents=True)
    np.savez(
        remembered / "memory.npz",
        smiles=["CCO", "CCCO"],
        inchikey14=["LFQSCWFLJHTTHZ", "BDERNNFJNOPAEC"],
    )
    monkeypatch.setattr(default, "models", lambda: tmp_path / "models")
    monkeypatch.setattr(chemicals_table, "table_folder", lambda: tmp_path)
    monkeypatch.setattr(chemicals_table, "TABLES", chemicals_table.TABLES[:1])
    return path


def test_it_is_built_once_and_the_same_every_time(table: Path) -> None:
    events = list(default_store())
    assert all(isinstance(event, Step) for event in events[:-1])
    store = events[-1]
    assert isinstance(store, StructureStore)
    assert {s.name for s in store.by_mass(46, 1e5)} == {"ethanol", "ethylamine"}
    info = store.info()
    assert (info.found, info.count, info.skipped) == (6, 3, 2)
    assert "PubChem" in info.notes[0]
    assert [s.source for s in store.by_formula("C3H8O")] == [default.TRAINING_SOURCE]
    assert len(list(default_store())) == 1
    list(default_store(rebuild=True))
    assert StructureStore.open(default_path()).info().sha256 == info.sha256


def test_a_damaged_one_is_made_again(table: Path) -> None:
    list(default_store())
    default_path().write_bytes(b"PAR1")
    assert len(list(default_store())[-1]) == 3


def test_a_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chemicals_table, "PACKAGE", "no_such_package_at_all")
    with pytest.raises(MsguiError, match="missing"):
        chemicals_table.table_folder()


def test_the_package_holds_what_is_expected() -> None:
    rows = [e for e in itertools.islice(read_chemicals(), 400) if isinstance(e, Row)]
    assert len(rows) > 390
    assert all(len(row.inchikey14) == 14 and row.smiles and row.name for row in rows)


@pytest.mark.parametrize(
    ("names", "best"),
    [
        (["caffeine", "1,3,7-trimethylxanthine"], "caffeine"),
        (["96141-86-5", "stk366316", "androstanolone"], "androstanolone"),
        (["benzene, (1-ethyloctadecyl)-", "3-phenylicosane"], "3-phenylicosane"),
        (["allococaine", "cocaine"], "cocaine"),
        (["reserpine", "serpine"], "reserpine"),
        (["n,n-dimethylaniline"], "N,N-dimethylaniline"),
        (["d-glucose"], "D-glucose"),
        (["(2r,3s)-butanediol"], "(2R,3S)-butanediol"),
        (["1h-indole"], "1H-indole"),
        (["vitamin b12"], "vitamin b12"),
        (["12345", "nsc 12345"], "fallback"),
    ],
)
def test_the_name_that_people_use_goes_first(names: list[str], best: str) -> None:
    assert readable_names(names, "fallback")[0] == best


def test_salt_words_are_left_off() -> None:
    assert without_salt("lidocaine hydrochloride monohydrate") == "lidocaine"
    assert without_salt("sodium") == "sodium"
