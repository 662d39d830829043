"""The command line: exit codes, ids, and runs that are stopped and go on."""

import csv
import json
from pathlib import Path

import pytest

from msgui.cli import COMMANDS, main
from msgui.paths import resources
from msgui.spectra.ids import with_ids
from msgui.spectra.spectrum import Origin, Spectrum

SAMPLES = str(resources() / "samples" / "textbook.mgf")
TABLES = ("spectra", "formulas", "peaks", "candidates", "trust")


def _annotate(out: Path, *more: str) -> int:
    return main(["annotate", SAMPLES, "--out", str(out), "--no-model", *more])


@pytest.fixture
def candidates(tmp_path: Path) -> Path:
    path = tmp_path / "given.tsv"
    path.write_text(
        "spectrum_id\tsmiles\n"
        "sample-01\tCn1c(=O)c2c(ncn2C)n(C)c1=O\n"
        "sample-01\tCCn1c(=O)c2[nH]cnc2n(C)c1=O\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert "example" in capsys.readouterr().out.lower()


def test_a_missing_file_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["annotate", str(tmp_path / "no.mgf"), "--out", str(tmp_path / "out")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_word_that_is_no_file_and_no_command_opens_no_window(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["frobnicate"]) == 2
    assert "no such sub-command" in capsys.readouterr().err


def test_wrong_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["annotate", SAMPLES, "--out", "x", "--ppm", "0"])
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_lists_that_belong_to_no_spectrum_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lists = tmp_path / "lists.tsv"
    lists.write_text("spectrum_id\tsmiles\nsample-99\tCCO\n", encoding="utf-8")
    assert _annotate(tmp_path / "out", "--candidates", str(lists)) == 0
    said = capsys.readouterr().err
    assert "1 of 1 lists belong to no spectrum (first: sample-99)" in said
    assert "spectra have no list" in said


def test_no_structures_leaves_formulas_and_peaks(tmp_path: Path) -> None:
    assert _annotate(tmp_path / "out", "--structures", "none") == 0
    assert (tmp_path / "out" / "candidates.tsv").read_text("utf-8").count("\n") == 1
    assert (tmp_path / "out" / "peaks.tsv").read_text("utf-8").count("\n") > 50


def test_ids_are_the_files_own_where_unique() -> None:
    def spectrum(own: str, index: int) -> Spectrum:
        return Spectrum([100.0], [1.0], spectrum_id=own, origin=Origin("a/run.mzML", index))

    named = with_ids([spectrum("x", 0), spectrum("", 1), spectrum("y", 2), spectrum("y", 3)])
    assert list(named) == ["x", "run_1", "run_2", "run_3"]


def test_runs_repeat_resume_and_replay(tmp_path: Path, candidates: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    assert _annotate(first, "--candidates", str(candidates)) in (0, 1)
    assert _annotate(second, "--candidates", str(candidates)) in (0, 1)
    for table in TABLES:
        text = (first / f"{table}.tsv").read_bytes()
        assert text == (second / f"{table}.tsv").read_bytes()
    assert _annotate(first, "--candidates", str(candidates)) == 2  # not overwritten by accident
    assert main(["replay", str(first / "run.json"), "--out", str(third)]) in (0, 1)
    assert (first / "peaks.tsv").read_bytes() == (third / "peaks.tsv").read_bytes()
    rows = list(csv.DictReader((first / "candidates.tsv").open(encoding="utf-8"), delimiter="\t"))
    assert {row["spectrum_id"] for row in rows} == {"sample-01"}
    assert json.loads((first / "run.json").read_text())["complete"] is True


def test_a_stopped_run_keeps_what_is_finished_and_goes_on(
    tmp_path: Path, candidates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from msgui import pipeline

    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    given = ("--candidates", str(candidates))
    _annotate(whole, *given)
    real, calls = pipeline.annotate, []

    def interrupted(spectrum: Spectrum, *others: object) -> object:
        calls.append(spectrum)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return real(spectrum, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "annotate", interrupted)
    assert _annotate(stopped, *given) == 130
    assert len((stopped / "spectra.tsv").read_text().splitlines()) == 1 + 5
    assert json.loads((stopped / "run.json").read_text())["complete"] is False
    monkeypatch.setattr(pipeline, "annotate", real)
    assert _annotate(stopped, *given, "--resume") in (0, 1)
    for table in TABLES:
        assert (stopped / f"{table}.tsv").read_bytes() == (whole / f"{table}.tsv").read_bytes()


def test_words_about_peaks_are_taken_and_written_back(tmp_path: Path, candidates: Path) -> None:
    given = ("--candidates", str(candidates))
    said = tmp_path / "said.tsv"
    said.write_text(
        "spectrum_id\tmz\toverride\tformula\tnote\n"
        "sample-01\t138.06620\tformula\tC8H10O2\t\n"
        "sample-01\t123.04270\tnoise\t\tnot in the blank\n",
        encoding="utf-8",
    )
    plain, first, again = (tmp_path / name for name in ("plain", "first", "again"))
    _annotate(plain, *given)
    assert _annotate(first, *given, "--overrides", str(said)) in (0, 1)
    # The table of peaks says it in the same words: it can be given back.
    assert _annotate(again, *given, "--overrides", str(first / "peaks.tsv"), "--jobs", "2") in (
        0,
        1,
    )

    assert (first / "peaks.tsv").read_bytes() == (again / "peaks.tsv").read_bytes()
    assert (first / "candidates.tsv").read_bytes() != (plain / "candidates.tsv").read_bytes()
    rows = list(csv.DictReader((first / "peaks.tsv").open(encoding="utf-8"), delimiter="\t"))
    words = {
        row["mz"]: (row["override"], row["formula"], row["note"]) for row in rows if row["override"]
    }
    assert words == {
        "138.06620": ("formula", "C8H10O2", ""),
        "123.04270": ("noise", "", "not in the blank"),
    }
    assert "set=noise note=not%20in%20the%20blank" in (first / "annotated.msp").read_text()


def test_kinds_of_peaks_can_be_left_out(tmp_path: Path) -> None:
    assert _annotate(tmp_path / "a", "--without", "radicals", "--without", "isotopes") == 0
    with (tmp_path / "a" / "peaks.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert {row["radical"] for row in rows} <= {"no", ""}
    assert not any(row["isotope"] for row in rows)
    assert any(float(row["plausibility"]) > 0.9 for row in rows if row["plausibility"])
    parameters = json.loads((tmp_path / "a" / "run.json").read_text("utf-8"))["parameters"]
    assert parameters["without"] == ["radicals", "isotopes"]
