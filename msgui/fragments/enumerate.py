"""All pieces of a molecule that a few broken bonds set free."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, ELEMENTS
from msgui.errors import MsguiError
from msgui.fragments.graph import MolecularGraph, graph_of
from msgui.fragments.limits import (
    MOST_BONDS,
    MOST_REARRANGED,
    bonds_within_reason,
    rearranged_within_reason,
)
from msgui.fragments.penalties import penalties, weights_of
from msgui.fragments.rules import rules

# The largest molecules have a quarter of a million pieces of 250 bytes.
_SETS_KEPT = 24
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
        Of :func:`fragments_of`: the weights of the bonds cut (bond order, .5 more for C-C). Of
        :func:`rearranged_fragments_of`: learned, all but the part of the hydrogens.
    places : int64 array, shape (n_pieces, 2)
        Rearrangements that made the piece (rows of the graph's ``places``); -1 where none.
    way : int64 array, shape (n_pieces,)
        Index into :data:`msgui.fragments.penalties.WAYS`.
    expected : int64 array, shape (n_pieces,)
        Hydrogens that the rearrangements usually move.
    """

    smiles: str
    mass: npt.NDArray[np.float64]
    hydrogens: npt.NDArray[np.int64]
    capacity: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int16]
    atoms: npt.NDArray[np.uint64]
    bonds_cut: npt.NDArray[np.int64]
    penalty: npt.NDArray[np.float64]
    places: npt.NDArray[np.int64]
    way: npt.NDArray[np.int64]
    expected: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.mass.size)

    def atoms_of(self, piece: int) -> tuple[int, ...]:
        """Return the atom indices of one piece, ascending."""
        return tuple(np.flatnonzero(_unpacked(self.atoms[piece : piece + 1])[0]).tolist())

    def bonds_of(self, piece: int) -> tuple[int, ...]:
        """Return the bonds that were broken to set one piece free, ascending."""
        cut = {int(bond) for bond in self.bonds_cut[piece] if bond >= 0}
        if self.places[piece, 0] >= 0:
            graph = graph_of(self.smiles, rearranged=True)
            inside = _unpacked(self.atoms[piece : piece + 1])[0]
            first, second = inside[graph.bond_from], inside[graph.bond_to]
            cut.update(np.flatnonzero(first != second).tolist())
            broken = graph.places.broken[self.places[piece][self.places[piece] >= 0]].ravel()
            cut.update(int(bond) for bond in broken if bond >= 0 and (first | second)[bond])
        return tuple(sorted(cut))

    def rule_of(self, piece: int) -> str:
        """Return the names of the rearrangements that made one piece, empty when only bonds were.

        Two are joined by " + ".
        """
        chosen = graph_of(self.smiles, rearranged=True).places.rule[
            self.places[piece][self.places[piece] >= 0]
        ]
        return " + ".join(rules()[number].name for number in chosen)

    def joined_in(self, piece: int) -> tuple[tuple[int, int], ...]:
        """Return the pairs of atoms that rearrangements joined in one piece."""
        kept = set(self.atoms_of(piece))
        made = graph_of(self.smiles, rearranged=True).places.made[
            self.places[piece][self.places[piece] >= 0]
        ]
        return tuple(
            (int(a), int(b)) for a, b in made.reshape(-1, 2) if int(a) in kept and int(b) in kept
        )


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
    graph = graph_of(smiles)
    masks, cuts = _plain_pieces(graph, max_bonds)
    none = np.full((len(masks), 2), -1, dtype=np.int64)
    return _fragment_set(graph, masks, cuts, none)


def _plain_pieces(
    graph: MolecularGraph, max_bonds: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    from msgui.fragments import kernels

    if not 0 <= max_bonds <= MOST_BONDS:
        raise MsguiError(
            f"{max_bonds} bonds to break are not possible.", f"Choose 0 to {MOST_BONDS}."
        )
    masks, cuts = kernels.pieces(
        graph.mass.size,
        graph.bond_from,
        graph.bond_to,
        graph.start,
        bonds_within_reason(graph, max_bonds),
    )
    return masks, cuts


@lru_cache(maxsize=_SETS_KEPT)
def rearranged_fragments_of(smiles: str, max_bonds: int = 3, mode: int = 0) -> FragmentSet:
    """Return the pieces of :func:`fragments_of` and, at three bonds, of rearrangements.

    A rearrangement counts like a bond: one of them and two cuts, or two and one cut. The
    penalties are the learned ones of a mode (0 positive, 1 negative), without the part that
    depends on the hydrogens of the ion.

    Raises
    ------
    MsguiError
        Like :func:`fragments_of`.

    Examples
    --------
    >>> pieces = rearranged_fragments_of("O=C1C=CC(=O)C=C1")
    >>> sorted({pieces.rule_of(piece) for piece in range(len(pieces))} - {""})[1]
    'loss of CO from carbonyl + loss of CO from carbonyl'
    """
    from msgui.fragments import kernels

    graph = graph_of(smiles, rearranged=True)
    masks, cuts = _plain_pieces(graph, max_bonds)
    places = graph.places
    more, more_cuts, more_places = kernels.rearranged_pieces(
        graph.mass.size,
        graph.bond_from,
        graph.bond_to,
        places.lost,
        places.broken,
        places.made,
        places.kept,
        rearranged_within_reason(graph, max_bonds),
        MOST_REARRANGED,
    )
    none = np.full((len(masks), 2), -1, dtype=np.int64)
    return _fragment_set(
        graph,
        np.concatenate([masks, more]),
        np.concatenate([cuts, more_cuts]),
        np.concatenate([none, more_places]),
        mode,
    )


def _fragment_set(
    graph: MolecularGraph,
    masks: npt.NDArray[np.uint64],
    cuts: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    mode: int | None = None,
) -> FragmentSet:
    from msgui.fragments import kernels

    weights = weights_of([graph], mode or 0)
    table = penalties()
    mass, hydrogens, capacity, penalty = kernels.piece_values(
        masks,
        cuts,
        graph.mass,
        graph.hydrogens,
        graph.capacity,
        graph.bond_weight if mode is None else weights.bond,
    )
    cost, way, expected = kernels.piece_costs(
        masks,
        cuts,
        places,
        penalty,
        weights.place,
        weights.hydrogens,
        weights.site,
        table.site[mode or 0],
    )
    result = FragmentSet(
        smiles=graph.smiles,
        mass=mass,
        hydrogens=hydrogens,
        capacity=capacity,
        counts=_counts(graph, masks),
        atoms=masks,
        bonds_cut=cuts,
        penalty=penalty if mode is None else cost,
        places=places,
        way=way,
        expected=expected,
    )
    for array in vars(result).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return result
