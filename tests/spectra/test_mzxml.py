"""mzXML: nested scans, both precisions, and damage that costs one scan."""

from pathlib import Path

import pytest
from spectrum_text import mzxml, mzxml_scan, one, peaks_of, read_text

from msgui.spectra.run import Run


@pytest.mark.parametrize("precision", [32, 64])
@pytest.mark.parametrize("compress", [False, True])
def test_a_scan_says_all_it_knows(tmp_path: Path, precision: int, compress: bool) -> None:
    more = 'polarity="+" centroided="1" retentionTime="PT312.5S" collisionEnergy="20"'
    spectrum = one(
        tmp_path,
        "a.mzXML",
        mzxml(mzxml_scan(7, precision=precision, compress=compress, more=more)),
    )
    assert peaks_of(spectrum) == [(100.5, 10.0), (200.5, 20.0)]
    assert (spectrum.spectrum_id, spectrum.title) == ("7", "scan 7")
    assert (spectrum.precursor_mz, spectrum.charge, spectrum.polarity) == (300.1, 1, "positive")
    assert spectrum.retention_time_s == 312.5
    assert spectrum.collision_energy is not None
    assert spectrum.collision_energy.value == 20.0
    assert spectrum.instrument == "Q Exactive"
    assert spectrum.remarks == ()


def test_scans_inside_scans(tmp_path: Path) -> None:
    third = mzxml_scan(3, level=3, precursor='<precursorMz precursorScanNum="2">150</precursorMz>')
    second = mzxml_scan(2, level=2, inside=third)
    text = mzxml(mzxml_scan(1, level=1, inside=second), count=3)
    spectra, problems = read_text(tmp_path, "a.mzXML", text)
    assert [(s.spectrum_id, s.ms_level, s.parent) for s in spectra] == [
        ("1", 1, ""),
        ("2", 2, ""),
        ("3", 3, "2"),
    ]
    assert problems == []
    assert Run(spectra).ms1_for(spectra[2]) is spectra[0]


@pytest.mark.parametrize(
    ("scan", "words"),
    [
        (mzxml_scan(2, count=3), "number of peaks differs"),
        (mzxml_scan(2, count=-1), "no number of peaks"),
        (mzxml_scan(2, count=2**31), "peaks"),
        (mzxml_scan(2).replace('"none"', '"lzma"'), "compression"),
        (mzxml_scan(2).replace('"m/z-int"', '"TOF"'), "not supported"),
        (mzxml_scan(2).replace('precision="32"', 'precision="12"'), "precision"),
        (mzxml_scan(2)[:-25] + "</peaks></scan>", "base64"),
    ],
)
def test_damage_costs_one_scan_at_most(tmp_path: Path, scan: str, words: str) -> None:
    text = mzxml(mzxml_scan(1), scan, mzxml_scan(3))
    spectra, problems = read_text(tmp_path, "a.mzXML", text)
    assert {"1", "3"} <= {spectrum.spectrum_id for spectrum in spectra}
    (problem,) = problems
    assert words in problem.cause
    assert len(spectra) + problem.skipped == 3


def test_a_truncated_file_keeps_its_whole_scans(tmp_path: Path) -> None:
    text = mzxml(*(mzxml_scan(number) for number in range(1, 5)))
    spectra, problems = read_text(tmp_path, "a.mzXML", text[: text.index('num="3"') + 250])
    assert len(spectra) == 2
    assert problems[0].skipped == 1
    assert "ends inside spectrum 3" in problems[0].cause


def test_a_scan_without_peaks(tmp_path: Path) -> None:
    empty = '<scan num="1" msLevel="1" peaksCount="0"></scan>'
    spectra, _ = read_text(tmp_path, "a.mzXML", mzxml(empty, mzxml_scan(2)))
    assert [len(spectrum) for spectrum in spectra] == [0, 2]
