"""The verdict of one answer: what was measured of answers like it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgui.prediction.inputs import analyser, instrument_text
from msgui.trust.calibration import Calibrated
from msgui.trust.signals import signals
from msgui.trust.spectrum_matters import CHECK as SPECTRUM_MATTERS
from msgui.trust.subject import Subject
from msgui.trust.values import TrustCheck, Verdict, Word

SENTENCES: dict[Word, str] = {
    "good": "The structure in first place is probably right. Confirm it with a standard.",
    "fair": "First place is open; the right structure is probably among the first five.",
    "low": "Do not report a structure from this list without other evidence.",
    "unknown": "Judge by the checks: nothing was measured of answers like this one.",
}
ALONE = "It is the only structure of the list; the right one may be in no list at all."
NOT_SUPPORTED = "The answer is not supported by the spectrum: without any peaks it is the same."
KNOWN_COMPOUND = "Same compound in training: the frequencies are those of new compounds."
NO_ANSWER = "There is no candidate to judge."


@dataclass(frozen=True)
class Standard:
    """What answers are judged by.

    Parameters
    ----------
    calibrated : Calibrated or None
        What was measured of this set-up.
    reason : str
        Why nothing was; empty when something was.
    is_known_compound : bool
        Did the models learn from spectra of the structure in first place.
    """

    calibrated: Calibrated | None
    reason: str = ""
    is_known_compound: bool = False


def judge(
    subject: Subject, checks: Sequence[TrustCheck], standard: Standard
) -> tuple[tuple[TrustCheck, ...], Verdict]:
    """Return the checks with their signs and usefulness, and the verdict."""
    calibrated = standard.calibrated
    if calibrated is not None:
        checks = [_signed(check, calibrated) for check in checks]
    ignored = any(c.check == SPECTRUM_MATTERS and c.state == "problem" for c in checks)
    if not subject.candidates:
        return tuple(checks), Verdict("unknown", NO_ANSWER, reason=NO_ANSWER)
    if ignored:
        return tuple(checks), Verdict("low", NOT_SUPPORTED, reason=NOT_SUPPORTED)
    reason = standard.reason or (_outside(subject, calibrated) if calibrated else "")
    if calibrated is None or reason:
        return tuple(checks), Verdict("unknown", SENTENCES["unknown"], reason=reason)
    verdict = verdict_of(signals(subject, checks), calibrated)
    if verdict.word == "fair" and subject.candidate_count == 1:
        verdict = replace(verdict, sentence=ALONE)
    note = KNOWN_COMPOUND if standard.is_known_compound else ""
    return tuple(checks), replace(verdict, reason=note)


def verdict_of(found: dict[str, float], calibrated: Calibrated) -> Verdict:
    """Return the verdict that follows from the signals of an answer."""
    first, five = calibrated.first.chance_of(found), calibrated.five.chance_of(found)
    word = word_of(first, five, calibrated.good, calibrated.fair)
    return Verdict(
        word=word,
        sentence=SENTENCES[word],
        confidence=first,
        confidence_5=five,
        frequency=calibrated.frequencies.get(word),
        data=calibrated.data,
        elsewhere=calibrated.elsewhere.get(word),
        elsewhere_data=calibrated.elsewhere_data,
        accepted=tuple(
            row.error_percent
            for row in calibrated.acceptances
            if row.threshold is not None and first >= row.threshold
        ),
    )


def word_of(first: float, five: float, good: float | None, fair: float | None) -> Word:
    """Return the word for the confidence in the first place and in the first five."""
    if good is not None and first >= good:
        return "good"
    return "fair" if fair is not None and five >= fair else "low"


def _signed(check: TrustCheck, calibrated: Calibrated) -> TrustCheck:
    limit = calibrated.limits.get(check.check)
    if limit is None or check.value is None:
        return check
    # What a check found out without a limit stands.
    state = limit.state(check.value) if check.state == "unknown" else check.state
    return replace(check, state=state, usefulness=limit.usefulness)


def _outside(subject: Subject, calibrated: Calibrated) -> str:
    """Return in which way the spectrum lies outside of what was measured; empty when inside."""
    kind = analyser(instrument_text(subject.spectrum))
    if subject.adduct not in calibrated.adducts:
        return f"The adduct {subject.adduct} was too rare in the measured set."
    if kind not in calibrated.analysers:
        what = "The record does not say which analyser it comes from" if kind == "other" else ""
        return f"{what or f'Spectra of the analyser {kind} were not measured'}."
    if subject.candidate_count > calibrated.most_candidates:
        return (
            f"The list has {subject.candidate_count} candidates; in the measured set none had "
            f"more than {calibrated.most_candidates}."
        )
    return ""
