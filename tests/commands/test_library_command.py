"""``msgui library``: what it prints, and its exit codes."""

import argparse
import json
from pathlib import Path

import pytest

from msgui.commands import library
from msgui.errors import MsguiError

MGF = """BEGIN IONS
TITLE={name}
NAME={name}
PEPMASS=195.0877
CHARGE=1+
IONMODE=positive
SMILES={smiles}
FORMULA=C8H10N4O2
138.066 100
110.071 40
END IONS
"""
CAFFEINE = MGF.format(name="caffeine", smiles="CN1C=NC2=C1C(=O)N(C)C(=O)N2C")


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    library.add_parser(parser.add_subparsers())
    return library.run(parser.parse_args(["library", *words]))


@pytest.fixture
def reference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    (tmp_path / "reference.mgf").write_text(CAFFEINE)
    assert run("build", str(tmp_path / "reference.mgf"), "--out", str(tmp_path / "ref")) == 0
    assert "ref: 1 spectra of 1 compounds" in capsys.readouterr().out
    return str(tmp_path / "ref")


@pytest.mark.parametrize("mode", ["identity", "formula", "analog"])
def test_search_prints_a_table(
    reference: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    (tmp_path / "unknown.mgf").write_text(MGF.format(name="unknown", smiles=""))
    assert run("search", reference, str(tmp_path / "unknown.mgf"), "--mode", mode) == 0
    header, row = capsys.readouterr().out.rstrip("\n").split("\n")
    found = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert found["spectrum_id"] == "unknown_0"
    assert (found["rank"], found["similarity"], found["shared_peaks"]) == ("1", "1.0000", "2")
    assert found["inchikey14"] == "RYYVLZVUVIJVGH"


def test_info(reference: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", reference, "--json") == 0
    assert json.loads(capsys.readouterr().out)["spectra"] == 1
    assert run("info") == 0
    assert "msgui library download massbank" in capsys.readouterr().out


def test_left_out_records_give_exit_code_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nameless = MGF.format(name="", smiles="")
    (tmp_path / "r.mgf").write_text(CAFFEINE + nameless)
    assert run("build", str(tmp_path / "r.mgf"), "--out", str(tmp_path / "ref")) == 1
    assert "which compound" in capsys.readouterr().err


def test_download_without_a_name_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("download") == 0
    assert "massbank" in capsys.readouterr().out


def test_download_of_something_unknown_is_an_error() -> None:
    with pytest.raises(MsguiError, match="no public library"):
        run("download", "nothing")
