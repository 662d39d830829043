"""The order of candidates, and what must not decide it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from msgui.chemistry.molecule import fingerprint, standardize
from msgui.prediction.agreement import (
    bits_of,
    cosine,
    log_likelihood,
    rarity,
    soft_jaccard,
    weighted_cosine,
)
from msgui.prediction.ranking import combined, rank, ranks
from msgui.prediction.values import Neighbour, Prediction
from msgui.prediction.weights import Weights
from msgui.structures.structure import Structure

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
PURINES = [
    CAFFEINE,
    "CCn1cnc2c1c(=O)[nH]c(=O)n2C",
    "CC(C)n1cnc2c(=O)[nH]c(=O)[nH]c21",
    "CCCn1c(=O)[nH]c2nc[nH]c2c1=O",
]


@dataclass(frozen=True)
class Scores:
    explained_peaks: np.ndarray
    explained_intensity: np.ndarray
    peaks: int
    score: np.ndarray


def explained(*intensity: float, score: tuple[float, ...] | None = None) -> Scores:
    share = np.array(intensity)
    return Scores((share * 10).astype(np.int64), share, 10, np.array(score or intensity))


def fixed(**weights: float) -> Weights:
    return Weights({frozenset(weights): weights})


def structures(smiles: list[str]) -> list[Structure]:
    clean = [standardize(text) for text in smiles]
    return [Structure(c.smiles, c.inchikey14, c.formula, c.exact_mass) for c in clean]


def predicting(smiles: str, sure: float = 0.9) -> Prediction:
    bits = np.unpackbits(fingerprint(smiles)).astype(np.float32)
    probability = bits * sure + (1 - bits) * (1 - sure) * 0.02
    return Prediction(probability, np.zeros(0, np.float32), 0.5, "CPU")


def test_structure_with_the_predicted_fingerprint_comes_first() -> None:
    listed = rank(predicting(CAFFEINE), structures(PURINES), None, explained(0.5, 0.5, 0.5, 0.5))
    assert listed[0].structure.smiles == CAFFEINE
    assert listed[0].rank == 1
    assert listed[0].model_score is not None
    assert 0 <= listed[-1].model_score < listed[0].model_score <= 1
    assert [c.baseline_score for c in listed] == [None] * 4
    assert [c.baseline_rank for c in listed] == [None] * 4


def test_without_model_and_neighbours_the_explanation_decides() -> None:
    listed = rank(None, structures(PURINES), None, explained(0.1, 0.2, 0.9, 0.3))
    assert listed[0].structure.smiles == structures(PURINES)[2].smiles
    assert listed[0].model_score is None
    assert listed[0].isomer_percentile == 1.0
    assert listed[-1].isomer_percentile == 0.0


def test_baseline_has_a_rank_of_its_own() -> None:
    listed = rank(
        predicting(CAFFEINE),
        structures(PURINES),
        predicting(PURINES[1]),
        explained(0.5, 0.5, 0.5, 0.5),
        fixed(model=1, baseline=0, explanation=0),
    )
    by_smiles = {c.structure.smiles: c for c in listed}
    assert by_smiles[CAFFEINE].rank == 1
    assert by_smiles[structures([PURINES[1]])[0].smiles].baseline_rank == 1


def test_rank_without_the_spectrum_stands_beside() -> None:
    listed = rank(
        predicting(CAFFEINE),
        structures(PURINES),
        None,
        explained(0.5, 0.5, 0.5, 0.5),
        blind=predicting(PURINES[3]),
    )
    assert listed[0].structure.smiles == CAFFEINE
    by_blind = {c.blind_rank: c.structure.smiles for c in listed}
    assert by_blind[1] == structures([PURINES[3]])[0].smiles


def test_equal_candidates_share_a_rank() -> None:
    listed = rank(None, structures(PURINES), None, explained(0.5, 0.2, 0.5, 0.1))
    assert [c.rank for c in listed] == [1, 1, 3, 4]
    assert [c.tied_with for c in listed] == [1, 1, 0, 0]
    assert listed[0].structure.inchikey14 < listed[1].structure.inchikey14


def test_order_name_and_source_of_the_list_decide_nothing() -> None:
    given = structures(PURINES)
    named = [replace(s, name="caffeine", source="drugs", identifier="1") for s in given]
    forward = rank(predicting(PURINES[2]), given, None, explained(0.3, 0.3, 0.3, 0.3))
    backward = rank(predicting(PURINES[2]), named[::-1], None, explained(0.3, 0.3, 0.3, 0.3))
    assert [(c.rank, c.score) for c in forward] == [(c.rank, c.score) for c in backward]
    assert [c.structure.inchikey14 for c in forward] == [c.structure.inchikey14 for c in backward]


def test_one_row_for_each_first_block() -> None:
    doubled = structures([CAFFEINE, *PURINES])
    listed = rank(predicting(CAFFEINE), doubled, None, explained(0.2, 0.4, 0.1, 0.1, 0.1))
    assert len(listed) == 4
    assert listed[0].coverage.explained_intensity == 0.4


def test_no_candidates_and_one_candidate() -> None:
    nothing = Scores(np.zeros(0, np.int64), np.zeros(0), 0, np.zeros(0))
    assert rank(predicting(CAFFEINE), [], None, nothing) == []
    one = rank(predicting(CAFFEINE), structures([CAFFEINE]), None, explained(0.0))
    assert one[0].rank == 1
    assert one[0].tied_with == 0
    assert one[0].isomer_percentile is None


def test_spectrum_that_nobody_explains_gives_one_tie() -> None:
    listed = rank(None, structures(PURINES), None, explained(0.0, 0.0, 0.0, 0.0))
    assert {c.rank for c in listed} == {1}
    assert {c.tied_with for c in listed} == {3}


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="4 structures, 1 scores"):
        rank(None, structures(PURINES), None, explained(0.5))


def test_ranks_join_what_differs_by_less_than_the_noise() -> None:
    place, ties = ranks([0.5, 0.9, 0.5 + 1e-9, 0.1])
    assert place.tolist() == [2, 1, 2, 4]
    assert ties.tolist() == [1, 0, 1, 0]


def test_missing_evidence_is_left_out_of_the_mean() -> None:
    both = {"model": np.array([1.0]), "explanation": np.array([0.0])}
    assert combined(both, fixed(model=0.75, explanation=0.25)).tolist() == [0.75]
    assert combined(both, Weights()).tolist() == [0.5]


def test_evidence_can_count_as_a_share_of_the_best() -> None:
    weights = Weights({frozenset({"forward"}): {"forward": 1.0}}, frozenset({"forward"}))
    assert combined({"forward": np.array([0.1, 0.2, 0.0])}, weights).tolist() == [0.5, 1.0, 0.0]
    assert combined({"forward": np.zeros(2)}, weights).tolist() == [0.0, 0.0]


def test_expected_intensities_count_and_contributions_add_up() -> None:
    listed = rank(
        predicting(CAFFEINE),
        structures(PURINES),
        None,
        explained(0.2, 0.9, 0.3, 0.1),
        fixed(model=0.2, explanation=0.1, forward=0.7),
        forward=np.array([0.1, 0.2, 0.9, 0.3]),
    )
    assert listed[0].structure.smiles == structures([PURINES[2]])[0].smiles
    assert listed[0].forward_score == 0.9
    for candidate in listed:
        names = [name for name, _ in candidate.contributions]
        assert names == ["model", "explanation", "forward"]
        assert sum(part for _, part in candidate.contributions) == pytest.approx(candidate.score)


def test_measures_of_agreement_by_hand() -> None:
    predicted = np.array([1.0, 0.5, 0.0, 0.0], np.float32)
    bits = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]], np.uint8)
    np.testing.assert_allclose(cosine(predicted, bits), [1.5 / np.sqrt(1.25 * 2), 0, 0], rtol=1e-6)
    np.testing.assert_allclose(soft_jaccard(predicted, bits), [0.75, 0, 0], rtol=1e-6)
    likelihood = log_likelihood(predicted, bits)
    expected = 3 * np.log(0.999) + np.log(0.5)
    assert abs(likelihood[0] - expected) < 1e-4
    assert likelihood[0] > likelihood[2] > likelihood[1]


def test_rare_bits_count_more() -> None:
    weight = rarity()
    assert weight.shape == (4096,)
    assert weight.min() >= 0
    bits = bits_of([CAFFEINE, *PURINES[1:]])
    common = np.argmin(np.where(bits[0] > 0, weight, np.inf))
    rare = np.argmax(np.where(bits[0] > 0, weight, -np.inf))
    predicted = np.zeros((2, 4096), np.float32)
    predicted[0, common] = predicted[1, rare] = 1
    one = np.zeros((1, 4096), np.uint8)
    one[0, [common, rare]] = 1
    assert weighted_cosine(predicted[1], one)[0] > 0.7 > weighted_cosine(predicted[0], one)[0]


def test_memory_of_the_model_is_no_second_witness() -> None:
    @dataclass(frozen=True)
    class Remembered:
        probability: np.ndarray
        neighbours: tuple[Neighbour, ...]

    near = Neighbour(PURINES[1], "X", "C8H10N4O2", 0.9, "memory", True)
    memory = Remembered(predicting(PURINES[1]).probability, (near,))
    given, flat = structures(PURINES), explained(0.5, 0.5, 0.5, 0.5)
    alone = rank(predicting(CAFFEINE), given, None, flat)
    beside = rank(predicting(CAFFEINE), given, memory, flat)
    assert [(c.rank, c.score) for c in alone] == [(c.rank, c.score) for c in beside]
    assert {c.baseline_rank for c in beside} == {1, 2, 3, 4}


def test_structure_that_cannot_be_read_has_no_bits() -> None:
    bits = bits_of([CAFFEINE, "not a molecule"])
    assert bits.shape == (2, 4096)
    assert bits[0].sum() > 10
    assert bits[1].sum() == 0
