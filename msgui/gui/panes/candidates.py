"""Ranked structures with the baseline beside the model, and the nearest known spectra."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from msgui.annotation import Annotation, Candidate
from msgui.gui.candidate_words import empty_words, notice_words, source_texts
from msgui.gui.candidates_table import (
    BASELINE,
    BLIND,
    CALL,
    EXPLAINED,
    MODEL,
    NAME,
    NEIGHBOUR_NAME,
    PEAKS,
    PICTURE,
    RANK,
    CandidatesTable,
    NeighboursTable,
)
from msgui.gui.session import CallState, Session
from msgui.gui.widgets.columns import PlainTable
from msgui.gui.widgets.delegates import (
    BarDelegate,
    NumberDelegate,
    PictureDelegate,
    RunsDelegate,
)
from msgui.gui.widgets.depictions import shared_depictions
from msgui.gui.widgets.elided_button import ElidedButton
from msgui.gui.widgets.empty_state import EmptyState
from msgui.gui.widgets.notice import Notice
from msgui.prediction.values import Neighbour

PICTURE_WIDTH, PICTURE_HEIGHT = 90, 60
ROW_HEIGHT = 64
CALLS: tuple[tuple[CallState, str, str], ...] = (
    ("accepted", "Accept", "Call this candidate right (A); again takes it back"),
    ("tentative", "Tentative", "Call this candidate possible (T); again takes it back"),
    ("rejected", "Reject", "Call this candidate wrong (R); again takes it back"),
)
FLAT_ROW_HEIGHT = 40
NARROWEST_NAME, NARROWEST_FLAT_NAME, NARROWEST_NEIGHBOUR = 84, 52, 98
SPARE_FOR_NAMES = 16
"""Names get this much more than the least before the extra columns come back."""
EXTRAS = (PEAKS, BLIND, CALL)
"""Columns that leave first when there is little room; what they say moves into other cells."""


class CandidatesPane(QWidget):
    """Shows candidates and nearest neighbours of the current spectrum."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("candidates_pane")
        self.setAccessibleName("Candidates")
        self._session = session
        self._syncing = False
        self._hidden_by_user: set[int] = set()
        self._depictions = shared_depictions(session)
        self.model = CandidatesTable(self._call_of, self._picture, self)
        self.neighbours = NeighboursTable(self._picture, self)
        self.table = PlainTable((NAME,), 220, NARROWEST_NAME, self)
        self.neighbour_table = PlainTable((NEIGHBOUR_NAME,), 150, NARROWEST_NEIGHBOUR, self)
        self.tabs = QTabBar(self)
        self.notice = Notice(self)
        self.empty = EmptyState(self)
        self.source_button = ElidedButton(self)
        self.call_buttons: dict[str, QPushButton] = {}
        self._stack = QStackedWidget(self)
        self._set_up_tables()
        self._lay_out()
        self._connect()
        self._show_annotation()

    # Building

    def _set_up_tables(self) -> None:
        for table, model, name in (
            (self.table, self.model, "Candidates"),
            (self.neighbour_table, self.neighbours, "Nearest neighbours"),
        ):
            table.setModel(model)
            table.setAccessibleName(name)
            table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
            table.set_row_height(ROW_HEIGHT)
            table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
            table.setSortingEnabled(True)
            table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
            table.setItemDelegateForColumn(PICTURE, PictureDelegate(PICTURE_WIDTH, table))
            table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        runs = RunsDelegate(self._tones, self.table)
        for column in (RANK, NAME, CALL):
            self.table.setItemDelegateForColumn(column, runs)
        for column, decimals in ((MODEL, 2), (BASELINE, 2), (PEAKS, 0), (BLIND, 0)):
            delegate = NumberDelegate(decimals, self.table)
            self.table.setItemDelegateForColumn(column, delegate)
        bar = BarDelegate(lambda: QColor(self._session.palette.explained), self.table)
        self.table.setItemDelegateForColumn(EXPLAINED, bar)
        header = self.table.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_column_menu)
        plain = RunsDelegate(parent=self.neighbour_table)
        for column in (NEIGHBOUR_NAME, 4, 5):
            self.neighbour_table.setItemDelegateForColumn(column, plain)
        number = NumberDelegate(2, self.neighbour_table)
        self.neighbour_table.setItemDelegateForColumn(3, number)
        self.neighbour_table.setItemDelegateForColumn(0, NumberDelegate(0, self.neighbour_table))

    def _lay_out(self) -> None:
        self.tabs.addTab("Candidates")
        self.tabs.addTab("Nearest neighbours")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Candidates or nearest neighbours")
        self.tabs.setTabToolTip(0, "Structures that may be the compound, best first")
        self.tabs.setTabToolTip(
            1, "Known spectra most like this one, and what they are: the baseline"
        )
        self.source_button.setAccessibleName("Source of the candidates")
        self.source_button.setMenu(self._source_menu())
        foot = QHBoxLayout()
        foot.setContentsMargins(4, 4, 8, 4)
        foot.setSpacing(6)
        foot.addWidget(self.source_button, 1)
        for state, text, tip in CALLS:
            button = QPushButton(text, self)
            button.setCheckable(True)
            button.setAccessibleName(f"{text} the selected candidate")
            button.setToolTip(tip)
            button.setMaximumWidth(button.fontMetrics().horizontalAdvance(text) + 26)
            button.clicked.connect(lambda _=False, s=state: self._decide(s))
            self.call_buttons[state] = button
            foot.addWidget(button)
        for page in (self.table, self.neighbour_table, self.empty):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self.notice)
        layout.addWidget(self._stack, 1)
        layout.addLayout(foot)

    def _source_menu(self) -> QMenu:
        menu = QMenu(self.source_button)
        session = self._session
        for request, text in (
            ("bundled_structures", "Bundled structures"),
            ("choose_structures", "Structures from a file…"),
            ("", ""),
            ("by_formula", "Of the same formula"),
            ("by_mass", "Of the same mass"),
        ):
            if request:
                menu.addAction(text, lambda r=request: session.request(r))
            else:
                menu.addSeparator()
        return menu

    def _connect(self) -> None:
        session = self._session
        session.current_changed.connect(lambda _: self._show_annotation())
        session.annotation_changed.connect(self._maybe_show)
        session.annotating_changed.connect(lambda uid, _: self._maybe_show_page(uid))
        session.candidate_selected.connect(lambda _: self._show_selected())
        session.mirror_changed.connect(lambda _: self._show_mirrored())
        session.call_changed.connect(lambda _: self._take_call())
        session.tools_changed.connect(lambda _: self._show_page())
        session.theme_changed.connect(lambda _: self._show_theme())
        self._depictions.ready.connect(lambda _: self._repaint_pictures())
        self.tabs.currentChanged.connect(lambda _: self._show_page())
        self.empty.requested.connect(session.request)
        self.notice.requested.connect(session.request)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._choose())
        self.neighbour_table.selectionModel().selectionChanged.connect(lambda *_: self._mirror())
        self.table.customContextMenuRequested.connect(self._show_row_menu)
        self.neighbour_table.customContextMenuRequested.connect(self._show_neighbour_menu)

    # What is shown

    @property
    def _annotation(self) -> Annotation | None:
        entry = self._session.current_entry
        return entry.annotation if entry else None

    def _call_of(self, candidate: Candidate) -> str:
        entry = self._session.current_entry
        return entry.call_of(candidate.structure.inchikey14) if entry else ""

    def _tones(self) -> dict[str, QColor]:
        palette = self._session.palette
        return {
            "accepted": QColor(palette.fine),
            "tentative": QColor(palette.warn),
            "rejected": QColor(palette.problem),
        }

    def _picture(self, smiles: str) -> object:
        return self._depictions.picture(
            smiles,
            PICTURE_WIDTH,
            PICTURE_HEIGHT,
            dark=self._session.theme == "dark",
            ratio=self.devicePixelRatioF(),
        )

    def _repaint_pictures(self) -> None:
        for table in (self.table, self.neighbour_table):
            if table.isVisible():
                table.viewport().update()

    def _maybe_show(self, uid: int) -> None:
        if uid == self._session.current:
            self._show_annotation()

    def _maybe_show_page(self, uid: int) -> None:
        if uid == self._session.current:
            self._show_page()

    def _show_annotation(self) -> None:
        annotation = self._annotation
        self._syncing = True
        self.model.set_values(annotation.candidates if annotation else ())
        self.neighbours.set_values(annotation.neighbours if annotation else ())
        self._syncing = False
        self.table.fit_columns()
        self.neighbour_table.fit_columns()
        self._fit_extras()
        self._show_selected()
        self._show_mirrored()
        self._show_page()

    def _show_page(self) -> None:
        annotation = self._annotation
        is_neighbours = self.tabs.currentIndex() == 1
        count = annotation.candidate_count if annotation else 0
        known = len(annotation.neighbours) if annotation else 0
        self.tabs.setTabText(0, f"Candidates {count}" if count else "Candidates")
        self.tabs.setTabText(1, f"Nearest neighbours {known}" if known else "Nearest neighbours")
        self._show_source()
        model = self.neighbours if is_neighbours else self.model
        if model.rowCount():
            self._stack.setCurrentWidget(self.neighbour_table if is_neighbours else self.table)
            self._fit_extras()
        else:
            self.empty.show_state(*empty_words(self._session, neighbours=is_neighbours))
            self._stack.setCurrentWidget(self.empty)
        text, actions = notice_words(self._session, neighbours=is_neighbours)
        tone = self._session.palette.muted if is_neighbours else self._session.palette.warn
        self.notice.show_notice(text, actions, QColor(tone))
        for button in self.call_buttons.values():
            button.setVisible(not is_neighbours and self.model.rowCount() > 0)
        self.source_button.setVisible(not is_neighbours)
        self._show_calls()

    def _show_source(self) -> None:
        texts, full = source_texts(self._session)
        self.source_button.set_texts(texts)
        self.source_button.setToolTip(f"{full}\nChoose where candidates come from")

    def _show_selected(self) -> None:
        row = self.model.row_of(self._session.selected_candidate)
        rows = [row] if row >= 0 else []
        if rows != self.table.selected_rows():
            self._syncing = True
            self.table.select_rows(rows)
            self._syncing = False
        if row >= 0:
            self.table.show_row(row)
        self._show_calls()

    def _show_mirrored(self) -> None:
        annotation, mirror = self._annotation, self._session.mirror
        known = annotation.neighbours if annotation else ()
        place = next((i for i, neighbour in enumerate(known) if neighbour is mirror), -1)
        row = self.neighbours.row_of(place)
        self._syncing = True
        self.neighbour_table.select_rows([row] if row >= 0 else [])
        self._syncing = False

    def _show_calls(self) -> None:
        candidate = self._session.candidate
        call = self._call_of(candidate) if candidate else ""
        for state, button in self.call_buttons.items():
            button.setEnabled(candidate is not None)
            button.setChecked(state == call)
        self.model.repaint()

    def _take_call(self) -> None:
        self._show_calls()
        self.table.fit_columns()
        self._fit_extras()

    def _show_theme(self) -> None:
        self._show_page()
        self._repaint_pictures()

    def _fit_extras(self) -> None:
        """Let the less important columns go when the names would have no room left."""
        must = [column for column in range(CALL + 1) if column not in EXTRAS]
        # A hidden page keeps the size of another time.
        is_shown = self._stack.currentWidget() is self.table
        room = self.table.viewport().width() if is_shown else self._stack.width()
        needed = self.table.needed_width([*must, *EXTRAS])
        is_compact = 0 < room < needed + SPARE_FOR_NAMES
        # The numbers matter most: the structure is drawn large in its own pane anyway.
        self.table.narrowest = NARROWEST_NAME
        is_flat = 0 < room < self.table.needed_width(must)
        self.table.narrowest = NARROWEST_FLAT_NAME if is_flat else NARROWEST_NAME
        self.table.set_row_height(FLAT_ROW_HEIGHT if is_flat else ROW_HEIGHT)
        if is_compact != self.model.is_compact:
            self.model.is_compact = is_compact
            self.model.repaint()
        for column in range(CALL + 1):
            hide = column in self._hidden_by_user or (is_compact and column in EXTRAS)
            hide = hide or (is_flat and column == PICTURE)
            self.table.setColumnHidden(column, hide)
        self.table.share_room()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit_extras()

    # What the user does

    def _choose(self) -> None:
        if self._syncing:
            return
        rows = self.table.selected_rows()
        if rows:
            self._session.select_candidate(self.model.place_of(rows[0]))

    def _mirror(self) -> None:
        rows = self.neighbour_table.selected_rows()
        if self._syncing or not rows:
            return
        neighbour: Neighbour = self.neighbours.value(rows[0])
        if neighbour.mz is None:
            self._session.say("The model keeps no peaks of its training spectra to draw.")
            self._session.set_mirror(None)
        else:
            self._session.set_mirror(neighbour)

    def _decide(self, state: CallState) -> None:
        self._session.decide(state)
        self._show_calls()

    def _show_column_menu(self, place) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column, spec in enumerate(self.model.columns):
            action = QAction(spec.title if column else "Rank", menu)
            action.setCheckable(True)
            action.setChecked(column not in self._hidden_by_user)
            action.setEnabled(column != NAME)
            action.toggled.connect(lambda on, c=column: self._show_column(c, on))
            menu.addAction(action)
        menu.popup(self.table.horizontalHeader().mapToGlobal(place))

    def _show_column(self, column: int, shown: bool) -> None:
        if shown:
            self._hidden_by_user.discard(column)
        else:
            self._hidden_by_user.add(column)
        self._fit_extras()

    def _show_row_menu(self, place) -> None:
        row = self.table.indexAt(place).row()
        if row < 0:
            return
        structure = self.model.value(row).structure
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for state, text, _ in CALLS:
            menu.addAction(text, lambda s=state: self._decide(s))
        menu.addSeparator()
        menu.addAction("Copy SMILES", lambda: self._copy(structure.smiles))
        menu.addAction("Copy name", lambda: self._copy(structure.name or structure.smiles))
        menu.addAction("Copy table", self.copy)
        menu.popup(self.table.viewport().mapToGlobal(place))

    def _show_neighbour_menu(self, place) -> None:
        row = self.neighbour_table.indexAt(place).row()
        if row < 0:
            return
        neighbour = self.neighbours.value(row)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy SMILES", lambda: self._copy(neighbour.smiles))
        if neighbour.accession:
            menu.addAction("Copy accession", lambda: self._copy(neighbour.accession))
        menu.addAction("Copy table", self.copy)
        menu.popup(self.neighbour_table.viewport().mapToGlobal(place))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._session.say("Copied.")

    def copy_text(self) -> str:
        """Return the table on screen as TSV."""
        model = self.neighbours if self.tabs.currentIndex() == 1 else self.model
        shown = [c for c in range(model.columnCount()) if model.columns[c].title != "Structure"]
        lines = ["\t".join([*(model.columns[c].title for c in shown), "SMILES"])]
        for row in range(model.rowCount()):
            value = model.value(row)
            smiles = value.smiles if isinstance(value, Neighbour) else value.structure.smiles
            fields = [str(model.index(row, c).data() or "") for c in shown]
            lines.append("\t".join([*fields, smiles]))
        return "\n".join(lines) + "\n"

    def copy(self) -> None:
        """Put the table on screen on the clipboard as TSV."""
        self._copy(self.copy_text())

    def keyPressEvent(self, event) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)
