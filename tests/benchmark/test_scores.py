"""The measures, by hand."""

import numpy as np
import pytest

from msgui.benchmark.scores import (
    best_threshold,
    first_among,
    jaccard,
    mean_per_group,
    mean_with_interval,
    placing,
)

TRUTH = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], np.uint8)
GUESS = np.array([[0.9, 0.4, 0.3, 0.0], [0.1, 0.1, 0.8, 0.8]], np.float32)


def test_jaccard_counts_shared_bits() -> None:
    assert jaccard(GUESS, TRUTH, 0.5).tolist() == [0.5, 1.0]
    assert jaccard(GUESS, TRUTH, 0.2).tolist() == [pytest.approx(2 / 3), 1.0]
    assert jaccard(np.zeros((1, 4), np.float32), np.zeros((1, 4), np.uint8), 0.5).tolist() == [0.0]


def test_threshold_is_the_one_with_the_highest_mean() -> None:
    assert 0.3 <= best_threshold(GUESS, TRUTH) < 0.4
    assert best_threshold(np.zeros((0, 4), np.float32), np.zeros((0, 4), np.uint8)) == 0.5


@pytest.mark.parametrize(
    ("scores", "truth", "hit_1", "hit_5", "reciprocal"),
    [
        ([3, 2, 1], 0, 1.0, 1.0, 1.0),
        ([3, 2, 1], 2, 0.0, 1.0, 1 / 3),
        ([1, 1, 1, 1], 2, 0.25, 1.0, (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4),
        ([2, 1, 1], 1, 0.0, 1.0, (1 / 2 + 1 / 3) / 2),
        ([0] * 10, 3, 0.1, 0.5, sum(1 / r for r in range(1, 11)) / 10),
    ],
)
def test_ties_stand_at_their_expected_place(
    scores: list[float], truth: int, hit_1: float, hit_5: float, reciprocal: float
) -> None:
    place = placing(scores, truth)
    assert place.candidates == len(scores)
    assert place.hit_1 == pytest.approx(hit_1)
    assert place.hit_5 == pytest.approx(hit_5)
    assert place.reciprocal_rank == pytest.approx(reciprocal)


def test_interval_widens_when_molecules_repeat() -> None:
    rng = np.random.default_rng(0)
    single = rng.random(40)
    values = np.repeat(single, 10)
    apart = mean_with_interval(values, list(range(400)))
    together = mean_with_interval(values, np.repeat(np.arange(40), 10).tolist())
    assert apart.value == pytest.approx(together.value)
    assert together.high - together.low > 2 * (apart.high - apart.low)
    assert together.low < together.value < together.high


def test_nothing_has_no_mean() -> None:
    assert mean_with_interval([], []).n == 0
    assert np.isnan(mean_per_group([], []))


def test_every_molecule_counts_alike() -> None:
    assert mean_per_group([1.0, 1.0, 1.0, 0.0], ["a", "a", "a", "b"]) == 0.5


@pytest.mark.parametrize(
    ("scores", "truth", "size", "chance"),
    [
        ([3, 2, 1], 0, 2, 1.0),
        ([3, 2, 1], 1, 2, 0.5),
        ([3, 2, 1], 1, 3, 0.0),
        ([1] * 20, 7, 8, 1 / 8),
        ([1, 1, 2], 0, 2, 0.25),
    ],
)
def test_thinned_lists_are_equally_hard(
    scores: list[float], truth: int, size: int, chance: float
) -> None:
    assert first_among(scores, truth, size) == pytest.approx(chance)


def test_short_list_is_not_thinned() -> None:
    assert np.isnan(first_among([1, 2], 0, 3))


def test_thinning_is_what_drawing_at_random_gives() -> None:
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 6, 12).astype(float)
    hits = []
    for _ in range(4000):
        drawn = np.concatenate([[3], rng.permutation(np.delete(np.arange(12), 3))[:4]])
        hits.append(placing(scores[drawn], 0).hit_1)
    assert first_among(scores, 3, 5) == pytest.approx(np.mean(hits), abs=0.03)
