"""The isotope pattern of a formula, computed and beside a measured one."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import ELECTRON_MASS, ELEMENT_INDEX, ELEMENTS, MASSES, Formula
from msgui.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]

# Merged isotopologues (13C with 15N and 33S) lie some ppm apart.
LEAST_MS1_PPM: Final = 10.0
# Isotope peaks of organic ions lie this far apart, give or take what 34S, 37Cl and 81Br differ.
_STEP_DA, _STEP_REACH_DA, _STEPS_LOOKED_AT = 1.0015, 0.02, 4
# A peak is missed only where it would stand so many times above the lowest peak nearby: analysers
# show small peaks too small, or not at all.
_VISIBLE = 2.0
_LEAST_PROBABILITY = 1e-12
_MOST_ISOTOPOLOGUES = 40


@dataclass(frozen=True, eq=False)
class IsotopePattern:
    """The computed isotope pattern of an ion, one entry per nominal mass.

    Parameters
    ----------
    mz : float64 array, shape (n,)
        Abundance-weighted means, ascending.
    intensity : float64 array, shape (n,)
        The highest is 1.
    """

    mz: FloatArray
    intensity: FloatArray


@lru_cache(maxsize=128)
def isotopes_of(element: str) -> tuple[tuple[float, float], ...]:
    """Return the natural isotopes of an element: (mass in Da, abundance), ascending mass.

    An isotope label such as D or [13C] has one isotope. Abundances are RDKit's.
    """
    from rdkit import Chem

    if element == "D" or element.startswith("["):
        return ((float(MASSES[ELEMENT_INDEX[element]]), 1.0),)
    table = Chem.GetPeriodicTable()
    number = table.GetAtomicNumber(element)
    found = []
    for nucleons in range(number, 3 * number + 4):
        abundance = table.GetAbundanceForIsotope(number, nucleons) / 100
        if abundance > 0:
            found.append((float(table.GetMassForIsotope(number, nucleons)), float(abundance)))
    return tuple(found) or ((float(MASSES[ELEMENT_INDEX[element]]), 1.0),)


def isotope_pattern(
    formula: Formula, charge: int = 1, least_intensity: float = 1e-3
) -> IsotopePattern:
    """Return the isotope pattern of an ion with these atoms, peaks of one nominal mass merged.

    Parameters
    ----------
    formula : Formula
        Atoms of the ion.
    charge : int
        Signed, not 0.
    least_intensity : float
        Peaks below this share of the highest are left out.

    Examples
    --------
    >>> pattern = isotope_pattern(Formula.parse("C6H5Cl"), 1, 0.05)
    >>> pattern.mz.round(3).tolist(), pattern.intensity.round(2).tolist()
    ([112.007, 113.011, 114.005], [1.0, 0.07, 0.32])
    """
    probability, mass = np.ones(1), np.zeros(1)
    for symbol, count in zip(ELEMENTS, formula.counts, strict=True):
        if count > 0:
            probability, mass = _combined(probability, mass, *_power(symbol, count))
    highest = float(probability.max())
    kept = probability >= least_intensity * highest
    mz = (mass[kept] - charge * ELECTRON_MASS) / abs(charge)
    return IsotopePattern(mz, probability[kept] / highest)


@lru_cache(maxsize=1024)
def _power(symbol: str, count: int) -> tuple[FloatArray, FloatArray]:
    """Return probability and mean mass of ``count`` atoms by number of extra nucleons."""
    if count == 1:
        isotopes = isotopes_of(symbol)
        lightest = round(isotopes[0][0])
        probability = np.zeros(round(isotopes[-1][0]) - lightest + 1)
        mass = np.zeros_like(probability)
        for isotope_mass, abundance in isotopes:
            place = round(isotope_mass) - lightest
            probability[place], mass[place] = abundance, isotope_mass
        return probability, mass
    half = _power(symbol, count // 2)
    whole = _combined(*half, *half)
    return _combined(*whole, *_power(symbol, 1)) if count % 2 else whole


def _combined(
    p: FloatArray, mass_p: FloatArray, q: FloatArray, mass_q: FloatArray
) -> tuple[FloatArray, FloatArray]:
    probability = np.convolve(p, q)
    moment = np.convolve(p * mass_p, q) + np.convolve(p, q * mass_q)
    first = 0
    while probability[first] < _LEAST_PROBABILITY:
        first += 1
    part = slice(first, first + _MOST_ISOTOPOLOGUES)
    probability, moment = probability[part], moment[part]
    mass = np.divide(moment, probability, out=np.zeros_like(moment), where=probability > 0)
    return probability, mass


@dataclass(frozen=True, eq=False)
class IsotopeComparison:
    """A computed isotope pattern and what an MS1 scan has in its place.

    Parameters
    ----------
    mz : float64 array, shape (n,)
        Computed, ascending; one entry for each nominal mass.
    computed : float64 array, shape (n,)
        The highest is 1.
    measured_mz : float64 array, shape (n,)
        NaN where nothing was measured.
    measured : float64 array, shape (n,)
        In the unit of ``computed``: the sums over both are equal. 0 where nothing was measured.
    score : float
        Agreement, 0 to 1: one minus half the summed difference of the two patterns, each with sum
        1. What was measured between the computed peaks counts against it, and so does what would
        stand well above the lowest peak nearby and is not there.
    """

    mz: FloatArray
    computed: FloatArray
    measured_mz: FloatArray
    measured: FloatArray
    score: float


def compare_isotopes(
    formula: Formula, adduct: Adduct, precursor_mz: float, ms1: Spectrum, tolerance_ppm: float
) -> IsotopeComparison | None:
    """Return the isotope pattern of an ion beside the measured one.

    The computed pattern is moved so that its main peak stands on the measured one: all peaks of a
    pattern have the same mass error.

    Parameters
    ----------
    formula : Formula
        Of the neutral molecule.
    adduct : Adduct
    precursor_mz : float
    ms1 : Spectrum
        The scan in which the precursor was seen, or the part of it around the precursor.
    tolerance_ppm : float
        Never taken to be less than :data:`LEAST_MS1_PPM`.

    Returns
    -------
    IsotopeComparison or None
        None when the scan has no peak at the precursor: then it says nothing about any formula.

    Raises
    ------
    MsguiError
        When the molecule cannot form the adduct.
    """
    pattern = isotope_pattern(adduct.ion_formula(formula), adduct.charge)
    exact = adduct.mz(formula.mass)
    main = int(np.argmin(np.abs(pattern.mz - exact)))
    reach = max(tolerance_ppm, LEAST_MS1_PPM) * 1e-6
    anchor = _highest(ms1, precursor_mz, precursor_mz * reach)
    if anchor < 0:
        return None
    expected_mz = pattern.mz + (float(ms1.mz[anchor]) - exact)
    places = [_highest(ms1, mz, mz * reach) for mz in expected_mz.tolist()]
    places[main] = anchor
    heights = np.array([ms1.intensity[i] if i >= 0 else 0.0 for i in places])
    measured_mz = np.array([ms1.mz[i] if i >= 0 else np.nan for i in places])
    computed = pattern.intensity
    expected = computed * heights[main] / computed[main]
    visible = (heights > 0) | (expected >= _VISIBLE * _lowest(ms1))
    share = np.where(visible, computed, 0.0) / computed[visible].sum()
    stray = _stray(ms1, expected_mz, heights, main, abs(adduct.charge))
    total = float(heights.sum()) + stray
    difference = np.abs(heights / total - share).sum() + stray / total
    return IsotopeComparison(
        mz=pattern.mz,
        computed=computed,
        measured_mz=measured_mz,
        measured=heights * float(computed[visible].sum()) / float(heights.sum()),
        score=float(1.0 - 0.5 * difference),
    )


def _highest(ms1: Spectrum, center: float, reach: float) -> int:
    """Return the index of the highest peak around an m/z, -1 where there is none."""
    first, last = np.searchsorted(ms1.mz, (center - reach, center + reach))
    if first == last or ms1.intensity[first:last].max() <= 0:
        return -1
    return int(first + np.argmax(ms1.intensity[first:last]))


def _lowest(ms1: Spectrum) -> float:
    """Return the intensity below which the scan shows nothing."""
    seen = ms1.intensity[ms1.intensity > 0]
    return float(seen.min()) if seen.size else 0.0


def _stray(ms1: Spectrum, mz: FloatArray, heights: FloatArray, main: int, size: int) -> float:
    """Return the intensity at isotope distances that the computed peaks do not account for.

    The 37Cl of another formula stands 9 mDa beside 13C2.
    """
    steps = np.arange(1, max(_STEPS_LOOKED_AT, mz.size - main))
    accounted = np.zeros(len(steps))
    place = np.rint((mz - mz[main]) * size).astype(int)
    inside = (place >= 1) & (place <= len(steps))
    accounted[place[inside] - 1] = heights[inside]
    total = 0.0
    for step, known in zip(steps.tolist(), accounted.tolist(), strict=True):
        found = _highest(ms1, float(mz[main]) + step * _STEP_DA / size, _STEP_REACH_DA / size)
        total += max(0.0, float(ms1.intensity[found]) - known) if found >= 0 else 0.0
    return total
