"""What a decision about a peak changed, in one line."""

from msgui.annotation import Annotation, Candidate
from msgui.gui.formula_words import subscripted
from msgui.gui.peak_words import percent, short
from msgui.spectra.coverage import Coverage

DOT = "  ·  "
ARROW = "→"


def change_words(before: Annotation, after: Annotation, key: str) -> str:
    """Return what was said about peaks and what follows; empty when nothing was said.

    Parameters
    ----------
    before, after : Annotation
        Of the same spectrum.
    key : str
        First InChIKey block of the structure that is looked at.
    """
    peaks = _changed(before, after)
    if not peaks:
        return _candidates_words(before, after)
    what = [_said(after, peak) for peak in peaks[:2]]
    if len(peaks) > 2:
        what.append(f"and {len(peaks) - 2} more")
    if before.overrides.evidence == after.overrides.evidence:
        return ", ".join(what)
    parts = [", ".join(what), *_rank(before, after, key), _explained(before, after, key)]
    return DOT.join(part for part in parts if part)


def _candidates_words(before: Annotation, after: Annotation) -> str:
    """Return where a structure stands that the user added, or that it is gone."""
    old, new = before.overrides.structures, after.overrides.structures
    for own in new:
        candidate = _of(after, own.inchikey14)
        if own not in old and candidate is not None:
            name = short(candidate.structure.name or candidate.structure.formula, 32)
            explained = percent(candidate.coverage.explained_intensity)
            return (
                f"{name}: rank {_place(candidate)} of {after.candidate_count}{DOT}"
                f"explains {explained} % of intensity"
            )
    gone = [own.name or own.formula for own in old if own not in new]
    return f"{short(gone[0], 32)} is no longer among the candidates" if gone else ""


def _changed(before: Annotation, after: Annotation) -> list[int]:
    indices = {index for found in (before, after) for index, _ in found.overrides.said}
    return sorted(i for i in indices if before.overrides.of(i) != after.overrides.of(i))


def _said(after: Annotation, peak: int) -> str:
    said, mz = after.overrides.of(peak), f"{after.spectrum.mz[peak]:.4f}"
    if said.mark:
        return f"{mz} is {'a ' if said.mark == 'contaminant' else ''}{said.mark}"
    if said.formula:
        return f"{mz} is {subscripted(said.formula)}"
    return f"Note on {mz}" if said.note else f"{mz} as computed"


def _of(annotation: Annotation, key: str) -> Candidate | None:
    return next((c for c in annotation.candidates if c.structure.inchikey14 == key), None)


def _rank(before: Annotation, after: Annotation, key: str) -> list[str]:
    one, other = _of(before, key), _of(after, key)
    if one is None or other is None:
        if after.status == "failed":
            return [after.message]
        return []
    name = short(other.structure.name or f"candidate {one.rank}", 32)
    if one.rank == other.rank and one.tied_with == other.tied_with:
        words = [f"no change in rank: {name} stays at {_place(one)}"]
    else:
        words = [f"{name}: rank {_place(one)} {ARROW} {_place(other)}"]
    first, now = before.candidates[0].structure, after.candidates[0].structure
    if now.inchikey14 not in (first.inchikey14, key):
        words.append(f"now first: {short(now.name or now.smiles, 32)}")
    return words


def _place(candidate: Candidate) -> str:
    return f"{candidate.rank}{'=' if candidate.tied_with else ''}"


def _coverage(annotation: Annotation, key: str) -> Coverage | None:
    candidate = _of(annotation, key)
    return candidate.coverage if candidate else annotation.formula_coverage


def _explained(before: Annotation, after: Annotation, key: str) -> str:
    one, other = _coverage(before, key), _coverage(after, key)
    if one is None or other is None:
        return ""
    counts = [f"{c.explained_peaks} of {c.peaks}" for c in (one, other)]
    shares = [f"{percent(c.explained_intensity)} %" for c in (one, other)]
    if counts[0] == counts[1] and shares[0] == shares[1]:
        return f"still {shares[0]}, {counts[0]} peaks explained"
    return f"explained {shares[0]} {ARROW} {shares[1]}, {counts[0]} {ARROW} {counts[1]} peaks"
