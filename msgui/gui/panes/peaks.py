"""The table of peaks beside the plot: hover and selection go both ways."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from msgui.gui.copying import put
from msgui.gui.how import How, set_topic
from msgui.gui.peak_decisions import fill_peak_menu
from msgui.gui.peaks_table import (
    CARRIED,
    COLUMNS,
    DEFAULT_SORT,
    FORMULA,
    INTENSITY,
    LOSS,
    PREDICTED,
    PeaksTable,
)
from msgui.gui.session import Session
from msgui.gui.widgets.columns import PlainTable
from msgui.gui.widgets.delegates import NumberDelegate, RunsDelegate
from msgui.gui.widgets.empty_state import EmptyState
from msgui.gui.widgets.run_label import RunLabel
from msgui.gui.widgets.runs import Run, Runs
from msgui.spectra.coverage import Coverage

COUNT_TIP = (
    "Peaks that the chosen candidate explains, of those that count.\n"
    "The precursor and isotope peaks do not count."
)

# A formula is what the table is read for: the last columns are scrolled to before it is cut.
NARROWEST_FORMULA = 200


class PeaksPane(QWidget):
    """Shows the peaks of the current spectrum as a table."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("peaks_pane")
        self.setAccessibleName("Peaks")
        set_topic(self, "states")
        self._session = session
        self._syncing = False
        self._own_hover = False
        self.model = PeaksTable(session.palette, self)
        self.table = PlainTable(
            (FORMULA, LOSS), narrowest=NARROWEST_FORMULA, parent=self, keeps_text=True
        )
        self.empty = EmptyState(self)
        self.title = RunLabel(self)
        self.count = RunLabel(self, align_right=True)
        self._stack = QStackedWidget(self)
        self._lay_out()
        self._connect()
        self._show_peaks()
        self._show_expected()
        self._show_carried()

    def _lay_out(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName("Table of peaks")
        table.setSortingEnabled(True)
        table.sortByColumn(DEFAULT_SORT, Qt.SortOrder.DescendingOrder)
        for place, column in enumerate(COLUMNS):
            if column.decimals is None:
                table.setItemDelegateForColumn(place, RunsDelegate(self._tones, table))
            else:
                delegate = NumberDelegate(column.decimals, table)
                table.setItemDelegateForColumn(place, delegate)
        # What is predicted stands beside what was measured.
        table.horizontalHeader().moveSection(PREDICTED, INTENSITY + 1)
        self.title.set_runs((Run("Peaks", bold=True),))
        How(self.count, "explained", self._session)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 4)
        head.addWidget(self.title)
        head.addWidget(self.count, 1)
        self._stack.addWidget(table)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)

    def _tones(self) -> dict[str, QColor]:
        palette = self._session.palette
        colors = {"structure": palette.explained, "formula": palette.formula}
        return {
            name: QColor(colors.get(name, palette.unexplained))
            for name in ("structure", "formula", "none", "left out")
        }

    def _connect(self) -> None:
        session = self._session
        session.current_changed.connect(lambda _: self._show_peaks())
        session.spectra_changed.connect(lambda _: self._show_peaks())
        session.explanation_changed.connect(self._show_peaks)
        session.expectation_changed.connect(self._show_expected)
        session.occlusion_changed.connect(self._show_carried)
        session.candidate_selected.connect(lambda _: self._show_carried())
        session.candidate_selected.connect(lambda _: self._show_count())
        session.annotation_changed.connect(lambda _: self._show_count())
        session.peak_hovered.connect(self._show_hover)
        session.peaks_pinned.connect(lambda _: self._show_pins())
        session.atom_hovered.connect(lambda _: self._show_lit())
        session.atoms_selected.connect(lambda _: self._show_lit())
        session.bonds_selected.connect(lambda _: self._show_lit())
        session.theme_changed.connect(lambda _: self.model.set_palette(session.palette))
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.row_entered.connect(self._hover_row)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._pin_selection())

    # What is shown

    def _show_peaks(self) -> None:
        entry = self._session.current_entry
        self._syncing = True
        self.model.set_peaks(entry.spectrum if entry else None, self._session.peaks)
        self._syncing = False
        has_peaks = self.model.rowCount() > 0
        if not has_peaks:
            title = "No peaks" if entry else "No spectrum chosen"
            self.empty.show_state(title, "" if entry else "Its peaks are listed here.")
        self._stack.setCurrentWidget(self.table if has_peaks else self.empty)
        self.table.fit_columns()
        self._show_pins()
        self._show_hover(self._session.hovered_peak)
        self._show_lit()
        self._show_count()

    def _show_expected(self) -> None:
        expected = self._session.expectation
        self.model.set_expected(expected)
        self.table.setColumnHidden(PREDICTED, expected is None)
        self.table.fit_columns()
        self._show_pins()

    def _show_carried(self) -> None:
        carried = self._session.carried
        self.model.set_carried(carried)
        self.table.setColumnHidden(CARRIED, carried is None)
        self.table.fit_columns()
        self._show_pins()

    def _show_count(self) -> None:
        self.count.set_runs(self._count_runs(), COUNT_TIP)

    def _count_runs(self) -> Runs:
        entry = self._session.current_entry
        if entry is None:
            return ()
        coverage: Coverage | None = None
        if (candidate := self._session.candidate) is not None:
            coverage = candidate.coverage
        elif entry.annotation is not None:
            coverage = entry.annotation.formula_coverage
        if coverage is None:
            count = len(entry.spectrum)
            return (Run(f"{count} peak{'s' if count != 1 else ''}", muted=True),)
        return (
            Run(f"{coverage.explained_peaks} of {coverage.peaks}"),
            Run(" explained", muted=True),
        )

    def _show_hover(self, peak: int | None) -> None:
        self.model.set_hovered(peak)
        row = self.model.row_of(peak) if peak is not None else -1
        # The table must not run away under the mouse that hovers over it.
        if row >= 0 and not self._own_hover:
            self.table.show_row(row)

    def _show_pins(self) -> None:
        rows = sorted(self.model.row_of(peak) for peak in self._session.pinned_peaks)
        rows = [row for row in rows if row >= 0]
        if rows == self.table.selected_rows():
            return
        self._syncing = True
        self.table.select_rows(rows)
        self._syncing = False
        if rows:
            self.table.show_row(rows[0])

    def _show_lit(self) -> None:
        session = self._session
        self.model.set_lit(session.lit_peaks if session.picks else None)

    # What the user does

    def _hover_row(self, row: int) -> None:
        self._own_hover = True
        self._session.hover_peak(self.model.peak_of(row) if row >= 0 else None)
        self._own_hover = False

    def _pin_selection(self) -> None:
        if not self._syncing:
            rows = self.table.selected_rows()
            self._session.pin_peaks(self.model.peak_of(row) for row in rows)

    def _show_menu(self, place: QPoint) -> None:
        row = self.table.indexAt(place).row()
        if row < 0:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_peak_menu(menu, self._session, self.model.peak_of(row))
        menu.addAction("Copy rows", self.copy)
        menu.popup(self.table.viewport().mapToGlobal(place))

    def copy_text(self) -> str:
        """Return the selected rows, else all, as TSV with units in the header."""
        return self.model.as_tsv(self.table.selected_rows() or list(range(self.model.rowCount())))

    def copy(self) -> None:
        """Put the selected rows, else all, on the clipboard as TSV."""
        count = len(self.table.selected_rows()) or self.model.rowCount()
        put(self.copy_text())
        self._session.say(f"Copied {count} row{'s' if count != 1 else ''} as a table.")

    def keyPressEvent(self, event) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Escape:
            self._session.pin_peaks(())
        else:
            super().keyPressEvent(event)
