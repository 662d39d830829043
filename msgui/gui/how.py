""" "How?": every figure leads to the lines of the guide that say how it is computed."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtWidgets import QApplication, QTableView, QWidget

from msgui.gui.session import Session

REQUEST: Final = "how "
_PROPERTY: Final = "how"

# Where each figure is explained: page of the guide and heading on it.
TOPICS: Final[dict[str, tuple[str, str]]] = {
    "explained": ("numbers", "Explained peaks and intensity"),
    "states": ("numbers", "Three states of a peak"),
    "chance": ("numbers", "By chance"),
    "isomers": ("numbers", "Isomers and percentile"),
    "ppm": ("numbers", "Mass error"),
    "formula": ("numbers", "Formula of a peak"),
    "loss": ("numbers", "Losses and measured distances"),
    "cuts": ("numbers", "Cuts, hydrogen shift, penalty"),
    "seen": ("numbers", "Formula never met in training"),
    "said": ("numbers", "What you say about a peak"),
    "compare": ("numbers", "Comparing two candidates"),
    "bits": ("numbers", "Bits and what the model rests on"),
    "carries": ("numbers", "Bits and what the model rests on"),
    "model": ("scores", "Model"),
    "baseline": ("scores", "Baseline"),
    "heights": ("scores", "Heights"),
    "rank": ("scores", "Rank"),
    "blind": ("scores", "Blind"),
    "precursor": ("scores", "Formulas of the precursor"),
    "probability": ("scores", "Probability of a formula"),
    "isotopes": ("scores", "Isotopes"),
    "trust": ("trust", ""),
}


class How(QObject):
    """Makes a figure lead to its topic by a click; F1 does the same without the mouse."""

    def __init__(self, widget: QWidget, topic: str, session: Session) -> None:
        super().__init__(widget)
        self._topic, self._session = topic, session
        set_topic(widget, topic)
        widget.setCursor(Qt.CursorShape.PointingHandCursor)
        widget.setAccessibleDescription("Click or press F1: how is this computed?")
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.MouseButtonRelease
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.LeftButton
        ):
            self._session.request(REQUEST + self._topic)
            return True
        return False


def set_topic(widget: QWidget, topic: str) -> None:
    """Say what F1 explains while the mouse or the focus is on a widget."""
    widget.setProperty(_PROPERTY, topic)


def topic_here() -> str:
    """Return the topic under the mouse, else that of the focus; empty when there is none.

    In a table it is that of the column.
    """
    under = QApplication.widgetAt(QCursor.pos())
    return _topic_of(under, by_mouse=True) or _topic_of(QApplication.focusWidget(), by_mouse=False)


def _topic_of(widget: QWidget | None, *, by_mouse: bool) -> str:
    while widget is not None:
        if isinstance(widget, QTableView) and (topic := _column_topic(widget, by_mouse)):
            return topic
        topic = widget.property(_PROPERTY)
        if topic:
            return str(topic)
        widget = widget.parentWidget()
    return ""


def _column_topic(table: QTableView, by_mouse: bool) -> str:
    columns = getattr(table.model(), "columns", ())
    if by_mouse:
        place = table.viewport().mapFromGlobal(QCursor.pos())
        column = table.columnAt(place.x())
    else:
        column = table.currentIndex().column()
    return getattr(columns[column], "how", "") if 0 <= column < len(columns) else ""
