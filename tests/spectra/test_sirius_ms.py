"""SIRIUS .ms: compounds with MS1 and several MS2."""

from pathlib import Path

from spectrum_text import peaks_of, read_text

from msgui.spectra.run import find_ms1

COMPOUND = """>compound caffeine
>formula C8H10N4O2
>parentmass 195.0877
>ionization [M+H]+
>rt 312s
>source Jena

>ms1
195.0877 100
196.0910 9

>collision 20
138.0662 100

>collision 40
110.0713 5
138.0662 50

"""


def test_each_block_is_a_spectrum_of_its_compound(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.ms", COMPOUND)
    assert problems == []
    assert [spectrum.ms_level for spectrum in spectra] == [1, 2, 2]
    assert [spectrum.spectrum_id for spectrum in spectra] == [
        "caffeine MS1",
        "caffeine #1",
        "caffeine #2",
    ]
    assert [str(spectrum.collision_energy) for spectrum in spectra] == ["None", "20", "40"]
    assert peaks_of(spectra[2]) == [(110.0713, 5.0), (138.0662, 50.0)]
    for spectrum in spectra:
        assert (spectrum.precursor_mz, spectrum.adduct) == (195.0877, "[M+H]+")
        assert (spectrum.formula, spectrum.retention_time_s) == ("C8H10N4O2", 312.0)
        assert spectrum.metadata["source"] == "Jena"
        assert spectrum.title == "caffeine"
    assert find_ms1(spectra[2], spectra) is spectra[0]


def test_a_single_ms2_keeps_the_compounds_name_as_its_id(tmp_path: Path) -> None:
    text = ">compound a\n>parentmass 100.1\n>ms2\n50.1 3\n" * 1000
    spectra, problems = read_text(tmp_path, "a.ms", text)
    assert len(spectra) == 1000
    assert {spectrum.spectrum_id for spectrum in spectra} == {"a"}
    assert find_ms1(spectra[5], spectra) is None
    assert problems == []


def test_a_bad_block_costs_itself(tmp_path: Path) -> None:
    text = COMPOUND.replace("110.0713 5", "oops") + COMPOUND
    spectra, problems = read_text(tmp_path, "a.ms", text)
    assert len(spectra) == 5
    (problem,) = problems
    assert problem.skipped == 1
    assert f"line {text.split(chr(10)).index('oops') + 1}" in problem.where


def test_a_compound_without_spectra_is_said(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.ms", ">compound a\n>parentmass 100\n\n" + COMPOUND)
    assert len(spectra) == 3
    assert "no spectrum" in problems[0].cause
    assert problems[0].skipped == 1
