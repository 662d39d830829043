"""A slim line of advice with buttons."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from msgui.gui.widgets.empty_state import StateAction

MARK_WIDTH = 3


class Notice(QWidget):
    """Says what is odd about what is shown, with a colored mark at its left and what to do."""

    requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = QColor()
        self._buttons: list[QPushButton] = []
        self.label = QLabel(self)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 4, 8, 4)
        self._row.setSpacing(8)
        self._row.addWidget(self.label, 1)
        self.hide()

    def show_notice(self, text: str, actions: Sequence[StateAction], color: QColor) -> None:
        """Show advice; empty text hides the line."""
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(action) for action in actions] if text else []
        for button in self._buttons:
            self._row.addWidget(button)
        self._color = color
        self.label.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.update()

    def buttons(self) -> list[QPushButton]:
        """Return the buttons on show."""
        return list(self._buttons)

    def _button(self, action: StateAction) -> QPushButton:
        button = QPushButton(action.text, self)
        button.setAccessibleName(action.text)
        button.setToolTip(action.tip or action.text)
        button.clicked.connect(lambda: self.requested.emit(action.request))
        return button

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        wash = QColor(self._color)
        wash.setAlphaF(0.10)
        painter.fillRect(self.rect(), wash)
        painter.fillRect(0, 0, MARK_WIDTH, self.height(), self._color)
        painter.end()
