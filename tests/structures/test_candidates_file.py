"""Candidate lists: which structures for which spectrum, and what was wrong with the rest."""

from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.structures.candidates_file import read_candidates


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "candidates.tsv"
    file.write_text(text)
    return file


def test_structures_of_each_spectrum_in_order(tmp_path: Path) -> None:
    text = "spectrum_id\tsmiles\tname\ns2\tCCC\tpropane\ns1\tOCC\tethanol\ns2\tCO\t\n"
    lists, problems = read_candidates(write(tmp_path, text))
    assert [s.smiles for s in lists["s2"]] == ["CCC", "CO"]
    assert (lists["s1"][0].smiles, lists["s1"][0].name) == ("CCO", "ethanol")
    assert lists["s1"][0].formula == "C2H6O"
    assert problems == []


def test_bad_rows_are_reported_and_duplicates_merged(tmp_path: Path) -> None:
    text = "spectrum_id\tsmiles\na\tCCO\na\tC1CC\n\tCCO\na\t\na\tOCC\nb\tCCN.Cl\n"
    lists, problems = read_candidates(write(tmp_path, text))
    assert [len(lists[name]) for name in ("a", "b")] == [1, 1]
    assert [p.where for p in problems if p.skipped] == ["line 3", "line 4", "line 5"]
    assert any("repeat" in problem.cause for problem in problems)
    assert any("salt" in problem.cause for problem in problems)


def test_a_comma_table_with_other_columns_is_read(tmp_path: Path) -> None:
    lists, _ = read_candidates(write(tmp_path, "Spectrum ID,rank,SMILES\nx,1,CCO\n"))
    assert lists["x"][0].smiles == "CCO"


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="no column spectrum_id"):
        read_candidates(write(tmp_path, "id\tsmiles\na\tCCO\n"))
    with pytest.raises(MsguiError, match="does not exist"):
        read_candidates(tmp_path / "nothing.tsv")


def test_cells_that_were_made_harmless_for_spreadsheets_are_read_as_they_were(
    tmp_path: Path,
) -> None:
    lists, problems = read_candidates(
        write(tmp_path, "spectrum_id\tsmiles\tname\n'=1+1\tCCO\t'-ol\n")
    )
    assert lists["=1+1"][0].name == "-ol"
    assert problems == []
