"""From answers to a calibration: limits of the checks, confidence, words, and error rates."""

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from msgui.benchmark.trust_cases import TrustCase
from msgui.benchmark.trust_statistics import (
    auroc,
    auroc_interval,
    fit_logistic,
    numbered,
    per_molecule,
    safe_threshold,
)
from msgui.trust.calibration import Acceptance, Calibrated, Limit
from msgui.trust.confidence import Logistic
from msgui.trust.judging import word_of
from msgui.trust.set_up import FormulaKind, SetUp
from msgui.trust.signals import DIRECTION
from msgui.trust.values import CHANCE, Frequency, Usefulness

FloatArray = npt.NDArray[np.float64]
NAMES = tuple(DIRECTION)
ERROR_PERCENTS = (5, 10, 20, 30)
# Words describe, they do not promise: "good" was right in first place, and "fair" among the first
# five, at least this often, counted over at least so many compounds.
GOOD_SHARE, FAIR_SHARE = 0.8, 0.7
LEAST_COUNTED = 15
FOLDS = 5
REPEATS = 100
LEAST_MOLECULES = 8  # of an adduct or analyser, to count as measured
# How much commoner a bad number has to be among wrong answers than among right ones.
WARN_RATIO, PROBLEM_RATIO = 1.5, 3.0
LEAST_SHARE = 0.05
# What it finds is so or not so; only its usefulness is measured, where there is a list to rank.
FACTS = ("spectrum matters",)
# The bad end of each check's scale.
WORSE: Mapping[str, Literal["high", "low"]] = {
    "conditions": "low",
    "intensities": "high",
    "fragment formulas": "high",
    "model and baseline": "low",
    "spectrum matters": "low",
    "spectrum quality": "low",
}


@dataclass(frozen=True, eq=False)
class Answers:
    """Cases of one kind as arrays; only those with candidates.

    Parameters
    ----------
    cases : tuple of TrustCase
    table : float64 array, shape (n, n_signals)
        NaN for missing ones.
    right, right_5 : float64 arrays, shape (n,)
        Is the true structure in first place, among the first five.
    molecule : tuple of str
    weight : float64 array, shape (n,)
        With which every molecule counts once.
    asked : int
        Cases of the kind, those without candidates too.
    """

    cases: tuple[TrustCase, ...]
    table: FloatArray
    right: FloatArray
    right_5: FloatArray
    molecule: tuple[str, ...]
    weight: FloatArray
    asked: int

    @property
    def one_each(self) -> npt.NDArray[np.int64]:
        """One row of each molecule."""
        return np.unique(numbered(self.molecule), return_index=True)[1].astype(np.int64)

    @property
    def molecules(self) -> int:
        """How many molecules there are."""
        return len(set(self.molecule))


def answers_of(cases: Sequence[TrustCase], kind: str, side: str = "") -> Answers:
    """Return the cases of one kind, and of one side unless it is empty."""
    wanted = [c for c in cases if c.kind == kind and side in ("", c.side)]
    found = tuple(c for c in wanted if c.candidates > 0)
    missing = float("nan")
    return Answers(
        cases=found,
        table=np.array([[c.signals.get(n, missing) for n in NAMES] for c in found], np.float64),
        right=np.array([c.hit_1 for c in found], np.float64),
        right_5=np.array([c.hit_5 for c in found], np.float64),
        molecule=tuple(c.inchikey14 for c in found),
        weight=per_molecule([c.inchikey14 for c in found]),
        asked=len(wanted),
    )


@dataclass(frozen=True, eq=False)
class Confidence:
    """A fitted confidence, and what it says of molecules that each fit did not see.

    Parameters
    ----------
    fit : Logistic
        To all molecules: what ships.
    held_out : float64 array, shape (n,)
        Of each answer, by the fit to the other folds.
    """

    fit: Logistic
    held_out: FloatArray


def fit_confidence(answers: Answers, right: FloatArray) -> Confidence:
    """Return the confidence that ``right`` is true, cross-fitted over molecules."""
    direction = tuple(DIRECTION.values())
    whole = fit_logistic(NAMES, answers.table, right, answers.weight, direction)
    fold = folds(answers.molecule, FOLDS)
    held_out = np.zeros(len(right))
    for number in range(FOLDS):
        out = fold == number
        rest = ~out
        part = fit_logistic(
            NAMES, answers.table[rest], right[rest], answers.weight[rest], direction
        )
        held_out[out] = _chance(part, answers.table[out])
    return Confidence(whole, held_out)


