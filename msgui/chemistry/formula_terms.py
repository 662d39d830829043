"""What makes a formula likely before its spectrum is looked at.

Each term is one number per formula; the score is their weighted sum. The weights are those of a
conditional logit model ("which of the formulas of this mass is it"), fitted together with the
weights of the evidence by ``benchmarks/fit_formula_score.py`` on MassBank molecules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, VALENCES

FloatArray = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int16]

_SCORED = ("C", "H", "N", "O", "P", "S", "F", "Cl", "Br", "I")

PRIOR_WEIGHTS: Final[Mapping[str, float]] = {
    "has P": -2.73,
    "further P": -1.81,
    "P in a large molecule": 4.72,
    "O missing for P": -0.40,
    "P and F": -2.17,
    "has S": -2.62,
    "further S": -1.05,
    "S and N": 1.80,
    "has F": -1.72,
    "further F": 0.33,
    "log F": -2.88,
    "F in threes": 1.17,
    "F and N": 1.43,
    "has Cl": -2.83,
    "further Cl": -0.56,
    "Cl and N": 1.08,
    "has Br": -2.79,
    "has I": -3.37,
    "log N": -0.53,
    "share of N, squared": -8.89,
    "share of N times halogens": -17.16,
    "share of N times O": -36.83,
    "log O": 1.45,
    "share of O, squared": -19.40,
    "unsaturation": 1.44,
    "unsaturation above a half": -9.11,
    "beyond polycyclic aromatics": -0.50,
    "few H and halogens": -16.59,
}
# Heavy atoms from which on phosphorus is common: it is that of phospholipids.
_LARGE: Final = 25.0
# Elements that the user added were too rare to learn from; about the price of bromine.
OTHER_ELEMENT_WEIGHT: Final = -2.5


@dataclass(frozen=True, eq=False)
class Composition:
    """Numbers about many formulas at once; every array has shape (n,).

    Parameters
    ----------
    atoms : mapping of element to float64 array
        C H N O P S F Cl Br I.
    heavy : float64 array
        Atoms other than hydrogen.
    halogens : float64 array
    rdbe : float64 array
        Ring and double-bond equivalents.
    other_kinds : float64 array
        Number of further elements.
    """

    atoms: Mapping[str, FloatArray]
    heavy: FloatArray
    halogens: FloatArray
    rdbe: FloatArray
    other_kinds: FloatArray

    @property
    def hetero_share(self) -> FloatArray:
        """Share of N, O, P and S in the heavy atoms."""
        a = self.atoms
        return (a["N"] + a["O"] + a["P"] + a["S"]) / np.maximum(self.heavy, 1)

    @property
    def excess_unsaturation(self) -> FloatArray:
        """Double-bond equivalents beyond the number of carbons; 0 or more."""
        return np.maximum(0.0, self.rdbe - self.atoms["C"])


def composition(counts: Counts, columns: Sequence[int]) -> Composition:
    """Return the numbers about formulas given as counts, shape (n, len(columns))."""
    place = {element: position for position, element in enumerate(columns)}
    nothing = np.zeros(len(counts))
    atoms = {
        symbol: (
            counts[:, place[ELEMENT_INDEX[symbol]]].astype(np.float64)
            if ELEMENT_INDEX[symbol] in place
            else nothing
        )
        for symbol in _SCORED
    }
    scored = {ELEMENT_INDEX[symbol] for symbol in _SCORED}
    others = [position for position, element in enumerate(columns) if element not in scored]
    valence = np.array([VALENCES[element] - 2 for element in columns])
    return Composition(
        atoms=atoms,
        heavy=counts.sum(axis=1) - atoms["H"],
        halogens=atoms["F"] + atoms["Cl"] + atoms["Br"] + atoms["I"],
        rdbe=1.0 + counts @ valence / 2,
        other_kinds=(counts[:, others] > 0).sum(axis=1).astype(np.float64),
    )


def prior_terms(formulas: Composition) -> dict[str, FloatArray]:
    """Return the terms of neutral formulas by name."""
    a = formulas.atoms
    heavy = np.maximum(formulas.heavy, 1)
    unsaturation = formulas.rdbe / heavy
    monovalent_share = (a["H"] + formulas.halogens) / np.maximum(a["C"], 1)
    terms = {
        "has P": a["P"] > 0,
        "further P": np.maximum(a["P"] - 1, 0),
        "P in a large molecule": (a["P"] > 0) * np.maximum(0.0, np.log(heavy / _LARGE)),
        "O missing for P": np.maximum(0.0, 3 * a["P"] - a["O"]),
        "P and F": (a["P"] > 0) & (a["F"] > 0),
        "has S": a["S"] > 0,
        "further S": np.maximum(a["S"] - 1, 0),
        "S and N": (a["S"] > 0) & (a["N"] > 0),
        "has F": a["F"] > 0,
        "further F": np.maximum(a["F"] - 1, 0),
        "log F": np.log1p(a["F"]),
        "F in threes": (a["F"] > 0) & (a["F"] % 3 == 0),
        "F and N": (a["F"] > 0) & (a["N"] > 0),
        "has Cl": a["Cl"] > 0,
        "further Cl": np.maximum(a["Cl"] - 1, 0),
        "Cl and N": (a["Cl"] > 0) & (a["N"] > 0),
        "has Br": a["Br"] > 0,
        "has I": a["I"] > 0,
        "log N": np.log1p(a["N"]),
        "share of N, squared": (a["N"] / heavy) ** 2,
        "share of N times halogens": a["N"] * formulas.halogens / heavy**2,
        "share of N times O": a["N"] * a["O"] / heavy**2,
        "log O": np.log1p(a["O"]),
        "share of O, squared": (a["O"] / heavy) ** 2,
        "unsaturation": unsaturation,
        "unsaturation above a half": np.maximum(0.0, unsaturation - 0.5),
        # Polycyclic aromatics have about .55 rings and double bonds for each carbon, and 3 more.
        "beyond polycyclic aromatics": np.maximum(0.0, formulas.rdbe - 0.55 * a["C"] - 3),
        "few H and halogens": np.maximum(0.0, 0.6 - monovalent_share),
    }
    return {name: np.asarray(values, dtype=np.float64) for name, values in terms.items()}


def log_prior(formulas: Composition) -> FloatArray:
    """Return how likely formulas are a priori, as logarithm up to a constant, shape (n,)."""
    terms = prior_terms(formulas)
    score = formulas.other_kinds * OTHER_ELEMENT_WEIGHT
    for name, weight in PRIOR_WEIGHTS.items():
        score = score + weight * terms[name]
    return score
