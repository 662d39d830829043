"""Measures with answers that can be counted on fingers."""

from collections.abc import Callable

import numpy as np
import pytest

from msgui.chemistry.molecule import fingerprint, unpack
from msgui.prediction.molecule_encoder import MoleculeEncoder
from msgui.training.measures import (
    IsomerPool,
    best_threshold,
    calibration_error,
    calibration_table,
    jaccard,
    molecule_weights,
    retrieval,
)


def test_jaccard_counts_shared_bits() -> None:
    probability = np.array([[0.9, 0.8, 0.1, 0.0], [0.0, 0.0, 0.0, 0.0]], np.float32)
    truth = np.array([[1, 0, 1, 0], [0, 0, 0, 0]], np.uint8)
    assert jaccard(probability, truth, 0.5).tolist() == [pytest.approx(1 / 3), 0.0]


def test_the_threshold_is_the_best_one() -> None:
    probability = np.array([[0.40, 0.25, 0.15]], np.float32)
    truth = np.array([[1, 1, 0]], np.uint8)
    assert 0.15 <= best_threshold(probability, truth, np.ones(1)) < 0.25


def test_molecules_count_alike() -> None:
    weight = molecule_weights(np.array([7, 7, 7, 2]))
    assert weight.tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_a_calibrated_guess_has_no_error() -> None:
    random = np.random.default_rng(0)
    probability = random.random((200, 500)).astype(np.float32)
    truth = (random.random(probability.shape) < probability).astype(np.uint8)
    assert calibration_error(calibration_table(probability, truth)) < 0.01
    halved = calibration_table(probability / 2, truth)
    assert calibration_error(halved) > 0.2


def test_ties_count_at_their_expected_rank() -> None:
    pool = IsomerPool({"C3H8O": [("A", "CCCO"), ("B", "CC(C)O"), ("C", "CCOC")]})
    nothing = np.full(4096, 0.5, np.float32)

    def by(probability: np.ndarray) -> Callable[[int], np.ndarray]:
        return lambda _: pool.by_fingerprint(probability, "C3H8O")

    tied = retrieval(pool, by(nothing), ["C3H8O"], ["A"], 2)
    assert tied.hit_1 == pytest.approx(1 / 3)
    assert tied.random_hit_1 == pytest.approx(1 / 3)
    sure = unpack(fingerprint("CC(C)O")[None])[0].astype(np.float32)
    assert retrieval(pool, by(sure), ["C3H8O"], ["B"], 2).hit_1 == 1.0
    assert retrieval(pool, by(sure), ["C3H8O"], ["B"], 10).queries == 0
    assert retrieval(pool, by(sure), ["C9H9"], ["B"], 1).queries == 0


def test_places_rank_the_molecule_that_the_spectrum_lies_at() -> None:
    pool = IsomerPool({"C3H8O": [("A", "CCCO"), ("B", "CC(C)O"), ("C", "CCOC")]})
    random = np.random.default_rng(0)
    encoder = MoleculeEncoder(
        random.integers(-127, 127, (16, 4096)).astype(np.int8),
        np.full(16, 0.01, np.float32),
        np.zeros(16, np.float32),
        random.integers(-127, 127, (8, 16)).astype(np.int8),
        np.full(8, 0.01, np.float32),
        np.zeros(8, np.float32),
    )
    place = encoder.embed(unpack(fingerprint("CCOC")[None]))[0]
    found = retrieval(pool, lambda _: pool.by_place(encoder, place, "C3H8O"), ["C3H8O"], ["C"], 2)
    assert found.hit_1 == 1.0
