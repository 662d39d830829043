"""A small card beside a part of the window, with a frame around that part."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from msgui.gui.theme import Palette

WIDTH_LETTERS = 42
GAP = 10


class Frame(QWidget):
    """A line around a part of the window; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.color = QColor()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("What the lesson is about")

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.color, 2.5))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 8, 8)
        painter.end()


class Callout(QWidget):
    """Title, text, and buttons to go on, back, or away; the arrow keys and Esc do the same."""

    moved = Signal(int)  # 1: on, -1: back
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette: Palette | None = None
        self._target: QWidget | None = None
        self.setAccessibleName("Lesson")
        self.frame = Frame(parent)
        self.title = QLabel(self)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.count = QLabel(self)
        self.text = QLabel(self)
        for label in (self.title, self.count, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.back = self._button("Back", "The step before (Left)", lambda: self.moved.emit(-1))
        self.on = self._button("Next", "The next step (Right)", lambda: self.moved.emit(1))
        self.on.setDefault(True)
        self.end = self._button("Close", "End the lesson (Esc)", self.closed.emit)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.count)
        for widget in (self.end, None, self.back, self.on):
            foot.addStretch(1) if widget is None else foot.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.text)
        layout.addLayout(foot)

    def _button(self, text: str, tip: str, does) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda _on=False: does())
        button.installEventFilter(self)
        return button

    def show_step(
        self, target: QWidget, title: str, text: str, count: str, palette: Palette, *, last: bool
    ) -> None:
        """Say something about a part of the window.

        Parameters
        ----------
        target : QWidget
            A child of the same window.
        count : str
            How far the lesson is, such as "2 of 5".
        last : bool
            There is nothing after it.
        """
        self._target, self._palette = target, palette
        self.frame.color = QColor(palette.accent)
        self.title.setText(title)
        self.text.setText(text)
        self.setAccessibleDescription(text)
        self.count.setText(count)
        self.back.setEnabled(not count.startswith("1 "))
        self.on.setText("Done" if last else "Next")
        self.on.setAccessibleName(self.on.text())
        self.follow()
        for widget in (self.frame, self):
            widget.show()
            widget.raise_()
        self.on.setFocus(Qt.FocusReason.OtherFocusReason)
        # Panes that were just brought back get their sizes a moment later.
        QTimer.singleShot(0, self, self.follow)

    def follow(self) -> None:
        """Stand beside the part of the window that it is about, where there is room."""
        target, room = self._target, self.parentWidget().rect()
        if target is None:
            return
        place = QRect(target.mapTo(self.parentWidget(), QPoint(0, 0)), target.size())
        self.frame.setGeometry(place)
        width = min(WIDTH_LETTERS * self.fontMetrics().averageCharWidth() + 28, room.width() - 20)
        self.setFixedWidth(width)
        height = self.layout().heightForWidth(width)
        self.setFixedHeight(height)
        top = min(max(place.top(), GAP), room.height() - height - GAP)
        left = min(max(place.left(), GAP), room.width() - width - GAP)
        corners = (
            QPoint(place.right() + GAP, top),
            QPoint(place.left() - width - GAP, top),
            QPoint(left, place.bottom() + GAP),
            QPoint(left, place.top() - height - GAP),
        )
        inside = QPoint(place.right() - width - GAP, place.bottom() - height - GAP)
        fits = (c for c in corners if room.contains(QRect(c.x(), c.y(), width, height)))
        self.move(next(fits, inside))

    def close_all(self) -> None:
        """Go away for good."""
        for widget in (self.frame, self):
            widget.hide()
            widget.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and (does := self._meaning(event.key())) is not None:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # they are shortcuts of the window, too
                return True
            if event.type() == QEvent.Type.KeyPress:
                does()
                return True
        return False

    def _meaning(self, key: int):
        return {
            Qt.Key.Key_Escape: self.closed.emit,
            Qt.Key.Key_Left: lambda: self.moved.emit(-1),
            Qt.Key.Key_Right: lambda: self.moved.emit(1),
            Qt.Key.Key_Return: self._press,
            Qt.Key.Key_Enter: self._press,
        }.get(Qt.Key(key))

    def _press(self) -> None:
        button = next((b for b in (self.back, self.on, self.end) if b.hasFocus()), self.on)
        button.click()

    def paintEvent(self, event) -> None:
        palette = self._palette
        if palette is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.accent), 1.5))
        painter.setBrush(QColor(palette.background))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()
