"""Ranked structures as a list, with the baseline beside the model."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

from msgui.annotation import Candidate
from msgui.gui.candidate_filter import Term, places_of
from msgui.gui.candidates_table import (
    BASELINE,
    BLIND,
    CALL,
    EXPLAINED,
    HEIGHTS,
    MODEL,
    NAME,
    PEAKS,
    PERCENTILE,
    PICTURE,
    RANK,
    CandidatesTable,
)
from msgui.gui.copying import copier
from msgui.gui.level_menu import level_menu
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
EXTRAS = (HEIGHTS, PEAKS, PERCENTILE, BLIND, CALL)
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
        self._terms: tuple[Term, ...] = ()
        self.values = CandidatesTable(self.call_of, self.level_of, self.letter_of, picture, self)
        self.setModel(self.values)
        self.setAccessibleName("Candidates")
        # Two rows are compared: Ctrl+click, or Shift with the arrow keys.
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
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
        # One delegate for all: model and baseline are never shown differently.
        scores, counts = NumberDelegate(2, self), NumberDelegate(0, self)
        for column in (MODEL, BASELINE, HEIGHTS):
            self.setItemDelegateForColumn(column, scores)
        for column in (PEAKS, BLIND, PERCENTILE):
            self.setItemDelegateForColumn(column, counts)
        bar = BarDelegate(lambda: QColor(self._session.palette.explained), self)
        self.setItemDelegateForColumn(EXPLAINED, bar)

    def _connect(self) -> None:
        session, header = self._session, self.horizontalHeader()
        for widget, show in ((header, self._show_column_menu), (self, self._show_row_menu)):
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            widget.customContextMenuRequested.connect(show)
        self.selectionModel().selectionChanged.connect(lambda *_: self._choose())
        session.candidate_selected.connect(lambda _: self.show_selected())
        session.compared_changed.connect(lambda _: self._show_compared())
        session.call_changed.connect(lambda _: self._take_call())

    # What is shown

    def call_of(self, candidate: Candidate) -> str:
        """Return what the user said about a candidate."""
        entry = self._session.current_entry
        return entry.call_of(candidate.structure.inchikey14) if entry else ""

    def level_of(self, candidate: Candidate) -> str:
        """Return the identification level that the user gave a candidate."""
        entry = self._session.current_entry
        return entry.level_of(candidate.structure.inchikey14) if entry else ""

    def _tones(self) -> dict[str, QColor]:
        palette = self._session.palette
        return {
            "accepted": QColor(palette.fine),
            "tentative": QColor(palette.warn),
            "rejected": QColor(palette.problem),
            "first": QColor(palette.explained),
            "second": QColor(palette.formula),
        }

    def letter_of(self, candidate: Candidate) -> str:
        """Return "A" or "B" while a candidate is one of two that are compared."""
        session = self._session
        if session.compared < 0:
            return ""
        if candidate is session.candidate:
            return "A"
        return "B" if candidate is session.compared_candidate else ""

    def _show_compared(self) -> None:
        self.show_selected()
        self.values.repaint()

    def show_annotation(self) -> None:
        """Show the candidates of the current annotation."""
        entry = self._session.current_entry
        annotation = entry.annotation if entry else None
        candidates = annotation.candidates if annotation else ()
        shown = None
        if self._terms:
            shown = places_of(self._terms, tuple(c.structure for c in candidates))
        self._syncing = True
        self.values.set_values(candidates, shown)
        self._syncing = False
        self.fit_columns()
        self.fit_extras()
        self.show_selected()

    def set_filter(self, terms: tuple[Term, ...]) -> None:
        """Show only the candidates that fulfil some terms."""
        if terms != self._terms:
            self._terms = terms
            self.show_annotation()

    def show_selected(self) -> None:
        """Select the rows of the session's candidate and of the one it is compared with."""
        session = self._session
        row = self.values.row_of(session.selected_candidate)
        rows = [row] if row >= 0 else []
        if session.compared >= 0 and rows and (other := self.values.row_of(session.compared)) >= 0:
            rows.append(other)
        if sorted(rows) != self.selected_rows():
            self._syncing = True
            self.select_rows(rows)
            self._syncing = False
        if row >= 0 and session.compared < 0:
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
        # The last of them to go: it counts most in the ranking. The tip of the rank has it too.
        has_heights = not is_flat and self.needed_width([*must, HEIGHTS]) <= room
        extras = EXTRAS[1:] if has_heights else EXTRAS
        for column in range(CALL + 1):
            hide = column in self._hidden_by_user or (is_compact and column in extras)
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
        session = self._session
        places = [self.values.place_of(row) for row in self.selected_rows()]
        selected = session.selected_candidate
        if len(places) == 1:
            if places[0] == selected:
                session.compare_with(-1)
            session.select_candidate(places[0])
        elif selected in places:
            newest = self.values.place_of(self.currentIndex().row())
            others = [place for place in places if place != selected]
            session.compare_with(newest if newest in others else others[0])
            # More than two are never compared.
            self.show_selected()

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
        level_menu(self._session, menu)
        menu.addSeparator()
        place_of_row = self.values.place_of(row)
        if place_of_row != self._session.selected_candidate:
            selected = self._session.candidate
            name = (selected.structure.name or f"rank {selected.rank}") if selected else ""
            compare = menu.addAction(f"Compare with {name}")
            compare.triggered.connect(lambda: self._session.compare_with(place_of_row))
            menu.addSeparator()
        menu.addAction("Add candidate…", lambda: self._session.request("add_candidate"))
        if self._session.is_own(structure.inchikey14):
            key = structure.inchikey14
            menu.addAction("Remove my candidate", lambda: self._session.remove_candidate(key))
        menu.addSeparator()
        menu.addAction("Copy SMILES", lambda: copy(structure.smiles))
        menu.addAction("Copy name", lambda: copy(structure.name or structure.smiles))
        menu.addAction("Copy table", lambda: copy(self.copy_text()))
        menu.popup(self.viewport().mapToGlobal(place))

    def copy_text(self) -> str:
        """Return the list as TSV."""
        return copy_text(self.values, lambda candidate: candidate.structure.smiles)
