"""Pure steps that leave peaks out or join them: the same ones for the method and for training."""

import numpy as np

from msgui.spectra.spectrum import FloatArray, Spectrum

# Below this number of points a spectrum is never taken for profile data by its looks.
PROFILE_POINTS = 100
# Two points of one peak in profile data lie closer than this; centroids of one scan seldom do.
_PROFILE_SPACING_PPM = 60.0
_PROFILE_SHARE = 0.6
# Where a profile peak is sampled by at least this many points, most points are no local maximum.
_PROFILE_MAXIMA = 0.35


def _changed(spectrum: Spectrum, mz: FloatArray, intensity: FloatArray) -> Spectrum:
    return spectrum.with_(mz=mz, intensity=intensity)


def without_noise(spectrum: Spectrum, min_relative: float = 0.001) -> Spectrum:
    """Return the spectrum without peaks below a share of the base peak.

    Parameters
    ----------
    spectrum : Spectrum
    min_relative : float
        0.001 leaves out what is below 0.1 % of the base peak.
    """
    keep = spectrum.relative_intensity >= min_relative
    return _changed(spectrum, spectrum.mz[keep], spectrum.intensity[keep])


def top_peaks(spectrum: Spectrum, n: int) -> Spectrum:
    """Return the spectrum with its ``n`` most intense peaks; of equals the lower m/z stays."""
    if len(spectrum) <= n:
        return spectrum
    order = np.argsort(-spectrum.intensity, kind="stable")[: max(0, n)]
    keep = np.sort(order)
    return _changed(spectrum, spectrum.mz[keep], spectrum.intensity[keep])


def without_precursor(
    spectrum: Spectrum, tolerance_da: float = 0.5, *, above_too: bool = False
) -> Spectrum:
    """Return the spectrum without peaks at the precursor.

    Parameters
    ----------
    spectrum : Spectrum
        Comes back unchanged when it has no precursor m/z.
    tolerance_da : float
        Half width of the window about the precursor m/z.
    above_too : bool
        Leave out everything above the window as well.
    """
    if spectrum.precursor_mz is None:
        return spectrum
    distance = spectrum.mz - spectrum.precursor_mz
    keep = distance < -tolerance_da if above_too else np.abs(distance) > tolerance_da
    return _changed(spectrum, spectrum.mz[keep], spectrum.intensity[keep])


def merge_close(spectrum: Spectrum, tolerance_da: float = 0.005) -> Spectrum:
    """Return the spectrum with peaks joined that lie closer than the tolerance.

    A joined peak has the sum of the intensities and their weighted mean m/z.

    Parameters
    ----------
    spectrum : Spectrum
    tolerance_da : float
        Neighbours at most this far apart belong together.
    """
    if len(spectrum) < 2:
        return spectrum
    starts = np.flatnonzero(np.r_[True, np.diff(spectrum.mz) > tolerance_da])
    total = np.add.reduceat(spectrum.intensity, starts)
    # Weights relative to the base peak: sums of m/z times intensity could overflow.
    weight = spectrum.relative_intensity
    centre = np.add.reduceat(spectrum.mz * weight, starts) / np.add.reduceat(weight, starts)
    return _changed(spectrum, centre, total)


def looks_like_profile(mz: FloatArray, intensity: FloatArray) -> bool:
    """Return True when the points are so close and smooth that they must be profile data.

    Parameters
    ----------
    mz, intensity : float64 arrays, shape (n,)
        Ascending m/z.
    """
    if mz.size < PROFILE_POINTS:
        return False
    close = mz[1:] - mz[:-1] < mz[1:] * (_PROFILE_SPACING_PPM * 1e-6)
    if np.count_nonzero(close) < _PROFILE_SHARE * close.size:
        return False
    inner = intensity[1:-1]
    maxima = np.count_nonzero((inner > intensity[:-2]) & (inner >= intensity[2:]))
    return bool(maxima < _PROFILE_MAXIMA * mz.size)


def centroid(spectrum: Spectrum) -> Spectrum:
    """Return profile data as one peak per local maximum.

    The m/z is the intensity-weighted mean of the maximum and its neighbours (three points), the
    intensity that of the maximum. Centroided spectra come back unchanged; a remark says what was
    done.

    Parameters
    ----------
    spectrum : Spectrum
    """
    if not spectrum.is_profile or len(spectrum) < 3:
        return spectrum.with_(is_profile=False) if spectrum.is_profile else spectrum
    mz, intensity = spectrum.mz, spectrum.intensity
    gap = np.diff(mz)
    # Zeros between peaks were dropped, so a wide gap stands for an intensity of zero.
    near = gap <= 4 * _local_spacing(mz)
    left = np.where(np.r_[False, near], np.r_[0.0, intensity[:-1]], 0.0)
    right = np.where(np.r_[near, False], np.r_[intensity[1:], 0.0], 0.0)
    top = np.flatnonzero((intensity > left) & (intensity >= right))
    scale = intensity[top]
    weight = np.stack([left[top] / scale, np.ones(top.size), right[top] / scale])
    place = np.stack([mz[np.maximum(top - 1, 0)], mz[top], mz[np.minimum(top + 1, mz.size - 1)]])
    centre = (weight * place).sum(axis=0) / weight.sum(axis=0)
    return spectrum.with_(
        mz=centre,
        intensity=scale,
        is_profile=False,
        remarks=(*spectrum.remarks, f"centroided by msgui: {mz.size} points, {top.size} peaks"),
    )


def _local_spacing(mz: FloatArray) -> FloatArray:
    """Return the usual distance of points near each gap, shape (n - 1,)."""
    gap = np.diff(mz)
    # Spacing grows smoothly with m/z on every analyser, so a small quantile of each stretch is it.
    stretch = 64
    starts = range(0, gap.size, stretch)
    spacing = [float(np.quantile(gap[start : start + stretch], 0.25)) for start in starts]
    return np.repeat(spacing, stretch)[: gap.size]
