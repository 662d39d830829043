"""The table of peaks: values in arrays, sorted in the model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from msgui.annotation import PeakAnnotation
from msgui.gui.peak_words import DAGGER, loss_runs, peak_formula_runs, percent, signed
from msgui.gui.theme import Palette
from msgui.gui.widgets.delegates import RUNS_ROLE
from msgui.gui.widgets.run_label import as_tip
from msgui.gui.widgets.runs import Run, plain_text
from msgui.spectra.spectrum import Spectrum

if TYPE_CHECKING:
    from msgui.expectation import Expectation

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
NOTHING = QModelIndex()


@dataclass(frozen=True)
class PeakColumn:
    """One column: its title, what it is and is not, how it is written and sorted."""

    title: str
    tip: str
    text: Callable[[PeakAnnotation], str]
    key: Callable[[PeakAnnotation], Any]
    decimals: int | None = None
    descending_first: bool = False
    how: str = ""


STATE_SIGNS = {"structure": "●", "formula": "◐", "none": "○", "left out": "✕"}
STATE_TIPS = {
    "structure": "A piece of the chosen candidate has this mass",
    "formula": "A part of the formula has this mass, but no piece of the chosen candidate",
    "none": "Nothing that was looked for has this mass",
    "left out": "You marked it: it counts neither for nor against anything",
}


def state_of(peak: PeakAnnotation) -> str:
    """Return what explains a peak: "structure", "formula" or "none"; "left out" when marked."""
    if peak.said.mark:
        return "left out"
    if peak.fragment is not None:
        return "structure"
    return "formula" if peak.formula else "none"


def _state_key(peak: PeakAnnotation) -> tuple[int, float]:
    order = tuple(STATE_SIGNS).index(state_of(peak))
    return order, -peak.relative_intensity


def _cuts(peak: PeakAnnotation) -> str:
    return "" if peak.fragment is None else str(len(peak.fragment.bonds_cut))


def _seen(peak: PeakAnnotation) -> str:
    if peak.seen_in_training is None or not peak.formula:
        return ""
    return "yes" if peak.seen_in_training else f"new {DAGGER}"


COLUMNS: tuple[PeakColumn, ...] = (
    PeakColumn(
        "State",
        "● explained by a piece of the chosen candidate, ◐ by the formula only,\n"
        "○ by nothing, ✕ left out by you",
        lambda p: STATE_SIGNS[state_of(p)],
        _state_key,
        how="states",
    ),
    PeakColumn("m/z", "Measured m/z", lambda p: f"{p.mz:.4f}", lambda p: p.mz, 4, how="ppm"),
    PeakColumn(
        "Int %",
        "Intensity in percent of the highest peak, as measured",
        lambda p: percent(p.relative_intensity),
        lambda p: p.relative_intensity,
        1,
        descending_first=True,
        how="explained",
    ),
    PeakColumn(
        "Formula",
        "Ion formula: of the chosen candidate's fragment where one fits, else the nearest\n"
        f"subformula of the precursor. {DAGGER}: never met in the model's training",
        lambda p: plain_text(peak_formula_runs(p)),
        lambda p: p.formula or "~",
        how="formula",
    ),
    PeakColumn(
        "ppm",
        "Mass error: (measured - computed) / computed, in parts per million",
        lambda p: signed(p.error_ppm) if p.formula else "",
        lambda p: abs(p.error_ppm) if p.formula else np.inf,
        1,
        how="ppm",
    ),
    PeakColumn(
        "Loss",
        "Neutral loss: what the precursor ion lost to become this ion",
        lambda p: plain_text(loss_runs(p, sign=False)),
        lambda p: p.neutral_loss or "~",
        how="loss",
    ),
    PeakColumn(
        "Cuts",
        "Bonds of the chosen candidate that were broken to make this ion.\n"
        "Empty: no fragment of the candidate has this mass",
        _cuts,
        lambda p: len(p.fragment.bonds_cut) if p.fragment else 99,
        0,
        how="cuts",
    ),
    PeakColumn(
        "Seen",
        "Does this ion formula occur in the spectra that the model was trained on?\n"
        "Empty: not known",
        _seen,
        lambda p: _seen(p) or "~",
        how="seen",
    ),
    PeakColumn(
        "Other",
        "How many other formulas fit within the tolerance",
        lambda p: str(len(p.alternatives)) if p.alternatives else "",
        lambda p: len(p.alternatives),
        0,
        descending_first=True,
        how="formula",
    ),
    PeakColumn(
        "Carries",
        "What the model's answer rests on: by how many nats the log-likelihood of the chosen\n"
        "candidate falls when this peak is left out. ▲ stands where it is at least half of the\n"
        "most; below zero the peak speaks against the candidate",
        lambda _: "",
        lambda _: 0.0,
        2,
        descending_first=True,
        how="carries",
    ),
    PeakColumn(
        "Pred. %",
        "Predicted, not measured: height that the chosen candidate is expected to give here, in\n"
        "percent of the highest fragment; behind it the difference to what was measured",
        lambda _: "",
        lambda _: 0.0,
        descending_first=True,
    ),
)
PREDICTED, CARRIED, OTHER = len(COLUMNS) - 1, len(COLUMNS) - 2, len(COLUMNS) - 3
# A peak is marked where it carries at least this share of the most, and this much.
MARKED_SHARE, MARKED_NATS = 0.5, 0.1
STATE, MZ, INTENSITY, FORMULA, PPM, LOSS = range(6)
DEFAULT_SORT = INTENSITY
FIGURE_SPACE, PUNCTUATION_SPACE = "\u2007", "\u2008"


def _aligned(number: str) -> str:
    """Pad a percentage with spaces as wide as its digits, so that the points of a column meet."""
    whole, point, _ = number.partition(".")
    rest = "" if point else PUNCTUATION_SPACE + FIGURE_SPACE
    return FIGURE_SPACE * (3 - len(whole)) + number + rest


def _said_tip(peak: PeakAnnotation) -> str:
    kinds = {"formula": "Formula chosen by you", "": ""}
    kind = kinds.get(peak.said.kind, f"Marked as {peak.said.kind} by you")
    return as_tip("\n".join(text for text in (kind, peak.said.note) if text))


class PeaksTable(QAbstractTableModel):
    """Rows are peaks; :meth:`peak_of` and :meth:`row_of` translate to indices of the spectrum."""

    columns = COLUMNS

    def __init__(self, palette: Palette, parent: Any = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._spectrum: Spectrum | None = None
        self._highest = 1.0
        self._peaks: tuple[PeakAnnotation, ...] = ()
        self._order: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._rows: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._sorted = (DEFAULT_SORT, Qt.SortOrder.DescendingOrder)
        self._hovered: int | None = None
        self._lit: frozenset[int] | None = None
        self._expected: Expectation | None = None
        self._carried: npt.NDArray[np.float64] | None = None

    def set_carried(self, carried: npt.NDArray[np.float64] | None) -> None:
        """Show what the answer rests on, in nats for each peak; None: nothing is known."""
        self._carried = carried
        self._refresh(CARRIED)

    def _carried_text(self, peak: int) -> str:
        found = self._carried
        if found is None or peak >= found.size or np.isnan(found[peak]):
            return ""
        is_marked = found[peak] >= max(MARKED_NATS, MARKED_SHARE * float(np.nanmax(found)))
        return f"{'▲ ' if is_marked else ''}{signed(float(found[peak]), 2)}"

    def set_expected(self, expected: "Expectation | None") -> None:
        """Show what is predicted for each peak; None: nothing is."""
        self._expected = expected
        self._refresh(PREDICTED)

    def _refresh(self, column: int) -> None:
        """Say that the values of a column are others."""
        if self._sorted[0] == column:
            self.beginResetModel()
            self._arrange()
            self.endResetModel()
        elif self._order.size:
            rows = self.index(0, column), self.index(self._order.size - 1, column)
            self.dataChanged.emit(*rows, [Role.DisplayRole, RUNS_ROLE])

    def _predicted(self, peak: int) -> tuple[float, float] | None:
        """Return the predicted height of a peak and its difference, None where none is known."""
        found = self._expected
        if found is None or peak >= found.at_peak.size or np.isnan(found.at_peak[peak]):
            return None
        height = float(found.at_peak[peak])
        return height, height - float(found.measured[peak])

    def _predicted_text(self, peak: int) -> str:
        found = self._predicted(peak)
        if found is None:
            return ""
        return f"{_aligned(percent(found[0]))}  ({signed(100 * found[1], 0)})"

    def set_palette(self, palette: Palette) -> None:
        """Use the colors of another theme."""
        self._palette = palette
        self._repaint()

    def set_peaks(self, spectrum: Spectrum | None, peaks: tuple[PeakAnnotation, ...]) -> None:
        """Show the peaks of a spectrum; without annotation only what was measured."""
        self.beginResetModel()
        self._spectrum = spectrum
        self._highest = float(spectrum.intensity.max()) if spectrum and len(spectrum) else 1.0
        fits = spectrum is not None and len(peaks) == len(spectrum)
        self._peaks = peaks if fits else ()
        self._hovered, self._lit = None, None
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, order = self._sorted
        descending = order == Qt.SortOrder.DescendingOrder
        self._order = self._ascending(column)
        if descending:
            self._order = self._order[::-1]
        self._rows = np.empty_like(self._order)
        self._rows[self._order] = np.arange(self._order.size)

    def _ascending(self, column: int) -> npt.NDArray[np.int64]:
        spectrum = self._spectrum
        if spectrum is None:
            return np.empty(0, np.int64)
        # What was measured is sorted as arrays: a profile has more peaks than Python likes.
        if column == MZ or not self._peaks:
            values = spectrum.mz if column == MZ else spectrum.intensity
            return np.argsort(values, kind="stable")
        if column == INTENSITY:
            return np.argsort(spectrum.intensity, kind="stable")
        if column == PREDICTED:
            known = [self._predicted(peak) for peak in range(len(self._peaks))]
            heights = np.array([-1.0 if one is None else one[0] for one in known])
            return np.argsort(heights, kind="stable")
        if column == CARRIED:
            carried = np.zeros(len(self._peaks))
            if self._carried is not None and self._carried.size == carried.size:
                carried = np.nan_to_num(self._carried, nan=-np.inf)
            return np.argsort(carried, kind="stable")
        keys = [COLUMNS[column].key(peak) for peak in self._peaks]
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)

    def peak(self, index: int) -> PeakAnnotation:
        """Return what is known about a peak of the spectrum."""
        if self._peaks:
            return self._peaks[index]
        spectrum = self._spectrum
        assert spectrum is not None
        mz, intensity = float(spectrum.mz[index]), float(spectrum.intensity[index])
        return PeakAnnotation(index, mz, intensity, intensity / self._highest)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if not 0 <= column < len(COLUMNS) or (column, order) == self._sorted:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        peaks = [self.peak_of(index.row()) for index in before]
        self._sorted = (column, order)
        self._arrange()
        self.changePersistentIndexList(
            before,
            [self.index(self.row_of(p), i.column()) for p, i in zip(peaks, before, strict=True)],
        )
        self.layoutChanged.emit()

    def peak_of(self, row: int) -> int:
        """Return the index of the peak in a row."""
        return int(self._order[row])

    def row_of(self, peak: int) -> int:
        """Return the row of a peak, -1 when there is no such peak."""
        return int(self._rows[peak]) if 0 <= peak < self._rows.size else -1

    def set_hovered(self, peak: int | None) -> None:
        """Light the row of one peak."""
        before, self._hovered = self._hovered, peak
        for changed in (before, peak):
            if changed is not None and (row := self.row_of(changed)) >= 0:
                ends = self.index(row, 0), self.index(row, len(COLUMNS) - 1)
                self.dataChanged.emit(*ends, [Role.BackgroundRole])

    def set_lit(self, lit: frozenset[int] | None) -> None:
        """Let the rows of all other peaks fade; None: none fades."""
        if lit != self._lit:
            self._lit = lit
            self._repaint()

    def _repaint(self) -> None:
        if self._order.size:
            ends = self.index(0, 0), self.index(self._order.size - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(*ends, [Role.ForegroundRole])

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else int(self._order.size)

    def columnCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == Role.DisplayRole:
            return "" if section == STATE else column.title
        if role == Role.ToolTipRole:
            return f"{column.tip}\nHow? Press F1 here."
        if role == Role.TextAlignmentRole:
            side = "AlignLeft" if column.decimals is None else "AlignRight"
            return int(Qt.AlignmentFlag[side] | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.InitialSortOrderRole:
            descending = Qt.SortOrder.DescendingOrder
            return descending if column.descending_first else Qt.SortOrder.AscendingOrder
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        peak, column = self.peak(self.peak_of(index.row())), index.column()
        if role == Role.DisplayRole:
            if column == CARRIED:
                return self._carried_text(peak.index)
            is_predicted = column == PREDICTED
            return self._predicted_text(peak.index) if is_predicted else COLUMNS[column].text(peak)
        if role == RUNS_ROLE:
            if column == PREDICTED:
                return (Run(self._predicted_text(peak.index)),)
            if column == STATE:
                state = state_of(peak) if self._peaks else ""
                return (Run(STATE_SIGNS[state], tone=state),) if state else ()
            if column == FORMULA:
                return peak_formula_runs(peak)
            return loss_runs(peak, sign=False) if column == LOSS else None
        if role == Role.BackgroundRole:
            is_hovered = self._hovered is not None and peak.index == self._hovered
            return QColor(self._palette.hover) if is_hovered else None
        if role == Role.ForegroundRole:
            return self._ink(peak)
        if role == Role.FontRole and peak.said.kind:
            font = QFont()
            font.setItalic(True)
            return font
        if role == Role.ToolTipRole and column == STATE and self._peaks:
            return STATE_TIPS[state_of(peak)]
        if role == Role.ToolTipRole and column == FORMULA and peak.said:
            return _said_tip(peak)
        if role == Role.ToolTipRole and column == OTHER and peak.alternatives:
            return "Also within the tolerance: " + ", ".join(peak.alternatives[:12])
        return None

    def _ink(self, peak: PeakAnnotation) -> QColor | None:
        if self._lit is not None and peak.index not in self._lit:
            return QColor(self._palette.border)
        if self._peaks and not peak.formula:
            return QColor(self._palette.muted)
        return None

    def as_tsv(self, rows: list[int]) -> str:
        """Return rows as tab-separated text with units in the header."""
        header = TSV_HEADER + (CARRIED_HEADER if self._carried is not None else ())
        header += PREDICTED_HEADER if self._expected is not None else ()
        lines = ["\t".join(header)]
        for row in rows:
            peak = self.peak(self.peak_of(row))
            predicted = self._predicted(peak.index)
            fields: tuple[str, ...] = (
                f"{peak.mz:.6f}",
                f"{peak.intensity:.6g}",
                f"{100 * peak.relative_intensity:.4g}",
                plain_text(peak_formula_runs(peak)).replace(f" {DAGGER}", ""),
                f"{peak.error_ppm:.2f}" if peak.formula else "",
                peak.neutral_loss,
                _cuts(peak),
                {True: "yes", False: "no", None: ""}[peak.seen_in_training],
                " ".join(peak.alternatives),
                state_of(peak) if self._peaks else "",
                peak.said.kind,
                " ".join(peak.said.note.split()),
            )
            if self._carried is not None:
                carried = self._carried[peak.index]
                fields += ("" if np.isnan(carried) else f"{carried:.4g}",)
            if self._expected is not None:
                fields += (
                    tuple(f"{100 * value:.4g}" for value in predicted) if predicted else ("", "")
                )
            lines.append("\t".join(fields))
        return "\n".join(lines) + "\n"


TSV_HEADER = (
    "m/z",
    "intensity",
    "relative intensity (%)",
    "formula",
    "error (ppm)",
    "neutral loss",
    "bonds cut",
    "seen in training",
    "other formulas",
    "explained by",
    "set by hand",
    "note",
)
CARRIED_HEADER = ("carries (nats of the candidate's log-likelihood)",)
PREDICTED_HEADER = (
    "predicted intensity (% of highest fragment)",
    "predicted minus measured (% of highest fragment)",
)
