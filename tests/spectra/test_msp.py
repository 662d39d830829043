"""MSP: NIST, MoNA and MS-DIAL dialects, MAT records with MS1 and MS2."""

from pathlib import Path

import pytest
from spectrum_text import one, peaks_of, read_text

from msgui.spectra.run import find_ms1

NIST = (
    "Name: Caffeine\nSynon: Guaranine\nSynon: Theine\nDB#: 17\nPrecursor_type: [M+H]+\n"
    "Spectrum_type: MS2\nPrecursorMZ: 195.0877\nIon_mode: P\nCollision_energy: 35 NCE\n"
    "Instrument_type: HCD\nFormula: C8H10N4O2\nInChIKey: RYYVLZVUVIJVGH-UHFFFAOYSA-N\n"
    'Num Peaks: 2\n138.0662 100 "p-C2H3NO/0.1ppm"\n110.0713 20\n\n'
)
MAT = (
    "NAME: Unknown\nSCANNUMBER: 12\nRETENTIONTIME: 5.2\nPRECURSORMZ: 195.0877\n"
    "PRECURSORTYPE: [M+H]+\nIONMODE: Positive\nCOLLISIONENERGY: 30\nMSTYPE: MS1\nNum Peaks: 2\n"
    "195.0877 100\n196.09 9\n\nMSTYPE: MS2\nNum Peaks: 2\n138.0662 100\n110.0713 20\n\n"
)


def short(name: str, peaks: str = "100 1\n200 2\n", count: object = 2) -> str:
    return f"Name: {name}\nPrecursorMZ: 300.1\nNum Peaks: {count}\n{peaks}\n"


def test_a_nist_record(tmp_path: Path) -> None:
    spectrum = one(tmp_path, "a.msp", NIST)
    assert peaks_of(spectrum) == [(110.0713, 20.0), (138.0662, 100.0)]
    assert (spectrum.title, spectrum.spectrum_id) == ("Caffeine", "17")
    assert (spectrum.adduct, spectrum.charge, spectrum.polarity) == ("[M+H]+", 1, "positive")
    assert spectrum.collision_energy is not None
    assert (spectrum.collision_energy.value, spectrum.collision_energy.unit) == (35.0, "NCE")
    assert spectrum.metadata["Synon"] == "Guaranine; Theine"
    assert spectrum.metadata["peak_comments"] == "138.0662 p-C2H3NO/0.1ppm"
    assert spectrum.remarks == ()


def test_mona_comments_fill_what_is_missing(tmp_path: Path) -> None:
    text = (
        'Name: Caffeine\nPrecursorMZ: 195.0877\nComments: "SMILES=CN1C=NC2=C1" "accession=ABC1" '
        '"computed SMILES=CCC" "collision energy=40 eV" "ionization mode=positive"\n'
        "Num Peaks: 1\n138.0662 100\n\n"
    )
    spectrum = one(tmp_path, "a.msp", text)
    assert (spectrum.smiles, spectrum.spectrum_id) == ("CN1C=NC2=C1", "ABC1")
    assert spectrum.collision_energy_ev == 40.0


def test_a_mat_record_is_an_ms1_and_an_ms2(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.mat", MAT + MAT.replace("12", "13"))
    assert [spectrum.ms_level for spectrum in spectra] == [1, 2, 1, 2]
    assert [spectrum.spectrum_id for spectrum in spectra] == ["12 MS1", "12", "13 MS1", "13"]
    assert {spectrum.retention_time_s for spectrum in spectra} == {312.0}
    assert find_ms1(spectra[3], spectra) is spectra[2]
    assert problems == []


@pytest.mark.parametrize("between", ["", "\n", "\n\n\n", " \n"])
def test_blank_lines_between_records_do_not_matter(tmp_path: Path, between: str) -> None:
    text = between.join(short(name).rstrip("\n") + "\n" for name in "abcdefgh" * 500)
    spectra, problems = read_text(tmp_path, "a.msp", text)
    assert [spectrum.title for spectrum in spectra] == list("abcdefgh" * 500)
    assert problems == []


def test_keys_before_the_name_as_matchms_writes_them(tmp_path: Path) -> None:
    text = (
        "SPECTRUM_ID: x1\nPRECURSOR_MZ: 300.1\nIONMODE: negative\nCHARGE: -1\nCOMPOUND_NAME: b\n"
        "NUM PEAKS: 2\n100.0\t1.0\n200.0\t2.0\n\n"
    )
    spectra, problems = read_text(tmp_path, "a.msp", text * 3)
    assert [(s.spectrum_id, s.title, s.charge) for s in spectra] == [("x1", "b", -1)] * 3
    assert problems == []


@pytest.mark.parametrize(
    "peaks",
    [
        "100 1; 200 2;\n",
        "100 1; 200 2\n",
        "100 1 200 2\n",
        '100\t1\t"x"\n200\t2\n',
        '100 1 "a; b"; 200 2 "c"\n',
        "100,1\n200,2\n",
    ],
)
def test_peaks_in_many_layouts(tmp_path: Path, peaks: str) -> None:
    spectra, problems = read_text(tmp_path, "a.msp", short("a", peaks) + short("b"))
    assert [peaks_of(spectrum) for spectrum in spectra] == [[(100.0, 1.0), (200.0, 2.0)]] * 2
    assert problems == []


def test_a_wrong_count_loads_and_leaves_the_neighbours_alone(tmp_path: Path) -> None:
    text = short("a", count=3) + short("b", count=1) + short("c") + short("d", count="many")
    spectra, problems = read_text(tmp_path, "a.msp", text)
    assert [len(spectrum) for spectrum in spectra] == [2, 2, 2, 2]
    (problem,) = problems
    assert "number of peaks differs" in problem.cause
    assert "in 3 places" in problem.cause
    assert spectra[0].remarks == ("3 peaks declared, 2 listed",)


def test_a_record_without_peaks(tmp_path: Path) -> None:
    spectra, _ = read_text(tmp_path, "a.msp", short("a", "", 0) + short("b"))
    assert [len(spectrum) for spectrum in spectra] == [0, 2]
    assert "no peaks" in spectra[0].remarks


@pytest.mark.parametrize("cut", [-6, -12, -18, -30])
def test_a_truncated_file_keeps_its_whole_records(tmp_path: Path, cut: int) -> None:
    text = short("a") + short("b") + short("c", "100.123 1\n200.123 2\n")
    spectra, problems = read_text(tmp_path, "a.msp", text[: cut - 1])
    assert [spectrum.title for spectrum in spectra] == ["a", "b"]
    assert problems[-1].skipped == 1
    assert "file ends inside spectrum 3" in problems[-1].cause


def test_a_last_line_without_line_end_is_whole(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.msp", (short("a") + short("b")).rstrip("\n"))
    assert [len(spectrum) for spectrum in spectra] == [2, 2]
    assert problems == []


def test_a_bad_line_costs_one_record(tmp_path: Path) -> None:
    text = short("a") + short("b", "100 1\nabc\n") + short("c")
    spectra, problems = read_text(tmp_path, "a.msp", text)
    assert [spectrum.title for spectrum in spectra] == ["a", "c"]
    assert [problem.skipped for problem in problems] == [1]
    assert "line 11" in problems[0].where
