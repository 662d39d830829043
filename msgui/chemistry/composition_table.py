"""All compositions of the elements other than carbon and hydrogen, asked by mass.

Carbon and hydrogen are walked through at each question: that keeps the table small enough to be
made in a tenth of a second and a question below three milliseconds at 900 Da.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, ELEMENTS, MASSES, VALENCES
from msgui.errors import MsguiError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Most atoms of each element in a small molecule. Together with the costs below they leave out six
# of ten thousand known structures, and two of a thousand measured ones.
DEFAULT_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "C": (0, 150),
    "H": (0, 300),
    "N": (0, 30),
    "O": (0, 50),
    "P": (0, 4),
    "S": (0, 6),
    "F": (0, 30),
    "Cl": (0, 12),
    "Br": (0, 6),
    "I": (0, 4),
}
# What the first atom of an element and each further one cost: about -ln of how often formulas have
# them. Combinations such as P + I + Br are so rare that they are not made at all.
_COSTS: Final[Mapping[str, tuple[float, float]]] = {
    "P": (3.0, 1.2),
    "S": (2.0, 1.2),
    "F": (3.0, 0.35),
    "Cl": (2.5, 0.8),
    "Br": (3.5, 1.2),
    "I": (5.0, 1.5),
}
# The same for elements that a person adds: several of them at once are as rare.
_ADDED_COST: Final = (4.5, 0.8)
# (heaviest mass, highest cost). Up to 700 Da five of ten thousand measured formulas are missed; the
# heavier a molecule, the less can rare combinations be told apart by any evidence.
_HIGHEST_COSTS: Final = ((700.0, 13.0), (1000.0, 11.0), (1400.0, 9.0), (np.inf, 7.0))
_MASS_STEP_DA = 100.0
# Legitimate tables make 2.3 million rows before they are cut to the mass.
_MOST_ROWS = 8_000_000


@dataclass(frozen=True, eq=False)
class CompositionTable:
    """Compositions without carbon and hydrogen, sorted by mass.

    Parameters
    ----------
    elements : tuple of int
        Elements (indices in :data:`msgui.chemistry.formula.ELEMENTS`) of the columns.
    counts : int16 array, shape (n_rows, n_elements)
    mass : float64 array, shape (n_rows,)
    valence_sum : int64 array, shape (n_rows,)
        Sum of count x (valence - 2).
    carbons, hydrogens : (int, int)
        Least and most.
    """

    elements: tuple[int, ...]
    counts: npt.NDArray[np.int16]
    mass: FloatArray
    valence_sum: IntArray
    carbons: tuple[int, int]
    hydrogens: tuple[int, int]

    @property
    def columns(self) -> tuple[int, ...]:
        """Elements of the columns of :meth:`search`: carbon, hydrogen, then the others."""
        return (ELEMENT_INDEX["C"], ELEMENT_INDEX["H"], *self.elements)

    def search(self, mass: float, tolerance_da: float) -> npt.NDArray[np.int16]:
        """Return the compositions within tolerance, shape (n, len(columns)).

        Their double-bond equivalents are -0.5 or more.
        """
        carbon, hydrogen = self._skeletons(mass + tolerance_da)
        rest = mass - carbon * MASSES[0] - hydrogen * MASSES[1]
        first = np.searchsorted(self.mass, rest - tolerance_da)
        number = np.searchsorted(self.mass, rest + tolerance_da, side="right") - first
        has_hit = number > 0
        carbon, hydrogen = carbon[has_hit], hydrogen[has_hit]
        first, number = first[has_hit], number[has_hit]
        source = np.repeat(np.arange(number.size), number)
        start = np.repeat(np.cumsum(number) - number, number)
        row = first[source] + np.arange(source.size) - start
        carbon, hydrogen = carbon[source], hydrogen[source]
        possible = 2 + 2 * carbon - hydrogen + self.valence_sum[row] >= -1
        result = np.empty((int(possible.sum()), 2 + len(self.elements)), dtype=np.int16)
        result[:, 0], result[:, 1] = carbon[possible], hydrogen[possible]
        result[:, 2:] = self.counts[row[possible]]
        return result

    def _skeletons(self, most_mass: float) -> tuple[IntArray, IntArray]:
        """Return the (carbon, hydrogen) pairs that fit into a mass with the valences there are."""
        if most_mass <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        c_least, c_most = self.carbons
        carbon = np.arange(c_least, min(c_most, int(most_mass / MASSES[0])) + 1)
        rest = most_mass - carbon * MASSES[0]
        # Each trivalent atom (14 Da at least) lets one more hydrogen in.
        valences = 2 * carbon + 3 + rest / MASSES[ELEMENT_INDEX["N"]]
        most = np.minimum(np.minimum(rest / MASSES[1], valences), self.hydrogens[1]).astype(int)
        number = np.maximum(most - self.hydrogens[0] + 1, 0)
        hydrogen = np.arange(int(number.sum())) - np.repeat(np.cumsum(number) - number, number)
        return np.repeat(carbon, number), hydrogen + self.hydrogens[0]


def composition_table(
    heaviest: float, bounds: Mapping[str, tuple[int, int]] | None = None
) -> CompositionTable:
    """Return the table for masses up to ``heaviest`` Da.

    Parameters
    ----------
    heaviest : float
    bounds : mapping of element to (least, most), optional
        Changes and adds to :data:`DEFAULT_BOUNDS`. An element of these that is named here is taken
        as wanted: its number is limited by the bounds alone.

    Raises
    ------
    MsguiError
        When an element is unknown, bounds are impossible, or there are too many compositions.
    """
    ceiling = _MASS_STEP_DA * np.ceil(heaviest / _MASS_STEP_DA)
    given = {} if bounds is None else dict(bounds)
    for element, (least, most) in given.items():
        if element not in ELEMENT_INDEX:
            raise MsguiError(f"{element} is not an element that msgui knows.")
        if least < 0 or most < least:
            raise MsguiError(f"{element} cannot have {least} to {most} atoms.")
    merged = {**DEFAULT_BOUNDS, **given}
    key = tuple(
        (element, *limits, element in given) for element, limits in merged.items() if limits[1]
    )
    return _composition_table(float(ceiling), key)


@lru_cache(maxsize=8)
def _composition_table(
    ceiling: float, bounds: tuple[tuple[str, int, int, bool], ...]
) -> CompositionTable:
    limits = {element: (least, most) for element, least, most, _ in bounds}
    others = [bound for bound in bounds if bound[0] not in ("C", "H")]
    # Elements with a cost first: the table is cut down before the frequent ones multiply it.
    others.sort(key=lambda bound: bound[0] in ("N", "O"))
    highest_cost = next(cost for most, cost in _HIGHEST_COSTS if ceiling <= most)
    counts = np.zeros((1, 0), dtype=np.int16)
    mass, cost, valence_sum = np.zeros(1), np.zeros(1), np.zeros(1, dtype=np.int64)
    for element, least, most, is_wanted in others:
        index = ELEMENT_INDEX[element]
        if mass.size * (most - least + 1) > _MOST_ROWS:
            raise MsguiError(
                "There are too many elements to list all formulas.",
                "Name fewer elements, or fewer atoms of each.",
            )
        number = np.arange(least, most + 1)
        first, further = _COSTS.get(element, (0.0, 0.0))
        if is_wanted:
            first, further = (0.0, 0.0) if element in DEFAULT_BOUNDS else _ADDED_COST
        # Atoms that must be there cost nothing.
        priced = number - least
        price = np.where(priced > 0, first + further * (priced - 1), 0.0)
        new_mass = (mass[:, None] + number * MASSES[index]).ravel()
        new_cost = (cost[:, None] + price).ravel()
        kept = np.flatnonzero((new_mass <= ceiling) & (new_cost <= highest_cost))
        row, place = np.divmod(kept, number.size)
        counts = np.column_stack([counts[row], number[place].astype(np.int16)])
        mass, cost = new_mass[kept], new_cost[kept]
        valence_sum = valence_sum[row] + number[place] * (VALENCES[index] - 2)
    order = np.argsort(mass, kind="stable")
    return CompositionTable(
        tuple(ELEMENT_INDEX[bound[0]] for bound in others),
        counts[order],
        mass[order],
        valence_sum[order],
        limits.get("C", (0, 0)),
        limits.get("H", (0, 0)),
    )


def full_counts(counts: npt.NDArray[np.int16], columns: tuple[int, ...]) -> npt.NDArray[np.int16]:
    """Return counts with one column for each of all elements, shape (n, n_elements)."""
    result = np.zeros((len(counts), len(ELEMENTS)), dtype=np.int16)
    result[:, list(columns)] = counts
    return result
