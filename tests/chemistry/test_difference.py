"""Atoms in which two structures differ."""

import pytest

from msgui.chemistry.difference import difference
from msgui.errors import MsguiError

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_the_same_structure_does_not_differ() -> None:
    found = difference(CAFFEINE, "Cn1cnc2c1c(=O)n(C)c(=O)n2C")

    assert found.is_complete
    assert not found.first
    assert not found.second


def test_one_more_atom_is_the_difference() -> None:
    found = difference(CAFFEINE, "C" + CAFFEINE)

    assert (found.first, found.second) == (frozenset(), {0})


def test_isomers_of_position_differ_at_both_places() -> None:
    ortho, para = difference("Oc1ccccc1Cl", "Oc1ccc(Cl)cc1").first, "Oc1ccc(Cl)cc1"

    assert ortho
    assert difference(para, "Oc1ccccc1Cl").first


def test_nothing_in_common_is_all_different() -> None:
    found = difference("CC", "[Na+].[Cl-]")

    assert found.first == {0, 1}
    assert found.second == {0, 1}


def test_no_structure_is_an_error() -> None:
    with pytest.raises(MsguiError):
        difference("not a smiles", "C")
