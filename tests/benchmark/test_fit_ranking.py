"""Weights follow the evidence that is right."""

import numpy as np
import pytest

from msgui.benchmark.fit_ranking import Case, fit_weights, hits


def cases(n: int, strength: float) -> list[Case]:
    rng = np.random.default_rng(5)
    made = []
    for number in range(n):
        truth = int(rng.integers(6))
        good, noise = rng.random(6), rng.random(6)
        good[truth] += strength
        made.append(Case({"good": good, "noise": noise}, truth, f"M{number}"))
    return made


def test_useless_evidence_gets_next_to_no_weight() -> None:
    weights = fit_weights(cases(300, 0.8), ["good", "noise"])
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["good"] > 0.9


def test_misleading_evidence_is_not_turned_round() -> None:
    weights = fit_weights(cases(200, -2.0), ["good", "noise"])
    assert weights["good"] == 0.0


def test_hits_of_evidence_that_is_always_right() -> None:
    found = hits(cases(50, 5.0), {"good": 1.0})
    assert (found.queries, found.hit_1, found.mean_reciprocal_rank) == (50, 1.0, 1.0)
    assert hits(cases(50, 5.0), {"good": 1.0}, least=10).queries == 0
