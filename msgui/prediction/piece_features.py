"""What a piece of a molecule is like, as numbers: its atoms, the rest, and the bonds cut.

A fragment is abundant or not because of the atoms on both sides of the bonds that broke, what is
beside them, and which side holds the charge better. Each of these is a sum over atoms or bonds, so
that a piece is described in one pass over its bits.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
import numpy.typing as npt

from msgui.fragments import kernels
from msgui.fragments.graph import MolecularGraph, graph_of, parse
from msgui.fragments.kernels import Bits, Float, Int
from msgui.fragments.limits import bonds_within_reason

Single = npt.NDArray[np.float32]

ATOM_FEATURES = (
    "carbon",
    "nitrogen",
    "oxygen",
    "sulfur",
    "phosphorus",
    "fluorine",
    "chlorine",
    "bromine",
    "iodine",
    "other element",
    "hydrogens",
    "aromatic",
    "in a ring",
    "positive charge",
    "negative charge",
    "three or more neighbors",
    "carbonyl carbon",
    "doubly bound oxygen",
    "hydroxyl",
    "nitrogen with hydrogen",
    "amide nitrogen",
    "basic nitrogen",
    "saturated carbon",
    "methyl",
    "carbon with a multiple bond to carbon",
    "beside a heteroatom",
)
BOND_FEATURES = (
    "order",
    "aromatic bond",
    "ring bond",
    "carbon-carbon",
    "to nitrogen",
    "to oxygen",
    "to sulfur or phosphorus",
    "to halogen",
    "from a ring to outside",
    "conjugated",
    "weight",
)
SCALARS = (
    "nothing cut",
    "one bond cut",
    "two bonds cut",
    "three bonds cut",
    "ring bonds cut",
    "share of atoms",
    "log mass",
    "log mass of the rest",
    "unsaturation",
    "unsaturation of the rest",
    "weight of the cuts",
    "weight above the least of this mass",
    "log pieces",
    "log pieces of this mass",
)
_N_ATOM, _N_BOND, _N_SCALAR = len(ATOM_FEATURES), len(BOND_FEATURES), len(SCALARS)
_NUMBERS = {6: 0, 7: 1, 8: 2, 16: 3, 15: 4, 9: 5, 17: 6, 35: 7, 53: 8}
_KEPT = 20_000
# Sums of the same atoms in another order differ in the last digits; formulas by far more.
SAME_MASS_DA = 1e-6


@dataclass(frozen=True, eq=False)
class StructureTables:
    """Atoms and bonds of a structure as numbers.

    Parameters
    ----------
    graph : MolecularGraph
    atoms : float32 array, shape (n_atoms, len(ATOM_FEATURES))
    bonds : float32 array, shape (n_bonds, len(BOND_FEATURES))
    """

    graph: MolecularGraph
    atoms: Single
    bonds: Single


class _Cache:
    """The tables used last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tables: OrderedDict[str, StructureTables] = OrderedDict()

    def get(self, smiles: str) -> StructureTables:
        with self._lock:
            found = self._tables.get(smiles)
            if found is not None:
                self._tables.move_to_end(smiles)
                return found
        found = _tables(smiles)
        with self._lock:
            self._tables[smiles] = found
            if len(self._tables) > _KEPT:
                self._tables.popitem(last=False)
        return found


_cache = _Cache()


def tables_of(smiles: str) -> StructureTables:
    """Return atoms and bonds of a structure as numbers, kept for the next call.

    Raises
    ------
    MsguiError
        When the SMILES cannot be read or is too large.
    """
    return _cache.get(smiles)


def _tables(smiles: str) -> StructureTables:
    graph = graph_of(smiles)
    molecule = parse(smiles)
    atom_rows = [
        (
            _NUMBERS.get(atom.GetAtomicNum(), 9),
            atom.GetTotalNumHs(),
            atom.GetIsAromatic(),
            atom.IsInRing(),
            atom.GetFormalCharge(),
            atom.GetDegree(),
        )
        for atom in molecule.GetAtoms()
    ]
    bond_rows = [
        (bond.GetBondTypeAsDouble(), bond.GetIsAromatic(), bond.IsInRing(), bond.GetIsConjugated())
        for bond in molecule.GetBonds()
    ]
    atoms, bonds = _described(
        np.array(atom_rows, np.int64).reshape(-1, 6),
        np.array(bond_rows, np.float64).reshape(-1, 4),
        graph.bond_from,
        graph.bond_to,
        graph.bond_weight,
    )
    return StructureTables(graph, atoms, bonds)


