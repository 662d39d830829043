"""What a pane shows when it has nothing to show: why, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget


@dataclass(frozen=True, slots=True)
class StateAction:
    """A button of an empty state: the request it makes, its verb, its tooltip."""

    request: str
    text: str
    tip: str = ""


class EmptyState(QWidget):
    """A title, one sentence and buttons in the middle of a pane."""

    requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        self.sentence = QLabel(self)
        for label in (self.title, self.sentence):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(6)
        layout.addStretch(1)
        layout.addWidget(self.title)
        layout.addWidget(self.sentence)
        layout.addSpacing(4)
        layout.addLayout(self._buttons)
        layout.addStretch(1)

    def show_state(
        self, title: str, sentence: str = "", actions: Sequence[StateAction] = ()
    ) -> None:
        """Show a state; the first action is the one that Enter presses."""
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleName(f"{title} {sentence}".strip())
        while self._buttons.count():
            widget = self._buttons.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._buttons.addStretch(1)
        for action in actions:
            self._buttons.addWidget(self._button(action))
        self._buttons.addStretch(1)

    def buttons(self) -> list[QPushButton]:
        """Return the buttons of the present state."""
        found = [self._buttons.itemAt(i).widget() for i in range(self._buttons.count())]
        return [button for button in found if isinstance(button, QPushButton)]

    def _button(self, action: StateAction) -> QPushButton:
        button = QPushButton(action.text, self)
        button.setAutoDefault(True)
        button.setAccessibleName(action.text)
        button.setToolTip(action.tip or action.text)
        button.clicked.connect(lambda: self.requested.emit(action.request))
        return button
