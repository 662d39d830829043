"""Kinds of bonds and of atoms, as far as it matters to how readily an ion breaks.

Importing this module loads numba: import it inside functions.
"""

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX
from msgui.fragments.kernels import compiled

Int = npt.NDArray[np.int64]

SINGLE, DOUBLE, TRIPLE, AROMATIC = 1, 2, 3, 4
CARBON, NITROGEN, OXYGEN, PHOSPHORUS, SULFUR, HALOGEN, OTHER = range(7)
_GROUPS = ("C", "N", "O", "P", "S", "X", "*")
_SIGNS = ("-", "=", "#", ":")

# Ends of single bonds, seen from the bond.
ENDS = (
    "",
    "aryl C",
    "acyl C",
    "vinyl C",
    "C beside N",
    "C beside O",
    "C beside halogen",
    "alkyl C",
    "aromatic N",
    "amide N",
    "terminal N",
    "charged N",
    "imine N",
    "amine N",
    "terminal O",
    "acyl O",
    "ether O",
    "sulfonyl S",
    "sulfide S",
    "P",
    "other",
)
(_NONE, _ARYL, _ACYL, _VINYL, _BESIDE_N, _BESIDE_O, _BESIDE_X, _ALKYL) = range(8)
(_N_AROMATIC, _N_AMIDE, _N_TERMINAL, _N_CHARGED, _N_IMINE, _N_AMINE) = range(8, 14)
(_O_TERMINAL, _O_ACYL, _O_ETHER, _S_SULFONYL, _S_SULFIDE, _P, _OTHER) = range(14, 21)
N_ENDS = len(ENDS)

# How readily an atom takes a proton (first) or gives one away (second).
BASICITIES = ("none", "oxygen or sulfur", "weak nitrogen", "basic nitrogen")
ACIDITIES = ("none", "alcohol or amine", "phenol or amide", "acid")
SITES = 4


def group_of_element() -> Int:
    """Return the group (C, N, O, P, S, halogen, other) of each known element."""
    groups = np.full(len(ELEMENT_INDEX), OTHER, np.int64)
    for symbols, group in (
        (("C", "[13C]"), CARBON),
        (("N", "[15N]"), NITROGEN),
        (("O", "[18O]"), OXYGEN),
        (("P",), PHOSPHORUS),
        (("S", "Se"), SULFUR),
        (("F", "Cl", "Br", "I"), HALOGEN),
    ):
        for symbol in symbols:
            groups[ELEMENT_INDEX[symbol]] = group
    return groups


GROUP_OF_ELEMENT = group_of_element()


def bond_names() -> tuple[str, ...]:
    """Return the names of the kinds of bonds, e.g. "C-N", "C-N ring", "C=O", "C:C"."""
    names = []
    for first in _GROUPS:
        for second in _GROUPS:
            for sign in _SIGNS:
                names += [f"{first}{sign}{second}", f"{first}{sign}{second} ring"]
    return tuple(names)


def end_names() -> tuple[str, ...]:
    """Return the names of the ends: "aryl C to C", "aryl C to hetero", ..."""
    return tuple(f"{end} to {other}" if end else "" for end in ENDS for other in ("C", "hetero"))


@compiled
def _end(
    atom: int,
    other: int,
    group: Int,
    aromatic: Int,
    charge: Int,
    degree: Int,
    double_hetero: Int,
    double_any: Int,
    near: Int,
    acylated: Int,
) -> int:
    """Kind of an end of a single bond; ``near`` counts neighbors by group."""
    kind = group[atom]
    if kind == CARBON:
        if aromatic[atom]:
            return _ARYL
        if double_hetero[atom]:
            return _ACYL
        if double_any[atom]:
            return _VINYL
        if near[atom, HALOGEN] - (group[other] == HALOGEN) > 0:
            return _BESIDE_X
        if near[atom, NITROGEN] - (group[other] == NITROGEN) > 0:
            return _BESIDE_N
        if near[atom, OXYGEN] - (group[other] == OXYGEN) > 0:
            return _BESIDE_O
        return _ALKYL
    # Does another neighbor than the end of this bond pull electrons.
    pulls = acylated[atom] - (double_hetero[other] > 0) > 0
    if kind == NITROGEN:
        if aromatic[atom]:
            return _N_AROMATIC
        if charge[atom] > 0:
            return _N_CHARGED
        if degree[atom] == 1:
            return _N_TERMINAL
        if double_any[atom]:
            return _N_IMINE
        return _N_AMIDE if pulls else _N_AMINE
    if kind == OXYGEN:
        if degree[atom] == 1:
            return _O_TERMINAL
        return _O_ACYL if pulls else _O_ETHER
    if kind == SULFUR:
        return _S_SULFONYL if double_hetero[atom] else _S_SULFIDE
    if kind == PHOSPHORUS:
        return _P
    return _OTHER


