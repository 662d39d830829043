"""Weights follow the evidence that is right."""

import numpy as np
import pytest

from msgui.benchmark.fit_ranking import Case, Fit, cross_validated, fit_all, fit_weights
from msgui.prediction.weights import Weights


def cases(n: int, strength: float, other: float = 0.0) -> list[Case]:
    rng = np.random.default_rng(5)
    made = []
    for number in range(n):
        truth = int(rng.integers(6))
        good, noise = rng.random(6), rng.random(6)
        good[truth] += strength
        noise[truth] += other
        made.append(Case({"model": good, "forward": noise}, truth, f"M{number}"))
    return made


def test_useless_evidence_gets_next_to_no_weight() -> None:
    weights = fit_weights(cases(300, 0.8), ["model", "forward"])
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["model"] > 0.9


def test_misleading_evidence_is_not_turned_round() -> None:
    weights = fit_weights(cases(200, -2.0, 0.5), ["model", "forward"])
    assert weights == {"model": 0.0, "forward": 1.0}
    assert fit_weights(cases(50, -2.0), ["model"]) == {"model": 1.0}


def test_evidence_that_is_always_right_is_never_surprised() -> None:
    found = cross_validated(cases(50, 5.0), ("model",))
    assert (found.hit_1, found.mean_reciprocal_rank, found.hit_1_per_molecule) == (1.0, 1.0, 1.0)
    assert found.surprise < 0.05
    assert cross_validated(cases(50, 0.0), ("model",)).surprise > 1.5


def test_evidence_of_another_scale_counts_as_a_share_of_the_best() -> None:
    rng = np.random.default_rng(1)
    scaled = []
    for case in cases(200, 0.6):
        factor = float(rng.choice([0.01, 1.0]))
        scaled.append(Case({"model": case.evidence["model"] * factor}, case.truth, case.inchikey14))
    share = cross_validated(scaled, ("model",), frozenset({"model"}))
    assert share.surprise < cross_validated(scaled, ("model",)).surprise - 0.1


def test_every_set_gets_weights_and_a_figure() -> None:
    found = list(fit_all(cases(100, 0.5)))
    assert isinstance(found[-1], Weights)
    assert set(found[-1].sets) == {
        frozenset({"model"}),
        frozenset({"forward"}),
        frozenset({"model", "forward"}),
    }
    for row in found[-1].sets.values():
        assert sum(row.values()) == pytest.approx(1)
    fits = [item for item in found if isinstance(item, Fit)]
    assert len(fits) == 4 + 3
    assert found[-1].relative == min(fits[:4], key=lambda fit: fit.surprise).relative
