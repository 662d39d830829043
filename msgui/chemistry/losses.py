"""Which formula a distance between two peaks may be."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from msgui.chemistry.formula import ELEMENT_INDEX, MASSES, Formula
from msgui.chemistry.heavy_atoms import HYDROGEN, heavy_table
from msgui.chemistry.known_fragments import KNOWN_LOSSES

MOST_PROPOSALS: Final = 5
# A loss that is not limited by a precursor: what molecules of a few hundred Da lose.
USUAL_LIMITS: Final = {
    "C": 40, "H": 80, "N": 8, "O": 16, "P": 2, "S": 3, "F": 6, "Cl": 3, "Br": 2, "I": 2,
}  # fmt: skip
# Twice water has two double-bond equivalents less than water: several molecules may leave at once.
_LEAST_RDBE: Final = -2.0
_KNOWN: Final = frozenset(KNOWN_LOSSES)


@dataclass(frozen=True, slots=True)
class LossProposal:
    """A formula for the distance between two peaks.

    Parameters
    ----------
    formula : Formula
    error_da : float
        Measured minus computed.
    is_known : bool
        It stands in the textbooks' tables of losses.
    """

    formula: Formula
    error_da: float
    is_known: bool


def loss_tolerance_da(heavier_mz: float, lighter_mz: float, tolerance_ppm: float) -> float:
    """Return the tolerance of a difference: the errors of both peaks add as squares."""
    return float(np.hypot(heavier_mz, lighter_mz)) * tolerance_ppm * 1e-6


def propose_losses(
    heavier_mz: float,
    lighter_mz: float,
    tolerance_ppm: float,
    within: Formula | None = None,
    charge: int = 1,
) -> tuple[LossProposal, ...]:
    """Return at most five formulas for the distance of two peaks, the likeliest first.

    Losses that textbooks tabulate go before others, and among each the nearer first.

    Parameters
    ----------
    heavier_mz, lighter_mz : float
    tolerance_ppm : float
        Of one peak.
    within : Formula, optional
        What can be lost at most: the precursor ion.
    charge : int
        Of both ions.

    Examples
    --------
    >>> [str(loss.formula) for loss in propose_losses(195.0877, 138.0662, 5)]
    ['C2H3NO']
    """
    size = abs(charge)
    distance = (heavier_mz - lighter_mz) * size
    tolerance = loss_tolerance_da(heavier_mz, lighter_mz, tolerance_ppm) * size
    if distance <= tolerance:
        return ()
    limits = _limits(distance + tolerance, within)
    table = heavy_table(tuple(sorted((i, n) for i, n in limits.items() if i != HYDROGEN)))
    least = np.array([round(2 * _LEAST_RDBE) - 2])
    found: list[Formula] = []
    for _, counts in table.search(
        np.array([distance]), np.array([tolerance]), limits.get(HYDROGEN, 0), least
    ):
        for row in counts:
            wide = np.zeros(len(MASSES), dtype=np.int64)
            wide[list(table.columns)] = row
            found.append(Formula.from_counts(wide))
    proposals = (LossProposal(f, distance - f.mass, f in _KNOWN) for f in found if f)
    order = sorted(
        proposals,
        key=lambda p: (not p.is_known, round(abs(p.error_da), 6), str(p.formula)),
    )
    return tuple(order[:MOST_PROPOSALS])


def _limits(heaviest: float, within: Formula | None) -> dict[int, int]:
    """Return the most atoms of each element (by index) that fit in a mass."""
    if within is None:
        most = {ELEMENT_INDEX[symbol]: count for symbol, count in USUAL_LIMITS.items()}
    else:
        most = {index: count for index, count in enumerate(within.counts) if count}
    return {i: min(n, int(heaviest / MASSES[i])) for i, n in most.items()}