@kernels.compiled
def _described(
    rows: Int, bond_rows: Float, bond_from: Int, bond_to: Int, bond_weight: Float
) -> tuple[Single, Single]:
    """Fill the tables of atoms and bonds."""
    n_atoms, n_bonds = rows.shape[0], bond_from.size
    atoms = np.zeros((n_atoms, _N_ATOM), np.float32)
    double_oxygen = np.zeros(n_atoms, np.int64)
    multiple = np.zeros(n_atoms, np.int64)
    multiple_carbon = np.zeros(n_atoms, np.int64)
    hetero = np.zeros(n_atoms, np.int64)
    for bond in range(n_bonds):
        for turn in range(2):
            a = bond_from[bond] if turn == 0 else bond_to[bond]
            b = bond_to[bond] if turn == 0 else bond_from[bond]
            if bond_rows[bond, 0] >= 2:
                multiple[a] += 1
                if rows[b, 0] == 2:
                    double_oxygen[a] += 1
                if rows[a, 0] == 0 and rows[b, 0] == 0:
                    multiple_carbon[a] += 1
            if rows[b, 0] != 0:
                hetero[a] += 1
    for a in range(n_atoms):
        kind, held, aromatic, charge = rows[a, 0], rows[a, 1], rows[a, 2], rows[a, 4]
        atoms[a, kind] = 1
        atoms[a, 10] = held / 2
        atoms[a, 11] = aromatic
        atoms[a, 12] = rows[a, 3]
        atoms[a, 13] = max(0, charge)
        atoms[a, 14] = max(0, -charge)
        atoms[a, 15] = rows[a, 5] >= 3
        atoms[a, 16] = kind == 0 and double_oxygen[a] > 0
        atoms[a, 17] = kind == 2 and multiple[a] > 0
        atoms[a, 18] = kind == 2 and held > 0
        atoms[a, 19] = kind == 1 and held > 0
        atoms[a, 22] = kind == 0 and multiple[a] == 0 and aromatic == 0
        atoms[a, 23] = kind == 0 and held == 3
        atoms[a, 24] = multiple_carbon[a] > 0
        atoms[a, 25] = hetero[a] > 0
    for bond in range(n_bonds):
        for turn in range(2):
            a = bond_from[bond] if turn == 0 else bond_to[bond]
            b = bond_to[bond] if turn == 0 else bond_from[bond]
            if rows[a, 0] == 1 and rows[a, 2] == 0 and double_oxygen[b] > 0 and multiple[a] == 0:
                atoms[a, 20] = 1
    for a in range(n_atoms):
        if rows[a, 0] != 1 or rows[a, 4] != 0 or atoms[a, 20] > 0:
            continue
        if rows[a, 2] == 0:
            atoms[a, 21] = multiple[a] == 0
        else:
            atoms[a, 21] = rows[a, 1] == 0 and rows[a, 5] == 2
    bonds = np.zeros((n_bonds, _N_BOND), np.float32)
    for bond in range(n_bonds):
        a, b = bond_from[bond], bond_to[bond]
        bonds[bond, 0] = bond_rows[bond, 0]
        bonds[bond, 1] = bond_rows[bond, 1]
        bonds[bond, 2] = bond_rows[bond, 2]
        bonds[bond, 3] = rows[a, 0] == 0 and rows[b, 0] == 0
        bonds[bond, 4] = rows[a, 0] == 1 or rows[b, 0] == 1
        bonds[bond, 5] = rows[a, 0] == 2 or rows[b, 0] == 2
        bonds[bond, 6] = rows[a, 0] in (3, 4) or rows[b, 0] in (3, 4)
        bonds[bond, 7] = 5 <= rows[a, 0] <= 8 or 5 <= rows[b, 0] <= 8
        bonds[bond, 8] = bond_rows[bond, 2] == 0 and (rows[a, 3] > 0 or rows[b, 3] > 0)
        bonds[bond, 9] = bond_rows[bond, 3]
        bonds[bond, 10] = bond_weight[bond]
    return atoms, bonds


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces of a structure as a network reads them.

    Parameters
    ----------
    mass : float64 array, shape (n_pieces,)
        With the piece's own hydrogens, in Da. The first piece is the whole molecule.
    hydrogens, capacity : int64 arrays, shape (n_pieces,)
        As in :class:`msgui.fragments.enumerate.FragmentSet`.
    atoms : float32 array, shape (n_pieces, n_atoms)
        1 for an atom of the piece.
    cuts : int64 array, shape (n_pieces, 3)
        Twice the number of the bond that was cut, and one more when the piece holds its second
        end; 2 x n_bonds where there are fewer than three.
    scalars : float32 array, shape (n_pieces, len(SCALARS))
    """

    mass: Float
    hydrogens: Int
    capacity: Int
    atoms: Single
    cuts: Int
    scalars: Single

    def __len__(self) -> int:
        return int(self.mass.size)


def pieces_of(tables: StructureTables, max_bonds: int) -> Pieces:
    """Return the pieces of a structure that at most ``max_bonds`` bonds join to the rest."""
    graph = tables.graph
    allowed = bonds_within_reason(graph, max_bonds)
    masks, cuts = kernels.pieces(
        graph.mass.size, graph.bond_from, graph.bond_to, graph.start, allowed
    )
    mass, hydrogens, capacity, weight = kernels.piece_values(
        masks, cuts, graph.mass, graph.hydrogens, graph.capacity, graph.bond_weight
    )
    held, ends, scalars = _described_pieces(
        masks,
        cuts,
        mass,
        hydrogens,
        capacity,
        weight,
        tables.bonds,
        graph.bond_from,
        graph.mass.size,
    )
    return Pieces(mass, hydrogens, capacity, held, ends, scalars)


@kernels.compiled
def _described_pieces(
    masks: Bits,
    cuts: Int,
    mass: Float,
    hydrogens: Int,
    capacity: Int,
    weight: Float,
    bonds: Single,
    bond_from: Int,
    n_atoms: int,
) -> tuple[Single, Int, Single]:
    """Return which atoms pieces hold, which ends of the bonds cut, and their scalars."""
    n_pieces = masks.shape[0]
    held = np.zeros((n_pieces, n_atoms), np.float32)
    ends = np.full((n_pieces, 3), 2 * bond_from.size, np.int64)
    scalars = np.zeros((n_pieces, _N_SCALAR), np.float32)
    one = np.uint64(1)
    for piece in range(n_pieces):
        size = 0
        for atom in range(n_atoms):
            if (masks[piece, atom // 64] >> np.uint64(atom % 64)) & one:
                size += 1
                held[piece, atom] = 1
        n_cuts, n_ring = 0, 0
        for bond in cuts[piece]:
            if bond < 0:
                continue
            ends[piece, n_cuts] = 2 * bond + (held[piece, bond_from[bond]] == 0)
            n_cuts += 1
            n_ring += bonds[bond, 2] > 0
        row = scalars[piece]
        row[n_cuts] = 1
        row[4] = n_ring / 2
        row[5] = size / n_atoms
        row[6] = np.log(mass[piece] / 100)
        row[7] = np.log((mass[0] - mass[piece] + 1) / 100)
        row[8] = (capacity[piece] - hydrogens[piece]) / 10
        row[9] = (capacity[0] - hydrogens[0] - capacity[piece] + hydrogens[piece]) / 10
        row[10] = weight[piece] / 5
        row[12] = np.log(n_pieces) / 5
    order = np.argsort(mass)
    first = 0
    for place in range(1, n_pieces + 1):
        if place < n_pieces and mass[order[place]] - mass[order[place - 1]] < SAME_MASS_DA:
            continue
        least = np.inf
        for other in range(first, place):
            least = min(least, weight[order[other]])
        for other in range(first, place):
            scalars[order[other], 11] = (weight[order[other]] - least) / 5
            scalars[order[other], 13] = np.log(place - first)
        first = place
    return held, ends, scalars
