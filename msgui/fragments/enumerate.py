"""All pieces of a molecule that a few broken bonds set free."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, ELEMENTS
from msgui.errors import MsguiError
from msgui.fragments.graph import MolecularGraph, graph_of

MOST_BONDS = 3
# Beyond it three cuts give hundreds of thousands of pieces: seconds and gigabytes for one molecule.
MOST_ATOMS_FOR_THREE_BONDS = 100
_PIECES_A_BLOCK = 20_000


@dataclass(frozen=True, eq=False)
class FragmentSet:
    """The connected pieces of a molecule that at most ``max_bonds`` bonds join to the rest.

    Parameters
    ----------
    smiles : str
    mass : float64 array, shape (n_pieces,)
        Of the heavy atoms and the hydrogens that they have in the molecule, in Da. The first piece
        is the whole molecule.
    hydrogens : int64 array, shape (n_pieces,)
    capacity : int64 array, shape (n_pieces,)
        Sum of (valence - 2) of the heavy atoms: 2 less than the hydrogens of a saturated molecule.
    counts : int16 array, shape (n_pieces, n_elements)
        Atoms of each of :data:`msgui.chemistry.formula.ELEMENTS`, hydrogens included.
    atoms : uint64 array, shape (n_pieces, words)
        Atom i of the SMILES is bit i % 64 of word i // 64.
    bonds_cut : int64 array, shape (n_pieces, 3)
        RDKit's bond indices; -1 where fewer were cut.
    penalty : float64 array, shape (n_pieces,)
        Sum of the weights of the bonds cut: bond order, .5 more for C-C.
    """

    smiles: str
    mass: npt.NDArray[np.float64]
    hydrogens: npt.NDArray[np.int64]
    capacity: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int16]
    atoms: npt.NDArray[np.uint64]
    bonds_cut: npt.NDArray[np.int64]
    penalty: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.mass.size)

    def atoms_of(self, piece: int) -> tuple[int, ...]:
        """Return the atom indices of one piece, ascending."""
        return tuple(np.flatnonzero(_unpacked(self.atoms[piece : piece + 1])[0]).tolist())

    def bonds_of(self, piece: int) -> tuple[int, ...]:
        """Return the bonds that were cut to set one piece free, ascending."""
        return tuple(sorted(int(bond) for bond in self.bonds_cut[piece] if bond >= 0))


def _unpacked(masks: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Return masks as booleans, shape (n_pieces, 64 x words)."""
    octets = np.ascontiguousarray(masks.astype("<u8")).view(np.uint8)
    return np.unpackbits(octets, axis=1, bitorder="little").astype(bool)


def _counts(graph: MolecularGraph, masks: npt.NDArray[np.uint64]) -> npt.NDArray[np.int16]:
    n_atoms = graph.mass.size
    table = np.zeros((n_atoms, len(ELEMENTS)), dtype=np.float32)
    table[np.arange(n_atoms), graph.element] = 1
    table[:, ELEMENT_INDEX["H"]] += graph.hydrogens
    counts = np.empty((len(masks), len(ELEMENTS)), dtype=np.int16)
    for first in range(0, len(masks), _PIECES_A_BLOCK):
        block = slice(first, first + _PIECES_A_BLOCK)
        # float32: exact for these numbers, and a matrix product that BLAS does.
        counts[block] = _unpacked(masks[block])[:, :n_atoms].astype(np.float32) @ table
    return counts


def bonds_within_reason(graph: MolecularGraph, max_bonds: int) -> int:
    """Return how many bonds of a molecule are broken: three only up to 100 heavy atoms."""
    return min(max_bonds, 2) if graph.mass.size > MOST_ATOMS_FOR_THREE_BONDS else max_bonds


@lru_cache(maxsize=256)
def fragments_of(smiles: str, max_bonds: int = 2) -> FragmentSet:
    """Return all pieces of a molecule that at most ``max_bonds`` bonds join to the rest.

    A piece is a connected set of heavy atoms; rings open when two (or three) of their bonds are
    cut. Each set of atoms comes once, with the fewest cuts that set it free.

    Parameters
    ----------
    smiles : str
    max_bonds : int
        0 to 3; molecules of more than 100 heavy atoms are broken at two bonds at most.

    Raises
    ------
    MsguiError
        When the SMILES cannot be read, is longer than 1000 characters, has more than 250 heavy
        atoms, or ``max_bonds`` is not 0 to 3.

    Examples
    --------
    >>> pieces = fragments_of("CCO", 1)
    >>> [pieces.atoms_of(piece) for piece in range(len(pieces))]
    [(0, 1, 2), (1, 2), (0,), (2,), (0, 1)]
    """
    from msgui.fragments import kernels

    if not 0 <= max_bonds <= MOST_BONDS:
        raise MsguiError(
            f"{max_bonds} bonds to break are not possible.", f"Choose 0 to {MOST_BONDS}."
        )
    graph = graph_of(smiles)
    masks, cuts = kernels.pieces(
        graph.mass.size,
        graph.bond_from,
        graph.bond_to,
        graph.start,
        bonds_within_reason(graph, max_bonds),
    )
    mass, hydrogens, capacity, penalty = kernels.piece_values(
        masks, cuts, graph.mass, graph.hydrogens, graph.capacity, graph.bond_weight
    )
    result = FragmentSet(
        smiles=smiles,
        mass=mass,
        hydrogens=hydrogens,
        capacity=capacity,
        counts=_counts(graph, masks),
        atoms=masks,
        bonds_cut=cuts,
        penalty=penalty,
    )
    for array in (mass, hydrogens, capacity, result.counts, masks, cuts, penalty):
        array.setflags(write=False)
    return result
