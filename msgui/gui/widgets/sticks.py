"""Sticks of a spectrum in one graphics item, quick also with a hundred thousand of them.

Antialiased wide pens take seconds in Qt's raster engine. Sticks are therefore filled rectangles on
whole pixels, and where several sticks of one kind fall on one pixel column, only the highest of
them is drawn: it covers the others anyway.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from msgui.gui.widgets.run_label import blend

FloatArray = npt.NDArray[np.float64]

FADE = 0.72
"""How far a stick that is not meant moves toward the background."""
MARKER_RADIUS = 3.0


class StickKind(IntEnum):
    """What a stick is; the order is the order of drawing."""

    NOISE = 0
    UNEXPLAINED = 1
    PLAIN = 2
    FORMULA = 3
    EXPLAINED = 4
    SECOND = 5


class Marker(IntEnum):
    """What stands on top of a stick."""

    NONE = 0
    NEW = 1
    PRECURSOR = 2
    MISSING = 3


WIDTHS = {
    StickKind.NOISE: 1,
    StickKind.UNEXPLAINED: 1,
    StickKind.PLAIN: 1,
    StickKind.FORMULA: 2,
    StickKind.EXPLAINED: 2,
    StickKind.SECOND: 2,
}
DASH, GAP = 5.0, 2.0
"""Pixels of a broken stick: a formula that no structure explains."""
HOVERED_WIDTH = 3
PINNED_WIDTH = 4
CROWDED = 900
"""With more visible sticks than this all are one pixel wide: width would only smear them."""


@dataclass(frozen=True)
class StickColors:
    """Colors of a stick plot."""

    explained: QColor
    formula: QColor
    unexplained: QColor
    selected: QColor
    mirror: QColor
    text: QColor
    muted: QColor
    background: QColor
    axis: QColor

    def of(self, kind: StickKind) -> QColor:
        """Return the color of a kind of stick."""
        if kind == StickKind.EXPLAINED:
            return self.explained
        if kind in (StickKind.FORMULA, StickKind.SECOND):
            return self.formula
        return self.text if kind == StickKind.PLAIN else self.unexplained


def broken(
    columns: npt.NDArray[np.int64], lengths: FloatArray
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Return column, foot (above the base line) and length of the dashes of broken sticks."""
    counts = np.maximum(np.ceil(lengths / (DASH + GAP)), 1).astype(np.int64)
    which = np.repeat(np.arange(columns.size), counts)
    place = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    feet = np.asarray(place * (DASH + GAP), dtype=np.float64)
    return columns[which], feet, np.clip(lengths[which] - feet, 1.0, DASH)


