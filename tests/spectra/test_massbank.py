"""MassBank records, one or several to a file."""

from pathlib import Path

from spectrum_text import one, peaks_of, read_text

RECORD = """ACCESSION: TEST-X1
RECORD_TITLE: Caffeine; LC-ESI-QFT; MS2; CE: 35 (nominal); R=17500; [M+H]+
DATE: 2020.01.01
LICENSE: CC0
CH$NAME: Caffeine
CH$NAME: 1,3,7-Trimethylpurine-2,6-dione
CH$FORMULA: C8H10N4O2
CH$EXACT_MASS: 194.0804
CH$SMILES: CN1C=NC2=C1C(=O)N(C)C(=O)N2C
CH$LINK: INCHIKEY RYYVLZVUVIJVGH-UHFFFAOYSA-N
CH$LINK: PUBCHEM CID:2519
AC$INSTRUMENT: Q Exactive Plus Orbitrap Thermo Scientific
AC$INSTRUMENT_TYPE: LC-ESI-QFT
AC$MASS_SPECTROMETRY: MS_TYPE MS2
AC$MASS_SPECTROMETRY: ION_MODE POSITIVE
AC$MASS_SPECTROMETRY: COLLISION_ENERGY 35 (nominal)
AC$CHROMATOGRAPHY: RETENTION_TIME 5.2 min
MS$FOCUSED_ION: BASE_PEAK 138.0662
MS$FOCUSED_ION: PRECURSOR_M/Z 195.0877
MS$FOCUSED_ION: PRECURSOR_TYPE [M+H]+
PK$SPLASH: splash10-none
PK$ANNOTATION: m/z tentative_formula formula_count mass error(ppm)
  138.0662 C6H8N3O+ 1 138.0662 0.1
PK$NUM_PEAK: 2
PK$PEAK: m/z int. rel.int.
  110.0713 20.5 205
  138.0662 100 999
//
"""


def test_a_record_says_all_it_knows(tmp_path: Path) -> None:
    spectrum = one(tmp_path, "TEST-X1.txt", RECORD)
    assert peaks_of(spectrum) == [(110.0713, 20.5), (138.0662, 100.0)]
    assert spectrum.spectrum_id == "TEST-X1"
    assert spectrum.title.startswith("Caffeine; LC-ESI-QFT")
    assert (spectrum.precursor_mz, spectrum.adduct, spectrum.charge) == (195.0877, "[M+H]+", 1)
    assert (spectrum.polarity, spectrum.ms_level) == ("positive", 2)
    assert spectrum.retention_time_s == 312.0
    assert spectrum.collision_energy is not None
    assert (spectrum.collision_energy.value, spectrum.collision_energy.unit) == (35.0, "NCE")
    assert spectrum.instrument == "Q Exactive Plus Orbitrap Thermo Scientific, LC-ESI-QFT"
    assert spectrum.formula == "C8H10N4O2"
    assert spectrum.inchikey == "RYYVLZVUVIJVGH-UHFFFAOYSA-N"
    assert spectrum.metadata["CH$LINK PUBCHEM"] == "CID:2519"
    assert "C6H8N3O+" in spectrum.metadata["PK$ANNOTATION"]
    assert spectrum.metadata["LICENSE"] == "CC0"
    assert spectrum.remarks == ()


def test_several_records_with_their_lines(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.txt", RECORD * 500)
    assert len(spectra) == 500
    assert problems == []
    assert spectra[3].origin.where == f"line {1 + 3 * RECORD.count(chr(10))}"


def test_a_bad_record_costs_itself(tmp_path: Path) -> None:
    text = RECORD + RECORD.replace("110.0713 20.5", "abc def") + RECORD
    spectra, problems = read_text(tmp_path, "a.txt", text)
    assert len(spectra) == 2
    (problem,) = problems
    assert problem.skipped == 1
    line = text.split("\n").index("  abc def 205") + 1
    assert f"line {line}" in problem.where


def test_a_truncated_record_is_not_loaded(tmp_path: Path) -> None:
    spectra, problems = read_text(
        tmp_path, "a.txt", RECORD + RECORD[: RECORD.index("  138.0662 100")]
    )
    assert len(spectra) == 1
    assert problems[0].skipped == 1
    assert "file ends inside spectrum 2 at line" in problems[0].cause


def test_a_last_record_without_its_end_is_whole_when_all_peaks_are_there(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.txt", RECORD.removesuffix("//\n"))
    assert len(spectra) == 1
    assert "no // at its end" in problems[0].cause
