"""Which formulas have a mass."""

from collections.abc import Mapping

import numpy as np

from msgui.chemistry.composition_table import composition_table
from msgui.chemistry.formula import ELEMENTS, MASSES, Formula
from msgui.chemistry.formula_candidates import HEAVIEST_DA
from msgui.chemistry.formula_ranking import RankedFormula, rank_formulas
from msgui.errors import MsguiError

__all__ = ["RankedFormula", "decompose", "rank_formulas"]


def decompose(
    neutral_mass: float,
    tolerance_ppm: float,
    bounds: Mapping[str, tuple[int, int]] | None = None,
) -> list[Formula]:
    """Return the formulas within tolerance of a mass, nearest first.

    Parameters
    ----------
    neutral_mass : float
        Da.
    tolerance_ppm : float
    bounds : mapping of element to (least, most), optional
        Changes and adds to the usual C H N O P S F Cl Br I. Without bounds of their own, rare
        combinations of P, S and halogens are left out.

    Raises
    ------
    MsguiError
        When the mass is above 2000 Da or an element is unknown.

    Examples
    --------
    >>> [str(formula) for formula in decompose(18.0106, 10)]
    ['H2O']
    """
    if not 0 < neutral_mass <= HEAVIEST_DA:
        raise MsguiError(
            f"Formulas of {neutral_mass:g} Da are not listed.",
            f"Masses from 0 to {HEAVIEST_DA:g} Da are.",
        )
    tolerance = neutral_mass * tolerance_ppm * 1e-6
    table = composition_table(neutral_mass + tolerance, bounds)
    found = table.search(neutral_mass, tolerance).astype(np.int64)
    error = np.abs(found @ MASSES[list(table.columns)] - neutral_mass)
    wide = np.zeros((len(found), len(ELEMENTS)), dtype=np.int64)
    wide[:, list(table.columns)] = found
    order = np.lexsort((*wide.T[::-1], error.round(9)))
    return [Formula.from_counts(wide[place]) for place in order]
