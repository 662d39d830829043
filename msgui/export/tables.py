"""The tables that ``msgui annotate`` writes: names, columns and number formats are a contract.

UTF-8 TSV with a header, a point as decimal mark, empty for unknown. Formats are fixed so that the
same input gives the same bytes.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from msgui.annotation import Annotation
from msgui.prediction.values import EVIDENCE
from msgui.spectra.coverage import Chance
from msgui.trust.values import Usefulness, Verdict

Row = tuple[str, ...]
# A spreadsheet takes a cell that begins like this for a formula; an apostrophe makes it text.
SPREADSHEET_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """One table: its file name (without suffix), its columns, and how rows are made."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[str, Annotation], Iterator[Row]]

    def header(self) -> str:
        """Return the first line."""
        return "\t".join(self.columns) + "\n"

    def text(self, spectrum_id: str, annotation: Annotation) -> str:
        """Return the lines of one spectrum."""
        return "".join("\t".join(row) + "\n" for row in self.rows(spectrum_id, annotation))


def words(value: str | None) -> str:
    """Return text that stays in its cell: no tabs or line ends, no spreadsheet formula."""
    if not value:
        return ""
    text = "".join(c if c.isprintable() else _visible(c) for c in value)
    return f"'{text}" if text.startswith(SPREADSHEET_SIGNS) else text


def _visible(character: str) -> str:
    return " " if character in "\t\r\n" else character.encode("unicode_escape").decode("ascii")


