"""``msgui check``: one report a file, exit codes, names that are no text."""

import json
import os
from pathlib import Path

import pytest

from msgui.cli import main

RECORD = "BEGIN IONS\nTITLE=a\nPEPMASS=195.0877\nCHARGE=1+\n{more}138.0662 100\nEND IONS\n\n"


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_json_is_one_line_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path, "a.mgf", RECORD.format(more="") * 2)
    odd = write(tmp_path, "b.mgf", RECORD.format(more="CHARGE=2+\n"))
    bad = write(tmp_path, "c.mgf", "")
    assert main(["check", "--json", good, odd, bad]) == 2
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [report["status"] for report in reports] == ["load", "warn+load", "error"]
    assert [report["found"] for report in reports] == [2, 1, 0]
    for report in reports:
        assert report["found"] == report["loaded"] + report["skipped"]
        for message in report["messages"]:
            assert set(message) == {"kind", "file", "where", "cause", "action"}


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path, "a.mgf", RECORD.format(more=""))
    odd = write(tmp_path, "b.mgf", RECORD.format(more="CHARGE=2+\n"))
    assert main(["check", good]) == 0
    assert main(["check", odd]) == 0
    assert main(["check", "--strict", odd]) == 1
    assert main(["check", "--strict", good]) == 0
    assert main(["check", str(tmp_path / "missing.mgf")]) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    assert "the file does not exist" in captured.out


def test_a_formula_that_cannot_be_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "ADDUCT=[M+H]+\nFORMULA={}\n"
    for formula, words in (
        ("C8H10N4O2", ""),
        ("C9H12N4O2", "contradicts its precursor"),
        ("Xx3", "impossible"),
        ("C999999999", "ppm"),
    ):
        file = write(tmp_path, "a.mgf", RECORD.format(more=more.format(formula)))
        assert main(["check", "--json", file]) == 0
        messages = json.loads(capsys.readouterr().out)["messages"]
        assert (words in messages[0]["cause"]) if words else messages == []


def test_a_file_name_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mgf")
    Path(name).write_text(RECORD.format(more=""))
    assert main(["check", name]) == 0
    assert main(["check", "--json", name]) == 0
    assert "1 of 1 spectra loaded" in capsys.readouterr().out
