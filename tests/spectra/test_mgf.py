"""MGF: clean files, odd records, and nothing that goes from one record into another."""

from pathlib import Path

import numpy as np
import pytest
from spectrum_text import mgf_record, one, peaks_of, read_text, split

from msgui.spectra.checking import check


def test_a_record_becomes_a_spectrum(tmp_path: Path) -> None:
    spectrum = one(
        tmp_path,
        "a.mgf",
        "BEGIN IONS\nTITLE=caffeine 20 eV\nFEATURE_ID=7\nPEPMASS=195.0877 12000\nCHARGE=1+\n"
        "ADDUCT=[M+H]+\nIONMODE=positive\nRTINSECONDS=312.5\nCOLLISION_ENERGY=20 eV\n"
        "INSTRUMENT=Q Exactive\nMSLEVEL=2\nFORMULA=C8H10N4O2\nSMILES=CN1C=NC2=C1C(=O)N(C)C(=O)N2C\n"
        "INCHIKEY=RYYVLZVUVIJVGH-UHFFFAOYSA-N\nLAB=Jena\n138.0662\t100\n110.0713 20.5\nEND IONS\n",
    )
    assert peaks_of(spectrum) == [(110.0713, 20.5), (138.0662, 100.0)]
    assert (spectrum.precursor_mz, spectrum.charge, spectrum.polarity) == (195.0877, 1, "positive")
    assert (spectrum.adduct, spectrum.collision_energy_ev) == ("[M+H]+", 20.0)
    assert (spectrum.retention_time_s, spectrum.ms_level) == (312.5, 2)
    assert (spectrum.title, spectrum.spectrum_id) == ("caffeine 20 eV", "7")
    assert (spectrum.formula, spectrum.inchikey) == ("C8H10N4O2", "RYYVLZVUVIJVGH-UHFFFAOYSA-N")
    assert spectrum.instrument == "Q Exactive"
    assert spectrum.metadata["LAB"] == "Jena"
    # The precursor's intensity has no field of its own, so the words stay.
    assert spectrum.metadata["PEPMASS"] == "195.0877 12000"
    assert spectrum.origin.where == "line 1"
    assert spectrum.remarks == ()


def test_one_bad_record_of_a_hundred_loads_ninety_nine(tmp_path: Path) -> None:
    records = [mgf_record(TITLE=f"t{number}") for number in range(100)]
    records[40] = mgf_record("100.5 10\nfoo bar\n", TITLE="t40")
    spectra, problems = read_text(tmp_path, "a.mgf", "".join(records))
    assert len(spectra) == 99
    assert [problem.skipped for problem in problems] == [1]
    assert "foo bar" in problems[0].cause
    assert "'t40'" in problems[0].where
    line = "".join(records).split("\n").index("foo bar") + 1
    assert f"line {line}" in problems[0].where


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_do_not_matter(tmp_path: Path, end: str) -> None:
    text = "".join(mgf_record(f"100.{n} {n + 1}\n200 5\n") for n in range(2000))
    expected, _ = read_text(tmp_path, "a.mgf", text)
    found, problems = read_text(tmp_path, "b.mgf", text.replace("\n", end))
    assert problems == []
    assert [s.mz.tobytes() for s in found] == [s.mz.tobytes() for s in expected]
    assert [s.origin.where for s in found] == [s.origin.where for s in expected]


def test_clean_and_careful_reading_agree(tmp_path: Path) -> None:
    peaks = "".join(f"{50 + n * 1.2345:.5f} {n + 0.5}\n" for n in range(40))
    clean = one(tmp_path, "a.mgf", mgf_record(peaks))
    careful = one(tmp_path, "b.mgf", mgf_record(peaks.replace(" ", " , ", 1)))
    assert clean.mz.tobytes() == careful.mz.tobytes()
    assert clean.intensity.tobytes() == careful.intensity.tobytes()
    assert clean.charge == careful.charge