def number(value: float | None, digits: int) -> str:
    """Return a number with fixed digits; empty for None and NaN, never minus zero."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def significant(value: float | None) -> str:
    """Return a number with six significant digits; empty for None and NaN."""
    return "" if value is None or not math.isfinite(value) else f"{value:.6g}"


def whole(value: int | None) -> str:
    """Return an integer; empty for None."""
    return "" if value is None else str(int(value))


def indices(values: tuple[int, ...]) -> str:
    """Return indices joined by commas."""
    return ",".join(str(value) for value in values)


def _chance(chance: Chance | None) -> str:
    return number(chance.explained_intensity, 4) if chance is not None else ""


def _spectrum_rows(spectrum_id: str, annotation: Annotation) -> Iterator[Row]:
    spectrum, recalibration = annotation.spectrum, annotation.recalibration
    trust = ";".join(f"{check.check}={check.state}" for check in annotation.trust)
    yield (
        words(spectrum_id),
        words(spectrum.origin.file.replace("\\", "/").rsplit("/", 1)[-1]),
        whole(spectrum.origin.index),
        words(spectrum.title),
        number(spectrum.precursor_mz, 5),
        annotation.adduct or words(spectrum.adduct),
        whole(spectrum.charge),
        spectrum.polarity or "",
        number(spectrum.collision_energy_ev, 2),
        words(spectrum.instrument),
        whole(len(spectrum)),
        annotation.formula,
        annotation.formula_source,
        _chance(annotation.formula_chance),
        whole(annotation.candidate_count),
        _chance(annotation.chance),
        words(annotation.model),
        trust,
        annotation.status,
        words(annotation.message),
        number(recalibration.offset_ppm, 2) if recalibration else "",
        number(recalibration.spread_ppm, 2) if recalibration else "",
        whole(recalibration.peaks) if recalibration else "",
        *_verdict_cells(annotation.verdict),
    )


def _verdict_cells(verdict: Verdict | None) -> tuple[str, ...]:
    if verdict is None:
        return ("", "", "", "")
    return (
        verdict.word,
        number(verdict.confidence, 4),
        number(verdict.confidence_5, 4),
        indices(verdict.accepted),
    )


def _formula_rows(spectrum_id: str, annotation: Annotation) -> Iterator[Row]:
    for entry in annotation.formulas:
        yield (
            words(spectrum_id),
            whole(entry.rank),
            entry.formula,
            entry.adduct,
            number(entry.error_ppm, 2),
            whole(entry.explained_peaks),
            number(entry.explained_intensity, 4),
            number(entry.isotope_score, 4),
            number(entry.score, 4),
            number(entry.probability, 4),
        )


def _peak_rows(spectrum_id: str, annotation: Annotation) -> Iterator[Row]:
    for peak in annotation.peaks:
        piece = peak.fragment
        seen = peak.seen_in_training
        yield (
            words(spectrum_id),
            number(peak.mz, 5),
            significant(peak.intensity),
            number(peak.relative_intensity, 5),
            peak.formula,
            whole(peak.charge or None),
            number(peak.error_ppm, 2),
            peak.label,
            peak.neutral_loss,
            piece.smiles if piece else "",
            indices(piece.atoms) if piece else "",
            indices(piece.bonds_cut) if piece else "",
            whole(piece.hydrogen_shift) if piece else "",
            piece.rule if piece else "",
            "" if seen is None else ("yes" if seen else "no"),
            ";".join(peak.alternatives),
            peak.said.kind,
            words(peak.said.note),
            number(peak.plausibility, 3),
            ";".join(number(value, 3) for value in peak.alternative_plausibilities),
            peak.isotope,
            number(annotation.peaks[peak.isotope_of].mz, 5) if peak.isotope_of >= 0 else "",
            peak.added,
            peak.adduct_atoms,
            ("yes" if peak.is_radical else "no") if peak.formula else "",
            number(peak.carries, 3),
        )


def _candidate_rows(spectrum_id: str, annotation: Annotation) -> Iterator[Row]:
    for candidate in annotation.candidates:
        structure = candidate.structure
        yield (
            words(spectrum_id),
            whole(candidate.rank),
            structure.inchikey14,
            structure.smiles,
            words(structure.name),
            structure.formula,
            words(structure.source),
            number(candidate.score, 5),
            number(candidate.model_score, 5),
            number(candidate.baseline_score, 5),
            whole(candidate.baseline_rank),
            whole(candidate.blind_rank),
            whole(candidate.coverage.explained_peaks),
            number(candidate.coverage.explained_intensity, 4),
            number(candidate.isomer_percentile, 4),
            whole(candidate.tied_with),
            number(candidate.forward_score, 4),
            *(number(dict(candidate.contributions).get(name), 5) for name in EVIDENCE),
        )


def _trust_rows(spectrum_id: str, annotation: Annotation) -> Iterator[Row]:
    for check in annotation.trust:
        yield (
            words(spectrum_id),
            check.check,
            check.state,
            number(check.value, 4),
            words(check.sentence),
            *_usefulness_cells(check.usefulness),
        )
    if (verdict := annotation.verdict) is not None:
        sentence = f"{verdict.sentence} {verdict.reason}".strip()
        confidence = number(verdict.confidence, 4)
        none = _usefulness_cells(None)
        yield (words(spectrum_id), "verdict", verdict.word, confidence, words(sentence), *none)

    for one in annotation.influences:
        yield (
            words(spectrum_id),
            "training spectrum",
            "helped" if one.helped else "hurt",
            number(one.value, 4),
            words(one.sentence),
            *_usefulness_cells(None),
        )


def _usefulness_cells(usefulness: Usefulness | None) -> tuple[str, ...]:
    if usefulness is None:
        return ("", "", "", "")
    return (
        number(usefulness.auroc, 4),
        number(usefulness.low, 4),
        number(usefulness.high, 4),
        whole(usefulness.spectra),
    )


SPECTRA = Table(
    "spectra",
    (
        "spectrum_id",
        "file",
        "index",
        "title",
        "precursor_mz",
        "adduct",
        "charge",
        "polarity",
        "collision_energy_ev",
        "instrument",
        "peaks",
        "formula",
        "formula_source",
        "formula_chance",
        "candidates",
        "top_chance",
        "model",
        "trust",
        "status",
        "message",
        "mass_offset_ppm",
        "mass_spread_ppm",
        "mass_error_peaks",
        "verdict",
        "confidence",
        "confidence_top5",
        "accepted_at_percent_error",
    ),
    _spectrum_rows,
)
FORMULAS = Table(
    "formulas",
    (
        "spectrum_id",
        "rank",
        "formula",
        "adduct",
        "error_ppm",
        "explained_peaks",
        "explained_intensity",
        "isotope_score",
        "score",
        "probability",
    ),
    _formula_rows,
)
PEAKS = Table(
    "peaks",
    (
        "spectrum_id",
        "mz",
        "intensity",
        "relative_intensity",
        "formula",
        "charge",
        "error_ppm",
        "label",
        "neutral_loss",
        "fragment_smiles",
        "atoms",
        "bonds_cut",
        "hydrogen_shift",
        "rule",
        "seen_in_training",
        "alternatives",
        "override",
        "note",
        "plausibility",
        "alternative_plausibilities",
        "isotope",
        "isotope_of_mz",
        "added",
        "adduct_atoms",
        "radical",
        "carries",
    ),
    _peak_rows,
)
CANDIDATES = Table(
    "candidates",
    (
        "spectrum_id",
        "rank",
        "inchikey14",
        "smiles",
        "name",
        "formula",
        "source",
        "score",
        "model_score",
        "baseline_score",
        "baseline_rank",
        "blind_rank",
        "explained_peaks",
        "explained_intensity",
        "isomer_percentile",
        "tied_with",
        "forward_score",
        *(f"from_{name}" for name in EVIDENCE),
    ),
    _candidate_rows,
)
TRUST = Table(
    "trust",
    (
        "spectrum_id",
        "check",
        "state",
        "value",
        "sentence",
        "auroc",
        "auroc_low",
        "auroc_high",
        "auroc_spectra",
    ),
    _trust_rows,
)

TABLES = (SPECTRA, FORMULAS, PEAKS, CANDIDATES, TRUST)