def _chance(fit: Logistic, table: FloatArray) -> FloatArray:
    return fit.chance(table[:, [NAMES.index(name) for name in fit.names]])


def folds(molecule: Sequence[str], count: int, salt: str = "") -> npt.NDArray[np.int64]:
    """Return the fold of each molecule: the same in every run."""
    return np.array([zlib.crc32(f"{salt}{m}".encode()) % count for m in molecule], np.int64)


@dataclass(frozen=True, eq=False)
class Fitted:
    """What was found for one way in which the formula came about.

    Parameters
    ----------
    calibrated : Calibrated
    inside, elsewhere : Answers
        The compounds that were fitted to (each judged by a fit without it), and the others.
    first, five : float64 arrays
        Confidence in each answer of ``inside``.
    first_elsewhere, five_elsewhere : float64 arrays
    """

    calibrated: Calibrated
    inside: Answers
    elsewhere: Answers
    first: FloatArray
    five: FloatArray
    first_elsewhere: FloatArray
    five_elsewhere: FloatArray


def fit_trust(
    cases: Sequence[TrustCase],
    kind: FormulaKind,
    set_up: SetUp,
    candidates: str,
    data: tuple[str, str],
) -> Fitted:
    """Return the calibration of one kind of answers.

    Parameters
    ----------
    data : tuple of str
        Names of the sets: that which is fitted to, and that which only measures.
    """
    inside, elsewhere = (answers_of(cases, kind, side) for side in ("fit", "measure"))
    first = fit_confidence(inside, inside.right)
    five = fit_confidence(inside, inside.right_5)
    good = usual_threshold(inside, first.held_out, inside.right, GOOD_SHARE)
    fair = usual_threshold(inside, five.held_out, inside.right_5, FAIR_SHARE)
    there = _chance(first.fit, elsewhere.table)
    there_5 = _chance(five.fit, elsewhere.table)
    calibrated = Calibrated(
        set_up=set_up,
        formula=kind,
        candidates=candidates,
        data=data[0],
        spectra=len(inside.cases),
        molecules=inside.molecules,
        adducts=_common(inside, "adduct"),
        analysers=_common(inside, "analyser"),
        most_candidates=max(case.candidates for case in inside.cases),
        limits={
            name: limit_of(name, inside, elsewhere)
            for name in WORSE
            if any(name in case.checks for case in elsewhere.cases)
        },
        first=first.fit,
        five=five.fit,
        good=good,
        fair=fair,
        frequencies=_held_out_frequencies(inside, first.held_out, five.held_out),
        elsewhere=frequencies(elsewhere, words(there, there_5, good, fair)),
        elsewhere_data=data[1],
        acceptances=tuple(acceptance(inside, first.held_out, p) for p in ERROR_PERCENTS),
    )
    return Fitted(calibrated, inside, elsewhere, first.held_out, five.held_out, there, there_5)


def usual_threshold(
    answers: Answers,
    confidence: FloatArray,
    right: FloatArray,
    share: float,
    rows: npt.NDArray[np.bool_] | None = None,
) -> float | None:
    """Return the least confidence above which that share of answers was right; None for nowhere."""
    chosen = np.arange(right.size) if rows is None else np.flatnonzero(rows)
    order = chosen[np.argsort(-confidence[chosen], kind="stable")]
    weight = answers.weight[order]
    total = np.cumsum(weight)
    enough = (np.cumsum(weight * right[order]) >= share * total) & (total >= LEAST_COUNTED)
    return float(confidence[order[np.flatnonzero(enough)[-1]]]) if enough.any() else None


def words(first: FloatArray, five: FloatArray, good: float | None, fair: float | None) -> list[str]:
    """Return the word of each answer."""
    return [word_of(a, b, good, fair) for a, b in zip(first.tolist(), five.tolist(), strict=True)]


def _held_out_frequencies(
    answers: Answers, first: FloatArray, five: FloatArray
) -> dict[str, Frequency]:
    """Return how often each word was right: its thresholds are those of the other half."""
    half = folds(answers.molecule, 2, "half ")
    said = np.full(len(answers.cases), "low", dtype="<U8")
    for number in (0, 1):
        own = half == number
        good = usual_threshold(answers, first, answers.right, GOOD_SHARE, ~own)
        fair = usual_threshold(answers, five, answers.right_5, FAIR_SHARE, ~own)
        said[own] = words(first[own], five[own], good, fair)
    return frequencies(answers, said.tolist())


