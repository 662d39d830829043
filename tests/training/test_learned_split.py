"""The learned split finds what was planted, and keeps molecules whole."""

from dataclasses import replace

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.training.dataset import Dataset
from msgui.training.learned_split import hardest_molecules, hardest_split
from msgui.training.splits import check_leaks, make_split


def planted(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features, bits and who is odd: a fifth whose peaks mean other bits."""
    random = np.random.default_rng(seed)
    n, n_bits = 600, 12
    odd = random.random(n) < 0.2
    labels = (random.random((n, n_bits)) < 0.4).astype(np.float32)
    peaks = np.where(odd[:, None], np.roll(labels, 5, axis=1), labels)
    features = np.hstack([peaks, odd[:, None], ~odd[:, None]]).astype(np.float32)
    return features, labels, odd


@pytest.mark.parametrize("seed", [0, 1])
def test_the_planted_kind_is_sent_to_the_test(seed: int) -> None:
    features, labels, odd = planted(seed)
    found = hardest_split(features, labels, 0.2, seed)
    assert found.in_test.sum() == 120
    assert odd[found.in_test].mean() > 0.8
    assert found.gap > found.first_gap + 0.2


def test_a_seed_gives_the_same_split_again() -> None:
    features, labels, _ = planted(2)
    one, same = (hardest_split(features, labels, 0.2, 5) for _ in range(2))
    np.testing.assert_array_equal(one.in_test, same.in_test)


def test_molecules_stay_whole_and_every_side_is_filled(dataset: Dataset) -> None:
    split = make_split(dataset, "learned", validation=0.2, test=0.2, seed=1)
    assert check_leaks(dataset, split)["molecule"] == 0
    tested = np.unique(dataset.molecule[split.mask(dataset, "test")])
    assert tested.size == round(0.2 * np.unique(dataset.molecule).size)
    assert split.mask(dataset, "validation").any()


def test_too_few_molecules_are_refused(dataset: Dataset) -> None:
    few = replace(dataset.only(dataset.molecule < 5))
    with pytest.raises(MsguiError, match="5 molecules"):
        hardest_molecules(few, 0.2, 0)
