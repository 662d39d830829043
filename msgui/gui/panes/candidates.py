"""Ranked structures, the nearest known spectra, and the formulas of the precursor."""

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from msgui.gui import candidate_filter
from msgui.gui.candidate_words import empty_words, notice_words, source_texts
from msgui.gui.candidates_list import VERBS, CandidatesList
from msgui.gui.copying import copier
from msgui.gui.dialogs.plain import mute
from msgui.gui.formula_words import source_words
from msgui.gui.formulas_page import FormulasPage
from msgui.gui.how import set_topic
from msgui.gui.level_menu import level_menu, level_words
from msgui.gui.neighbours_list import NeighboursList
from msgui.gui.session import CALL_STATES, CallState, Session
from msgui.gui.widgets.depictions import shared_depictions
from msgui.gui.widgets.elided_button import ElidedButton
from msgui.gui.widgets.empty_state import EmptyState, StateAction
from msgui.gui.widgets.notice import Notice

PICTURE_WIDTH, PICTURE_HEIGHT = 90, 60
ROW_HEIGHT = 64
# The list follows when the typing pauses.
FILTER_DELAY_MS = 120
END_FILTER = StateAction("end_filter", "Show all", "Show all candidates again")
# Where the pane is narrower, the source of the list needs the room below it more.
ROOM_FOR_LEVELS = 400
TAB_TITLES = ("Candidates", "Nearest neighbours", "Formulas")
SHORT_TITLES = ("Candidates", "Neighbours", "Formulas")
CANDIDATES, NEIGHBOURS, FORMULAS = range(3)
CALL_TIPS: dict[CallState, str] = {
    "accepted": "Call this candidate right (A); again takes it back",
    "tentative": "Call this candidate possible (T); again takes it back",
    "rejected": "Call this candidate wrong (R); again takes it back",
}