def frequencies(answers: Answers, said: Sequence[str]) -> dict[str, Frequency]:
    """Return how often the answers of each word were right, every molecule counting alike."""
    found = {}
    for word in ("good", "fair", "low"):
        rows = np.flatnonzero([w == word for w in said])
        if not rows.size:
            continue
        molecule = [answers.molecule[i] for i in rows]
        weight = per_molecule(molecule)
        found[word] = Frequency(
            float(np.average(answers.right[rows], weights=weight)),
            float(np.average(answers.right_5[rows], weights=weight)),
            int(rows.size),
            len(set(molecule)),
        )
    return found


def acceptance(answers: Answers, confidence: FloatArray, percent: int) -> Acceptance:
    """Return what is accepted at an error rate, measured on halves that set no threshold."""
    target = percent / 100
    one = answers.one_each
    chance, wrong = confidence[one], 1 - answers.right[one]
    threshold = safe_threshold(chance, wrong, target)
    rng = np.random.default_rng(percent)
    coverage, errors, within = [], [], 0
    for _ in range(REPEATS):
        order = rng.permutation(one.size)
        setting, testing = order[: one.size // 2], order[one.size // 2 :]
        least = safe_threshold(chance[setting], wrong[setting], target)
        taken = testing[chance[testing] >= least] if least is not None else testing[:0]
        coverage.append(taken.size / testing.size)
        if taken.size:
            errors.append(float(wrong[taken].mean()))
        within += not taken.size or errors[-1] <= target
    return Acceptance(
        error_percent=percent,
        threshold=threshold,
        coverage=float(np.mean(coverage)),
        error=float(np.mean(errors)) if errors else float("nan"),
        molecules=int((chance >= threshold).sum()) if threshold is not None else 0,
        within=within / REPEATS,
    )


def limit_of(name: str, inside: Answers, elsewhere: Answers) -> Limit:
    """Return the limits of a check, set on the compounds inside, and its usefulness elsewhere.

    A number that did not tell wrong from right elsewhere gets no limit.
    """
    worse = WORSE[name]
    sign = 1.0 if worse == "high" else -1.0
    value, wrong, _, molecule = _values(name, elsewhere, sign)
    low, high = auroc_interval(value, wrong, molecule)
    useful = Usefulness(auroc(value, wrong), low, high, len(value), len(set(molecule)))
    warn = problem = None
    if name not in FACTS and low > CHANCE:
        value, wrong, weight, _ = _values(name, inside, sign)
        warn = _tail(value, wrong, weight, WARN_RATIO)
        problem = _tail(value, wrong, weight, PROBLEM_RATIO)
    return Limit(worse, _signed(warn, sign), _signed(problem, sign), useful)


def _values(
    name: str, answers: Answers, sign: float
) -> tuple[FloatArray, FloatArray, FloatArray, list[str]]:
    least = 2 if name in FACTS else 1
    rows = [
        i
        for i, case in enumerate(answers.cases)
        if name in case.checks and case.candidates >= least
    ]
    value = np.array([sign * answers.cases[i].checks[name] for i in rows], np.float64)
    molecule = [answers.molecule[i] for i in rows]
    return value, 1 - answers.right[rows], per_molecule(molecule), molecule


def _tail(value: FloatArray, wrong: FloatArray, weight: FloatArray, ratio: float) -> float | None:
    """Return where the widest bad end begins that wrong answers reach so much more often."""
    bad, good = float((wrong * weight).sum()), float(((1 - wrong) * weight).sum())
    found = None
    for start in np.unique(value)[::-1]:
        end = value >= start
        in_bad, in_good = (float((part * weight)[end].sum()) for part in (wrong, 1 - wrong))
        if in_bad + in_good < LEAST_SHARE * (bad + good):
            continue
        # One more of each kind, so that an end without right answers is not taken for certain.
        if (in_bad + 1) / (bad + 1) >= ratio * (in_good + 1) / (good + 1):
            found = float(start)
    return found


def _signed(value: float | None, sign: float) -> float | None:
    return None if value is None else sign * value + 0.0


def _common(answers: Answers, name: str) -> tuple[str, ...]:
    pairs = {(getattr(case, name), case.inchikey14) for case in answers.cases}
    count = Counter(kind for kind, _ in pairs)
    return tuple(sorted(kind for kind, n in count.items() if n >= LEAST_MOLECULES and kind))
