"""What the peaks of a spectrum may be when the precursor's formula is known.

Parts of the ion in every charge up to its own; parts that picked up water or nitrogen in the
collision cell; and heavy isotopes of parts whose light form is another peak.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import ELECTRON_MASS, ELEMENT_INDEX, MASSES, Formula
from msgui.chemistry.heavy_atoms import HYDROGEN, heavy_table
from msgui.chemistry.isotopes import SHIFTS
from msgui.chemistry.peak_rows import (
    ISOTOPE,
    NITROGEN,
    PART,
    WATER,
    Rows,
    expanded,
    is_odd,
    joined,
    nearest,
    plain_rows,
)
from msgui.chemistry.subformulas import check

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PeakKind = Literal[
    "isotopes",
    "radicals",
    "further charges",
    "adduct kept",
    "adduct lost",
    "water adducts",
    "nitrogen adducts",
]
PEAK_KINDS: Final[tuple[PeakKind, ...]] = get_args(PeakKind)

# Peaks of a badly calibrated or weak spectrum lie further off than the tolerance; how far they may
# is judged by the errors of the spectrum itself.
REACH: Final = 2.5
# At low m/z errors do not shrink any more with the mass.
REACH_FLOOR_DA: Final = 0.0015
GASES: Final = {WATER: Formula.parse("H2O"), NITROGEN: Formula.parse("N2")}
GAS_KINDS: Final[dict[int, PeakKind]] = {
    WATER: "water adducts",
    NITROGEN: "nitrogen adducts",
}
# A weak isotope peak may be this much stronger than its atoms allow, for noise.
_MOST_EXCESS = 3.0
_NOT_OF_ADDUCTS = {ELEMENT_INDEX[symbol] for symbol in ("C", "H", "N", "O")}


@dataclass(frozen=True, eq=False)
class PeakCandidates:
    """All candidates of a spectrum.

    Parameters
    ----------
    n_peaks : int
    columns : tuple of int
        Elements of the count columns, as indices in :data:`msgui.chemistry.formula.ELEMENTS`.
    ion : int64 array, shape (n_elements,)
        The precursor ion.
    sign : int
        Of all charges.
    reach_ppm : float64 array, shape (n_peaks,)
        How far from a peak was looked.
    rows : Rows
    """

    n_peaks: int
    columns: tuple[int, ...]
    ion: IntArray
    sign: int
    reach_ppm: FloatArray
    rows: Rows


def peak_candidates(
    mz: FloatArray,
    intensity: FloatArray,
    ion: Formula,
    adduct: Adduct,
    tolerance_ppm: float,
    kinds: Collection[PeakKind] = PEAK_KINDS,
) -> PeakCandidates:
    """Return everything that the peaks may be within 2.5 times the tolerance.

    Parameters
    ----------
    mz, intensity : float64 arrays, shape (n_peaks,)
        Ascending m/z above 0.
    ion : Formula
        Atoms of the precursor ion.
    adduct : Adduct
        Its charge and the atoms it brought count.
    tolerance_ppm : float
    kinds : collection of PeakKind
        What is tried besides even-electron, singly charged parts.

    Raises
    ------
    MsguiError
        When the ion has too many atoms to enumerate, or the tolerance is not above zero.
    """
    check(ion, tolerance_ppm)
    floor = max(REACH_FLOOR_DA, 1.001 * rounding_da(mz))
    reach = np.maximum(mz * tolerance_ppm * REACH * 1e-6, floor)
    columns, rows = _parts(mz, reach, ion, adduct, kinds)
    rows = _allowed(rows, columns, ion, adduct, kinds)
    if "isotopes" in kinds:
        sign = 1 if adduct.charge > 0 else -1
        rows = _with_isotopes(rows, columns, mz, intensity, reach, sign)
    return PeakCandidates(
        n_peaks=mz.size,
        columns=columns,
        ion=np.array(ion.counts, dtype=np.int64)[list(columns)],
        sign=1 if adduct.charge > 0 else -1,
        reach_ppm=reach / mz * 1e6,
        rows=rows,
    )


def rounding_da(mz: FloatArray) -> float:
    """Return half the last digit when all m/z were written with two or three decimals, else 0."""
    if mz.size < 4:
        return 0.0
    for decimals in (2, 3):
        scaled = mz * 10.0**decimals
        if np.allclose(scaled, np.rint(scaled), rtol=0, atol=1e-4):
            return 0.5 * 10.0**-decimals
    return 0.0


def _parts(
    mz: FloatArray, reach: FloatArray, ion: Formula, adduct: Adduct, kinds: Collection[PeakKind]
) -> tuple[tuple[int, ...], Rows]:
    """Return the parts of the ion, bare and with a gas."""
    table = heavy_table(tuple((i, n) for i, n in enumerate(ion.counts) if n and i != HYDROGEN))
    sign = 1 if adduct.charge > 0 else -1
    # Of an ion so large that its parts are walked through, gases would triple seconds of work.
    gases = [gas for gas, kind in GAS_KINDS.items() if kind in kinds and not table.looped]
    asked = [(PART, size) for size in range(1, abs(adduct.charge) + 1)]
    asked += [(gas, 1) for gas in gases]
    n = mz.size
    peak = np.tile(np.arange(n), len(asked))
    kind = np.repeat([gas for gas, _ in asked], n)
    size = np.repeat([number for _, number in asked], n)
    gas_mass = np.array([GASES[gas].mass if gas else 0.0 for gas, _ in asked])
    mass = mz[peak] * size + sign * size * ELECTRON_MASS - np.repeat(gas_mass, n)
    # An even-electron ion of charge z has double-bond equivalents of -z/2 at least; clusters such
    # as [2M+H]+ have less, and their own value is then the limit.
    least = np.minimum(-size, round(2 * ion.rdbe)) - 2
    brought = {i for gas in gases for i, number in enumerate(GASES[gas].counts) if number}
    columns = (*table.columns, *sorted(brought - set(table.columns)))
    gas_counts = np.zeros((ISOTOPE, len(columns)), dtype=np.int64)
    for gas in gases:
        gas_counts[gas] = np.array(GASES[gas].counts)[list(columns)]
    limit = np.array(ion.counts)[list(columns)]
    pieces = []
    for query, found in table.search(mass, reach[peak] * size, ion.counts[HYDROGEN], least):
        bare = np.zeros((query.size, len(columns)), dtype=np.int64)
        bare[:, : found.shape[1]] = found
        counts = bare + gas_counts[kind[query]]
        exact = (counts @ MASSES[list(columns)] - sign * size[query] * ELECTRON_MASS) / size[query]
        # What the ion itself may make needs no gas, and a gas needs a fragment to stick to.
        fits = (kind[query] == PART) | ((counts > limit).any(axis=1) & (bare < limit).any(axis=1))
        fits &= (kind[query] == PART) | (bare[:, columns.index(0)] > 0 if 0 in columns else False)
        rows = plain_rows(peak[query], counts, size[query], kind[query], mz[peak[query]], exact)
        pieces.append(nearest(rows.chosen(fits)))
    nothing = np.zeros(0)
    empty = plain_rows(
        nothing.astype(np.int64),
        np.zeros((0, len(columns)), np.int64),
        nothing.astype(np.int64),
        nothing.astype(np.int64),
        nothing,
        nothing,
    )
    return columns, nearest(joined([empty, *pieces]))


def adduct_elements(adduct: Adduct) -> tuple[int, ...]:
    """Return the elements, as indices, that only the adduct brings: Na of [M+Na]+."""
    return tuple(
        element
        for element, number in enumerate(adduct.gained.counts)
        if number and element not in _NOT_OF_ADDUCTS
    )


def _allowed(
    rows: Rows,
    columns: tuple[int, ...],
    ion: Formula,
    adduct: Adduct,
    kinds: Collection[PeakKind],
) -> Rows:
    """Return the rows of the kinds that are tried; the precursor always is."""
    kept = np.ones(rows.peak.size, dtype=bool)
    if "radicals" not in kinds:
        kept &= ~is_odd(rows.counts, rows.size, columns)
    if "further charges" not in kinds:
        kept &= rows.size == 1
    limit = np.array(ion.counts)[list(columns)]
    for element in adduct_elements(adduct):
        place = columns.index(element)
        has_all = rows.counts[:, place] == limit[place]
        if "adduct kept" not in kinds:
            kept &= ~has_all
        if "adduct lost" not in kinds:
            kept &= has_all
    is_precursor = (rows.counts == limit).all(axis=1) & (rows.size == abs(adduct.charge))
    return rows.chosen(kept | is_precursor)


def _with_isotopes(
    rows: Rows,
    columns: tuple[int, ...],
    mz: FloatArray,
    intensity: FloatArray,
    reach: FloatArray,
    sign: int,
) -> Rows:
    start = np.searchsorted(rows.peak, np.arange(mz.size + 1))
    pieces = [rows]
    sizes = np.unique(rows.size).tolist() if mz.size > 1 else []
    for number, shift in enumerate(SHIFTS):
        element = ELEMENT_INDEX[shift.element]
        if element not in columns:
            continue
        atoms = rows.counts[:, columns.index(element)]
        for size in sizes:
            heavy, row = _pairs(mz, reach, start, shift.distance / size)
            is_bare = (rows.size[row] == size) & (rows.kind[row] == PART) & (atoms[row] > 0)
            heavy, row = heavy[is_bare], row[is_bare]
            ratio = intensity[heavy] / np.maximum(intensity[rows.peak[row]], 1e-300)
            expected = shift.ratio * atoms[row]
            exact = rows.counts[row] @ MASSES[list(columns)] - sign * size * ELECTRON_MASS
            exact = (exact + shift.distance) / size
            error = (mz[heavy] - exact) / exact * 1e6
            fits = np.abs(mz[heavy] - exact) <= reach[heavy]
            fits &= ratio <= _MOST_EXCESS * expected
            fits &= ratio >= shift.least_share * expected
            kind = np.full(row.size, ISOTOPE + number)
            all_sizes = np.full(row.size, size)
            found = Rows(heavy, rows.counts[row], all_sizes, kind, error, row, ratio, expected)
            pieces.append(found.chosen(fits))
    whole = joined(pieces)
    order = np.argsort(whole.peak, kind="stable")
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    result = whole.chosen(order)
    light = np.where(result.light >= 0, place[result.light], -1)
    values = {field.name: getattr(result, field.name) for field in fields(Rows)}
    return Rows(**{**values, "light": light})


def _pairs(
    mz: FloatArray, reach: FloatArray, start: IntArray, distance: float
) -> tuple[IntArray, IntArray]:
    """Return (heavy peak, row of a light peak) of all peaks at a distance."""
    first = np.searchsorted(mz, mz - distance - reach)
    number = np.searchsorted(mz, mz - distance + reach, side="right") - first
    heavy, light = expanded(first, number)
    begin = start[light]
    pair, row = expanded(begin, start[light + 1] - begin)
    return heavy[pair], row
