"""Do the fragments have formulas that the model has met?"""

from msgui.trust.subject import NotComputedError, Subject, unknown
from msgui.trust.values import TrustCheck

CHECK = "fragment formulas"
# What these labels name is no fragment of its own; that of a new compound is new in any case.
NOT_COUNTED = ("precursor", "isotope", "adduct", "noise")


def fragment_formulas(subject: Subject) -> TrustCheck:
    """Return the intensity-weighted share of fragment peaks with an unseen formula.

    Raises
    ------
    NotComputedError
        No fragment has a formula, or the model does not know what it has seen.
    """
    named = [p for p in subject.peaks if p.formula and p.label not in NOT_COUNTED]
    if not named:
        raise NotComputedError("no fragment peak has a formula")
    if any(peak.seen_in_training is None for peak in named):
        raise NotComputedError("the model does not say which fragment formulas it has seen")
    unseen = [peak for peak in named if not peak.seen_in_training]
    total = sum(peak.intensity for peak in named)
    share = sum(peak.intensity for peak in unseen) / total if total > 0 else 0.0
    peaks = "1 fragment peak" if len(named) == 1 else f"{len(named)} fragment peaks"
    return unknown(
        CHECK,
        share,
        f"For {len(unseen)} of {peaks} ({share:.0%} of their intensity) the formula occurs in no "
        "training spectrum.",
    )
