"""A thin bar that says "at work" without moving anything else."""

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

HEIGHT = 2
FRAME_MS = 40
DELAY_MS = 150
"""Work that is over sooner shows no bar: a flash would only disturb."""


class ThinBar(QWidget):
    """Always keeps its two pixels, so that nothing below it jumps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._color = QColor()
        self._share: float | None = None
        self._phase = 0.0
        self._shown = False
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._appear)
        self._frames = QTimer(self, interval=FRAME_MS)
        self._frames.timeout.connect(self._move)

    def start(self, color: QColor, share: float | None) -> None:
        """Show work at ``share`` (0 to 1), or without a known end."""
        self._color, self._share = color, share
        if not self._shown and not self._delay.isActive():
            self._delay.start()
        self.update()

    def stop(self) -> None:
        """Show nothing."""
        self._delay.stop()
        self._frames.stop()
        self._shown = False
        self.update()

    def is_busy(self) -> bool:
        """Return whether work is going on."""
        return self._shown or self._delay.isActive()

    def _appear(self) -> None:
        self._shown = True
        self._frames.start()
        self.update()

    def _move(self) -> None:
        self._phase = (self._phase + 0.02) % 1.0
        self.update()

    def paintEvent(self, event) -> None:
        if not self._shown:
            return
        painter = QPainter(self)
        width = self.width()
        if self._share is not None:
            painter.fillRect(QRectF(0, 0, width * self._share, HEIGHT), self._color)
        else:
            piece = 0.25 * width
            left = self._phase * (width + piece) - piece
            painter.fillRect(QRectF(left, 0, piece, HEIGHT), self._color)
        painter.end()
