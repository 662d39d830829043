"""Matched peaks and similarities, beside matchms."""

import numpy as np
import pytest

from msgui.spectra.matching import compare, cosine, match_peaks, modified_cosine, root_weights
from msgui.spectra.spectrum import Spectrum


def spectrum(mz: list[float], intensity: list[float], precursor: float | None = None) -> Spectrum:
    return Spectrum(np.array(mz), np.array(intensity), precursor_mz=precursor)


def test_each_peak_is_matched_once() -> None:
    pairs = match_peaks(np.array([100.0, 100.008]), np.array([100.004, 200.0]), 0.01)
    assert len(pairs) == 1
    pairs = match_peaks(
        np.array([100.0, 100.008]),
        np.array([100.004]),
        0.01,
        intensity_a=np.array([1.0, 5.0]),
        intensity_b=np.array([1.0]),
    )
    assert pairs.a.tolist() == [1]
    assert pairs.delta == pytest.approx([-0.004])


def test_tolerance_in_ppm() -> None:
    a, b = np.array([100.0, 1000.0]), np.array([100.002, 1000.002])
    assert match_peaks(a, b, 10, "ppm").a.tolist() == [1]


def test_shifted_matches_are_marked() -> None:
    pairs = match_peaks(np.array([100.0, 150.0]), np.array([100.0, 164.0]), 0.01, shift=14.0)
    assert pairs.is_shifted.tolist() == [False, True]
    assert pairs.delta == pytest.approx([0.0, 14.0])


def test_a_spectrum_is_like_itself() -> None:
    one = spectrum([100, 200, 300], [1, 5, 2], 400.0)
    assert cosine(one, one).score == pytest.approx(1.0)
    assert modified_cosine(one, one).score == pytest.approx(1.0)
    assert cosine(one, spectrum([110], [1])).score == 0.0
    assert cosine(one, spectrum([], [])).score == 0.0


def weighted(first: list, second: list, **options: float):
    mz, intensity = np.array(first, dtype=float).T
    other_mz, other_intensity = np.array(second, dtype=float).T
    return compare(mz, root_weights(intensity), other_mz, root_weights(other_intensity), **options)


def test_a_competed_peak_counts_once() -> None:
    found = weighted([(100.0, 1), (100.01, 1)], [(100.005, 1)])
    assert len(found.pairs) == 1
    assert found.score == pytest.approx(1 / 2**0.5)


def test_shifted_peaks_count_when_the_precursors_differ() -> None:
    first, second = [(50, 1), (114, 1)], [(50, 1), (100, 1)]
    assert weighted(first, second).score == pytest.approx(0.5)
    assert weighted(first, second, shift=-14.0).score == pytest.approx(1.0)
    assert weighted(first, second, shift=14.0).score == pytest.approx(0.5)


def test_scores_equal_those_of_matchms() -> None:
    matchms = pytest.importorskip("matchms")
    similarity = pytest.importorskip("matchms.similarity")
    random = np.random.default_rng(7)
    for _ in range(20):
        shared = np.sort(random.uniform(50, 400, 12))
        spectra = []
        for shift in (0.0, 14.0157):
            moved = shared + np.where(random.random(12) < 0.4, shift, 0.0)
            mz = np.sort(np.concatenate([moved, random.uniform(50, 400, 8)]))
            spectra.append(spectrum(mz.tolist(), random.uniform(0.1, 1, 20).tolist(), 420 + shift))
        theirs = [
            matchms.Spectrum(
                mz=np.array(one.mz),
                intensities=np.array(one.intensity),
                metadata={"precursor_mz": one.precursor_mz},
            )
            for one in spectra
        ]
        for ours, name in ((cosine, "CosineGreedy"), (modified_cosine, "ModifiedCosineGreedy")):
            peer = getattr(similarity, name, None) or similarity.ModifiedCosine
            expected = peer(tolerance=0.01, intensity_power=1.0).pair(*theirs)
            found = ours(*spectra, 0.01, power=1.0)
            assert found.score == pytest.approx(float(expected["score"]), abs=1e-6)
            assert len(found.pairs) == int(expected["matches"])
