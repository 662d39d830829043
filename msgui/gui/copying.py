"""Putting plain text on the clipboard, and saying so."""

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication

from msgui.gui.session import Session


def copier(session: Session) -> Callable[[str], None]:
    """Return a function that copies text and says it in the status bar."""

    def copy(text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        lines = text.count("\n")
        session.say(f"Copied {lines} lines." if lines > 1 else "Copied.")

    return copy
