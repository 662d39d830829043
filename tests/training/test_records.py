"""Reading records: licences, Parquet columns, energies."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.training.records import Record, is_free, read_records


@pytest.mark.parametrize(
    ("licence", "free"),
    [
        ("CC BY", True),
        ("CC BY-SA 4.0", True),
        ("cc-by-4.0", True),
        ("CC0", True),
        ("dl-de/by-2-0", True),
        ("CC BY-NC-SA", False),
        ("CC BY-NC", False),
        ("CC BY-ND", False),
        ("proprietary", False),
        ("", False),
    ],
)
def test_a_licence_is_free_or_not(licence: str, free: bool) -> None:
    assert is_free(licence) is free


def write(path: Path, **changes: object) -> Path:
    columns: dict[str, object] = {
        "accession": ["A1", "A2"],
        "smiles": ["CCO", "CCO"],
        "adduct": ["[M+H]+", None],
        "precursor_mz": [47.0491, None],
        "mz": [[29.0386, 47.0491], [47.0491]],
        "intensity": [[10.0, 0.0], [5.0]],
        "licence": ["CC0", "CC BY-NC"],
        "ce_text": ["35 NCE", "20"],
        "ce_ev": [None, 20.0],
        "ce_nce": [35.0, None],
        "high_res": [True, False],
        "ion_mode": ["POSITIVE", "NEGATIVE"],
    }
    columns.update(changes)
    columns = {name: values for name, values in columns.items() if values is not None}
    parquet.write_table(pa.table(columns), path)
    return path


def test_parquet_rows_become_spectra(tmp_path: Path) -> None:
    items = list(read_records(write(tmp_path / "a.parquet")))
    first, second = [item for item in items if isinstance(item, Record)]
    assert items[-1] == Step(2, 2, "a.parquet")
    assert first.spectrum.mz.tolist() == [29.0386]
    assert first.spectrum.collision_energy_ev == pytest.approx(35 * 47.0491 / 500)
    assert first.licence == "CC0"
    assert second.spectrum.polarity == "negative"
    assert second.spectrum.collision_energy_ev == 20.0
    assert second.high_resolution is False


def test_a_row_that_is_wrong_costs_only_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", mz=[[29.0, 47.0], [float("nan")]])
    items = list(read_records(path))
    assert sum(isinstance(item, Record) for item in items) == 1
    problem = next(item for item in items if isinstance(item, Problem))
    assert (problem.skipped, problem.where) == (1, "row 1 (A2)")


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="smiles"):
        list(read_records(write(tmp_path / "a.parquet", smiles=None)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="does not exist"):
        list(read_records(tmp_path / "none.parquet"))
