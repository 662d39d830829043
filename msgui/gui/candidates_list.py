"""Ranked structures as a list, with the baseline beside the model."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

from msgui.annotation import Candidate
from msgui.gui.candidates_table import (
    BASELINE,
    BLIND,
    CALL,
    EXPLAINED,
    MODEL,
    NAME,
    PEAKS,
    PICTURE,
    RANK,
    CandidatesTable,
)
from msgui.gui.copying import copier
from msgui.gui.session import CALL_STATES, Session
from msgui.gui.widgets.columns import PlainTable
from msgui.gui.widgets.delegates import (
    BarDelegate,
    NumberDelegate,
    PictureDelegate,
    RunsDelegate,
)
from msgui.gui.widgets.values_table import copy_text

FLAT_ROW_HEIGHT = 40
WIDEST, NARROWEST_NAME, NARROWEST_FLAT_NAME = 220, 84, 52
SPARE_FOR_NAMES = 16
"""Names get this much more than the least before the extra columns come back."""
EXTRAS = (PEAKS, BLIND, CALL)
"""Columns that leave first when there is little room; what they say moves into other cells."""
VERBS = {"accepted": "Accept", "tentative": "Tentative", "rejected": "Reject"}


class CandidatesList(PlainTable):
    """Rows are the candidates of the current annotation; the selected one is the session's."""

    def __init__(
        self,
        session: Session,
        picture: Callable[[str], object],
        picture_width: int,
        row_height: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__((NAME,), WIDEST, NARROWEST_NAME, parent)
        self._session = session
        self._full_row_height = row_height
        self._syncing = False
        self._hidden_by_user: set[int] = set()
        self.values = CandidatesTable(self.call_of, picture, self)
        self.setModel(self.values)
        self.setAccessibleName("Candidates")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSortingEnabled(True)
        self.sortByColumn(RANK, Qt.SortOrder.AscendingOrder)
        self.set_row_height(row_height)
        self._set_delegates(picture_width)
        self._connect()

    def _set_delegates(self, picture_width: int) -> None:
        runs = RunsDelegate(self._tones, self)
        for column in (RANK, NAME, CALL):
            self.setItemDelegateForColumn(column, runs)
        self.setItemDelegateForColumn(PICTURE, PictureDelegate(picture_width, self))
        # One delegate for both: model and baseline are never shown differently.
        scores, counts = NumberDelegate(2, self), NumberDelegate(0, self)
        for column, delegate in ((MODEL, scores), (BASELINE, scores), (PEAKS, counts)):
            self.setItemDelegateForColumn(column, delegate)
        self.setItemDelegateForColumn(BLIND, counts)
        bar = BarDelegate(lambda: QColor(self._session.palette.explained), self)
        self.setItemDelegateForColumn(EXPLAINED, bar)

    def _connect(self) -> None:
        session, header = self._session, self.horizontalHeader()
        for widget, show in ((header, self._show_column_menu), (self, self._show_row_menu)):
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            widget.customContextMenuRequested.connect(show)
        self.selectionModel().selectionChanged.connect(lambda *_: self._choose())
        session.candidate_selected.connect(lambda _: self.show_selected())
        session.call_changed.connect(lambda _: self._take_call())

    # What is shown

    def call_of(self, candidate: Candidate) -> str:
        """Return what the user said about a candidate."""
        entry = self._session.current_entry
        return entry.call_of(candidate.structure.inchikey14) if entry else ""

    def _tones(self) -> dict[str, QColor]:
        palette = self._session.palette
        return {
            "accepted": QColor(palette.fine),
            "tentative": QColor(palette.warn),
            "rejected": QColor(palette.problem),
        }

    def show_annotation(self) -> None:
        """Show the candidates of the current annotation."""
        entry = self._session.current_entry
        annotation = entry.annotation if entry else None
        self._syncing = True
        self.values.set_values(annotation.candidates if annotation else ())
        self._syncing = False
        self.fit_columns()
        self.fit_extras()
        self.show_selected()

    def show_selected(self) -> None:
        """Select the row of the session's candidate."""
        row = self.values.row_of(self._session.selected_candidate)
        rows = [row] if row >= 0 else []
        if rows != self.selected_rows():
            self._syncing = True
            self.select_rows(rows)
            self._syncing = False
        if row >= 0:
            self.show_row(row)

    def _take_call(self) -> None:
        self.values.repaint()
        self.fit_columns()
        self.fit_extras()

    def fit_extras(self) -> None:
        """Let the less important columns go when the names would have no room left."""
        must = [column for column in range(CALL + 1) if column not in EXTRAS]
        if not self.isVisible():
            # A hidden page keeps the size of another time.
            return
        room = self.viewport().width()
        needed = self.needed_width([*must, *EXTRAS])
        is_compact = 0 < room < needed + SPARE_FOR_NAMES
        # The numbers matter most: the structure is drawn large in its own pane anyway.
        self.narrowest = NARROWEST_NAME
        is_flat = 0 < room < self.needed_width(must)
        self.narrowest = NARROWEST_FLAT_NAME if is_flat else NARROWEST_NAME
        lines = 2 * self.fontMetrics().height() + 10
        height = FLAT_ROW_HEIGHT if is_flat else self._full_row_height
        self.set_row_height(max(height, lines))
        if is_compact != self.values.is_compact:
            self.values.is_compact = is_compact
            self.values.repaint()
        for column in range(CALL + 1):
            hide = column in self._hidden_by_user or (is_compact and column in EXTRAS)
            hide = hide or (is_flat and column == PICTURE)
            self.setColumnHidden(column, hide)
        self.share_room()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.fit_extras()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self.fit_extras()

    # What the user does

    def _choose(self) -> None:
        if self._syncing:
            return
        rows = self.selected_rows()
        if rows:
            self._session.select_candidate(self.values.place_of(rows[0]))

    def _show_column_menu(self, place) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column, spec in enumerate(self.values.columns):
            action = QAction(spec.title if column else "Rank", menu)
            action.setCheckable(True)
            action.setChecked(column not in self._hidden_by_user)
            action.setEnabled(column != NAME)
            action.toggled.connect(lambda on, c=column: self._show_column(c, on))
            menu.addAction(action)
        menu.popup(self.horizontalHeader().mapToGlobal(place))

    def _show_column(self, column: int, shown: bool) -> None:
        if shown:
            self._hidden_by_user.discard(column)
        else:
            self._hidden_by_user.add(column)
        self.fit_extras()

    def _show_row_menu(self, place) -> None:
        row = self.indexAt(place).row()
        if row < 0:
            return
        structure = self.values.value(row).structure
        copy = copier(self._session)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for state in CALL_STATES:
            menu.addAction(VERBS[state], lambda s=state: self._session.decide(s))
        menu.addSeparator()
        menu.addAction("Copy SMILES", lambda: copy(structure.smiles))
        menu.addAction("Copy name", lambda: copy(structure.name or structure.smiles))
        menu.addAction("Copy table", lambda: copy(self.copy_text()))
        menu.popup(self.viewport().mapToGlobal(place))

    def copy_text(self) -> str:
        """Return the list as TSV."""
        return copy_text(self.values, lambda candidate: candidate.structure.smiles)
