"""Pieces as numbers: which atoms they hold, which ends were cut, and what stands beside."""

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.fragments.enumerate import fragments_of
from msgui.prediction.piece_features import (
    ATOM_FEATURES,
    BOND_FEATURES,
    SCALARS,
    pieces_of,
    tables_of,
)


def atom(smiles: str, index: int) -> dict[str, float]:
    row = tables_of(smiles).atoms[index]
    return {name: float(v) for name, v in zip(ATOM_FEATURES, row, strict=True) if v}


def test_atoms_of_an_amide_and_of_an_amine() -> None:
    smiles = "CC(=O)NCCN"
    assert atom(smiles, 0) == {
        "carbon": 1, "hydrogens": 1.5, "saturated carbon": 1, "methyl": 1,
    }  # fmt: skip
    assert "carbonyl carbon" in atom(smiles, 1)
    assert "doubly bound oxygen" in atom(smiles, 2)
    assert atom(smiles, 3)["amide nitrogen"] == 1
    assert "basic nitrogen" not in atom(smiles, 3)
    assert atom(smiles, 6)["basic nitrogen"] == 1


def test_nitrogen_of_pyridine_is_basic_and_that_of_pyrrole_is_not() -> None:
    assert "basic nitrogen" in atom("c1ccncc1", 3)
    assert "basic nitrogen" not in atom("c1cc[nH]c1", 3)


def test_bonds() -> None:
    bonds = tables_of("Clc1ccccc1").bonds
    first = dict(zip(BOND_FEATURES, bonds[0].tolist(), strict=True))
    assert first["to halogen"] == 1
    assert first["from a ring to outside"] == 1
    assert first["ring bond"] == 0
    assert bonds[1][BOND_FEATURES.index("aromatic bond")] == 1


@pytest.mark.parametrize("smiles", ["CCO", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CC(=O)Nc1ccc(O)cc1"])
def test_pieces_are_those_of_the_fragmenter_in_the_same_order(smiles: str) -> None:
    found, known = pieces_of(tables_of(smiles), 2), fragments_of(smiles, 2)
    assert len(found) == len(known)
    np.testing.assert_allclose(found.mass, known.mass)
    n_bonds = tables_of(smiles).graph.bond_from.size
    for piece in range(len(known)):
        assert tuple(np.flatnonzero(found.atoms[piece])) == known.atoms_of(piece)
        cut = {int(end) // 2 for end in found.cuts[piece] if end < 2 * n_bonds}
        assert cut == set(known.bonds_of(piece))


def test_ends_of_a_cut_are_seen_from_the_piece() -> None:
    tables = tables_of("CCO")
    pieces = pieces_of(tables, 1)
    graph = tables.graph
    for piece in range(1, len(pieces)):
        end = int(pieces.cuts[piece, 0])
        inner = (graph.bond_to if end % 2 else graph.bond_from)[end // 2]
        assert pieces.atoms[piece, inner] == 1


def test_numbers_of_pieces() -> None:
    pieces = pieces_of(tables_of("CCCC"), 2)
    scalars = {name: pieces.scalars[:, i] for i, name in enumerate(SCALARS)}
    assert scalars["nothing cut"][0] == 1
    assert scalars["share of atoms"][0] == 1
    cuts = sum(n * scalars[name] for n, name in enumerate(SCALARS[:4]))
    n_bonds = 3
    np.testing.assert_array_equal(cuts, (pieces.cuts < 2 * n_bonds).sum(axis=1))
    # Both ends of butane are a methyl: two pieces of one mass.
    methyl = np.flatnonzero(np.abs(pieces.mass - pieces.mass[1:].min()) < 1e-6)
    assert scalars["log pieces of this mass"][methyl[0]] == pytest.approx(np.log(methyl.size))


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(MsguiError):
        tables_of("not a molecule")