class CandidatesPane(QWidget):
    """Shows candidates, nearest neighbours and formulas of the current spectrum."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("candidates_pane")
        self.setAccessibleName("Candidates")
        set_topic(self, "rank")
        self._session = session
        self._depictions = shared_depictions(session)
        sizes = (PICTURE_WIDTH, ROW_HEIGHT, self)
        self.table = CandidatesList(session, self._picture, *sizes)
        self.neighbour_table = NeighboursList(session, self._picture, *sizes)
        self.formulas = FormulasPage(session, self)
        self.tabs = QTabBar(self)
        self.notice = Notice(self)
        self.empty = EmptyState(self)
        self.source_button = ElidedButton(self)
        self.call_buttons: dict[CallState, QPushButton] = {}
        self.level_button = QPushButton("Level", self)
        self._stack = QStackedWidget(self)
        self._filter_line = QWidget(self)
        self.filter = QLineEdit(self._filter_line)
        self._filter_words = QLabel("", self._filter_line)
        self._filter_timer = QTimer(self)
        self._is_filtering = False
        self._lay_out()
        self._connect()
        self._show_annotation()

    # Building

    def _lay_out(self) -> None:
        for title in TAB_TITLES:
            self.tabs.addTab(title)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Candidates, nearest neighbours or formulas")
        self.tabs.setTabToolTip(0, "Structures that may be the compound, best first")
        self.tabs.setTabToolTip(
            1, "Known spectra most like this one, and what they are: the baseline"
        )
        self.tabs.setTabToolTip(
            FORMULAS, "Formulas that the precursor may have, and the one that is used"
        )
        self.source_button.setAccessibleName("Source of the candidates")
        self.source_button.setMenu(self._source_menu())
        self._filter_timer.setSingleShot(True)
        self._filter_timer.setInterval(FILTER_DELAY_MS)
        self._foot = QWidget(self)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(4, 4, 8, 4)
        foot.setSpacing(6)
        foot.addWidget(self.source_button, 1)
        for state in CALL_STATES:
            self.call_buttons[state] = button = self._call_button(state)
            foot.addWidget(button)
        foot.addWidget(self._level_button())
        for page in (self.table, self.neighbour_table, self.formulas, self.empty):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self.notice)
        layout.addWidget(self._filter_row())
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._foot)

    def _filter_row(self) -> QWidget:
        row, box = self._filter_line, self.filter
        box.setPlaceholderText(f"Filter: {candidate_filter.HELP}")
        box.setAccessibleName("Filter candidates")
        box.setToolTip(
            f"Show only some candidates, for example:\n{candidate_filter.HELP}\n"
            "Several words must all be true; a minus before a word turns it round. Esc ends it."
        )
        box.installEventFilter(self)
        close = QPushButton("Show All", row)
        close.setAccessibleName("End the filter")
        close.setToolTip("Show all candidates again (Esc)")
        close.clicked.connect(self.end_filter)
        mute(self._filter_words)
        line = QHBoxLayout(row)
        line.setContentsMargins(8, 4, 8, 4)
        line.setSpacing(8)
        line.addWidget(box, 1)
        line.addWidget(self._filter_words)
        line.addWidget(close)
        row.hide()
        return row

    def _call_button(self, state: CallState) -> QPushButton:
        text = VERBS[state]
        button = QPushButton(text, self)
        button.setCheckable(True)
        button.setAccessibleName(f"{text} the selected candidate")
        button.setToolTip(CALL_TIPS[state])
        button.clicked.connect(lambda: self._decide(state))
        return button

    def _level_button(self) -> QPushButton:
        button = self.level_button
        button.setMenu(level_menu(self._session, button))
        button.setAccessibleName("Identification level of the selected candidate")
        button.setToolTip("How sure the identification is: levels of Schymanski et al. 2014")
        return button

    def _source_menu(self) -> QMenu:
        menu = QMenu(self.source_button)
        session = self._session
        for request, text in (
            ("bundled_structures", "Bundled structures"),
            ("choose_structures", "Structures from a file…"),
            ("", ""),
            ("add_candidate", "Add a structure of your own…"),
            ("filter_candidates", "Filter…"),
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
        session.annotation_changed.connect(self._maybe_show_annotation)
        session.annotating_changed.connect(lambda uid, _: self._maybe_show_page(uid))
        session.candidate_selected.connect(lambda _: self._show_calls())
        session.call_changed.connect(lambda _: self._show_calls())
        session.tools_changed.connect(lambda _: self._show_page())
        session.formula_changed.connect(self._maybe_show_page)
        session.error_rate_changed.connect(lambda _: self._show_page())
        session.theme_changed.connect(lambda _: self._show_theme())
        self._depictions.ready.connect(lambda _: self._repaint_pictures())
        self.tabs.currentChanged.connect(lambda _: self._show_page())
        self.filter.textChanged.connect(lambda _: self._filter_timer.start())
        self._filter_timer.timeout.connect(self._filter_now)
        self.empty.requested.connect(self._answer_empty)
        self.notice.requested.connect(session.request)

    # What is shown

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

    def _maybe_show_annotation(self, uid: int) -> None:
        if uid == self._session.current:
            self._show_annotation()

    def _maybe_show_page(self, uid: int) -> None:
        if uid == self._session.current:
            self._show_page()

    def _show_annotation(self) -> None:
        self.table.show_annotation()
        self.neighbour_table.show_annotation()
        self.formulas.show_annotation()
        self._show_page()

    @property
    def shows_neighbours(self) -> bool:
        """True while the second tab is on top."""
        return self.tabs.currentIndex() == NEIGHBOURS

    @property
    def shows_formulas(self) -> bool:
        """True while the third tab is on top."""
        return self.tabs.currentIndex() == FORMULAS

    def show_formulas(self) -> None:
        """Bring the formulas to the front and let keys go there."""
        self.tabs.setCurrentIndex(FORMULAS)
        self.formulas.table.setFocus()

    def start_filter(self) -> None:
        """Show the line that filters the candidates, and let keys go there."""
        self.tabs.setCurrentIndex(CANDIDATES)
        self._is_filtering = True
        self._filter_line.show()
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def end_filter(self) -> None:
        """Show all candidates again."""
        self.filter.clear()
        self._is_filtering = False
        self._filter_now()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _filter_now(self) -> None:
        self._filter_timer.stop()
        self.table.set_filter(candidate_filter.parse(self.filter.text()))
        self._show_page()

    def _show_filter(self) -> None:
        """Say how many candidates the filter leaves, or what is wrong with it."""
        entry = self._session.current_entry
        annotation = entry.annotation if entry else None
        total = len(annotation.candidates) if annotation else 0
        terms = candidate_filter.parse(self.filter.text())
        words = candidate_filter.trouble(terms)
        if not words and terms:
            words = f"{self.table.values.rowCount()} of {total}"
        self._filter_words.setText(words)

    def eventFilter(self, watched, event) -> bool:
        if watched is not self.filter:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            # Here it ends the filter; elsewhere the window lets go of pins with it.
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.end_filter()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self._filter_now()
                self.table.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(watched, event)

    def _show_titles(self) -> None:
        entry = self._session.current_entry
        annotation = entry.annotation if entry else None
        counts = (
            annotation.candidate_count if annotation else 0,
            len(annotation.neighbours) if annotation else 0,
            len(annotation.formulas) if annotation else 0,
        )
        # Tabs that scroll hide what there is: rather shorter words, in the end without numbers.
        for titles, numbered in ((TAB_TITLES, True), (SHORT_TITLES, True), (SHORT_TITLES, False)):
            for tab, (title, count) in enumerate(zip(titles, counts, strict=True)):
                self.tabs.setTabText(tab, f"{title} {count}" if count and numbered else title)
            if self.tabs.sizeHint().width() <= self.width():
                return

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._show_titles()
        self._show_calls()

    def _show_page(self) -> None:
        self._show_titles()
        self._foot.setVisible(not self.shows_formulas)
        is_first = self.tabs.currentIndex() == CANDIDATES
        self._filter_line.setVisible(self._is_filtering and is_first)
        if self.shows_formulas:
            self._show_formulas_page()
        else:
            self._show_list_page()

    def _show_formulas_page(self) -> None:
        self.formulas.show_state()
        self._stack.setCurrentWidget(self.formulas)
        text, actions = source_words(self._session)
        palette = self._session.palette
        self.notice.show_notice(text, actions, QColor(palette.accent if actions else palette.muted))

    def _show_list_page(self) -> None:
        table = self.neighbour_table if self.shows_neighbours else self.table
        has_rows = table.values.rowCount() > 0
        self._show_filter()
        if not has_rows:
            state = empty_words(self._session, neighbours=self.shows_neighbours)
            entry = self._session.current_entry
            annotation = entry.annotation if entry else None
            if not self.shows_neighbours and annotation and annotation.candidates:
                state = ("No candidate fits the filter", "", (END_FILTER,))
            self.empty.show_state(*state)
        self._stack.setCurrentWidget(table if has_rows else self.empty)
        text, actions = notice_words(self._session, neighbours=self.shows_neighbours)
        palette = self._session.palette
        tone = palette.muted if self.shows_neighbours else palette.warn
        self.notice.show_notice(text, actions, QColor(tone))
        for button in self.call_buttons.values():
            button.setVisible(has_rows and not self.shows_neighbours)
        self._show_source()
        self._show_calls()

    def _show_source(self) -> None:
        texts, full = source_texts(self._session)
        self.source_button.setVisible(not self.shows_neighbours)
        self.source_button.set_texts(texts)
        self.source_button.setToolTip(f"{full}\nChoose where candidates come from")

    def _show_calls(self) -> None:
        candidate = self._session.candidate
        call = self.table.call_of(candidate) if candidate else ""
        for state, button in self.call_buttons.items():
            button.setEnabled(candidate is not None)
            button.setChecked(state == call)
        self.level_button.setEnabled(candidate is not None)
        # Where there is no room, the levels are in the menus of the row and of the window.
        has_room = self.width() >= ROOM_FOR_LEVELS
        self.level_button.setVisible(self.call_buttons["accepted"].isVisibleTo(self) and has_room)
        self.level_button.setText(level_words(self._session))

    def _show_theme(self) -> None:
        self._show_page()
        self._repaint_pictures()

    # What the user does

    def _answer_empty(self, request: str) -> None:
        if request == END_FILTER.request:
            self.end_filter()
        else:
            self._session.request(request)

    def _decide(self, state: CallState) -> None:
        self._session.decide(state)
        self._show_calls()

    def copy_text(self) -> str:
        """Return the table on screen as TSV."""
        if self.shows_formulas:
            return self.formulas.table.values.copy_text()
        table = self.neighbour_table if self.shows_neighbours else self.table
        return table.copy_text()

    def copy(self) -> None:
        """Put the table on screen on the clipboard as TSV."""
        copier(self._session)(self.copy_text())

    def keyPressEvent(self, event) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)
