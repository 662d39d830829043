"""Which peaks of a spectrum are isotope partners of others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, MASSES, Formula

FloatArray = npt.NDArray[np.float64]

# A carbon-13 lies 4.5 mDa below one more hydrogen and chlorine-37 1.3 mDa above sulfur-34, so
# partners are looked for more narrowly than formulas: both peaks carry the same calibration.
PARTNER_TOLERANCE_DA: Final = 0.0015
PARTNER_TOLERANCE_PPM: Final = 5.0


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
