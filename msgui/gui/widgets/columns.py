"""Tables whose columns fit what they hold, and give the room that is left to the texts."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from msgui.gui.widgets.delegates import CellDelegate
from msgui.gui.widgets.quiet_header import QuietHeader

SAMPLED_ROWS = 24
"""Rows measured for a column's width: more would not change it, and fifty thousand would wait."""


class PlainTable(QTableView):
    """A quiet table: rows, no grid, the row under the mouse is told.

    Its columns have delegates of :mod:`msgui.gui.widgets.delegates`.

    Parameters
    ----------
    flexible : sequence of int
        Columns that share the room that is left over, and give way when there is too little.
    widest : int
        No column is made wider than this by its content.
    narrowest : int
        Flexible columns are never made narrower than this.
    keeps_text : bool
        Where not all columns fit, rather scroll than cut texts.
    """

    row_entered = Signal(int)  # -1: none

    def __init__(
        self,
        flexible: Sequence[int] = (),
        widest: int = 220,
        narrowest: int = 72,
        parent=None,
        *,
        keeps_text: bool = False,
    ) -> None:
        super().__init__(parent)
        self._flexible = tuple(flexible)
        self._widest = widest
        self.narrowest = narrowest
        self._keeps_text = keeps_text
        self._natural: list[int] = []
        self._user_sized = False
        self._fitting = False
        self._row = -1
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        # Without it the style draws a lonely square between the two scroll bars.
        self.setCornerWidget(QWidget(self))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHorizontalHeader(QuietHeader(self))
        header = self.horizontalHeader()
        header.sectionResized.connect(self._note_user)
        self._row_height = 0
        self._fit_rows()

    def set_row_height(self, height: int) -> None:
        """Give every row the same height in pixels; 0: one line of text."""
        self._row_height = height
        self._fit_rows()

    def _fit_rows(self) -> None:
        height = self._row_height or QFontMetrics(self.font()).height() + 6
        self.verticalHeader().setMinimumSectionSize(min(height, 16))
        self.verticalHeader().setDefaultSectionSize(height)

    def fit_columns(self) -> None:
        """Measure the columns anew and share what room is left."""
        model = self.model()
        if model is None:
            return
        self._natural = [self._measure(column) for column in range(model.columnCount())]
        self.share_room()

    def _measure(self, column: int) -> int:
        model, header = self.model(), self.horizontalHeader()
        assert isinstance(header, QuietHeader)
        width = header.title_width(column)
        font = self.font()
        for row in range(min(model.rowCount(), SAMPLED_ROWS)):
            index = model.index(row, column)
            delegate = self.itemDelegateForIndex(index)
            assert isinstance(delegate, CellDelegate)
            width = max(width, min(delegate.content_width(font, index), self._widest))
        return width

    def share_room(self) -> None:
        """Give the room that is left to the flexible columns."""
        if self._user_sized or not self._natural:
            return
        self._fitting = True
        shown = [c for c in range(len(self._natural)) if not self.isColumnHidden(c)]
        widths = {column: self._natural[column] for column in shown}
        left = self.viewport().width() - sum(widths.values())
        flexible = [column for column in self._flexible if column in shown]
        if self._keeps_text and self.needed_width(shown) > self.viewport().width():
            # It must be scrolled anyway: then nothing need be cut.
            flexible = []
        for place, column in enumerate(flexible):
            share = left // (len(flexible) - place)
            wanted = max(widths[column] + share, min(widths[column], self.narrowest))
            left -= wanted - widths[column]
            widths[column] = wanted
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        self._fitting = False

    def needed_width(self, columns: Sequence[int]) -> int:
        """Return the width below which these columns do not fit, however the texts give way."""
        natural = {c: self._natural[c] for c in columns if c < len(self._natural)}
        return sum(
            min(width, self.narrowest) if column in self._flexible else width
            for column, width in natural.items()
        )

    def _note_user(self) -> None:
        # A width that the user pulled stays; ours come with _fitting.
        if not self._fitting and self.horizontalHeader().underMouse():
            self._user_sized = True

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.share_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_rows()
            self.fit_columns()

    def mouseMoveEvent(self, event) -> None:
        super().mouseMoveEvent(event)
        self._enter(self.indexAt(event.position().toPoint()).row())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Leave, QEvent.Type.HoverLeave):
            self._enter(-1)
        return super().viewportEvent(event)

    def _enter(self, row: int) -> None:
        if row != self._row:
            self._row = row
            self.row_entered.emit(row)

    def select_rows(self, rows: Sequence[int]) -> None:
        """Select exactly these rows; the first becomes the current one."""
        selection = QItemSelection()
        model = self.model()
        last = model.columnCount() - 1
        for row in rows:
            selection.select(model.index(row, 0), model.index(row, last))
        chosen = self.selectionModel()
        if rows:
            chosen.setCurrentIndex(
                model.index(rows[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
        chosen.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def selected_rows(self) -> list[int]:
        """Return the selected rows, ascending."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def show_row(self, row: int) -> None:
        """Scroll just as far as needed to have a row on screen."""
        column = max(0, self.columnAt(0))
        index = self.model().index(row, column)
        self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
