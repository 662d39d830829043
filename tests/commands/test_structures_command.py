"""``msgui structures``: what it prints, and its exit codes."""

import argparse
import json
from pathlib import Path

import pytest

from msgui.commands import structures
from msgui.errors import MsguiError

TABLE = "smiles,name\nCN1C=NC2=C1C(=O)N(C)C(=O)N2C,caffeine\nCCO,ethanol\n"


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    structures.add_parser(parser.add_subparsers())
    return structures.run(parser.parse_args(["structures", *words]))


@pytest.fixture
def store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    (tmp_path / "list.csv").write_text(TABLE)
    path = str(tmp_path / "store.parquet")
    assert run("build", str(tmp_path / "list.csv"), "--out", path, "--name", "mine") == 0
    assert "mine: 2 structures" in capsys.readouterr().out
    return path


def test_info(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", store) == 0
    assert "from 2 rows: 0 left out" in capsys.readouterr().out
    run("info", store, "--json")
    assert json.loads(capsys.readouterr().out)["count"] == 2


def test_search(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", store, "C8H10N4O2") == 0
    key, formula, mass, smiles, name, _ = capsys.readouterr().out.rstrip("\n").split("\t")
    assert (key, formula, mass) == ("RYYVLZVUVIJVGH", "C8H10N4O2", "194.08038")
    assert (smiles, name) == ("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "caffeine")
    run("search", store, "194.09", "--ppm", "100", "--json")
    assert json.loads(capsys.readouterr().out)["name"] == "caffeine"
    run("search", store, "194.09", "--ppm", "5")
    assert capsys.readouterr().out == ""


def test_bad_rows_give_exit_code_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.csv").write_text(TABLE + "C1CC,open\n")
    assert run("build", str(tmp_path / "list.csv"), "--out", str(tmp_path / "s.parquet")) == 1
    printed = capsys.readouterr()
    assert "line 4" in printed.err
    assert "1 left out" in printed.out


def test_a_list_can_be_searched_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.csv").write_text(TABLE)
    assert run("search", str(tmp_path / "list.csv"), "ethanol") == 0
    assert "CCO" in capsys.readouterr().out


def test_wrong_use_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="--out"):
        run("build")
    with pytest.raises(MsguiError, match="no such"):
        run("info", str(tmp_path / "nothing"))
