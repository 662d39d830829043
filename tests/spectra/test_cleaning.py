"""Cleaning: pure steps on small spectra, profile data, centroids."""

import numpy as np
import pytest

from msgui.spectra import cleaning
from msgui.spectra.spectrum import Spectrum


def spectrum(*peaks: tuple[float, float], **fields: object) -> Spectrum:
    mz, intensity = zip(*peaks, strict=True) if peaks else ((), ())
    return Spectrum(np.array(mz), np.array(intensity), **fields)  # type: ignore[arg-type]


def gauss(centres: list[float], step: float = 0.002) -> tuple[np.ndarray, np.ndarray]:
    """Return profile data: peaks of 0.01 Da width, points with nothing left out."""
    mz = np.concatenate([centre + step * np.arange(-10, 11) for centre in centres])
    near = np.concatenate([step * np.arange(-10, 11)] * len(centres))
    return mz, 1000 * np.exp(-0.5 * (near / 0.005) ** 2)


def test_noise_is_relative_to_the_base_peak() -> None:
    cleaned = cleaning.without_noise(spectrum((100, 1000), (200, 1), (300, 0.9)), 0.001)
    assert cleaned.mz.tolist() == [100, 200]


def test_the_most_intense_peaks_stay_in_order() -> None:
    peaks = spectrum((100, 1), (200, 3), (300, 3), (400, 2))
    assert cleaning.top_peaks(peaks, 2).mz.tolist() == [200, 300]
    assert cleaning.top_peaks(peaks, 1).mz.tolist() == [200]
    assert cleaning.top_peaks(peaks, 9) is peaks


def test_the_precursor_goes_and_what_is_above_it_when_asked() -> None:
    peaks = spectrum((100, 1), (199.8, 2), (200.4, 3), (250, 4), precursor_mz=200.0)
    assert cleaning.without_precursor(peaks, 0.5).mz.tolist() == [100, 250]
    assert cleaning.without_precursor(peaks, 0.5, above_too=True).mz.tolist() == [100]
    unknown = spectrum((100, 1))
    assert cleaning.without_precursor(unknown) is unknown


def test_close_peaks_are_joined_with_their_weights() -> None:
    joined = cleaning.merge_close(spectrum((100, 1), (100.004, 3), (200, 2)), 0.005)
    assert joined.mz == pytest.approx([100.003, 200])
    assert joined.intensity.tolist() == [4, 2]


def test_nothing_is_a_spectrum_too() -> None:
    nothing = spectrum()
    for step in (
        cleaning.without_noise,
        cleaning.merge_close,
        cleaning.without_precursor,
        cleaning.centroid,
    ):
        assert len(step(nothing)) == 0


def test_profile_data_are_told_by_their_looks() -> None:
    mz, intensity = gauss([100.0 + 3 * number for number in range(20)])
    assert cleaning.looks_like_profile(mz, intensity)
    sticks = np.sort(np.random.default_rng(1).uniform(50, 900, 400))
    assert not cleaning.looks_like_profile(sticks, np.ones(400))
    assert not cleaning.looks_like_profile(mz[:50], intensity[:50])


def test_centroids_are_the_tops_of_the_peaks() -> None:
    centres = [100.0, 100.05, 250.3, 400.0]
    mz, intensity = gauss(centres)
    profile = Spectrum(mz, intensity, is_profile=True)
    sticks = cleaning.centroid(profile)
    assert sticks.mz == pytest.approx(centres, abs=2e-4)
    assert sticks.intensity == pytest.approx([1000] * 4, rel=0.01)
    assert not sticks.is_profile
    assert "centroided by msgui" in sticks.remarks[-1]
    assert len(profile) == mz.size
    assert cleaning.centroid(sticks) is sticks
