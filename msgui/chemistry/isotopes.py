"""The heavy isotopes that show in spectra of small molecules."""

from dataclasses import dataclass
from typing import Final


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
    least_share : float
        Share of the full ratio that must be there at least. Isolation lets through all or little of
        M+1; of M+2, less than this cannot be told from chance.
    """

    isotope: str
    element: str
    distance: float
    ratio: float
    least_share: float


# Distances and abundances: AME2020 and IUPAC 2013.
SHIFTS: Final = (
    IsotopeShift("13C", "C", 1.003354835, 0.0108157, 0.0),
    IsotopeShift("34S", "S", 1.995795825, 0.0447, 0.02),
    IsotopeShift("37Cl", "Cl", 1.997049896, 0.3200, 0.02),
    IsotopeShift("81Br", "Br", 1.997952400, 0.9728, 0.02),
)
