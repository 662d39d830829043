"""Molecules that are hard to break: bounded in pieces, and what is left out is said."""

import pytest

from msgui.chemistry.adducts import parse_adduct
from msgui.errors import MsguiError
from msgui.fragments.annotate import explain
from msgui.fragments.enumerate import rearranged_fragments_of
from msgui.fragments.graph import graph_of
from msgui.fragments.limits import limit_notes
from msgui.fragments.scoring import score_candidates

FULLERENE = (
    "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1"
    "c6c6c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41"
)
ARM = "CCC(=O)NCCN"
DENDRIMER = f"C(CN({ARM}({ARM}){ARM}){ARM}({ARM}){ARM})N({ARM}){ARM}"
PROTONATED = parse_adduct("[M+H]+")
SPECTRUM = ([101.0709, 115.0866, 300.2], [1.0, 2.0, 3.0])
# Bytes of mass, hydrogens, capacity, counts, atoms, bonds, places and so on of one piece.
MOST_BYTES_A_PIECE = 300


def scored(smiles: str):
    return score_candidates(*SPECTRUM, [smiles, "CCO"], PROTONATED, 10.0, 1000.0)


def test_a_fullerene_only_loses_atoms_that_three_cuts_set_free() -> None:
    found = rearranged_fragments_of(FULLERENE, 3)
    plain = [len(found.atoms_of(i)) for i in range(len(found)) if found.places[i, 0] < 0]
    # Every atom has three bonds: one atom, what is left of it, and the whole.
    assert sorted(plain) == [1] * 60 + [59] * 60 + [60]
    assert scored(FULLERENE).failed == ()


def test_a_dendrimer_has_many_pieces_and_little_memory() -> None:
    found = rearranged_fragments_of(DENDRIMER, 3)
    assert 50_000 < len(found) < 250_000
    arrays = [getattr(found, name) for name in ("mass", "counts", "atoms", "bonds_cut", "places")]
    assert sum(array.nbytes for array in arrays) < MOST_BYTES_A_PIECE * len(found)
    pieces = explain(*SPECTRUM, DENDRIMER, PROTONATED, 10.0)
    assert pieces[1], "the arm"


def test_two_thousand_atoms_are_refused_in_words_and_scored_as_nothing() -> None:
    huge = "C" * 2000
    with pytest.raises(MsguiError, match="2000 characters; 1000 are the limit"):
        rearranged_fragments_of(huge, 3)
    with pytest.raises(MsguiError, match="300 heavy atoms; 250 are the limit"):
        rearranged_fragments_of("C" * 300, 3)
    found = scored(huge)
    assert (found.failed, found.limited) == ((0,), ())
    assert found.score[0] == 0


def test_more_than_a_hundred_atoms_are_broken_at_two_bonds_and_named() -> None:
    small, large = ("NCC(=O)" * n + "O" for n in (24, 26))
    assert (scored(small).limited, scored(large).limited) == ((), (0,))
    two_bonds = score_candidates(*SPECTRUM, [large], PROTONATED, 10.0, 1000.0, max_bonds=2)
    assert two_bonds.limited == ()


def test_places_that_are_not_tried_are_known() -> None:
    assert not graph_of("OCC(O)C(O)CO", rearranged=True).places.left_out
    sugar = "OCC1OC(O)C(O)C(O)C1O"
    polysaccharide = sugar + "".join("C1OC(CO)C(O)C(O)C1O" for _ in range(7))
    assert graph_of(polysaccharide, rearranged=True).places.left_out
    assert scored(polysaccharide).crowded == (0,)


def test_notes_say_what_is_left_out() -> None:
    assert limit_notes(5, (), (), first_is_crowded=False) == []
    notes = limit_notes(5, (3,), (0, 1), first_is_crowded=True)
    assert notes[0].startswith("1 of 5 candidates could not be broken")
    assert "2 of 5 candidates have more than 100 heavy atoms" in notes[1]
    assert "more places for rearrangements" in notes[2]