def test_a_truncated_file_keeps_its_whole_records(tmp_path: Path) -> None:
    text = mgf_record() * 3 + mgf_record()[:60]
    spectra, problems = read_text(tmp_path, "a.mgf", text)
    assert len(spectra) == 3
    assert problems[-1].skipped == 1
    assert "file ends inside spectrum 4 at line" in problems[-1].cause


def test_nested_begin_and_stray_end_merge_nothing(tmp_path: Path) -> None:
    text = (
        "BEGIN IONS\nTITLE=lost\nPEPMASS=1\n100 1\n"
        "BEGIN IONS\nTITLE=kept\nPEPMASS=2\n200 2\nEND IONS\nEND IONS\n300 3\n" + mgf_record()
    )
    spectra, problems = read_text(tmp_path, "a.mgf", text)
    assert [spectrum.title for spectrum in spectra] == ["kept", "a"]
    assert peaks_of(spectra[0]) == [(200.0, 2.0)]
    assert sum(problem.skipped for problem in problems) == 1
    causes = [problem.cause for problem in problems]
    assert any("without BEGIN IONS" in cause for cause in causes)
    assert "peaks outside BEGIN IONS ... END IONS were ignored: 1" in causes


def test_fields_of_the_whole_file_hold_for_records_without_them(tmp_path: Path) -> None:
    text = "COM=test\nCHARGE=2+\n\n" + mgf_record(CHARGE=None) + mgf_record(CHARGE="1+")
    spectra, _ = read_text(tmp_path, "a.mgf", text)
    assert [spectrum.charge for spectrum in spectra] == [2, 1]
    assert spectra[0].metadata["COM"] == "test"


@pytest.mark.parametrize(
    ("peaks", "expected"),
    [
        ("100,5 10,25\n200,5 20\n", [(100.5, 10.25), (200.5, 20.0)]),
        ("100.5,10\n200.5,20\n", [(100.5, 10.0), (200.5, 20.0)]),
        ("100.5;10\n200.5;20\n", [(100.5, 10.0), (200.5, 20.0)]),
        ("100.5 10 1+\n200.5 20 2+\n", [(100.5, 10.0), (200.5, 20.0)]),
        ("  100.5   10  \n\t200.5\t20\n", [(100.5, 10.0), (200.5, 20.0)]),
        ("# comment\n100.5 10\n\n200.5 20\n", [(100.5, 10.0), (200.5, 20.0)]),
        ("1.005e2 1E+1\n2.005E+02 20\n", [(100.5, 10.0), (200.5, 20.0)]),
        ("300 1\n100 2\n200 3\n", [(100.0, 2.0), (200.0, 3.0), (300.0, 1.0)]),
        ("100 1\n100 2\n100 1\n", [(100.0, 1.0), (100.0, 2.0), (100.0, 1.0)]),
        ("100 1\n", [(100.0, 1.0)]),
    ],
)
def test_peaks_in_many_layouts(tmp_path: Path, peaks: str, expected: list[object]) -> None:
    assert peaks_of(one(tmp_path, "a.mgf", mgf_record(peaks))) == expected


@pytest.mark.parametrize(
    ("peaks", "left", "words"),
    [
        ("100 nan\ninf 3\n101 1e999\n102 5\n", 1, "NaN or infinite"),
        ("100 -1\n-5 3\n0 3\n102 5\n", 1, "not above zero"),
        ("100 0\n102 5\n", 1, "zero intensity"),
        ("100 0\n200 0\n", 0, "no signal"),
        ("", 0, "no peaks"),
    ],
)
def test_unusable_peaks_are_dropped_and_said(
    tmp_path: Path, peaks: str, left: int, words: str
) -> None:
    spectra, problems = read_text(tmp_path, "a.mgf", mgf_record(peaks, TITLE="the id"))
    assert len(spectra[0]) == left
    assert any(words in remark for remark in spectra[0].remarks)
    assert any(words in problem.cause and "the id" in problem.where for problem in problems)
    assert np.isfinite(spectra[0].relative_intensity).all()


