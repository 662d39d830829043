"""Isotopes: the pattern of a formula, and which peaks are isotope partners of others."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELECTRON_MASS, ELEMENT_INDEX, ELEMENTS, MASSES, Formula

FloatArray = npt.NDArray[np.float64]

# A carbon-13 lies 4.5 mDa below one more hydrogen and chlorine-37 1.3 mDa above sulfur-34, so
# partners are looked for more narrowly than formulas: both peaks carry the same calibration.
PARTNER_TOLERANCE_DA: Final = 0.0015
PARTNER_TOLERANCE_PPM: Final = 5.0
# Isotope peaks of organic ions lie this far apart, give or take what 34S, 37Cl and 81Br differ.
_STEP_DA, _STEP_REACH_DA, _STEPS_LOOKED_AT = 1.0015, 0.02, 4
_LEAST_PROBABILITY = 1e-12
_MOST_ISOTOPOLOGUES = 40


@dataclass(frozen=True, slots=True)
class IsotopeShift:
    """A heavy isotope that shows in spectra of small molecules.

    Parameters
    ----------
    isotope : str
        "13C".
    element : str
    distance : float
        Heavy minus light isotope in Da.
    ratio : float
        Abundance of the heavy isotope relative to the light one, per atom.
    most_atoms : int
        More atoms of the element than this are not expected in a fragment; 0 means as many as
        fit into the mass.
    least_share : float
        Share of the full ratio that must be there at least. Wide isolation lets through all or
        little of M+1, but chlorine and bromine without most of M+2 cannot be told from chance.
    """

    isotope: str
    element: str
    distance: float
    ratio: float
    most_atoms: int
    least_share: float


# Distances and abundances: AME2020 and IUPAC 2013.
SHIFTS: Final = (
    IsotopeShift("13C", "C", 1.003354835, 0.0108157, 0, 0.0),
    IsotopeShift("34S", "S", 1.995795825, 0.0447, 4, 0.2),
    IsotopeShift("37Cl", "Cl", 1.997049896, 0.3200, 6, 0.3),
    IsotopeShift("81Br", "Br", 1.997952400, 0.9728, 4, 0.3),
)


@dataclass(frozen=True, slots=True)
class IsotopePartner:
    """What an isotope peak belongs to.

    Parameters
    ----------
    of : int
        Index of the monoisotopic peak.
    isotope : str
        "13C", "34S", "37Cl" or "81Br"; a second one of a kind is written "13C2".
    ratio : float
        Its intensity relative to the monoisotopic peak.
    error_ppm : float
        Of the distance, relative to the m/z.
    """

    of: int
    isotope: str
    ratio: float
    error_ppm: float


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


def isotope_score(
    pattern: IsotopePattern,
    charge: int,
    mz: npt.ArrayLike,
    intensity: npt.ArrayLike,
    tolerance_ppm: float,
) -> float | None:
    """Return how well a measured pattern agrees with a computed one, 0 to 1.

    One minus half the summed difference of the two patterns, each with sum 1: their overlap. Peaks
    of the computed pattern that were not measured count as zero, and so do isotope peaks that were
    measured where the formula has none: the 37Cl of another formula stands 9 mDa beside 13C2.

    Parameters
    ----------
    pattern : IsotopePattern
    charge : int
        Of the ion.
    mz, intensity : array_like, shape (n_peaks,)
        The MS1 scan, ascending m/z.
    tolerance_ppm : float

    Returns
    -------
    float or None
        None when the monoisotopic peak or everything else of the pattern is missing: then the
        scan says nothing.
    """
    masses = np.asarray(mz, dtype=np.float64)
    heights = np.asarray(intensity, dtype=np.float64)

    def highest(center: float, reach: float) -> float:
        first, last = np.searchsorted(masses, (center - reach, center + reach))
        return float(heights[first:last].max(initial=0.0))

    measured = np.array([highest(m, m * tolerance_ppm * 1e-6) for m in pattern.mz.tolist()])
    if measured[0] <= 0 or not (measured[1:] > 0).any():
        return None
    size, first_mz = abs(charge), float(pattern.mz[0])
    steps = np.arange(1, max(_STEPS_LOOKED_AT, pattern.mz.size))
    around = [highest(first_mz + k * _STEP_DA / size, _STEP_REACH_DA / size) for k in steps]
    expected = np.zeros(len(steps))
    place = np.rint((pattern.mz - first_mz) * size).astype(int)
    inside = (place >= 1) & (place <= len(steps))
    expected[place[inside] - 1] = measured[inside]
    stray = float(np.maximum(0.0, np.array(around) - expected).sum())
    computed = pattern.intensity / pattern.intensity.sum()
    total = float(measured.sum()) + stray
    return float(1.0 - 0.5 * (np.abs(measured / total - computed).sum() + stray / total))


def label_isotopes(
    mz: npt.ArrayLike,
    intensity: npt.ArrayLike,
    *,
    charge: int = 1,
    ion: Formula | None = None,
) -> Mapping[int, IsotopePartner]:
    """Return the peaks that look like isotope partners of another peak of the same spectrum.

    A partner stands at the distance of 13C, 34S, 37Cl or 81Br and is no higher than the atoms that
    fit into the lighter peak allow. Whether the peak is better explained by a formula of its own is
    for the caller to decide.

    Parameters
    ----------
    mz, intensity : array_like, shape (n_peaks,)
        Ascending m/z.
    charge : int
        Distances are divided by its size.
    ion : Formula, optional
        The precursor ion: isotopes of elements that it does not have are not looked for.

    Returns
    -------
    mapping of int to IsotopePartner
        Index of the isotope peak to what it belongs to.

    Examples
    --------
    >>> found = label_isotopes([138.0662, 139.0695], [1000.0, 65.0])
    >>> {peak: (partner.of, partner.isotope) for peak, partner in found.items()}
    {1: (0, '13C')}
    """
    masses = np.asarray(mz, dtype=np.float64)
    heights = np.asarray(intensity, dtype=np.float64)
    shifts = [s for s in SHIFTS if ion is None or ion[s.element]]
    result: dict[int, IsotopePartner] = {}
    for peak in range(masses.size):
        best = _best_partner(peak, masses, heights, shifts, abs(charge), ion, result)
        if best is not None:
            result[peak] = best
    return result


def _best_partner(
    peak: int,
    masses: FloatArray,
    heights: FloatArray,
    shifts: list[IsotopeShift],
    charge: int,
    ion: Formula | None,
    known: Mapping[int, IsotopePartner],
) -> IsotopePartner | None:
    mass = float(masses[peak])
    tolerance = min(PARTNER_TOLERANCE_DA, mass * PARTNER_TOLERANCE_PPM * 1e-6)
    best: IsotopePartner | None = None
    for shift in shifts:
        wanted = mass - shift.distance / charge
        first, last = np.searchsorted(masses, (wanted - tolerance, wanted + tolerance))
        for light in range(int(first), int(last)):
            if heights[light] <= 0:
                continue
            below = known.get(light)
            # The second 13C or chlorine of a pattern belongs to the monoisotopic peak; partners
            # of mixed kinds (13C and 37Cl) are left to the pattern of the formula.
            if below is not None and below.isotope != shift.isotope:
                continue
            ratio = float(heights[peak] / heights[light])
            atoms = _atoms_at_most(shift, float(masses[light]) * charge, ion)
            if not shift.least_share * shift.ratio <= ratio <= 1.5 * shift.ratio * atoms:
                continue
            error = (mass - float(masses[light]) - shift.distance / charge) / mass * 1e6
            if best is None or abs(error) < abs(best.error_ppm):
                name = shift.isotope if below is None else f"{shift.isotope}2"
                of = light if below is None else below.of
                best = IsotopePartner(of, name, ratio, error)
    return best


def _atoms_at_most(shift: IsotopeShift, mass: float, ion: Formula | None) -> float:
    fit = mass / float(MASSES[ELEMENT_INDEX[shift.element]])
    if shift.most_atoms:
        fit = min(fit, float(shift.most_atoms))
    return min(fit, float(ion[shift.element])) if ion is not None else fit
