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
    "has P": -2.77,
    "further P": -1.73,
    "has S": -1.12,
    "further S": -1.01,
    "has F": -1.17,
    "further F": 0.34,
    "log F": -2.18,
    "has Cl": -1.94,
    "further Cl": -0.51,
    "has Br": -2.54,
    "further Br": -0.20,
    "has I": -3.01,
    "share of N, squared": -13.61,
    "share of O, squared": -18.59,
    "share of N times O": -41.87,
    "log H": 0.72,
    "log O": 1.58,
    "odd N": -0.62,
    "unsaturation": 8.30,
    "unsaturation squared": -13.71,
    "saturated": -0.17,
    "more rings than carbons": -0.45,
    "P in a large molecule": 4.79,
    "O missing for P": -0.42,
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
    terms = {
        "has P": a["P"] > 0,
        "further P": np.maximum(a["P"] - 1, 0),
        "has S": a["S"] > 0,
        "further S": np.maximum(a["S"] - 1, 0),
        "has F": a["F"] > 0,
        "further F": np.maximum(a["F"] - 1, 0),
        "log F": np.log1p(a["F"]),
        "has Cl": a["Cl"] > 0,
        "further Cl": np.maximum(a["Cl"] - 1, 0),
        "has Br": a["Br"] > 0,
        "further Br": np.maximum(a["Br"] - 1, 0),
        "has I": a["I"] > 0,
        "share of N, squared": (a["N"] / heavy) ** 2,
        "share of O, squared": (a["O"] / heavy) ** 2,
        "share of N times O": a["N"] * a["O"] / heavy**2,
        "log H": np.log1p(a["H"]),
        "log O": np.log1p(a["O"]),
        "odd N": a["N"] % 2,
        "unsaturation": unsaturation,
        "unsaturation squared": unsaturation**2,
        "saturated": formulas.rdbe == 0,
        "more rings than carbons": formulas.rdbe > a["C"] + 1,
        "P in a large molecule": (a["P"] > 0) * np.maximum(0.0, np.log(heavy / _LARGE)),
        "O missing for P": np.maximum(0.0, 3 * a["P"] - a["O"]),
    }
    return {name: np.asarray(values, dtype=np.float64) for name, values in terms.items()}


def log_prior(formulas: Composition) -> FloatArray:
    """Return how likely formulas are a priori, as logarithm up to a constant, shape (n,)."""
    terms = prior_terms(formulas)
    score = formulas.other_kinds * OTHER_ELEMENT_WEIGHT
    for name, weight in PRIOR_WEIGHTS.items():
        score = score + weight * terms[name]
    return score