def test_extreme_intensities_stay_finite(tmp_path: Path) -> None:
    spectrum = one(tmp_path, "a.mgf", mgf_record("100 1e308\n101 1e308\n102 5e-324\n"))
    assert np.isfinite(spectrum.relative_intensity).all()


@pytest.mark.parametrize("words", ["", "0", "abc", "inf", "-5", "nan"])
def test_a_precursor_that_is_none_is_unknown_and_said(tmp_path: Path, words: str) -> None:
    spectra, problems = read_text(tmp_path, "a.mgf", mgf_record(precursor=words))
    assert spectra[0].precursor_mz is None
    assert any("precursor m/z" in problem.cause for problem in problems)


def test_a_decimal_comma_in_the_precursor(tmp_path: Path) -> None:
    text = mgf_record(precursor="300,0155") * 5
    spectra, problems = read_text(tmp_path, "a.mgf", text)
    assert {spectrum.precursor_mz for spectrum in spectra} == {300.0155}
    (problem,) = problems
    assert "in 5 places" in problem.cause


def test_contradicting_fields_keep_the_first_and_say_so(tmp_path: Path) -> None:
    text = "BEGIN IONS\nTITLE=a\nPEPMASS=300\nPEPMASS=400\n100 1\nEND IONS\n"
    spectra, problems = read_text(tmp_path, "a.mgf", text)
    assert spectra[0].precursor_mz == 300.0
    assert "PEPMASS stands twice" in problems[0].cause


def test_gnps_names_give_the_adduct_with_a_remark(tmp_path: Path) -> None:
    spectrum = one(
        tmp_path,
        "a.mgf",
        mgf_record(TITLE=None, NAME="Hydroxyphenyllactate M-H", CHARGE="-1", IONMODE="Negative"),
    )
    assert (spectrum.adduct, spectrum.charge) == ("[M-H]-", -1)
    assert "taken from the compound's name" in spectrum.remarks[0]


def test_lower_case_keywords_and_blanks(tmp_path: Path) -> None:
    text = " begin ions \nTitle = x\npepmass = 300.5\ncharge=2+\n100 1\n end ions \n" * 3
    spectra, problems = read_text(tmp_path, "a.mgf", text)
    assert [(s.title, s.precursor_mz, s.charge) for s in spectra] == [("x", 300.5, 2)] * 3
    assert problems == []


def test_records_larger_than_a_block(tmp_path: Path) -> None:
    peaks = "".join(f"{100 + n / 100:.4f} {n + 1}\n" for n in range(150_000))
    spectra, _ = read_text(tmp_path, "a.mgf", mgf_record(peaks) + mgf_record())
    assert [len(spectrum) for spectrum in spectra] == [150_000, 2]


def test_a_spectrum_keeps_the_most_intense_of_very_many_peaks(tmp_path: Path) -> None:
    peaks = "".join(f"{100 + n / 1000:.4f} {1 + n % 7}\n" for n in range(200_010))
    spectra, problems = read_text(tmp_path, "a.mgf", mgf_record(peaks))
    assert len(spectra[0]) == 200_000
    assert any("weakest peaks dropped" in problem.cause for problem in problems)


def test_long_lines_are_no_problem(tmp_path: Path) -> None:
    title = "x" * 1_000_000
    assert one(tmp_path, "a.mgf", mgf_record(TITLE=title)).title == title
    report = check(_written(tmp_path, mgf_record("1" * 5_000_000 + "\n") + mgf_record()))
    assert (report.loaded, report.skipped) == (1, 1)


def _written(folder: Path, text: str) -> Path:
    path = folder / "long.mgf"
    path.write_text(text)
    return path


def test_real_files(shared_data: Path) -> None:
    counts = {
        "GNPS-MSMLS.mgf": 799,
        "MS_DIAL_example.mgf": 1837,
        "openms_GNPSExport_3_out.mgf": 199,
        "pesticides.mgf": 62,
    }
    for name, count in counts.items():
        spectra, problems = split(shared_data / "spectra" / name)
        assert len(spectra) == count
        assert sum(problem.skipped for problem in problems) == 0
        assert all(spectrum.precursor_mz for spectrum in spectra)
