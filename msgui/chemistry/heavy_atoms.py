"""Which masses the atoms of a formula can make: a table without hydrogen, asked for each number
of hydrogens."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, MASSES, VALENCES
from msgui.errors import MsguiError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

HYDROGEN: Final = ELEMENT_INDEX["H"]
HYDROGEN_MASS: Final = float(MASSES[HYDROGEN])

# 400,000 rows are 10 MB and 40 ms to sort; what does not fit is walked through.
_LARGEST_TABLE = 400_000
_MOST_LOOPS = 1000
_QUERIES_AT_ONCE = 400_000
_HITS_AT_ONCE = 300_000


@dataclass(frozen=True, eq=False)
class HeavyTable:
    """Every combination of the atoms other than hydrogen, sorted by mass.

    Hydrogens are left out because a formula has many of them: the table is forty times smaller
    than that of all subformulas, and asking it once for each number of hydrogens is fast.

    Parameters
    ----------
    elements, limits : tuple of int
        Elements (indices) in the table and how many atoms of each there are.
    looped : tuple of (int, int)
        Elements and limits that did not fit into a table of bounded size; they are walked through
        one count after the other.
    mass : float64 array, shape (n_rows,)
    code : int64 array, shape (n_rows,)
        Counts as one number in mixed radix.
    valence_sum : int64 array, shape (n_rows,)
        Sum of count x (valence - 2): twice the double-bond equivalents, less 2.
    """

    elements: tuple[int, ...]
    limits: tuple[int, ...]
    looped: tuple[tuple[int, int], ...]
    mass: FloatArray
    code: IntArray
    valence_sum: IntArray

    @property
    def columns(self) -> tuple[int, ...]:
        """Elements of the count columns of :meth:`search`: hydrogen, then the others."""
        return (HYDROGEN, *self.elements, *(element for element, _ in self.looped))

    def counts(self, rows: IntArray) -> IntArray:
        """Return the counts of some rows, shape (n, len(elements))."""
        code = self.code[rows]
        result = np.empty((rows.size, len(self.elements)), dtype=np.int64)
        for column, limit in enumerate(self.limits):
            code, result[:, column] = np.divmod(code, limit + 1)
        return result

    def search(
        self,
        mass: FloatArray,
        tolerance_da: FloatArray,
        most_hydrogens: int,
        least_valence_sum: IntArray,
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield pieces of (query index, counts) of every combination within tolerance.

        Parameters
        ----------
        mass, tolerance_da : float64 arrays, shape (n_queries,)
            Summed mass of the atoms looked for, in Da.
        most_hydrogens : int
        least_valence_sum : int64 array, shape (n_queries,)
            Twice the least double-bond equivalents allowed, less 2.

        Yields
        ------
        query : int64 array, shape (n,)
        counts : int64 array, shape (n, len(columns))
        """
        step = max(1, _QUERIES_AT_ONCE // (most_hydrogens + 1))
        choices = [range(limit + 1) for _, limit in self.looped]
        for chosen in product(*choices):
            pairs = list(zip(self.looped, chosen, strict=True))
            shift = sum(count * float(MASSES[element]) for (element, _), count in pairs)
            valences = sum(count * (VALENCES[element] - 2) for (element, _), count in pairs)
            for start in range(0, mass.size, step):
                part = slice(start, start + step)
                found = self._hits(
                    mass[part] - shift,
                    tolerance_da[part],
                    most_hydrogens,
                    least_valence_sum[part] - valences,
                )
                for query, row, hydrogens in found:
                    counts = np.empty((query.size, len(self.columns)), dtype=np.int64)
                    counts[:, 0] = hydrogens
                    counts[:, 1 : 1 + len(self.elements)] = self.counts(row)
                    counts[:, 1 + len(self.elements) :] = chosen
                    yield query + start, counts

    def _hits(
        self, mass: FloatArray, tolerance: FloatArray, most_hydrogens: int, least: IntArray
    ) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
        hydrogens = np.arange(most_hydrogens + 1)
        heavy = mass[:, None] - hydrogens * HYDROGEN_MASS
        low, high = heavy - tolerance[:, None], heavy + tolerance[:, None]
        query, hydrogen = np.nonzero((high >= 0.0) & (low <= self.mass[-1]))
        low, high = low[query, hydrogen], high[query, hydrogen]
        first = np.searchsorted(self.mass, low)
        has_hit = self.mass[np.minimum(first, self.mass.size - 1)] <= high
        has_hit &= first < self.mass.size
        query, hydrogen, first = query[has_hit], hydrogen[has_hit], first[has_hit]
        number = np.searchsorted(self.mass, high[has_hit], side="right") - first
        ends = np.cumsum(number)
        begin = 0
        while begin < query.size:
            before = ends[begin - 1] if begin else 0
            stop = max(begin + 1, int(np.searchsorted(ends, before + _HITS_AT_ONCE)))
            size = number[begin:stop]
            source = np.repeat(np.arange(begin, stop), size)
            offset = np.arange(source.size) - np.repeat(ends[begin:stop] - size - before, size)
            row = first[source] + offset
            possible = self.valence_sum[row] - hydrogen[source] >= least[query[source]]
            source, row = source[possible], row[possible]
            if source.size:
                yield query[source], row, hydrogen[source]
            begin = stop


@lru_cache(maxsize=128)
def heavy_table(limits: tuple[tuple[int, int], ...]) -> HeavyTable:
    """Return the table for (element index, most atoms) pairs; hydrogen is not one of them.

    Raises
    ------
    MsguiError
        When there are too many combinations to walk through.
    """
    kept = sorted((pair for pair in limits if pair[1] > 0), key=lambda pair: pair[1])
    looped: list[tuple[int, int]] = []
    loops = 1
    while np.prod([limit + 1.0 for _, limit in kept]) > _LARGEST_TABLE:
        looped.append(kept.pop())
        loops *= looped[-1][1] + 1
    if loops > _MOST_LOOPS:
        raise MsguiError(
            "The formula is too large to enumerate its parts.",
            "Check the formula; fragments are named for ions of small molecules.",
        )
    mass, code, valence_sum = np.zeros(1), np.zeros(1, np.int64), np.zeros(1, np.int64)
    radix = 1
    for element, limit in kept:
        number = np.arange(limit + 1)[:, None]
        mass = (mass + number * MASSES[element]).ravel()
        code = (code + number * radix).ravel()
        valence_sum = (valence_sum + number * (VALENCES[element] - 2)).ravel()
        radix *= limit + 1
    order = np.argsort(mass, kind="stable")
    return HeavyTable(
        tuple(element for element, _ in kept),
        tuple(limit for _, limit in kept),
        tuple(looped),
        mass[order],
        code[order],
        valence_sum[order],
    )
