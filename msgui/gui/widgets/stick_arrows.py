"""Arrows from stick to stick: measured distances, with what they are called."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from msgui.gui.widgets.runs import Runs, draw_runs, runs_width
from msgui.gui.widgets.stick_labels import StickLabels
from msgui.gui.widgets.sticks import Sticks

HEAD = 7.0
STEP = 1.5
"""Lines of text between arrows that stand one above the other."""
NEAR = 5.0


@dataclass(frozen=True)
class Arrow:
    """From one stick (index) to another, with a text on it."""

    start: int
    end: int
    text: Runs = ()


class StickArrows(pg.GraphicsObject):
    """All arrows of a stick plot in one item, above sticks and labels."""

    def __init__(self, view: pg.ViewBox, sticks: Sticks, labels: StickLabels) -> None:
        super().__init__()
        self.setParentItem(view)
        self.setZValue(30)
        self._view, self._sticks, self._labels = view, sticks, labels
        self.arrows: tuple[Arrow, ...] = ()
        self.drawn: Arrow | None = None
        """The one that is being drawn with the mouse."""
        self.loose_end: QPointF | None = None
        """Where the mouse is while it is over no stick."""
        labels.obstacles = self.boxes
        view.sigRangeChanged.connect(self._moved)
        view.sigResized.connect(self._moved)

    def set_arrows(self, arrows: tuple[Arrow, ...]) -> None:
        """Show other arrows."""
        self.arrows = arrows
        self._labels.outdate()
        self.update()

    def _moved(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._view.rect()

    def boxes(self) -> list[QRectF]:
        """Return what the arrows with their texts fill, in pixels of the view."""
        height = QFontMetricsF(self._labels.font).height() + 3
        found = []
        for place, arrow in enumerate(self.arrows):
            if max(arrow.start, arrow.end) < self._sticks.x.size:
                start, end = self._ends(arrow, place)
                line = QRectF(start, end).normalized()
                found.append(line.adjusted(0, -2, 0, 3))
                width = runs_width(arrow.text, self._labels.font)
                left = self._text_left(start, end, width)
                found.append(QRectF(left - 3, start.y() - height, width + 6, height))
        return found

    def _text_left(self, start: QPointF, end: QPointF, width: float) -> float:
        return min(max((start.x() + end.x() - width) / 2, 2.0), self._view.rect().right() - width)

    def _ends(self, arrow: Arrow, place: int) -> tuple[QPointF, QPointF]:
        across, tops, base = self._sticks.pixels(np.array([arrow.start, arrow.end]))
        line = self._labels.line_height()
        y = min(float(tops.max()) + 0.7 * line, base - 0.8 * line) - place * STEP * line
        y = max(y, 2.0 * line)
        return QPointF(float(across[0]), y), QPointF(float(across[1]), y)

    def at(self, place: QPointF) -> int | None:
        """Return the arrow at a place in the view box, or None."""
        for index, arrow in enumerate(self.arrows):
            start, end = self._ends(arrow, index)
            left, right = sorted((start.x(), end.x()))
            height = self._labels.line_height() + NEAR
            if left <= place.x() <= right and start.y() - height <= place.y() <= start.y() + NEAR:
                return index
        return None

    def paint(self, painter: QPainter, *args) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        count = self._sticks.x.size
        for place, arrow in enumerate(self.arrows):
            if max(arrow.start, arrow.end) < count:
                self._paint(painter, *self._ends(arrow, place), arrow.text)
        drawn = self.drawn
        if drawn is not None and max(drawn.start, drawn.end) < count:
            start, end = self._ends(drawn, len(self.arrows))
            if self.loose_end is not None:
                end = QPointF(self.loose_end.x(), start.y())
            self._paint(painter, start, end, drawn.text)

    def _paint(self, painter: QPainter, start: QPointF, end: QPointF, text: Runs) -> None:
        colors, font = self._sticks.colors, self._labels.font
        direction = 1.0 if end.x() > start.x() else -1.0
        painter.setPen(QPen(colors.selected, 1.4))
        painter.drawLine(start, end - QPointF(direction * HEAD, 0))
        painter.setBrush(colors.selected)
        painter.setPen(Qt.PenStyle.NoPen)
        wing = QPointF(direction * HEAD, HEAD / 2)
        painter.drawPolygon(QPolygonF([end, end - wing, end - QPointF(wing.x(), -wing.y())]))
        if not text:
            return
        metrics, width = QFontMetricsF(font), runs_width(text, font)
        left = self._text_left(start, end, width)
        box = QRectF(left - 3, start.y() - metrics.height() - 3, width + 6, metrics.height())
        painter.fillRect(box, colors.background)
        draw_runs(painter, left, box.top() + metrics.ascent(), text, font, colors.text)
