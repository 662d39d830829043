"""Cleaning: what is kept, what is dropped and why, and that it can be saved."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_records import record

from msgui.errors import MsguiError
from msgui.training.dataset import Dataset, _Builder, build_dataset


def test_every_refusal_is_counted_by_reason() -> None:
    builder = _Builder(only_free=True)
    builder.add(record("CCO"))
    builder.add(record("CCO"))
    builder.add(record("CCO", licence="CC BY-NC"))
    builder.add(record("CCO", precursor_mz=47.1))
    for words in (None, "[something]"):
        whole = record("CCO")
        builder.add(replace(whole, spectrum=whole.spectrum.with_(adduct=words)))
    builder.add(record("CCO", mz=[80.0], intensity=[1.0]))
    assert len(builder.rows) == 1
    assert builder.found == 7
    assert dict(builder.dropped) == {
        "duplicate": 1,
        "licence": 1,
        "precursor does not fit the adduct": 1,
        "no adduct": 1,
        "unknown adduct": 1,
        "no peaks": 1,
    }


def test_a_missing_precursor_is_computed() -> None:
    builder = _Builder(only_free=True)
    builder.add(record("CCO", precursor_mz=None))
    assert builder.rows[0]["precursor_mz"] == pytest.approx(47.0491, abs=1e-3)


def test_ids_are_made_unique() -> None:
    builder = _Builder(only_free=True)
    builder.add(record("CCO", spectrum_id="same"))
    builder.add(record("CCCO", spectrum_id="same"))
    assert len({row["accession"] for row in builder.rows}) == 2


def test_arrays_fit_together(dataset: Dataset) -> None:
    assert len(dataset) == 140
    assert len(dataset.molecules) == 35
    assert dataset.offsets[-1] == dataset.mz.size == dataset.intensity.size
    mz, intensity = dataset.peaks_of(3)
    assert (np.diff(mz) >= 0).all()
    assert intensity.max() == 1.0
    assert dataset.molecules.fingerprints.shape == (35, 512)
    assert dataset.formula_counts[0].tolist()[:4] == [2, 6, 0, 1]


def test_a_part_keeps_its_peaks(dataset: Dataset) -> None:
    part = dataset.only(dataset.adduct == "[M+Na]+")
    assert len(part) == 35
    whole = int(np.flatnonzero(dataset.adduct == "[M+Na]+")[7])
    assert part.peaks_of(7)[0].tolist() == dataset.peaks_of(whole)[0].tolist()


def test_it_can_be_saved_and_read(dataset: Dataset, tmp_path: Path) -> None:
    dataset.save(tmp_path / "set.npz")
    again = Dataset.load(tmp_path / "set.npz")
    assert again.molecules.smiles == dataset.molecules.smiles
    assert again.source == dataset.source
    assert (again.mz == dataset.mz).all()
    assert (again.accession == dataset.accession).all()


def test_nothing_left_is_an_error_that_says_why(tmp_path: Path) -> None:
    path = tmp_path / "low.mgf"
    path.write_text("BEGIN IONS\nPEPMASS=47.05\nSMILES=CCO\nCHARGE=1+\n29.0 5\nEND IONS\n")
    with pytest.raises(MsguiError, match="licence"):
        list(build_dataset([path]))


@pytest.mark.data
def test_massbank_is_read_with_reasons(shared_data: Path) -> None:
    from itertools import islice

    from msgui.training.records import Record, read_records

    rows = islice(read_records(shared_data / "massbank_ms2.parquet"), 1500)
    builder = _Builder(only_free=False)
    records = [item for item in rows if isinstance(item, Record)]
    for item in records:
        builder.add(item)
    assert len(builder.rows) + sum(builder.dropped.values()) == len(records)
    assert len(builder.rows) > 0.5 * len(records)
