"""What a measurement of trust found, as Markdown."""

from collections.abc import Iterator, Sequence

import numpy as np

from msgui.benchmark.trust_cases import TrustCase
from msgui.benchmark.trust_fit import NAMES, Answers, Fitted, FloatArray
from msgui.benchmark.trust_statistics import auroc, calibration_error, error_bound, relative_aurc
from msgui.trust.calibration import Calibrated
from msgui.trust.judging import verdict_of

UNSUPPORTED = ("warn", "problem")

EXPLANATIONS = """\
Only compounds that neither model learned from are asked about; the command stops when one of them
is in a model's memory. "Inside" are those with spectra of a licence without NC and ND: confidence,
limits and thresholds are fitted to them, and every figure of theirs comes from a fit that did not
see the compound (five folds, or halves). "Elsewhere" are the other compounds: one spectrum each,
from other laboratories, used for nothing but measuring. The few weights of the ranking were fitted
to compounds inside as well (resources/ranking/weights.json): figures inside may flatter it.

ECE: expected calibration error over 15 bins of equal mass. relAURC: area under the risk-coverage
curve, 0 for an oracle, 1 for random order; beside it the same answers sorted by the distance of the
first two scores, and by the softmax share of the first.

Error rates: the threshold keeps the error with 95 % confidence whatever the distribution
(Clopper-Pearson bound, tested from the strictest threshold on, one spectrum of each compound), for
compounds like those inside. Coverage and error are means over 100 repeats in which one half of the
compounds sets the threshold and the other is judged; "within" is the share of the repeats in which
the error did not exceed the rate.

Words describe and do not promise. Frequencies count every compound alike.
"""


def markdown(
    fitted: Sequence[Fitted], cases: Sequence[TrustCase], about: Sequence[str], title: str
) -> str:
    """Return the report of one structure store."""
    parts = [f"# {title}\n", *(f"- {line}" for line in about), ""]
    for found in fitted:
        parts += [f"## The formula is {found.calibrated.formula}\n", *_section(found)]
    known = next(f for f in fitted if f.calibrated.formula == "known")
    parts += ["## Controls\n", *controls(cases, known.calibrated), ""]
    return "\n".join([*parts, EXPLANATIONS])


def _section(found: Fitted) -> Iterator[str]:
    yield from _answers(found)
    yield from _confidence(found)
    yield from _words(found.calibrated)
    yield from _error_rates(found)
    yield from _checks(found.calibrated)


def _answers(found: Fitted) -> Iterator[str]:
    yield "| compounds | spectra asked | with candidates | compounds | hit@1 | hit@5 |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, answers in (("inside", found.inside), ("elsewhere", found.elsewhere)):
        first, five = (
            np.average(right, weights=answers.weight) for right in (answers.right, answers.right_5)
        )
        yield (
            f"| {name} | {answers.asked:,} | {len(answers.cases):,} | {answers.molecules:,} "
            f"| {first:.3f} | {five:.3f} |"
        )
    yield ""


def _confidence(found: Fitted) -> Iterator[str]:
    yield (
        "| right is | compounds | ECE | mean confidence | share right | AUROC | relAURC | gap "
        "| share |"
    )
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    inside, there = found.inside, found.elsewhere
    rows = (
        ("first place", "inside", found.first, inside, inside.right),
        ("first place", "elsewhere", found.first_elsewhere, there, there.right),
        ("first five", "inside", found.five, inside, inside.right_5),
        ("first five", "elsewhere", found.five_elsewhere, there, there.right_5),
    )
    for what, where, confidence, answers, right in rows:
        yield _confidence_row(what, where, confidence, answers, right)
    yield ""


def _confidence_row(
    what: str, where: str, confidence: FloatArray, answers: Answers, right: FloatArray
) -> str:
    wrong = 1 - right
    gap, share = (answers.table[:, NAMES.index(name)] for name in ("gap", "share"))
    return (
        f"| {what} | {where} | {calibration_error(confidence, right):.3f} "
        f"| {confidence.mean():.3f} | {right.mean():.3f} "
        f"| {auroc(-confidence, wrong, answers.weight):.3f} "
        f"| {relative_aurc(confidence, wrong):.3f} | {relative_aurc(gap, wrong):.3f} "
        f"| {relative_aurc(share, wrong):.3f} |"
    )


def _words(entry: Calibrated) -> Iterator[str]:
    yield "| verdict | compounds | spectra | right in first place | among the first five |"
    yield "|---|--:|--:|--:|--:|"
    for word in ("good", "fair", "low"):
        for where, table in (("inside", entry.frequencies), ("elsewhere", entry.elsewhere)):
            if (row := table.get(word)) is not None:
                yield (
                    f"| {word}, {where} | {row.molecules:,} | {row.spectra:,} "
                    f"| {row.top_1:.1%} | {row.top_5:.1%} |"
                )
    yield ""


