"""From made-up answers, of which the right verdicts are known, to a calibration."""

from pathlib import Path

import numpy as np

from msgui.benchmark.trust_cases import TrustCase, load_cases
from msgui.benchmark.trust_fit import Fitted, fit_trust
from msgui.benchmark.trust_report import markdown
from msgui.trust.judging import verdict_of
from tests.trust.builders import SET_UP


def made_up(n: int = 400, seed: int = 0) -> list[TrustCase]:
    """Return answers that are right as often as their gap says, and a check that shows it."""
    rng = np.random.default_rng(seed)
    cases = []
    for number in range(n):
        chance = rng.uniform()
        right = float(rng.uniform() < chance)
        for kind in ("computed", "known", "truth removed", "foreign peaks"):
            cases.append(
                TrustCase(
                    accession=f"A{number}",
                    inchikey14=f"M{number // 2}",
                    kind=kind,  # type: ignore[arg-type]
                    side="fit" if number % 4 < 2 else "measure",
                    hit_1=right,
                    hit_5=max(right, float(rng.uniform() < 0.5)),
                    top="other" if kind == "foreign peaks" else "truth",
                    candidates=5,
                    adduct="[M+H]+",
                    analyser="qtof",
                    signals={"gap": chance, "score": float(rng.normal())},
                    checks={
                        "intensities": float(1 - chance),
                        "spectrum quality": float(rng.integers(1, 30)),
                    },
                    states={"spectrum matters": "unknown"},
                    seconds=0.2,
                    check_seconds=0.01,
                )
            )
    return cases


def fitted(cases: list[TrustCase]) -> list[Fitted]:
    return [
        fit_trust(cases, kind, SET_UP, "purines", ("new compounds", "others"))  # type: ignore[arg-type]
        for kind in ("computed", "known")
    ]


def test_planted_signal_is_found_and_noise_gets_no_limit() -> None:
    entry = fitted(made_up())[0].calibrated
    intensities, quality = entry.limits["intensities"], entry.limits["spectrum quality"]
    assert intensities.usefulness.low > 0.6
    assert intensities.problem is not None
    assert intensities.state(0.99) == "problem"
    assert intensities.state(0.01) == "ok"
    assert quality.state(1.0) == "unknown"
    assert verdict_of({"gap": 0.99}, entry).word == "good"
    assert verdict_of({"gap": 0.01}, entry).word != "good"
    assert entry.frequencies["good"].top_1 > 0.6


def test_same_answers_give_the_same_calibration() -> None:
    one, other = (fitted(made_up())[1].calibrated.as_dict() for _ in range(2))
    assert one == other


def test_report_names_its_controls() -> None:
    cases = made_up()
    text = markdown(fitted(cases), cases, ["data: made up"], "Trust")
    assert "The verdict changed in 400 of these (100.0%)" in text
    assert "Missing truth: with the true structure taken from the candidates, 400 spectra" in text
    assert "| good, elsewhere |" in text


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"accession": "A', encoding="utf-8")
    assert load_cases(path) == []
