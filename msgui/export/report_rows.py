"""What stands in the tables of a report, as words."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgui
from msgui.annotation import Annotation, Candidate, FormulaCandidate, PeakAnnotation
from msgui.chemistry.depict import depict_svg
from msgui.export.words import (
    DAGGER,
    adduct_words,
    count_of,
    coverage_words,
    formula_words,
    ion_words,
    mass_error_words,
    meaning_words,
    percent,
    signed,
    structure_name,
)
from msgui.prediction.values import Neighbour
from msgui.trust.influence import Influence
from msgui.trust.values import TrustCheck, Verdict

if TYPE_CHECKING:
    from markupsafe import Markup

NOTHING = "–"
CANDIDATES_SHOWN = 10
NEIGHBOURS_SHOWN = 5
FORMULAS_SHOWN = 10
PIECES_SHOWN = 8
PEAKS_SHOWN = 200
SIGNS = {"ok": "●", "warn": "▲", "problem": "■", "unknown": "?"}
# Of each word of a verdict: the state it looks like, its sign, and the word.
VERDICT_SIGNS = {
    "good": ("ok", "●", "good"),
    "fair": ("warn", "▲", "fair"),
    "low": ("problem", "■", "low"),
    "unknown": ("unknown", "?", "unknown"),
}
_STATES = {"ok": "fine", "warn": "check", "problem": "problem"}
CHECK_TITLES = {
    "conditions": "Conditions seen in training",
    "intensities": "Intensities used",
    "fragment formulas": "Fragment formulas known",
    "model and baseline": "Model against baseline",
    "spectrum matters": "The spectrum matters",
    "spectrum quality": "Spectrum quality",
}
_PARAMETERS = {
    "ppm": ("Precursor tolerance", "{} ppm"),
    "fragment_ppm": ("Peak tolerance", "{} ppm"),
    "adduct": ("Adduct given", "{}"),
    "given_formula": ("Formula given", "{}"),
    "by": ("Candidates fetched by", "{}"),
    "formula": ("Formula", "{}"),
    "top": ("Candidates kept", "{}"),
    "max_bonds": ("Bonds cut at most", "{}"),
    "provider": ("Model runs on", "{}"),
}


def inline(svg: str) -> "Markup":
    """Return an SVG document as it may stand inside HTML: without its XML declaration."""
    from markupsafe import Markup

    return Markup(svg[svg.index("<svg") :].strip())


def drawing(smiles: str, width: int, height: int, **lit: Any) -> "Markup":
    """Return a structure as SVG for HTML."""
    return inline(depict_svg(smiles, width, height, **lit))


def number(value: float | None, digits: int, *, sign: bool = False) -> str:
    """Return a number with fixed digits, a dash for none."""
    if value is None or math.isnan(value):
        return NOTHING
    return signed(value, digits) if sign else f"{value:.{digits}f}"


def facts(annotation: Annotation) -> list[tuple[str, str]]:
    """Return what is known of the spectrum, as name and value."""
    spectrum = annotation.spectrum
    facts = []
    if spectrum.precursor_mz is not None:
        facts.append(("Precursor m/z", f"{spectrum.precursor_mz:.4f}"))
    adduct = annotation.adduct or spectrum.adduct
    if adduct:
        assumed = " (assumed)" if annotation.adduct_is_guessed else ""
        facts.append(("Adduct", adduct_words(adduct) + assumed))
    if annotation.formula:
        facts.append(("Formula", formula_words(annotation.formula)))
    if spectrum.retention_time_s is not None:
        facts.append(("RT", f"{spectrum.retention_time_s / 60:.2f} min"))
    if spectrum.collision_energy is not None and str(spectrum.collision_energy):
        facts.append(("Energy", str(spectrum.collision_energy)))
    if spectrum.instrument:
        facts.append(("Instrument", spectrum.instrument))
    facts.append(("Peaks", str(len(spectrum))))
    if annotation.recalibration is not None and annotation.recalibration.peaks:
        facts.append(("Mass error", mass_error_words(annotation.recalibration)))
    name = spectrum.origin.file.replace("\\", "/").rsplit("/", 1)[-1]
    if name:
        facts.append(("File", f"{name}, record {spectrum.origin.index + 1}"))
    return facts


def best(annotation: Annotation, best: Candidate) -> dict[str, object]:
    """Return the candidate in first place, with its isomers as the measure of chance."""
    structure, median = best.structure, annotation.isomer_median
    same = sum(c.structure.formula == structure.formula for c in annotation.candidates)
    isomers = ""
    if median is not None and same > 1:
        isomers = (
            f"The median of the {same} candidates of this formula explains "
            f"{coverage_words(median)}: what chance and a common formula explain already."
        )
    if annotation.chance is not None:
        share = percent(annotation.chance.explained_intensity)
        isomers += f" Of peaks shifted to wrong masses it would explain {share} %."
    ties = f"tied with {count_of(best.tied_with, 'other')}" if best.tied_with else ""
    return {
        "drawing": drawing(structure.smiles, 300, 200),
        "name": structure_name(best),
        "formula": formula_words(structure.formula),
        "key": structure.inchikey14,
        "smiles": structure.smiles,
        "ties": ties,
        "model": number(best.model_score, 2),
        "baseline": number(best.baseline_score, 2),
        "intensity": f"{percent(best.coverage.explained_intensity)} %",
        "peaks": f"{best.coverage.explained_peaks} of {count_of(best.coverage.peaks, 'peak')}",
        "isomers": isomers.strip(),
    }


def candidate_row(candidate: Candidate) -> dict[str, object]:
    """Return one candidate of the table."""
    coverage, percentile = candidate.coverage, candidate.isomer_percentile
    return {
        "rank": f"= {candidate.rank}" if candidate.tied_with else str(candidate.rank),
        "drawing": drawing(candidate.structure.smiles, 132, 88),
        "name": structure_name(candidate),
        "smiles": candidate.structure.smiles,
        "model": number(candidate.model_score, 2),
        "baseline": number(candidate.baseline_score, 2),
        "baseline_rank": candidate.baseline_rank or NOTHING,
        "blind_rank": candidate.blind_rank or NOTHING,
        "intensity": f"{percent(coverage.explained_intensity)} %",
        "share": f"{100 * coverage.explained_intensity:.0f}",
        "peaks": f"{coverage.explained_peaks}/{coverage.peaks}",
        "percentile": number(None if percentile is None else 100 * percentile, 0),
    }


def candidate_note(annotation: Annotation) -> str:
    """Return how many candidates are shown of how many."""
    count = annotation.candidate_count or len(annotation.candidates)
    if not count:
        return ""
    shown = min(len(annotation.candidates), CANDIDATES_SHOWN)
    return f"{shown} of {count}" if shown < count else str(count)


def check_row(check: TrustCheck) -> dict[str, str]:
    """Return sign, title, word and sentence of a trust check."""
    unknown = "not computed" if check.value is None else "no judgment"
    sentence = check.sentence[:1].upper() + check.sentence[1:]
    return {
        "state": check.state,
        "sign": SIGNS[check.state],
        "title": CHECK_TITLES.get(check.check, check.check.capitalize()),
        "word": _STATES.get(check.state, unknown),
        "sentence": sentence,
        "useful": check.usefulness.sentence if check.usefulness is not None else "",
    }


def verdict_row(verdict: Verdict | None) -> dict[str, object] | None:
    """Return sign, word, sentences and measured frequencies of a verdict."""
    if verdict is None:
        return None
    state, sign, word = VERDICT_SIGNS[verdict.word]
    return {
        "state": state,
        "sign": sign,
        "word": word,
        "sentence": verdict.sentence,
        "reason": "" if verdict.reason == verdict.sentence else verdict.reason,
        "measured": verdict.measured,
    }


def pieces(annotation: Annotation, best: Candidate) -> list[dict[str, object]]:
    """Return drawings of the strongest peaks that the structure explains."""
    explained = [peak for peak in annotation.peaks if peak.fragment and peak.label != "precursor"]
    strongest = sorted(explained, key=lambda peak: (-peak.intensity, peak.index))[:PIECES_SHOWN]
    rows: list[dict[str, object]] = []
    for peak in sorted(strongest, key=lambda peak: peak.mz):
        piece = peak.fragment
        if piece is None:
            continue
        lit = {"highlight_atoms": piece.atoms, "cut_bonds": piece.bonds_cut}
        cuts = count_of(len(piece.bonds_cut), "bond")
        rows.append(
            {
                "drawing": drawing(best.structure.smiles, 220, 150, **lit),
                "ion": ion_words(peak.formula, peak.charge),
                "mz": f"{peak.mz:.4f}",
                "relative": percent(peak.relative_intensity),
                "about": f"{cuts} cut, H shift {piece.hydrogen_shift:+d}",
            }
        )
    return rows


def neighbour_row(neighbour: Neighbour) -> dict[str, object]:
    """Return one nearest spectrum of the table."""
    parts = (neighbour.adduct, neighbour.collision_energy, neighbour.instrument)
    kind = "library" if neighbour.kind == "library" else "training"
    kind = "predicted" if neighbour.is_predicted else kind
    return {
        "drawing": drawing(neighbour.smiles, 132, 88),
        "name": neighbour.name or neighbour.inchikey14,
        "formula": formula_words(neighbour.formula),
        "similarity": f"{neighbour.similarity:.2f}",
        "same": "yes" if neighbour.same_formula else "no",
        "conditions": ", ".join(part for part in parts if part) or NOTHING,
        "accession": f"{neighbour.accession} ({kind})" if neighbour.accession else kind,
    }


def influence_row(one: Influence) -> dict[str, object]:
    """Return one training spectrum that helped or hurt."""
    sign = "+" if one.helped else "−"
    return {
        "drawing": drawing(one.smiles, 132, 88),
        "value": f"{sign}{abs(one.value):.2f}",
        "name": one.title,
        "formula": formula_words(one.formula),
        "same": "same compound in training" if one.same_compound else "",
        "conditions": one.conditions or NOTHING,
        "accession": one.accession,
    }


def listed(annotation: Annotation) -> Sequence[PeakAnnotation]:
    """Return the peaks of the table: all, or of very many the most intense ones."""
    if len(annotation.peaks) <= PEAKS_SHOWN:
        return annotation.peaks
    strongest = sorted(annotation.peaks, key=lambda peak: (-peak.intensity, peak.index))
    return sorted(strongest[:PEAKS_SHOWN], key=lambda peak: peak.index)


def peak_row(peak: PeakAnnotation) -> dict[str, object]:
    """Return one peak of the table."""
    piece = peak.fragment
    unseen = peak.seen_in_training is False
    seen = {True: "yes", False: f"no {DAGGER}", None: ""}[peak.seen_in_training]
    label = meaning_words(peak)
    if peak.label == "fragment":
        kind = "piece of the structure" if piece else "formula only"
        label = f"{kind}, {label}" if label else kind
    if peak.said.formula:
        label = f"{label}, formula set by hand"
    if peak.said.note:
        label = f"{label}; {peak.said.note}".removeprefix("; ")
    return {
        "mz": f"{peak.mz:.4f}",
        "relative": percent(peak.relative_intensity),
        "ion": ion_words(peak.formula, peak.charge) + (DAGGER if unseen else ""),
        "error": number(peak.error_ppm, 1, sign=True) if peak.formula else "",
        "label": label,
        "loss": formula_words(peak.neutral_loss),
        "cuts": len(piece.bonds_cut) if piece else "",
        "shift": f"{piece.hydrogen_shift:+d}" if piece else "",
        "seen": seen if peak.formula else "",
        "others": ", ".join(formula_words(text) for text in peak.alternatives[:3])
        + (" …" if len(peak.alternatives) > 3 else ""),
    }


def peak_note(annotation: Annotation) -> str:
    """Return what the formula explains, and which peaks are listed."""
    parts = []
    if annotation.formula_coverage is not None:
        parts.append(f"formula explains {coverage_words(annotation.formula_coverage)}")
    if len(annotation.peaks) > PEAKS_SHOWN:
        parts.append(f"the {PEAKS_SHOWN} most intense of {len(annotation.peaks)}")
    return "; ".join(parts)


def formula_row(entry: FormulaCandidate, chosen: str) -> dict[str, object]:
    """Return one possible formula; the chosen one is marked."""
    return {
        "chosen": entry.formula == chosen,
        "rank": entry.rank,
        "formula": formula_words(entry.formula),
        "adduct": adduct_words(entry.adduct),
        "error": number(entry.error_ppm, 1, sign=True),
        "peaks": entry.explained_peaks,
        "intensity": f"{percent(entry.explained_intensity)} %",
        "isotopes": number(entry.isotope_score, 2),
        "score": number(entry.score, 2),
        "probability": "" if math.isnan(entry.probability) else f"{percent(entry.probability)} %",
    }


def formula_note(annotation: Annotation) -> str:
    """Return where the formula comes from, and what speaks against the whole list."""
    sources = {
        "record": "the record's own formula is used",
        "given": "the formula that was given is used",
        "computed": "computed from the precursor and the peaks",
    }
    parts = [sources.get(annotation.formula_source, "")]
    if annotation.formulas and not math.isnan(annotation.none_probability):
        parts.append(f"none of these: {percent(annotation.none_probability)} %")
    if annotation.ms1_note:
        parts.append(annotation.ms1_note.rstrip("."))
    return "; ".join(part for part in parts if part)


def made(annotation: Annotation, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return versions and parameters, as name and value."""
    rows = [("msgui", msgui.__version__), ("Model", annotation.model or "none")]
    if annotation.prediction is not None:
        rows.append(("Ran on", annotation.prediction.provider))
    switched_on = [key.replace("_", " ") for key, value in parameters.items() if value is True]
    if switched_on:
        rows.append(("Peaks may also be", ", ".join(switched_on)))
    for key, value in parameters.items():
        if value is None or value == "" or isinstance(value, bool):
            continue
        title, form = _PARAMETERS.get(key, (key.replace("_", " ").capitalize(), "{}"))
        words = f"{value:g}" if isinstance(value, float) else str(value)
        rows.append((title, form.format(words)))
    rows.append(
        (
            "Fragments",
            "connected pieces of the structure after cutting bonds, hydrogen shift -5 to +5",
        )
    )
    return rows