def _error_rates(found: Fitted) -> Iterator[str]:
    yield (
        "| error rate | threshold | coverage | error | within | elsewhere: coverage | error "
        "| bound |"
    )
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|"
    for row in found.calibrated.acceptances:
        threshold = "none" if row.threshold is None else f"{row.threshold:.3f}"
        error = "" if np.isnan(row.error) else f"{row.error:.1%}"
        there = _elsewhere(found, row.threshold)
        yield (
            f"| {row.error_percent} % | {threshold} | {row.coverage:.1%} | {error} "
            f"| {row.within:.0%} | {there} |"
        )
    yield ""


def _elsewhere(found: Fitted, threshold: float | None) -> str:
    if threshold is None:
        return "0.0% | |"
    taken = found.first_elsewhere >= threshold
    n, wrong = int(taken.sum()), float((1 - found.elsewhere.right)[taken].sum())
    if not n:
        return "0.0% | |"
    return f"{taken.mean():.1%} | {wrong / n:.1%} of {n} | {error_bound(wrong, n):.1%}"


def _checks(entry: Calibrated) -> Iterator[str]:
    yield "| check | worse | warns at | problem at | AUROC elsewhere | 95 % | spectra |"
    yield "|---|---|--:|--:|--:|---|--:|"
    for name, limit in entry.limits.items():
        use = limit.usefulness
        warn, problem = ("" if v is None else f"{v:.4g}" for v in (limit.warn, limit.problem))
        yield (
            f"| {name} | {limit.worse} | {warn} | {problem} | {use.auroc:.3f} "
            f"| {use.low:.3f}–{use.high:.3f} | {use.spectra:,} |"
        )
    yield ""


def controls(cases: Sequence[TrustCase], entry: Calibrated) -> Iterator[str]:
    """Yield what happens with foreign peaks and without the truth, and what checks cost."""
    own = {case.accession: case for case in cases if case.kind == "known"}
    yield from _foreign(cases, own, entry)
    yield from _without_truth(cases, entry)
    asked = [case for case in cases if case.kind == "computed"]
    checks = np.array([case.check_seconds for case in asked])
    yield (
        f"Cost: the checks take {np.median(checks):.3f} s a spectrum (median), "
        f"{np.quantile(checks, 0.99):.3f} s at the 99th percentile, {checks.max():.3f} s at most, "
        f"of {len(asked):,} spectra; the whole answer takes "
        f"{np.median([case.seconds for case in asked]):.2f} s (median)."
    )


def _foreign(
    cases: Sequence[TrustCase], own: dict[str, TrustCase], entry: Calibrated
) -> Iterator[str]:
    pairs = [(own[c.accession], c) for c in cases if c.kind == "foreign peaks"]
    used = [
        (mine, foreign)
        for mine, foreign in pairs
        if mine.candidates > 1 and mine.states["spectrum matters"] not in UNSUPPORTED
    ]
    other = sum(mine.top != foreign.top for mine, foreign in used)
    right = [(mine, foreign) for mine, foreign in used if mine.hit_1 == 1.0]
    moved = sum(mine.top != foreign.top for mine, foreign in right)
    same = [(mine, foreign) for mine, foreign in used if mine.top == foreign.top]
    unsupported = sum(f.states["spectrum matters"] in UNSUPPORTED for _, f in same)
    word = sum(
        f.states["spectrum matters"] not in UNSUPPORTED
        and verdict_of(m.signals, entry).word != verdict_of(f.signals, entry).word
        for m, f in same
    )
    changed = other + unsupported + word
    yield (
        f"Foreign peaks: {len(pairs)} spectra were given the peaks of another compound with their "
        f"formula and adduct; in {len(used)} of them the model had used the spectrum (two or more "
        "candidates, and not the same one first without peaks). The verdict changed in "
        f"{changed} of these ({changed / max(1, len(used)):.1%}): in {other} another structure "
        f"came first, in {unsupported} the same one was told to be unsupported, in {word} it got "
        f"another word. Of the {len(right)} whose first place had been right, another structure "
        f"came first in {moved} ({moved / max(1, len(right)):.1%}).\n"
    )


def _without_truth(cases: Sequence[TrustCase], entry: Calibrated) -> Iterator[str]:
    lacking = [c for c in cases if c.kind == "truth removed" and c.candidates > 0]
    verdicts = [verdict_of(case.signals, entry) for case in lacking]
    good = sum(v.word == "good" for v in verdicts)
    rates = ", ".join(
        f"{sum(row.error_percent in v.accepted for v in verdicts)} at {row.error_percent} %"
        for row in entry.acceptances
    )
    yield (
        f"Missing truth: with the true structure taken from the candidates, {len(lacking)} spectra "
        f"still had some. Falsely called good: {good} ({good / max(1, len(lacking)):.1%}); falsely "
        f"accepted: {rates}.\n"
    )
