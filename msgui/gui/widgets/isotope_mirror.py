"""A measured isotope pattern above a computed one, small enough to stand beside a table."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from msgui.gui.widgets.run_label import muted_color

BAR = 6
MARGIN = 10
HEIGHT_LINES = 5
"""Height in lines of text."""
SHOWN = 0.005
"""Shares of the highest below which nothing would be seen."""


class Pattern(Protocol):
    """What is drawn: see :class:`msgui.chemistry.isotope_pattern.IsotopeComparison`."""

    @property
    def mz(self) -> npt.NDArray[np.float64]: ...
    @property
    def computed(self) -> npt.NDArray[np.float64]: ...
    @property
    def measured_mz(self) -> npt.NDArray[np.float64]: ...
    @property
    def measured(self) -> npt.NDArray[np.float64]: ...


class IsotopeMirror(QWidget):
    """Measured bars up, computed ones down; hovering a pair says both and their errors."""

    def __init__(self, tip_of: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tip_of = tip_of
        self._pattern: Pattern | None = None
        self._words = ""
        self._measured, self._computed = QColor(), QColor()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Isotope pattern, measured and computed")

    def set_colors(self, measured: QColor, computed: QColor) -> None:
        """Use other colors."""
        self._measured, self._computed = measured, computed
        self.update()

    def set_pattern(self, pattern: Pattern | None, words: str = "") -> None:
        """Show another pattern and what is said of it; None: nothing."""
        self._pattern, self._words = pattern, words
        self.update()

    def pattern(self) -> Pattern | None:
        """Return what is shown."""
        return self._pattern

    def sizeHint(self) -> QSize:
        return QSize(180, HEIGHT_LINES * QFontMetrics(self.font()).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def shown(self) -> list[int]:
        """Return the isotopologues that are drawn."""
        pattern = self._pattern
        if pattern is None:
            return []
        seen = np.maximum(pattern.computed, pattern.measured) >= SHOWN
        return [int(place) for place in np.flatnonzero(seen)]

    def bars(self, place: int) -> tuple[QRectF, QRectF]:
        """Return where the measured and the computed bar of an isotopologue are."""
        pattern = self._pattern
        assert pattern is not None
        shown = self.shown()
        highest = max(float(pattern.computed.max()), float(pattern.measured.max()), 1e-9)
        room, base = self.height() / 2 - 4, self.height() / 2
        step = min((self.width() - 2 * MARGIN) / max(len(shown), 1), 46.0)
        x = MARGIN + (shown.index(place) + 0.5) * step - BAR / 2
        up = float(pattern.measured[place]) / highest * room
        down = float(pattern.computed[place]) / highest * room
        return QRectF(x, base - up, BAR, up), QRectF(x, base, BAR, down)

    def paintEvent(self, event) -> None:
        if self._pattern is None:
            return
        painter = QPainter(self)
        metrics = QFontMetrics(self.font())
        muted = muted_color(self.palette())
        base = self.height() / 2
        painter.setPen(muted)
        right = self.width() - MARGIN
        for text, y in (
            ("MS1 measured", base - metrics.height() - 3),
            (self._words, base - 3),
            ("computed", base + metrics.height()),
        ):
            painter.drawText(QPointF(right - metrics.horizontalAdvance(text), y), text)
        painter.drawLine(QPointF(MARGIN, base), QPointF(self.width() - MARGIN, base))
        for number, place in enumerate(self.shown()):
            up, down = self.bars(place)
            painter.fillRect(up, self._measured)
            painter.fillRect(down, self._computed)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            text = f"M+{number}" if number else "M"
            box = QRectF(up.center().x() + BAR, base - metrics.height(), 40, metrics.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft), text)
        painter.end()

    def mouseMoveEvent(self, event) -> None:
        place = event.position()
        for number in self.shown():
            up, down = self.bars(number)
            if up.united(down).adjusted(-6, -6, 6, 6).contains(place):
                QToolTip.showText(event.globalPosition().toPoint(), self._tip_of(number), self)
                return
        QToolTip.hideText()
