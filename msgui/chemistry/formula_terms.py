"""What makes a formula likely before its spectrum is looked at.

A small network says how likely a composition is for a molecule. It was taught by
``benchmarks/fit_formula_prior.py`` to tell the formulas of known structures from all others of
their mass; no formula is ruled out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, VALENCES
from msgui.chemistry.small_network import SmallNetwork
from msgui.paths import resources

FloatArray = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int16]

_SCORED = ("C", "H", "N", "O", "P", "S", "F", "Cl", "Br", "I")

# Elements that the user added were too rare to learn from; about the price of iodine.
OTHER_ELEMENT_WEIGHT: Final = -3.5


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


def prior_inputs(formulas: Composition) -> FloatArray:
    """Return what the network of the prior is given, shape (n, n_inputs)."""
    a = formulas.atoms
    heavy = np.maximum(formulas.heavy, 1)
    carbon = np.maximum(a["C"], 1)
    hetero = a["N"] + a["O"] + a["P"] + a["S"]
    columns = [np.log1p(a[symbol]) for symbol in _SCORED]
    columns += [a[symbol] > 0 for symbol in ("C", "N", "O", "P", "S", "F", "Cl", "Br", "I")]
    columns += [a[symbol] / heavy for symbol in ("C", "N", "O", "P", "S", "F", "Cl", "Br", "I")]
    columns += [
        np.log(heavy),
        formulas.rdbe / heavy,
        np.log1p(np.maximum(formulas.rdbe, 0.0)),
        # Polycyclic aromatics have about .55 rings and double bonds for each carbon, and 3 more.
        np.maximum(0.0, formulas.rdbe - 0.55 * a["C"] - 3),
        formulas.rdbe == 0,
        np.minimum((a["H"] + formulas.halogens) / carbon, 4.0),
        np.minimum(a["H"] / carbon, 4.0),
        np.minimum(hetero / carbon, 4.0),
        np.minimum(formulas.halogens / carbon, 3.0),
        np.clip(a["O"] - 3 * a["P"] - 2 * a["S"], -4, 4),
        a["O"] < 3 * a["P"],
        (a["F"] > 0) & (a["F"] % 3 == 0),
        a["N"] % 2 == 1,
    ]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


@lru_cache(maxsize=1)
def _prior_network() -> SmallNetwork:
    return SmallNetwork.load(resources() / "formulas" / "prior.npz")


def log_prior(formulas: Composition) -> FloatArray:
    """Return how likely formulas are a priori, as logarithm up to a constant, shape (n,)."""
    learned = _prior_network()(prior_inputs(formulas))[:, 0]
    return learned + formulas.other_kinds * OTHER_ELEMENT_WEIGHT
