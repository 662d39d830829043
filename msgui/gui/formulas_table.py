"""The table of formulas of the precursor: what its columns are and what its cells show."""

import math
from typing import Any

from PySide6.QtCore import Qt

from msgui.gui.formula_words import FormulaRow
from msgui.gui.peak_words import percent
from msgui.gui.widgets.delegates import FRACTION_ROLE, RUNS_ROLE
from msgui.gui.widgets.runs import MINUS, Run, adduct_runs, formula_runs
from msgui.gui.widgets.values_table import Column, ValuesTable

Role = Qt.ItemDataRole
USED, RANK, FORMULA, PROBABILITY, ADDUCT, ERROR, PEAKS, EXPLAINED, ISOTOPES = range(9)
NO_NUMBER, NO_MS1 = "–", "no MS1"
USED_SIGN = "●"


def _error(row: FormulaRow) -> str:
    error = row.found.error_ppm
    if math.isnan(error):
        return NO_NUMBER
    return f"{error:+.1f}".replace("-", MINUS)


def _probability(value: float) -> str:
    return NO_NUMBER if math.isnan(value) else f"{percent(value)} %"


def _isotopes(row: FormulaRow) -> str:
    score = row.found.isotope_score
    return NO_MS1 if score is None else f"{score:.2f}"


COLUMNS = (
    Column(
        "In use",
        "● marks the formula that peaks and candidates on screen were made with",
        lambda row: "in use" if row.is_used else "",
        lambda row: not row.is_used,
    ),
    Column(
        "#",
        "Place by precursor error, by what the peaks say, and by how molecules are made;\n"
        "empty: not among the computed ones",
        lambda row: str(row.found.rank or ""),
        lambda row: row.found.rank,
        is_number=True,
        how="precursor",
    ),
    Column(
        "Formula",
        "Of the neutral molecule. Enter or a double click annotates with it.",
        lambda row: row.found.formula,
        lambda row: row.found.formula,
    ),
    Column(
        "Prob.",
        "How likely this is the formula: of a hundred with 80 %, about eighty are right.\n"
        "Empty where it was not computed.",
        lambda row: _probability(row.found.probability),
        lambda row: None if math.isnan(row.found.probability) else row.found.probability,
        is_number=True,
        descending_first=True,
        how="probability",
    ),
    Column("Adduct", "The ion", lambda row: row.found.adduct, lambda row: row.found.adduct),
    Column(
        "ppm",
        "Error of the precursor: measured minus computed, in parts per million",
        _error,
        lambda row: None if math.isnan(row.found.error_ppm) else abs(row.found.error_ppm),
        is_number=True,
        how="ppm",
    ),
    Column(
        "Peaks",
        "Peaks that a part of this formula can have, of those that count",
        lambda row: f"{row.found.explained_peaks}/{row.peaks}",
        lambda row: row.found.explained_peaks,
        is_number=True,
        descending_first=True,
        how="precursor",
    ),
    Column(
        "Expl. %",
        "Share of the intensity that lies in such peaks; the precursor does not count.\n"
        "Formulas of many elements explain much by chance.",
        lambda row: f"{percent(row.found.explained_intensity)} %",
        lambda row: row.found.explained_intensity,
        is_number=True,
        descending_first=True,
        how="precursor",
    ),
    Column(
        "Isotopes",
        "Agreement of the measured isotope pattern with the computed one, 0 to 1;\n"
        "it needs the MS1 spectrum of the precursor",
        _isotopes,
        lambda row: row.found.isotope_score,
        is_number=True,
        descending_first=True,
        how="isotopes",
    ),
)


class FormulasTable(ValuesTable):
    """Possible formulas of the precursor, likeliest first."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(COLUMNS, lambda _: None, parent)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if section == USED and role == Role.DisplayRole:
            return ""
        return super().headerData(section, orientation, role)

    def cell(self, value: FormulaRow, column: str, role: int) -> Any:
        if column == "In use" and role == RUNS_ROLE:
            return (Run(USED_SIGN if value.is_used else " ", tone="used"),)
        if column == "Formula" and role == RUNS_ROLE:
            return formula_runs(value.found.formula, bold=value.is_used)
        if column == "Adduct" and role == RUNS_ROLE:
            return adduct_runs(value.found.adduct)
        if column == "Expl. %" and role == FRACTION_ROLE:
            return value.found.explained_intensity
        if role == Role.ToolTipRole:
            if column == "In use" and value.is_used:
                return "In use: peaks and candidates were made with this formula"
            if column == "#" and not value.found.rank:
                return "Not among the computed formulas"
            if column == "Isotopes" and value.found.isotope_score is None:
                return "There is no MS1 spectrum to compare isotopes with"
        return None

    def copy_text(self) -> str:
        """Return the whole table as TSV, in the order on screen; units stand in the header."""
        header = (
            "in_use", "rank", "formula", "adduct", "error_ppm", "explained_peaks", "peaks",
            "explained_intensity", "isotope_score", "probability",
        )  # fmt: skip
        lines = ["\t".join(header)]
        for place in range(self.rowCount()):
            row: FormulaRow = self.value(place)
            found = row.found
            isotopes = "" if found.isotope_score is None else f"{found.isotope_score:.3f}"
            error = "" if math.isnan(found.error_ppm) else f"{found.error_ppm:.2f}"
            likely = "" if math.isnan(found.probability) else f"{found.probability:.4f}"
            fields = (
                "yes" if row.is_used else "", found.rank or "", found.formula, found.adduct, error,
                found.explained_peaks, row.peaks, f"{found.explained_intensity:.4f}", isotopes,
                likely,
            )  # fmt: skip
            lines.append("\t".join(str(field) for field in fields))
        return "\n".join(lines) + "\n"