@compiled
def _basicity(kind: int, aromatic: int, charge: int, hydrogens: int, double: int, dull: int) -> int:
    if charge > 0:
        return 3
    if kind == NITROGEN:
        if aromatic:
            return 3 if hydrogens == 0 and dull == 0 else 2
        return 2 if dull and not double else 3
    return 1 if kind in (OXYGEN, SULFUR) else 0


@compiled
def _acidity(kind: int, charge: int, hydrogens: int, acylated: int, conjugated: int) -> int:
    if charge < 0:
        return 3
    if hydrogens == 0 or kind not in (NITROGEN, OXYGEN, SULFUR):
        return 0
    if acylated:
        return 2 if kind == NITROGEN else 3
    return 2 if conjugated else 1


@compiled
def bond_terms(
    atom_offset: Int,
    bond_offset: Int,
    group: Int,
    aromatic: Int,
    charge: Int,
    hydrogens: Int,
    bond_from: Int,
    bond_to: Int,
    order: Int,
    ring: Int,
) -> tuple[Int, Int]:
    """Return what decides how readily bonds break, and where charges sit, for many molecules.

    Returns
    -------
    terms : int64 array, shape (n_bonds, 3)
        Index into :func:`bond_names` and two into :func:`end_names`.
    sites : int64 array, shape (n_atoms, 2)
        Index into ``BASICITIES`` and into ``ACIDITIES``.
    """
    terms = np.zeros((bond_from.size, 3), np.int64)
    sites = np.zeros((group.size, 2), np.int64)
    degree = np.zeros(group.size, np.int64)
    double_hetero, double_any = np.zeros(group.size, np.int64), np.zeros(group.size, np.int64)
    acylated, conjugated = np.zeros(group.size, np.int64), np.zeros(group.size, np.int64)
    near = np.zeros((group.size, 7), np.int64)
    for molecule in range(atom_offset.size - 1):
        first = atom_offset[molecule]
        bonds = range(bond_offset[molecule], bond_offset[molecule + 1])
        for bond in bonds:
            a, b = first + bond_from[bond], first + bond_to[bond]
            for atom, other in ((a, b), (b, a)):
                degree[atom] += 1
                near[atom, group[other]] += 1
                if order[bond] in (DOUBLE, TRIPLE):
                    double_any[atom] += 1
                    if group[other] in (NITROGEN, OXYGEN, SULFUR):
                        double_hetero[atom] += 1
        for bond in bonds:
            a, b = first + bond_from[bond], first + bond_to[bond]
            for atom, other in ((a, b), (b, a)):
                if order[bond] == SINGLE and double_hetero[other]:
                    acylated[atom] += 1
                if aromatic[other] or double_any[other]:
                    conjugated[atom] += 1
        for bond in bonds:
            a, b = first + bond_from[bond], first + bond_to[bond]
            low, high = (a, b) if group[a] <= group[b] else (b, a)
            pair = group[low] * 7 + group[high]
            terms[bond, 0] = 2 * (4 * pair + order[bond] - 1) + ring[bond]
            if order[bond] == SINGLE:
                for place, atom, other in ((1, low, high), (2, high, low)):
                    end = _end(
                        atom,
                        other,
                        group,
                        aromatic,
                        charge,
                        degree,
                        double_hetero,
                        double_any,
                        near,
                        acylated,
                    )
                    terms[bond, place] = 2 * end + (group[other] != CARBON)
        for atom in range(first, atom_offset[molecule + 1]):
            dull = acylated[atom] + (0 if aromatic[atom] else conjugated[atom])
            if aromatic[atom]:
                dull = max(0, degree[atom] - 2)
            sites[atom, 0] = _basicity(
                group[atom], aromatic[atom], charge[atom], hydrogens[atom], double_any[atom], dull
            )
            sites[atom, 1] = _acidity(
                group[atom], charge[atom], hydrogens[atom], acylated[atom], conjugated[atom]
            )
    return terms, sites
