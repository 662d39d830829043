"""The menu of identification levels: the chosen one is ticked, the supported one is named."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from msgui.gui.session import Session
from msgui.identification import LEVELS, suggested_level

TITLE = "Identification level"


def level_menu(session: Session, parent: QWidget) -> QMenu:
    """Return a menu that gives the selected candidate a level; it is filled when it opens.

    A parent that is a menu gets it as its submenu.
    """
    menu = QMenu(TITLE, parent)
    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(lambda: _fill(menu, session))
    if isinstance(parent, QMenu):
        parent.addMenu(menu)
    return menu


def level_words(session: Session) -> str:
    """Return "Level 2a" for the selected candidate, "Level" where none was chosen."""
    return f"Level {_chosen(session)}".strip()


def _chosen(session: Session) -> str:
    entry, candidate = session.current_entry, session.candidate
    return entry.level_of(candidate.structure.inchikey14) if entry and candidate else ""


def _fill(menu: QMenu, session: Session) -> None:
    menu.clear()
    entry, candidate = session.current_entry, session.candidate
    if entry is None or entry.annotation is None or candidate is None:
        return
    chosen, supported = _chosen(session), suggested_level(entry.annotation, candidate)
    for level in LEVELS:
        words = f"{level.code}   {level.title}"
        words += "  (what the evidence here supports)" if level.code == supported else ""
        action = QAction(words, menu)
        action.setToolTip(level.needs)
        action.setCheckable(True)
        action.setChecked(level.code == chosen)
        action.triggered.connect(lambda _=False, code=level.code: session.choose_level(code))
        menu.addAction(action)
    menu.addSeparator()
    none = menu.addAction("No level", lambda: session.choose_level(""))
    none.setEnabled(bool(chosen))
