"""Spectra from Parquet tables: the columns that are known, and rows that are broken."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from msgui.errors import MsguiError, Problem
from msgui.library.parquet_records import read_parquet_spectra
from msgui.spectra.spectrum import Spectrum


def read(path: Path, **columns: list) -> list:
    pq.write_table(pa.table(columns), path)
    return [e for e in read_parquet_spectra(path) if isinstance(e, Spectrum | Problem)]


def test_conditions_are_understood(tmp_path: Path) -> None:
    (spectrum,) = read(
        tmp_path / "t.parquet",
        mz=[[100.0, 50.0]],
        intensity=pa.array([[1.0, 2.0]], pa.list_(pa.float32())),
        ce_text=["35 % (nominal)"],
        ce_nce=[35.0],
        ion_mode=["NEGATIVE"],
        instrument=["Q Exactive"],
        precursor_mz=[150.0],
    )
    assert spectrum.mz.tolist() == [50, 100]
    assert spectrum.polarity == "negative"
    assert spectrum.collision_energy.text == "35 % (nominal)"
    assert spectrum.collision_energy_ev == pytest.approx(35 * 150 / 500)


def test_broken_rows_cost_only_themselves(tmp_path: Path) -> None:
    events = read(
        tmp_path / "t.parquet",
        mz=[[100.0], None, [1.0, 2.0], [float("nan"), 60.0]],
        intensity=[[1.0], [1.0], [1.0], [5.0, 1.0]],
    )
    assert [type(event) for event in events] == [Spectrum, Problem, Problem, Spectrum]
    assert [event.where for event in events[1:3]] == ["row 2", "row 3"]
    assert events[3].mz.tolist() == [60]
    assert events[3].remarks
    assert events[0].precursor_mz is None


def test_a_table_without_peaks_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"smiles": ["CCO"]}), tmp_path / "t.parquet")
    with pytest.raises(MsguiError, match="no column mz, intensity"):
        list(read_parquet_spectra(tmp_path / "t.parquet"))
