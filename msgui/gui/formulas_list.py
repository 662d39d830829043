"""The possible formulas of the precursor as a list: Enter or a double click chooses one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

from msgui.gui.copying import copier
from msgui.gui.formula_words import FormulaRow, formula_rows
from msgui.gui.formulas_table import (
    ADDUCT,
    ERROR,
    EXPLAINED,
    FORMULA,
    ISOTOPES,
    PEAKS,
    PROBABILITY,
    RANK,
    USED,
    FormulasTable,
)
from msgui.gui.session import Session
from msgui.gui.widgets.columns import PlainTable
from msgui.gui.widgets.delegates import BarDelegate, NumberDelegate, RunsDelegate

WIDEST, NARROWEST_FORMULA = 220, 90
ROW_SPARE = 14
EXTRAS = (ADDUCT, ISOTOPES, PEAKS)
"""Columns that leave when there is little room, the first one first."""


class FormulasList(PlainTable):
    """Rows are the formulas of the current annotation; the one in use is marked."""

    chosen = Signal(str)
    marked = Signal()  # another row, or none, is selected

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__((FORMULA,), WIDEST, NARROWEST_FORMULA, parent)
        self._session = session
        self.values = FormulasTable(self)
        self.setModel(self.values)
        self.setAccessibleName("Formulas of the precursor")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSortingEnabled(True)
        self.sortByColumn(RANK, Qt.SortOrder.AscendingOrder)
        runs = RunsDelegate(lambda: {"used": QColor(session.palette.accent)}, self)
        for column in (USED, FORMULA, ADDUCT):
            self.setItemDelegateForColumn(column, runs)
        for column, decimals in (
            (RANK, 0),
            (PROBABILITY, 0),
            (ERROR, 1),
            (PEAKS, 0),
            (ISOTOPES, 0),
        ):
            self.setItemDelegateForColumn(column, NumberDelegate(decimals, self))
        bar = BarDelegate(lambda: QColor(session.palette.explained), self)
        self.setItemDelegateForColumn(EXPLAINED, bar)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.doubleClicked.connect(lambda _: self.choose())
        self.selectionModel().selectionChanged.connect(lambda *_: self.marked.emit())

    def show_annotation(self) -> None:
        """Show the formulas of the current annotation and select the one in use."""
        entry = self._session.current_entry
        self.set_row_height(self.fontMetrics().height() + ROW_SPARE)
        self.values.set_values(formula_rows(entry.annotation if entry else None))
        self.fit_columns()
        self.fit_extras()
        used = [row for row in range(self.values.rowCount()) if self.values.value(row).is_used]
        self.select_rows(used)
        if used:
            self.show_row(used[0])

    @property
    def marked_formula(self) -> str:
        """The formula of the selected row, empty when none is selected."""
        rows = self.selected_rows()
        return self.values.value(rows[0]).found.formula if rows else ""

    def choose(self) -> None:
        """Say that the selected formula is wanted."""
        if self.marked_formula:
            self.chosen.emit(self.marked_formula)

    def fit_extras(self) -> None:
        """Let the less important columns go when the formulas would have no room left."""
        room = self.viewport().width()
        if not self.isVisible() or room <= 0:
            return
        shown = list(range(len(self.values.columns)))
        for column in EXTRAS:
            if self.needed_width(shown) > room:
                shown.remove(column)
        for column in EXTRAS:
            self.setColumnHidden(column, column not in shown)
        self.share_room()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.fit_extras()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self.fit_extras()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            self.choose()
        else:
            super().keyPressEvent(event)

    def _show_menu(self, place) -> None:
        row = self.indexAt(place).row()
        if row < 0:
            return
        value: FormulaRow = self.values.value(row)
        formula = value.found.formula
        copy = copier(self._session)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        use = menu.addAction("Use this formula", lambda: self.chosen.emit(formula))
        use.setEnabled(not value.is_used)
        menu.addSeparator()
        menu.addAction("Copy formula", lambda: copy(formula))
        menu.addAction("Copy table", lambda: copy(self.values.copy_text()))
        menu.popup(self.viewport().mapToGlobal(place))
