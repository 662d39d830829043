"""A candidate as arrays: atoms, hydrogens and bonds in the order of its SMILES."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase

from msgui.chemistry.formula import ELEMENT_INDEX, ELEMENTS, MASSES, VALENCES
from msgui.errors import MsguiError
from msgui.fragments.rules import NO_PLACES, Places, places_of

MAX_SMILES_LENGTH = 1000
MAX_HEAVY_ATOMS = 250
GRAPHS_KEPT = 20_000  # about 2 kB each: the isomers of some hundred spectra
CARBON_CARBON_EXTRA = 0.5  # a C-C bond breaks less readily than a bond to a heteroatom

# Hydrogens that an atom adds to the capacity of a saturated molecule are its valence minus 2; the
# coordination of a metal is not a valence, so that it is not judged by it.
_CAPACITY_OF_METAL = 6
_LABELED = {(1, 2): "D", (6, 13): "[13C]", (7, 15): "[15N]", (8, 18): "[18O]"}
_NON_METALS = frozenset(
    ("H", "D", "C", "N", "O", "P", "S", "F", "Cl", "Br", "I", "Si", "B", "Se", "As", "Te", "Ge"),
).union(_LABELED.values())
_UNKNOWN = -1
_ORDERS = {
    Chem.BondType.SINGLE: 1,
    Chem.BondType.DOUBLE: 2,
    Chem.BondType.TRIPLE: 3,
    Chem.BondType.AROMATIC: 4,
}
_IS_CARBON = np.isin(np.arange(len(ELEMENTS)), (ELEMENT_INDEX["C"], ELEMENT_INDEX["[13C]"]))
_PLAIN_WEIGHT = np.array([0.0, 1.0, 2.0, 3.0, 1.5])


def _element_of_number() -> npt.NDArray[np.int64]:
    table = Chem.GetPeriodicTable()
    symbols = ["*", *(table.GetElementSymbol(number) for number in range(1, 119))]
    return np.array([ELEMENT_INDEX.get(symbol, _UNKNOWN) for symbol in symbols])


_ELEMENT = _element_of_number()
_CAPACITY = np.array(
    [
        valence - 2 if symbol in _NON_METALS else _CAPACITY_OF_METAL
        for symbol, valence in zip(ELEMENTS, VALENCES, strict=True)
    ]
)


@dataclass(frozen=True, eq=False)
class MolecularGraph:
    """The heavy atoms and bonds of a molecule.

    Parameters
    ----------
    smiles : str
    element : int64 array, shape (n_atoms,)
        Index into :data:`msgui.chemistry.formula.ELEMENTS`.
    mass : float64 array, shape (n_atoms,)
        Monoisotopic mass of each heavy atom in Da.
    hydrogens : int64 array, shape (n_atoms,)
    capacity : int64 array, shape (n_atoms,)
        Hydrogens that the atom adds to the capacity of a saturated molecule.
    bond_from, bond_to : int64 arrays, shape (n_bonds,)
        In RDKit's order of bonds.
    bond_weight : float64 array, shape (n_bonds,)
        Bond order, and .5 more for a C-C bond.
    aromatic, charge : int64 arrays, shape (n_atoms,)
    bond_order : int64 array, shape (n_bonds,)
        1 to 3; 4 for aromatic.
    bond_in_ring : int64 array, shape (n_bonds,)
    places : Places
        Where the rearrangements of the rules file apply; none when they were not asked for.
    start : int
        An atom of the largest connected part; the rest (a counter-ion) is not fragmented.
    """

    smiles: str
    element: npt.NDArray[np.int64]
    mass: npt.NDArray[np.float64]
    hydrogens: npt.NDArray[np.int64]
    capacity: npt.NDArray[np.int64]
    bond_from: npt.NDArray[np.int64]
    bond_to: npt.NDArray[np.int64]
    bond_weight: npt.NDArray[np.float64]
    aromatic: npt.NDArray[np.int64]
    charge: npt.NDArray[np.int64]
    bond_order: npt.NDArray[np.int64]
    bond_in_ring: npt.NDArray[np.int64]
    places: Places
    start: int = 0


def parse(smiles: str) -> Chem.Mol:
    """Return the RDKit molecule of a SMILES within the limits of a candidate.

    Raises
    ------
    MsguiError
        When the SMILES cannot be read, is longer than 1000 characters or has more than 250 heavy
        atoms.
    """
    if len(smiles) > MAX_SMILES_LENGTH:
        raise MsguiError(
            f"The SMILES has {len(smiles)} characters; {MAX_SMILES_LENGTH} are the limit.",
            "Leave this candidate out.",
            where=smiles[:40] + "...",
        )
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise MsguiError("The SMILES cannot be read.", "Check its spelling.", where=smiles)
    if molecule.GetNumAtoms() > MAX_HEAVY_ATOMS:
        raise MsguiError(
            f"The structure has {molecule.GetNumAtoms()} heavy atoms; "
            f"{MAX_HEAVY_ATOMS} are the limit.",
            "Leave this candidate out.",
            where=smiles[:40],
        )
    return molecule


def _elements(atoms: list[Chem.Atom], numbers: list[int], smiles: str) -> npt.NDArray[np.int64]:
    element = _ELEMENT[numbers]
    if "[" not in smiles:
        return element
    for index, atom in enumerate(atoms):
        label = _LABELED.get((atom.GetAtomicNum(), atom.GetIsotope()))
        if label is not None:
            element[index] = ELEMENT_INDEX[label]
        elif element[index] == _UNKNOWN:
            raise MsguiError(
                f"Atom {index + 1} ({atom.GetSymbol()}) is not an element that msgui knows.",
                "Leave this candidate out.",
                where=smiles,
            )
    return element


def graph_from(smiles: str, rearranged: bool = False) -> MolecularGraph:
    """Return the graph of a SMILES, ``rearranged`` with the places of rearrangements.

    Raises
    ------
    MsguiError
        Like :func:`parse`.
    """
    molecule = parse(smiles)
    atoms = [molecule.GetAtomWithIdx(index) for index in range(molecule.GetNumAtoms())]
    numbers = [atom.GetAtomicNum() for atom in atoms]
    element = _elements(atoms, numbers, smiles)
    hydrogens = np.array([atom.GetTotalNumHs() for atom in atoms], dtype=np.int64)
    ends = [
        (
            bond.GetBeginAtomIdx(),
            bond.GetEndAtomIdx(),
            _ORDERS.get(bond.GetBondType(), 1),
            bond.IsInRing(),
        )
        for bond in map(molecule.GetBondWithIdx, range(molecule.GetNumBonds()))
    ]
    bonds = np.array(ends, dtype=np.int64).reshape(-1, 4).T
    bond_from, bond_to, bond_order, bond_in_ring = (np.ascontiguousarray(row) for row in bonds)
    between_carbons = _IS_CARBON[element[bond_from]] & _IS_CARBON[element[bond_to]]
    start = 0
    if "." in smiles:
        start = int(max(Chem.GetMolFrags(molecule), key=len)[0])
    return MolecularGraph(
        smiles=smiles,
        element=element,
        mass=MASSES[element],
        hydrogens=hydrogens,
        capacity=_CAPACITY[element],
        bond_from=bond_from,
        bond_to=bond_to,
        bond_weight=_PLAIN_WEIGHT[bond_order] + CARBON_CARBON_EXTRA * between_carbons,
        aromatic=np.array([atom.GetIsAromatic() for atom in atoms], dtype=np.int64),
        charge=np.array([atom.GetFormalCharge() for atom in atoms], dtype=np.int64),
        bond_order=bond_order,
        bond_in_ring=bond_in_ring,
        places=places_of(molecule, set(numbers), np.ascontiguousarray(bonds[:2].T))
        if rearranged
        else NO_PLACES,
        start=start,
    )


class _Cache:
    """Graphs used last: the isomers of one spectrum are those of its neighbours in a file."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._graphs: OrderedDict[str, MolecularGraph] = OrderedDict()

    def get(self, smiles: str, rearranged: bool) -> MolecularGraph:
        with self._lock:
            graph = self._graphs.get(smiles)
            if graph is not None and (graph.places is not NO_PLACES or not rearranged):
                self._graphs.move_to_end(smiles)
                return graph
        graph = graph_from(smiles, rearranged)
        with self._lock:
            self._graphs[smiles] = graph
            if len(self._graphs) > self._size:
                self._graphs.popitem(last=False)
        return graph

    def clear(self) -> None:
        with self._lock:
            self._graphs.clear()


_graphs = _Cache(GRAPHS_KEPT)


def graph_of(smiles: str, rearranged: bool = False) -> MolecularGraph:
    """Return the graph of a SMILES, kept for the next call; see :func:`graph_from`.

    Raises
    ------
    MsguiError
        Like :func:`parse`.
    """
    return _graphs.get(smiles, rearranged)


def forget_graphs() -> None:
    """Empty the cache (benchmarks time the parsing too)."""
    _graphs.clear()
