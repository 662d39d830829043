"""The formulas of the precursor, and a field for any other: what is chosen is annotated anew."""

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from msgui.errors import MsguiError
from msgui.gui.formula_words import (
    empty_words,
    isotope_tip,
    isotopes_of,
    read_formula,
    subscripted,
)
from msgui.gui.formulas_list import FormulasList
from msgui.gui.how import How
from msgui.gui.session import Session
from msgui.gui.widgets.empty_state import EmptyState
from msgui.gui.widgets.isotope_mirror import IsotopeMirror
from msgui.gui.widgets.notice import Notice
from msgui.gui.widgets.run_label import RunLabel
from msgui.gui.widgets.runs import Run

TYPING_MS = 350
"""A formula that is half typed fits nothing: what is wrong is said when the typing rests."""


class FormulaField(QLineEdit):
    """A field for a formula; Escape empties it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Other formula…")
        self.setAccessibleName("Other formula")
        self.setToolTip(
            "Type the formula of the neutral molecule, such as C8H10N4O2, and press Enter"
        )
        self.setMaxLength(100)
        self.setMinimumWidth(70)

    def event(self, event: QEvent) -> bool:
        # Escape is a key of the window too; here it means the text.
        is_escape = getattr(event, "key", lambda: None)() == Qt.Key.Key_Escape
        if event.type() == QEvent.Type.ShortcutOverride and is_escape and self.text():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class FormulasPage(QWidget):
    """Shows the formulas of the current annotation and lets one be chosen."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.table = FormulasList(session, self)
        self.empty = EmptyState(self)
        self.isotopes = IsotopeMirror(self._isotope_tip, self)
        self.isotope_note = RunLabel(self)
        self.trouble = Notice(self)
        self.field = FormulaField(self)
        self.use = QPushButton("Use this formula", self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(TYPING_MS)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self._lay_out()
        self.table.chosen.connect(self._give)
        self.table.marked.connect(self._row_marked)
        self.field.textChanged.connect(lambda _: self._typed())
        self.field.returnPressed.connect(self.choose)
        self.use.clicked.connect(self.choose)
        self.empty.requested.connect(session.request)
        self._rest.timeout.connect(lambda: self._check(asked=False))

    def _lay_out(self) -> None:
        self.use.setAccessibleName("Use this formula")
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 4)
        foot.setSpacing(6)
        foot.addWidget(self.field, 1)
        foot.addWidget(self.use)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        note = QHBoxLayout()
        note.setContentsMargins(8, 2, 8, 2)
        note.addWidget(self.isotope_note)
        for widget in (self.isotopes, self.isotope_note):
            How(widget, "isotopes", self._session)
        layout.addLayout(note)
        layout.addWidget(self.isotopes)
        layout.addWidget(self.trouble)
        layout.addLayout(foot)

    # What is shown

    def show_annotation(self) -> None:
        """Show the formulas of the current annotation."""
        self.field.clear()
        self.table.show_annotation()
        self.show_state()

    def show_state(self) -> None:
        """Show the list, or why there is none."""
        has_rows = self.table.values.rowCount() > 0
        if not has_rows:
            self.empty.show_state(*empty_words(self._session))
        self._stack.setCurrentWidget(self.table if has_rows else self.empty)
        entry = self._session.current_entry
        annotation = entry.annotation if entry else None
        can_choose = annotation is not None and bool(annotation.adduct)
        for widget in (self.field, self.use):
            widget.setVisible(can_choose)
        self._show_use()
        self._show_isotopes()

    def _show_isotopes(self) -> None:
        session, palette = self._session, self._session.palette
        formula = self.table.marked_formula or self._used
        pattern = isotopes_of(session, formula)
        self.isotopes.set_colors(QColor(palette.explained), QColor(palette.mirror))
        words = f"agreement {pattern.score:.2f}" if pattern is not None else ""
        self.isotopes.set_pattern(pattern, words)
        self.isotopes.setVisible(pattern is not None)
        entry = session.current_entry
        note = entry.annotation.ms1_note if entry and entry.annotation else ""
        self.isotopes.setAccessibleDescription(f"{words}. {note}")
        self.isotope_note.set_runs((Run(note, muted=True),) if note else (), note)
        # Where there is a picture its tip says the rest.
        self.isotope_note.setVisible(bool(note) and pattern is None)

    def _isotope_tip(self, place: int) -> str:
        pattern = isotopes_of(self._session, self.table.marked_formula or self._used)
        entry = self._session.current_entry
        if pattern is None or entry is None or entry.annotation is None:
            return ""
        return f"{isotope_tip(pattern, place)}\n{entry.annotation.ms1_note}"

    @property
    def _used(self) -> str:
        entry = self._session.current_entry
        return entry.annotation.formula if entry and entry.annotation else ""

    def _show_use(self) -> None:
        typed = self.field.text().strip()
        marked = self.table.marked_formula
        self.use.setEnabled(bool(typed) or (bool(marked) and marked != self._used))
        if typed:
            tip = "Annotate the spectrum with the formula that is typed (Enter)"
        elif marked and marked == self._used:
            tip = f"{subscripted(marked)} is in use; choose another row or type a formula"
        elif marked:
            tip = f"Annotate the spectrum with {subscripted(marked)} (Enter)"
        else:
            tip = "Choose a row or type a formula"
        self.use.setToolTip(tip)

    def _row_marked(self) -> None:
        # What was typed and what is selected must never both be "this formula".
        if self.table.marked_formula and self.field.text():
            self.field.clear()
        self._show_use()
        self._show_isotopes()

    # What the user does

    def _typed(self) -> None:
        if self.field.text().strip():
            self.table.clearSelection()
            self._rest.start()
        else:
            self._rest.stop()
        self.trouble.show_notice("", (), QColor())
        self._show_use()

    def _check(self, *, asked: bool) -> str:
        """Return the typed formula if it fits, else say why not; empty when it does not."""
        text = self.field.text().strip()
        if not text:
            return ""
        palette = self._session.palette
        try:
            formula, words = read_formula(self._session, text)
        except MsguiError as error:
            tone = palette.problem if asked else palette.warn
            self.trouble.show_notice(f"{error.cause} {error.action}".strip(), (), QColor(tone))
            return ""
        self.trouble.show_notice(words, (), QColor(palette.fine))
        return formula

    def choose(self) -> None:
        """Annotate with what is typed, else with the selected formula."""
        self._rest.stop()
        if self.field.text().strip():
            formula = self._check(asked=True)
            if formula:
                self._give(formula)
            else:
                self.field.setFocus()
                self.field.selectAll()
        else:
            self.table.choose()

    def _give(self, formula: str) -> None:
        session, entry = self._session, self._session.current_entry
        if entry is None:
            return
        wanted = entry.given_formula or self._used
        if formula == wanted:
            session.say(f"{subscripted(formula)} is in use already")
            return
        session.give_formula(entry.uid, formula)
        session.say(f"{subscripted(formula)} was chosen; undo goes back")
        self.table.setFocus()
