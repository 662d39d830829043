"""The quick way to pieces of an edited molecule finds what the general one finds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from msgui.fragments import kernels


@st.composite
def edited_molecules(draw):
    """Return a connected graph with some atoms gone, bonds broken and bonds made."""
    n_atoms = draw(st.integers(2, 70))
    tree = [(draw(st.integers(0, atom - 1)), atom) for atom in range(1, n_atoms)]
    rings = draw(st.lists(st.tuples(*[st.integers(0, n_atoms - 1)] * 2), max_size=4))
    pairs = list(dict.fromkeys([*tree, *((min(p), max(p)) for p in rings if p[0] != p[1])]))
    bonds = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    start = draw(st.integers(0, n_atoms - 1))
    gone = np.zeros(n_atoms, dtype=np.int64)
    gone[draw(st.lists(st.integers(0, n_atoms - 1), max_size=3))] = 1
    gone[start] = 0
    broken = np.zeros(len(bonds), dtype=np.int64)
    broken[draw(st.lists(st.integers(0, len(bonds) - 1), max_size=2))] = 1
    staying = np.flatnonzero(gone == 0).tolist()
    made = draw(st.lists(st.tuples(*[st.sampled_from(staying)] * 2), max_size=2))
    new = np.array([p for p in made if p[0] != p[1]], dtype=np.int64).reshape(-1, 2)
    return bonds, gone, broken, new, start


@settings(deadline=None, max_examples=60)
@given(edited_molecules(), st.booleans())
def test_cutting_one_bond_of_an_edited_molecule(molecule, cuts):
    bonds, gone, broken, new, start = molecule
    n_atoms, n_bonds = gone.size, len(bonds)
    ends = np.ascontiguousarray(bonds[:, 0]), np.ascontiguousarray(bonds[:, 1])
    new_from, new_to, index = kernels._edited(*ends, gone, broken, new)
    masks, numbers = kernels.pieces(n_atoms, new_from, new_to, start, int(cuts))
    # Behind the last bond stands what -1 is: no bond.
    original = np.append(index, kernels.NO_BOND)[numbers[:, 0]]
    expected = [
        (mask.tolist(), bond)
        for mask, bond in zip(masks, original.tolist(), strict=True)
        if bond != kernels.NEW_BOND
    ]

    words = (n_atoms + 63) // 64
    room = (
        np.empty((5, max(n_atoms, n_bonds)), np.int64),
        np.empty((n_atoms, words), np.uint64),
        np.empty((n_atoms, (n_bonds + 6) // 64 + 1), np.uint64),
    )
    found = np.empty((2 * n_bonds + 1, words), np.uint64)
    cut = np.full((2 * n_bonds + 1, 3), kernels.NO_BOND)
    graph = kernels._neighbours(n_atoms, *ends)
    count = kernels._pieces_cut_once(graph, (gone, broken), new, start, cuts, room, found, cut)
    quick = list(zip(found[:count].tolist(), cut[:count, 0].tolist(), strict=True))
    assert quick == expected
