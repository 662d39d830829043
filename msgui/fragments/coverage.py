"""How much of a spectrum is explained."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """Explained peaks and explained intensity, precursor and isotope peaks excluded.

    Parameters
    ----------
    explained_peaks, peaks : int
        Peaks explained, peaks that count.
    explained_intensity : float
        Share of the summed intensity of the peaks that count, 0 to 1.
    """

    explained_peaks: int
    peaks: int
    explained_intensity: float