def thin_out(
    columns: npt.NDArray[np.int64], heights: FloatArray
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return one stick for each pixel column: the highest. ``columns`` ascend."""
    if columns.size < 2:
        return columns, heights
    starts = np.flatnonzero(np.concatenate(([True], columns[1:] != columns[:-1])))
    return columns[starts], np.maximum.reduceat(heights, starts)


class Sticks(pg.GraphicsObject):
    """Sticks in the pixel coordinates of a view box, upward or (as mirror) downward."""

    def __init__(self, view: pg.ViewBox, colors: StickColors, *, downward: bool = False) -> None:
        super().__init__()
        self.setParentItem(view)
        self._view = view
        self._downward = downward
        self._rects = internals.PrimitiveArray(internals.QtCore.QRectF, 4)
        self.colors = colors
        self.x: FloatArray = np.empty(0)
        self.heights: FloatArray = np.empty(0)
        self.kinds: npt.NDArray[np.uint8] = np.empty(0, np.uint8)
        self.markers: npt.NDArray[np.uint8] = np.empty(0, np.uint8)
        self.lit: npt.NDArray[np.bool_] | None = None
        self.tall: npt.NDArray[np.bool_] | None = None
        self.pinned: frozenset[int] = frozenset()
        self.hovered: int | None = None
        self.precursor_x: float | None = None
        view.sigRangeChanged.connect(self._moved)
        view.sigResized.connect(self._moved)

    def set_data(
        self,
        x: FloatArray,
        heights: FloatArray,
        kinds: npt.NDArray[np.uint8],
        markers: npt.NDArray[np.uint8] | None = None,
    ) -> None:
        """Show sticks at ascending ``x`` with heights of 0 to 1."""
        self.x, self.heights, self.kinds = x, heights, kinds
        self.markers = np.zeros(x.size, np.uint8) if markers is None else markers
        self.lit = None
        self.update()

    def set_missing(self, missing: npt.NDArray[np.bool_]) -> None:
        """Mark the sticks that have no partner on the other side."""
        self.markers = np.where(missing, Marker.MISSING, Marker.NONE).astype(np.uint8)
        self.update()

    def _moved(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._view.rect()

    def pixels(self, which: slice | npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray, float]:
        """Return x and top of sticks and the y of the base line, in pixels of the view box."""
        rect = self._view.rect()
        (x0, x1), (y0, y1) = self._view.viewRange()
        sign = -1.0 if self._downward else 1.0
        across = (self.x[which] - x0) * (rect.width() / (x1 - x0))
        base = (y1 / (y1 - y0)) * rect.height()
        tops = base - sign * self.heights[which] * (rect.height() / (y1 - y0))
        return across, tops, base

    def visible(self) -> slice:
        """Return the range of sticks that stand inside the view."""
        x0, x1 = self._view.viewRange()[0]
        return slice(int(np.searchsorted(self.x, x0)), int(np.searchsorted(self.x, x1, "right")))

    def paint(self, painter: QPainter, *args) -> None:
        self._draw_precursor(painter)
        which = self.visible()
        count = which.stop - which.start
        if count <= 0:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        across, tops, base = self.pixels(which)
        kinds = self.kinds[which]
        lit = None if self.lit is None else self.lit[which]
        crowded = count > CROWDED
        for kind in StickKind:
            of_kind = kinds == kind
            if not of_kind.any():
                continue
            color = self.colors.mirror if self._downward else self.colors.of(kind)
            width = 1 if crowded else WIDTHS[kind]
            faded = blend(color, self.colors.background, FADE)
            if lit is not None:
                self._draw(painter, across, tops, base, of_kind & ~lit, width, faded)
                of_kind = of_kind & lit
            dotted = kind == StickKind.NOISE
            dashed = kind == StickKind.FORMULA and not crowded and not self._downward
            self._draw(
                painter, across, tops, base, of_kind, width, color, dotted=dotted, dashed=dashed
            )
        self._draw_marked(painter)
        if not crowded:
            self._draw_markers(painter, which, across, tops, lit)
            self._draw_tall(painter, which, across, base)

    def _draw(
        self,
        painter: QPainter,
        across: FloatArray,
        tops: FloatArray,
        base: float,
        mask: npt.NDArray[np.bool_],
        width: int,
        color: QColor,
        *,
        dotted: bool = False,
        dashed: bool = False,
    ) -> None:
        if not mask.any():
            return
        columns = np.floor(across[mask]).astype(np.int64)
        lengths = np.abs(tops[mask] - base)
        if columns.size > 200:
            columns, lengths = thin_out(columns, lengths)
        lengths = np.maximum(np.round(lengths), 1.0)
        feet = np.zeros(columns.size)
        if dashed:
            columns, feet, lengths = broken(columns, lengths)
        self._rects.resize(columns.size)
        memory = self._rects.ndarray()
        memory[:, 0] = columns - (width // 2)
        memory[:, 1] = np.round(base) if self._downward else np.round(base) - feet - lengths
        memory[:, 2] = width
        memory[:, 3] = lengths
        brush = Qt.BrushStyle.Dense4Pattern if dotted else Qt.BrushStyle.SolidPattern
        painter.setBrush(pg.QtGui.QBrush(color, brush))
        painter.drawRects(*self._rects.drawargs())

    def _draw_marked(self, painter: QPainter) -> None:
        marked = dict.fromkeys(self.pinned, PINNED_WIDTH)
        if self.hovered is not None:
            marked.setdefault(self.hovered, HOVERED_WIDTH)
        for index, width in marked.items():
            if not 0 <= index < self.x.size:
                continue
            across, tops, base = self.pixels(np.array([index]))
            one = np.array([True])
            self._draw(painter, across, tops, base, one, width, self.colors.selected)
            if index in self.pinned:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
                painter.setBrush(self.colors.selected)
                top = QPointF(float(np.floor(across[0])), max(4.0, float(tops[0])))
                painter.drawEllipse(top, 4.0, 4.0)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_precursor(self, painter: QPainter) -> None:
        if self.precursor_x is None or (self.markers == Marker.PRECURSOR).any():
            return
        rect = self._view.rect()
        (x0, x1), (y0, y1) = self._view.viewRange()
        across = (self.precursor_x - x0) * (rect.width() / (x1 - x0))
        base = (y1 / (y1 - y0)) * rect.height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        draw_diamond(painter, QPointF(across, base - 8.0), self.colors.muted, hollow=True)

    def _draw_markers(
        self,
        painter: QPainter,
        which: slice,
        across: FloatArray,
        tops: FloatArray,
        lit: npt.NDArray[np.bool_] | None,
    ) -> None:
        places = np.flatnonzero(self.markers[which])
        if not places.size:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for place in places.tolist():
            index = place + which.start
            color = self.colors.of(StickKind(int(self.kinds[index])))
            if lit is not None and not lit[place]:
                color = blend(color, self.colors.background, FADE)
            if index in self.pinned:
                color = self.colors.selected
            center = QPointF(float(np.floor(across[place])) + 0.5, float(tops[place]))
            if self.markers[index] == Marker.MISSING:
                draw_cross(painter, center, self.colors.selected)
                continue
            if self.markers[index] == Marker.PRECURSOR:
                draw_diamond(painter, center, color)
            else:
                painter.setPen(QPen(color, 1.5))
                painter.setBrush(self.colors.background)
                painter.drawEllipse(center, MARKER_RADIUS, MARKER_RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)

    def _draw_tall(self, painter: QPainter, which: slice, across: FloatArray, base: float) -> None:
        """Draw a cross below the foot of the sticks that are not expected."""
        if self.tall is None or self.tall.size != self.x.size:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for place in np.flatnonzero(self.tall[which]).tolist():
            center = QPointF(float(np.floor(across[place])) + 0.5, base + 2.0 * MARKER_RADIUS)
            draw_cross(painter, center, self.colors.selected)
        painter.setPen(Qt.PenStyle.NoPen)


def draw_cross(painter: QPainter, center: QPointF, color: QColor) -> None:
    """Draw the sign of a stick that has no partner on the other side."""
    r = MARKER_RADIUS
    painter.setPen(QPen(color, 1.6))
    painter.drawLine(center + QPointF(-r, -r), center + QPointF(r, r))
    painter.drawLine(center + QPointF(-r, r), center + QPointF(r, -r))


def draw_diamond(
    painter: QPainter, center: QPointF, color: QColor, *, hollow: bool = False
) -> None:
    """Draw the sign of the precursor."""
    r = MARKER_RADIUS + 1.5
    corners = [QPointF(0, -r), QPointF(r, 0), QPointF(0, r), QPointF(-r, 0)]
    painter.setPen(QPen(color, 1.2) if hollow else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else color)
    painter.drawPolygon(QPolygonF([center + corner for corner in corners]))
