"""The mass error of a spectrum, estimated from its own peaks.

The offset and the spread of a spectrum are those that make its peaks likeliest when each peak is
one of its candidates, or none. Every pair of a grid is tried, so that no wrong start can mislead,
then every pair of a finer grid around the best one; the answer is the mean over these, weighted by
how likely they are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Errors are heavier-tailed than a normal distribution: Student's t with few degrees of freedom.
DEGREES_OF_FREEDOM: Final = 2.5
# Its density at 0: Gamma(1.75) / (sqrt(2.5 pi) Gamma(1.25)).
_T_CONSTANT = 0.362
# Weak peaks scatter more. In annotated Orbitrap and QTOF records the error grows with the inverse
# of the intensity to this power, down to a thousandth of the highest peak.
INTENSITY_POWER: Final = 0.18
LEAST_INTENSITY: Final = 1e-3
# Rounding and the centroid put a floor under the error in Da.
FLOOR_DA: Final = 1e-4
# Most files are calibrated (a narrow normal distribution of the offset), some are not (a wide one).
_CALIBRATED, _NARROW_PPM, _WIDE_PPM = 0.9, 0.3, 4.0
_OFFSETS_PPM = 0.36 * np.sinh(np.linspace(-4.2, 4.2, 43))
_SPREADS_PPM = np.array([0.2, 0.4, 0.8, 1.5, 3.0, 6.0])
# Steps of the finer grid, in steps of the first one and as factors.
_FINER_OFFSETS = np.linspace(-1.0, 1.0, 15)
_FINER_SPREADS = np.array([0.5, 0.7, 0.84, 1.0, 1.19, 1.41, 2.0])
_LEAST_SPREAD_PPM, _MOST_SPREAD_PPM = 0.15, 8.0
# How likely a peak is none of its candidates, whatever they are.
_NOISE = 0.1
# More peaks change the estimate no more.
_MOST_PEAKS = 40


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The mass error that was found in a spectrum and that peaks are judged against.

    Parameters
    ----------
    offset_ppm : float
        (measured - true) / true * 1e6 that all peaks share.
    spread_ppm : float
        Standard deviation of what is left, of the peaks that were named.
    peaks : int
        Number of peaks that say so.
    """

    offset_ppm: float
    spread_ppm: float
    peaks: int


@dataclass(frozen=True, slots=True)
class MassError:
    """Offset of a spectrum and spread of its highest peak, in ppm."""

    offset_ppm: float
    spread_ppm: float

    def sigma_ppm(
        self, mz: FloatArray, relative_intensity: FloatArray, rounding_da: float = 0.0
    ) -> FloatArray:
        """Return the standard deviation expected of each peak in ppm, shape (n_peaks,)."""
        # Half the last digit is the width of a uniform distribution; its deviation is 1/sqrt(3).
        floor = np.hypot(FLOOR_DA, rounding_da / np.sqrt(3.0)) / mz * 1e6
        return np.asarray(np.hypot(self.spread_ppm * scatter(relative_intensity), floor))


def scatter(relative_intensity: FloatArray) -> FloatArray:
    """Return how much more than the highest a peak scatters, 1 or more."""
    return np.asarray(np.clip(relative_intensity, LEAST_INTENSITY, 1.0) ** -INTENSITY_POWER)


def log_likelihood(deviation: FloatArray) -> FloatArray:
    """Return the logarithm of Student's t at some standard deviations, up to a constant."""
    squares = deviation**2 / DEGREES_OF_FREEDOM
    return np.asarray(-0.5 * (DEGREES_OF_FREEDOM + 1) * np.log1p(squares))


def estimate_mass_error(
    mz: FloatArray,
    intensity: FloatArray,
    peak: IntArray,
    error_ppm: FloatArray,
    cost: FloatArray,
    reach_ppm: FloatArray,
) -> MassError:
    """Return the mass error of a spectrum.

    Parameters
    ----------
    mz, intensity, reach_ppm : float64 arrays, shape (n_peaks,)
        ``reach_ppm`` is how far candidates were looked for.
    peak : int64 array, shape (n_candidates,)
        Peak of each candidate, ascending.
    error_ppm, cost : float64 arrays, shape (n_candidates,)
        ``cost`` is how implausible the candidate is without its error, as -log.
    """
    has_any = np.zeros(mz.size, dtype=bool)
    has_any[peak] = True
    strongest = np.argsort(-intensity, kind="stable")
    used = np.zeros(mz.size, dtype=bool)
    used[strongest[has_any[strongest]][:_MOST_PEAKS]] = True
    chosen = used[peak]
    if not chosen.any():
        return MassError(0.0, float(_SPREADS_PPM[2]))
    peak, error_ppm, cost = peak[chosen], error_ppm[chosen], cost[chosen]
    first = np.flatnonzero(np.r_[True, peak[1:] != peak[:-1]])
    wider = scatter(intensity[peak] / intensity.max())
    floor = FLOOR_DA / mz[peak] * 1e6
    noise = _NOISE / (2 * reach_ppm[peak[first]])

    def log_weights(offsets: FloatArray, spreads: FloatArray) -> FloatArray:
        sigma = np.hypot(spreads[:, None] * wider, floor)
        deviation = (error_ppm - offsets[:, None])[None] / sigma[:, None]
        density = np.exp(log_likelihood(deviation) - cost) * (_T_CONSTANT / sigma)[:, None]
        by_peak = np.add.reduceat(density, first, axis=2) + noise
        return np.asarray(np.log(by_peak).sum(axis=2) + _log_prior(offsets))

    weight = log_weights(_OFFSETS_PPM, _SPREADS_PPM) + np.log(np.gradient(_OFFSETS_PPM))
    spread, offset = np.unravel_index(np.argmax(weight), weight.shape)
    step = np.gradient(_OFFSETS_PPM)[offset]
    offsets = _OFFSETS_PPM[offset] + step * _FINER_OFFSETS
    spreads = np.clip(_SPREADS_PPM[spread] * _FINER_SPREADS, _LEAST_SPREAD_PPM, _MOST_SPREAD_PPM)
    weight = log_weights(offsets, spreads)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    return MassError(
        float(weight.sum(axis=0) @ offsets), float(np.exp(weight.sum(axis=1) @ np.log(spreads)))
    )


def _log_prior(offsets: FloatArray) -> FloatArray:
    def normal(width: float) -> FloatArray:
        return np.asarray(np.exp(-0.5 * (offsets / width) ** 2) / width)

    return np.asarray(
        np.log(_CALIBRATED * normal(_NARROW_PPM) + (1 - _CALIBRATED) * normal(_WIDE_PPM))
    )


def recalibration(mass_error: MassError, residual_ppm: FloatArray) -> Recalibration:
    """Return what is shown: the offset, and the robust spread of what is left of named peaks."""
    if not residual_ppm.size:
        return Recalibration(mass_error.offset_ppm, float("nan"), 0)
    # 1.4826 times the median absolute deviation is the standard deviation of normal errors.
    spread = 1.4826 * float(np.median(np.abs(residual_ppm)))
    return Recalibration(mass_error.offset_ppm, spread, int(residual_ppm.size))
