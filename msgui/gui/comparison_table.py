"""The peaks that decide between two candidates, as a table."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt

from msgui.annotation import PeakAnnotation
from msgui.fragments.comparison import Explains
from msgui.gui.peak_words import peak_formula_runs, percent
from msgui.gui.session import Session
from msgui.gui.widgets.delegates import RUNS_ROLE
from msgui.gui.widgets.runs import Run, plain_text
from msgui.gui.widgets.values_table import Column, ValuesTable

Role = Qt.ItemDataRole


@dataclass(frozen=True)
class DecidingPeak:
    """A peak that one of two candidates explains, with what it is for that one."""

    index: int
    letter: str
    peak: PeakAnnotation


def _cuts(row: DecidingPeak) -> str:
    piece = row.peak.fragment
    if piece is None:
        return ""
    shift = f", {piece.hydrogen_shift:+d} H" if piece.hydrogen_shift else ""
    return f"{len(piece.bonds_cut)} cut{shift}"


COLUMNS = (
    Column(
        "m/z",
        "Measured m/z; a click pins the peak",
        lambda row: f"{row.peak.mz:.4f}",
        lambda row: row.peak.mz,
        is_number=True,
        how="compare",
    ),
    Column(
        "Formula",
        "Ion formula for the candidate that explains the peak",
        lambda row: plain_text(peak_formula_runs(row.peak)),
        lambda row: row.peak.formula,
        how="formula",
    ),
    Column(
        "Int %",
        "Intensity in percent of the highest peak",
        lambda row: percent(row.peak.relative_intensity),
        lambda row: row.peak.relative_intensity,
        is_number=True,
        how="compare",
    ),
    Column("Only", "Which candidate explains it", lambda row: row.letter, lambda row: row.letter),
    Column(
        "Piece",
        "Bonds cut and hydrogens moved to make the piece",
        _cuts,
        lambda row: len(row.peak.fragment.bonds_cut) if row.peak.fragment else 99,
        how="cuts",
    ),
)


def deciding_rows(session: Session) -> tuple[DecidingPeak, ...]:
    """Return the deciding peaks of the session's comparison, most intense first."""
    comparison = session.comparison
    if comparison is None:
        return ()
    rows = []
    for index in comparison.deciding:
        first = comparison.explains[index] == Explains.FIRST
        peaks = session.peaks if first else session.compared_peaks
        rows.append(DecidingPeak(index, "A" if first else "B", peaks[index]))
    return tuple(rows)


class DecidingTable(ValuesTable):
    """Rows are deciding peaks, in the order of their intensity."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(COLUMNS, lambda _: None, parent)
        self._sorted = (2, Qt.SortOrder.DescendingOrder)

    def cell(self, value: DecidingPeak, column: str, role: int) -> Any:
        if role == RUNS_ROLE and column == "Formula":
            return peak_formula_runs(value.peak)
        if role == RUNS_ROLE and column == "Only":
            tone = "first" if value.letter == "A" else "second"
            return (Run(value.letter, bold=True, tone=tone),)
        return None

    def copy_text(self) -> str:
        """Return the table as TSV with units in the header."""
        lines = ["m/z\tformula\trelative intensity (%)\tonly\tpiece"]
        for row in range(self.rowCount()):
            lines.append("\t".join(column.text(self.value(row)) for column in COLUMNS))
        return "\n".join(lines) + "\n"
