"""A verdict says what was measured of answers like it, and nothing where nothing was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from msgui.annotation import Annotation
from msgui.prediction.onnx_model import Model
from msgui.tools import Tools
from msgui.trust.calibration import Calibration
from msgui.trust.judging import ALONE, KNOWN_COMPOUND, NO_ANSWER, NOT_SUPPORTED, Standard, judge
from msgui.trust.set_up import set_up_of
from msgui.trust.signals import DIRECTION, signals
from msgui.trust.values import TrustCheck
from msgui.trust.verdict import run_checks
from tests.trust.builders import calibrated
from tests.trust.test_verdict import caffeine, opened


def with_scores(annotation: Annotation, *scores: float) -> Annotation:
    pairs = zip(annotation.candidates, scores, strict=True)
    candidates = tuple(replace(c, score=score) for c, score in pairs)
    return replace(annotation, candidates=candidates, candidate_count=len(candidates))


@pytest.fixture
def answer(tmp_path: Path) -> Annotation:
    return with_scores(caffeine(opened(tmp_path)), 0.6, 0.2, 0.1)


def test_all_signals_are_meant_in_one_direction(answer: Annotation) -> None:
    assert set(signals(answer, ())) == set(DIRECTION)


def test_words_follow_the_confidence(answer: Annotation) -> None:
    standard = Standard(calibrated())
    _, good = judge(answer, (), standard)
    assert (good.word, good.accepted) == ("good", (20,))
    assert good.frequency == calibrated().frequencies["good"]
    assert good.measured == (
        "20 new compounds: first place right in 75%, first five in 90%.",
        "10 other compounds: first place right in 60%, first five in 80%.",
    )
    _, fair = judge(with_scores(answer, 0.6, 0.4, 0.1), (), standard)
    assert (fair.word, fair.accepted, fair.measured) == ("fair", (), ())
    _, low = judge(with_scores(answer, 0.6, 0.6, 0.6), (), standard)
    assert low.word == "low"


def test_a_lone_candidate_is_not_among_five(answer: Annotation) -> None:
    alone = replace(answer, candidates=answer.candidates[:1], candidate_count=1)
    _, verdict = judge(alone, (), Standard(calibrated(good=None, fair=0.0)))
    assert (verdict.word, verdict.sentence) == ("fair", ALONE)


def test_a_cut_list_gets_the_same_verdict() -> None:
    long = caffeine(None)
    many = tuple(replace(long.candidates[0], rank=n, score=1 - 0.02 * n) for n in range(1, 31))
    whole = replace(long, candidates=many, candidate_count=30)
    cut = replace(whole, candidates=many[:10])
    assert signals(whole, ()) == pytest.approx(signals(cut, ()), nan_ok=True)


def test_numbers_get_signs_and_their_usefulness(answer: Annotation) -> None:
    checks = [
        TrustCheck("intensities", "unknown", 0.9, "a"),
        TrustCheck("conditions", "unknown", 3.0, "b"),
        TrustCheck("fragment formulas", "unknown", None, "not computed, because of a reason."),
    ]
    (one, two, three), _ = judge(answer, checks, Standard(calibrated()))
    assert (one.state, two.state, three.state) == ("warn", "unknown", "unknown")
    assert one.usefulness is not None
    assert "were worse where the answer was wrong: AUROC 0.70" in one.usefulness.sentence
    assert two.usefulness is not None
    assert "did not tell wrong answers from right ones" in two.usefulness.sentence
    assert three.usefulness is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"adducts": ("[M-H]-",)}, "adduct [M+H]+ was too rare"),
        ({"analysers": ("qtof",)}, "analyser orbitrap were not measured"),
        ({"most_candidates": 2}, "3 candidates"),
    ],
)
def test_outside_of_what_was_measured_nothing_is_said(
    answer: Annotation, change: dict[str, object], reason: str
) -> None:
    _, verdict = judge(answer, (), Standard(calibrated(**change)))
    assert verdict.word == "unknown"
    assert reason in verdict.reason
    assert (verdict.accepted, verdict.measured) == ((), ())
    assert np.isnan(verdict.confidence)


def test_a_set_up_that_was_not_measured_gets_no_verdict(tmp_path: Path, answer: Annotation) -> None:
    tools = Tools(model=opened(tmp_path / "again"))
    standard = tools.standard_for(answer)
    assert "Not calibrated for this set-up" in standard.reason
    assert judge(answer, (), standard)[1].word == "unknown"
    assert Tools().standard_for(answer).reason == "There is no model."
    guessed = replace(answer, adduct_source="ranked")
    assert tools.standard_for(guessed).reason == "The adduct is a guess."


def test_a_model_that_ignores_its_input_is_never_believed(tmp_path: Path) -> None:
    blind: Model = opened(tmp_path, sees_peaks=False)
    rng = np.random.default_rng(0)
    for _ in range(20):
        answer = caffeine(blind)
        peaks = answer.spectrum.with_(
            mz=np.sort(rng.uniform(50, 194, 6)), intensity=rng.uniform(1, 100, 6)
        )
        prediction = blind.predict([peaks], ["C8H10N4O2"], ["[M+H]+"])[0]
        answer = with_scores(replace(answer, spectrum=peaks, prediction=prediction), 0.9, 0.1, 0)
        _, verdict = judge(answer, run_checks(answer, blind), Standard(calibrated()))
        assert (verdict.word, verdict.sentence) == ("low", NOT_SUPPORTED)


def test_a_compound_that_was_learned_from_is_said_to_be_one(
    tmp_path: Path, answer: Annotation
) -> None:
    model = opened(tmp_path / "again")
    entry = calibrated(set_up=set_up_of(model, None, None))
    tools = Tools(model=model, calibration=Calibration((entry,)))
    _, verdict = judge(answer, (), tools.standard_for(answer))
    assert (verdict.word, verdict.reason) == ("good", KNOWN_COMPOUND)
    other = replace(answer, candidates=answer.candidates[1:])
    assert judge(other, (), tools.standard_for(other))[1].reason == ""


def test_without_candidates_there_is_nothing_to_judge(answer: Annotation) -> None:
    nothing = replace(answer, candidates=(), candidate_count=0)
    assert judge(nothing, (), Standard(calibrated()))[1].reason == NO_ANSWER
