"""Pieces of molecules, against a plain enumeration and against numbers known by hand."""

import numpy as np
import pytest
from plain_fragments import plain_pieces

from msgui.chemistry.formula import ELEMENT_INDEX, MASSES, Formula
from msgui.errors import MsguiError
from msgui.fragments.enumerate import fragments_of

CAFFEINE = "Cn1cnc2c1c(=O)n(C)c(=O)n2C"
MOLECULES = (
    "C",
    "CCO",
    "CC(C)(C)C",
    CAFFEINE,
    "O=C(O)c1ccccc1OC(C)=O",
    "CC(C)(C)c1ccc2ccccc2c1",
    "C1CC2CCC1CC2",
    "C12C3C4C1C5C2C3C45",  # cubane: rings within rings
    "C1CC1C1CC1",
    "CN1CC2CC1CC2OC(=O)C(CO)c1ccccc1",
)


@pytest.mark.parametrize("smiles", MOLECULES)
@pytest.mark.parametrize("max_bonds", [0, 1, 2, 3])
def test_pieces_are_those_of_a_plain_enumeration(smiles: str, max_bonds: int) -> None:
    found = fragments_of(smiles, max_bonds)
    pieces = {found.atoms_of(i): found.bonds_of(i) for i in range(len(found))}
    assert len(pieces) == len(found), "each set of atoms comes once"
    assert pieces == plain_pieces(smiles, max_bonds)


def test_first_piece_is_the_whole_molecule() -> None:
    found = fragments_of(CAFFEINE)
    assert found.atoms_of(0) == tuple(range(14))
    assert found.bonds_of(0) == ()
    assert found.penalty[0] == 0
    assert found.mass[0] == pytest.approx(Formula.parse("C8H10N4O2").mass, abs=1e-9)
    assert Formula.from_counts(found.counts[0]) == Formula.parse("C8H10N4O2")


def test_mass_hydrogens_and_counts_agree() -> None:
    found = fragments_of("CC(=O)Oc1ccc(Cl)cc1C(F)(F)F", 3)
    np.testing.assert_allclose(found.counts @ MASSES, found.mass, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.counts[:, ELEMENT_INDEX["H"]], found.hydrogens)


def test_bond_weights_are_order_and_half_more_between_carbons() -> None:
    found = fragments_of("CC=O", 1)
    by_bond = {found.bonds_of(i): float(found.penalty[i]) for i in range(len(found))}
    assert by_bond == {(): 0.0, (0,): 1.5, (1,): 2.0}
    ring = fragments_of("c1ccncc1", 2)
    assert sorted(set(ring.penalty.tolist())) == [0.0, 3.0, 3.5, 4.0]


def test_molecules_of_more_than_64_atoms_need_more_words() -> None:
    smiles = "C" * 70 + "O"
    found = fragments_of(smiles)
    assert found.atoms.shape[1] == 2
    pieces = {found.atoms_of(i): found.bonds_of(i) for i in range(len(found))}
    assert len(pieces) == 1 + 2 * 70 + 70 * 69 // 2
    assert pieces[tuple(range(60, 71))] == (59,)
    assert pieces[tuple(range(10, 66))] == (9, 65)


def test_more_than_64_rings_need_more_words_for_rings() -> None:
    found = fragments_of("C1CC1" * 66)
    # One atom of each ring is in the chain: a chain bond cuts alone, a ring by two of its three.
    assert sum(len(found.bonds_of(i)) == 1 for i in range(len(found))) == 2 * 65
    in_rings = [i for i in range(len(found)) if len(found.bonds_of(i)) == 2]
    assert len(in_rings) == 66 * 3 * 2 + 65 * 64 // 2


def test_only_the_largest_part_of_a_salt_is_broken() -> None:
    found = fragments_of("[Na+].CC(=O)[O-]")
    assert found.atoms_of(0) == (1, 2, 3, 4)
    assert all(0 not in found.atoms_of(i) for i in range(len(found)))


def test_labels_count_as_their_own_elements() -> None:
    found = fragments_of("[2H]C([2H])([2H])O", 0)
    assert str(Formula.from_counts(found.counts[0])) == "CHD3O"


def test_arrays_are_read_only() -> None:
    found = fragments_of("CCO")
    with pytest.raises(ValueError, match="read-only"):
        found.mass[0] = 0.0


@pytest.mark.parametrize("smiles", ["", "C1CC", "not a molecule", "C" * 1001, "C" * 251, "[Xe]"])
def test_what_cannot_be_broken_says_why(smiles: str) -> None:
    with pytest.raises(MsguiError):
        fragments_of(smiles)


def test_number_of_bonds_is_bounded() -> None:
    with pytest.raises(MsguiError, match="4 bonds"):
        fragments_of("CCO", 4)
