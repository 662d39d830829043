"""Candidates of the peaks of a spectrum as parallel arrays."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, ELEMENTS, VALENCES, Formula

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Codes of :attr:`Rows.kind`; isotopes follow in the order of ``isotopes.SHIFTS``.
PART, WATER, NITROGEN, ISOTOPE = 0, 1, 2, 3
# Nearest candidates of a peak that are weighed.
MOST_CANDIDATES: Final = 50


@dataclass(frozen=True, eq=False)
class Rows:
    """Candidates as parallel arrays, those of one peak together.

    Parameters
    ----------
    peak : int64 array, shape (n,)
        Ascending.
    counts : int64 array, shape (n, n_elements)
        Atoms; of an isotope peak, those of its light form; with the gas it picked up.
    size : int64 array, shape (n,)
        Number of charges.
    kind : int64 array, shape (n,)
        PART, WATER, NITROGEN, or ISOTOPE + index in :data:`msgui.chemistry.isotopes.SHIFTS`.
    error_ppm : float64 array, shape (n,)
        (measured - computed) / computed * 1e6.
    light : int64 array, shape (n,)
        Row of the light form of an isotope peak; -1 for others.
    ratio, expected_ratio : float64 arrays, shape (n,)
        Intensity of an isotope peak relative to its light form, and what its atoms make when
        everything is isolated; 0 for others.
    """

    peak: IntArray
    counts: IntArray
    size: IntArray
    kind: IntArray
    error_ppm: FloatArray
    light: IntArray
    ratio: FloatArray
    expected_ratio: FloatArray

    def chosen(self, which: npt.NDArray[np.bool_] | IntArray) -> "Rows":
        """Return some of the rows; ``light`` is not renumbered."""
        return Rows(*(getattr(self, field.name)[which] for field in fields(self)))

    @property
    def is_isotope(self) -> npt.NDArray[np.bool_]:
        """Which rows are heavy isotopes, shape (n,)."""
        return self.kind >= ISOTOPE


def plain_rows(
    peak: IntArray,
    counts: IntArray,
    size: IntArray,
    kind: IntArray,
    mz: FloatArray,
    exact: FloatArray,
) -> Rows:
    """Return rows that are no isotopes; ``mz`` is measured, ``exact`` computed, shape (n,)."""
    error = (mz - exact) / np.where(exact == 0, 1.0, exact) * 1e6
    zero = np.zeros(peak.size)
    light = np.full(peak.size, -1, dtype=np.int64)
    return Rows(peak, counts, size, kind, error, light, zero, zero)


def joined(pieces: list[Rows]) -> Rows:
    """Return the rows of all pieces, one piece after the other."""
    return Rows(*(np.concatenate([getattr(p, f.name) for p in pieces]) for f in fields(Rows)))


def nearest(rows: Rows) -> Rows:
    """Return the rows by peak, the nearest first and not too many of a peak."""
    order = np.lexsort((np.abs(rows.error_ppm), rows.peak))
    peak = rows.peak[order]
    place = np.arange(peak.size) - np.searchsorted(peak, peak)
    return rows.chosen(order[place < MOST_CANDIDATES])


def is_odd(counts: IntArray, size: IntArray, columns: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return which ions have an odd number of electrons, judged by their valences, shape (n,)."""
    doubled = 2 + counts @ np.array([VALENCES[element] - 2 for element in columns])
    return np.asarray((doubled + size) % 2 == 1)


def expanded(first: IntArray, number: IntArray) -> tuple[IntArray, IntArray]:
    """Return (range, member) of the ranges of ``number`` integers from ``first``."""
    source = np.repeat(np.arange(number.size), number)
    offset = np.arange(source.size) - np.repeat(np.cumsum(number) - number, number)
    return source, first[source] + offset


def formula_of(counts: IntArray, columns: tuple[int, ...], isotope: str = "") -> Formula:
    """Return one row of counts as formula; with an isotope, one of its atoms is the heavy one."""
    whole = [0] * len(ELEMENTS)
    for element, number in zip(columns, counts.tolist(), strict=True):
        whole[element] = number
    if isotope:
        whole[ELEMENT_INDEX[isotope.lstrip("0123456789")]] -= 1
        whole[ELEMENT_INDEX[f"[{isotope}]"]] += 1
    return Formula(tuple(whole))
