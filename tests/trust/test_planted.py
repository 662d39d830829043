"""A failure that is planted in a made-up training set is found by exactly the check made for it."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from msgui.chemistry.molecule import standardize
from msgui.trust.baseline import model_and_baseline
from msgui.trust.conditions import conditions
from msgui.trust.formulas import fragment_formulas
from msgui.trust.intensities import intensities
from msgui.trust.judging import NOT_SUPPORTED, Standard, judge
from msgui.trust.spectrum_matters import IGNORED, spectrum_matters
from msgui.trust.values import TrustCheck
from tests.trust.planted import COMPOUNDS, Laboratory, answer, train

HEALTHY = Laboratory()
# For each check: which end of its scale is the bad one.
WORSE = {
    "conditions": "low",
    "intensities": "high",
    "fragment formulas": "high",
    "model and baseline": "low",
    "spectrum matters": "low",
}


@lru_cache
def found_in(laboratory: Laboratory) -> dict[str, list[TrustCheck]]:
    """Return every check for a fresh spectrum of each compound."""
    model, memory = train(laboratory)
    found: dict[str, list[TrustCheck]] = {name: [] for name in WORSE}
    for compound in range(len(COMPOUNDS)):
        one = answer(compound, model, laboratory)
        for check in (
            conditions(one, memory),
            intensities(one, model),
            fragment_formulas(one),
            model_and_baseline(one, memory),
            spectrum_matters(one, model),
        ):
            found[check.check].append(check)
    return found


def fired(laboratory: Laboratory) -> set[str]:
    """Return the checks that speak up: mostly beyond all that a healthy laboratory gives.

    A check that calls something a problem by itself speaks up, too.
    """
    healthy, now = found_in(HEALTHY), found_in(laboratory)
    beyond = set()
    for name, end in WORSE.items():
        usual = [check.value for check in healthy[name]]
        median = float(np.median([check.value for check in now[name]]))
        is_beyond = median > max(usual) if end == "high" else median < min(usual)
        if is_beyond or all(check.state == "problem" for check in now[name]):
            beyond.add(name)
    return beyond


def test_the_healthy_laboratory_gets_every_compound_right() -> None:
    model, _ = train(HEALTHY)
    firsts = [answer(c, model, HEALTHY).candidates[0] for c in range(len(COMPOUNDS))]
    right = [standardize(smiles).smiles for smiles in COMPOUNDS]
    assert [first.structure.smiles for first in firsts] == right
    assert fired(HEALTHY) == set()


@pytest.mark.parametrize(
    ("planted", "check"),
    [
        (replace(HEALTHY, energy_ev=80.0), "conditions"),
        (replace(HEALTHY, has_own_pieces=True, heights_matter=False), "intensities"),
        (replace(HEALTHY, formulas=("C3H5N2",)), "fragment formulas"),
        (replace(HEALTHY, labels_are_right=False), "model and baseline"),
    ],
)
def test_a_planted_failure_is_found_by_its_own_check(planted: Laboratory, check: str) -> None:
    assert fired(planted) == {check}


def test_a_model_that_learned_without_peaks_is_told_not_supported_in_every_case() -> None:
    blind = replace(HEALTHY, peaks_matter=False)
    checks = found_in(blind)["spectrum matters"]
    assert [check.state for check in checks] == ["problem"] * len(COMPOUNDS)
    assert {check.sentence for check in checks} == {IGNORED}
    # Who sees no peaks uses no heights, and can agree with neighbours by chance alone; the
    # conditions and the formulas have nothing to do with it.
    assert fired(blind) == {"spectrum matters", "intensities", "model and baseline"}
    model, _ = train(blind)
    for compound in range(len(COMPOUNDS)):
        one = answer(compound, model, blind)
        _, verdict = judge(one, [spectrum_matters(one, model)], Standard(None))
        assert (verdict.word, verdict.sentence) == ("low", NOT_SUPPORTED)
