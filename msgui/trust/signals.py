"""The numbers of an answer from which its chance to be right is told.

All of them are read from an annotation, so that the window, the command line and the fit see the
same ones. None says whether a compound was learned from: held-out molecules never were, and a
number that is constant where it is measured would mislead where it is used. For the same reason
nothing is read from the nearest neighbours: next to a new compound they are always another one.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from msgui.fragments.coverage import PRECURSOR_WINDOW_DA
from msgui.trust.subject import Subject
from msgui.trust.values import TrustCheck

FloatArray = npt.NDArray[np.float64]

# Counts up when a signal changes its meaning: older calibrations then no longer fit.
SIGNALS_VERSION = 1
# A list may be cut to its top; signals look no further than this, so that the cut changes nothing.
LOOKED_AT = 10
FIRST_PLACES = 5
# What each signal means for the answer: 1, the more the likelier right; -1, the opposite.
DIRECTION = {
    "score": 1,
    "gap": 1,
    "share": 1,
    "gap behind five": 1,
    "share of five": 1,
    "candidates": -1,
    "explained": 1,
    "explained above isomers": 1,
    "expected intensities": 1,
    "model score": 1,
    "bits kept": -1,
    "new formulas": -1,
    "conditions": 1,
    "fragment peaks": 1,
    "precursor left": -1,
    "formula": 1,
}
# Scores are weighted means of shares from 0 to 1; differences of a few hundredths decide.
TEMPERATURE = 0.03
LOG_FLOOR = 1e-4


def signals(subject: Subject, checks: Sequence[TrustCheck]) -> dict[str, float]:
    """Return the numbers that tell right answers from wrong ones, by name; NaN for missing ones.

    Empty without candidates.
    """
    if not subject.candidates:
        return {}
    first = subject.candidates[0]
    measured = {check.check: check.value for check in checks}
    n = max(subject.candidate_count, len(subject.candidates))
    found = _of_scores(np.array([c.score for c in subject.candidates[:LOOKED_AT]]))
    found |= {
        "candidates": float(np.log(n)),
        "explained": first.coverage.explained_intensity,
        "explained above isomers": _number(first.isomer_percentile),
        "expected intensities": _number(first.forward_score),
        "model score": _number(first.model_score),
        "bits kept": _number(measured.get("intensities")),
        "new formulas": _number(measured.get("fragment formulas")),
        "conditions": _log(measured.get("conditions"), 1.0),
        "fragment peaks": _log(measured.get("spectrum quality"), 1.0),
        "precursor left": _precursor_left(subject),
        "formula": _formula(subject),
    }
    return found


def _of_scores(score: FloatArray) -> dict[str, float]:
    """Return how far the first, and the first five, stand out from what follows."""
    share = np.exp((score - score[0]) / TEMPERATURE)
    share /= share.sum()
    following = score[FIRST_PLACES] if score.size > FIRST_PLACES else 0.0
    last = score[min(FIRST_PLACES, score.size) - 1]
    return {
        "score": float(score[0]),
        "gap": float(score[0] - (score[1] if score.size > 1 else 0.0)),
        "share": _logit(float(share[0])),
        "gap behind five": float(last - following),
        "share of five": _logit(float(share[:FIRST_PLACES].sum())),
    }


def _logit(share: float) -> float:
    share = min(max(share, LOG_FLOOR), 1 - LOG_FLOOR)
    return float(np.log(share / (1 - share)))


def _log(value: float | None, add: float = 0.0) -> float:
    return float("nan") if value is None else float(np.log(value + add))


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _precursor_left(subject: Subject) -> float:
    spectrum = subject.spectrum
    total = float(spectrum.intensity.sum())
    if spectrum.precursor_mz is None or total <= 0:
        return float("nan")
    near = np.abs(spectrum.mz - spectrum.precursor_mz) <= PRECURSOR_WINDOW_DA
    return float(spectrum.intensity[near].sum()) / total


def _formula(subject: Subject) -> float:
    """Return the log-odds of the formula; NaN when it was not computed but given."""
    if subject.formula_source != "computed" or not subject.formulas:
        return float("nan")
    probability = next(
        (f.probability for f in subject.formulas if f.formula == subject.formula), float("nan")
    )
    return _logit(probability) if np.isfinite(probability) else float("nan")
