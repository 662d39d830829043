"""Labels above sticks that never overlap: most intense first, pinned ones always."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from msgui.gui.widgets.run_label import blend
from msgui.gui.widgets.runs import Runs, draw_runs, runs_width
from msgui.gui.widgets.sticks import FADE, Marker, Sticks

FloatArray = npt.NDArray[np.float64]

Lines = tuple[Runs, ...]
"""A label from its upper to its lower line."""

GAP = 4.0
"""Pixels between the top of a stick and its label."""
SIDE_GAP = 5.0
AIR = 5.0
STICK_AIR = 2
"""Pixels between a label and a higher stick beside it: a pinned one is four pixels wide."""
SHIFTS = (0.0, 0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.35, -0.35, 0.4, -0.4, 0.45, -0.45, 0.5, -0.5)
"""Places tried for a label, in widths from the middle: its stick always stays below it."""
BESIDE = 3.0
"""A label may begin this far from its stick where a higher stick stands right beside that."""
MARKER_ROOM = 5.0
TRIES_PER_LABEL = 4
"""How many sticks are tried for each label that may stand: crowded ranges would try thousands."""


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """The label of a stick and the box it fills, in pixels of the view.

    A ``raised`` one stands so far above its stick that it needs a leader line.
    """

    index: int
    lines: Lines
    box: QRectF
    raised: bool = False


def sky_line(width: int, across: FloatArray, tops: FloatArray, base: float) -> FloatArray:
    """Return for each pixel column the y of the highest stick in it."""
    line = np.full(max(width, 1), base)
    columns = np.floor(across).astype(np.int64)
    inside = (columns >= 0) & (columns < line.size)
    np.minimum.at(line, columns[inside], tops[inside])
    return line


class Layout:
    """Places boxes one by one so that none touches another, a higher stick, or the border."""

    def __init__(self, bounds: QRectF, sky: FloatArray) -> None:
        self._bounds = bounds
        self._sky = sky
        self._boxes: list[tuple[float, float, float, float]] = []

    def keep_free(self, box: QRectF) -> None:
        """Let no label touch a box."""
        self._boxes.append((box.left(), box.right(), box.top(), box.bottom()))

    def place(
        self, x: float, top: float, width: float, height: float, *, forced: bool
    ) -> tuple[QRectF, bool] | None:
        """Return a free box for a label of a stick at ``x``, and whether it had to be raised."""
        bounds = self._bounds
        if top - height < bounds.top():
            # The stick is cut by the upper border: its label stands beside it.
            for left in (x + SIDE_GAP, x - SIDE_GAP - width):
                box = QRectF(left, bounds.top(), width, height)
                if self._is_inside(box) and self._is_free(box, clear_of_sticks=not forced):
                    return self._take(box), False
        lefts = [x - width / 2 + shift * width for shift in SHIFTS]
        for wanted in (*lefts, x + BESIDE, x - BESIDE - width):
            left = min(max(wanted, bounds.left()), bounds.right() - width)
            box = QRectF(left, max(top - height, bounds.top()), width, height)
            if left - BESIDE <= x <= left + width + BESIDE and self._is_free(box):
                return self._take(box), False
        if forced:
            left = min(max(x - width / 2, bounds.left()), bounds.right() - width)
            bottom = top
            while bottom - height >= bounds.top():
                box = QRectF(left, bottom - height, width, height)
                if self._is_free(box, clear_of_sticks=False):
                    return self._take(box), bottom < top - 1
                bottom -= 3.0
        return None

    def _is_inside(self, box: QRectF) -> bool:
        return self._bounds.left() <= box.left() and box.right() <= self._bounds.right()

    def _is_free(self, box: QRectF, *, clear_of_sticks: bool = True) -> bool:
        left, right, top, bottom = box.left(), box.right(), box.top(), box.bottom()
        for l2, r2, t2, b2 in self._boxes:
            if left < r2 and l2 < right and top < b2 and t2 < bottom:
                return False
        if not clear_of_sticks:
            return True
        columns = self._sky[max(0, int(left) - STICK_AIR) : max(0, int(right) + STICK_AIR + 1)]
        return columns.size == 0 or float(columns.min()) >= bottom

    def _take(self, box: QRectF) -> QRectF:
        # Air at each side keeps neighbours from reading as one word.
        self._boxes.append((box.left() - AIR, box.right() + AIR, box.top(), box.bottom()))
        return box


class StickLabels(pg.GraphicsObject):
    """All labels of a stick plot in one item."""

    def __init__(self, view: pg.ViewBox, sticks: Sticks) -> None:
        super().__init__()
        self.setParentItem(view)
        self.setZValue(20)
        self._view = view
        self._sticks = sticks
        self._order: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._lines_of: Callable[[int], Lines] = lambda _: ()
        self._measured: dict[int, tuple[Lines, float, float]] = {}
        self._placed: list[PlacedLabel] | None = None
        self.font = QFont()
        self.limit = 40
        self.obstacles: Callable[[], Iterable[QRectF]] = lambda: ()
        """What labels must not touch, in pixels of the view."""
        view.sigRangeChanged.connect(self.outdate)
        view.sigResized.connect(self.outdate)

    def set_labels(self, order: npt.NDArray[np.int64], lines_of: Callable[[int], Lines]) -> None:
        """Label the sticks in ``order``, the most important first, and always the pinned ones.

        ``lines_of`` is asked only for sticks that may find room.
        """
        self._order, self._lines_of = order, lines_of
        self._measured = {}
        self.outdate()

    def set_font(self, font: QFont) -> None:
        """Use another font."""
        self.font = QFont(font)
        self._measured = {}
        self.outdate()

    def outdate(self, *args) -> None:
        """Place the labels anew at the next paint."""
        self._placed = None
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._view.rect()

    def line_height(self) -> float:
        """Return the height of one line in pixels."""
        return float(QFontMetricsF(self.font).height()) - 1.0

    def _measure(self, index: int) -> tuple[Lines, float, float]:
        measured = self._measured.get(index)
        if measured is None:
            lines = self._lines_of(index)
            width = max((runs_width(line, self.font) for line in lines), default=0.0)
            measured = (lines, width, len(lines) * self.line_height())
            self._measured[index] = measured
        return measured

    def placed(self) -> list[PlacedLabel]:
        """Return the labels that found a place, with their boxes."""
        if self._placed is None:
            self._placed = self._place()
        return self._placed

    def at(self, position: QPointF) -> int | None:
        """Return the stick whose label is at a place in the view box, or None."""
        hits = (p.index for p in self.placed() if p.box.contains(position))
        return next(hits, None)

    def _place(self) -> list[PlacedLabel]:
        sticks = self._sticks
        which = sticks.visible()
        if which.stop <= which.start:
            return []
        rect = self._view.rect().adjusted(3, 2, -2, 0)
        across, tops, base = sticks.pixels(which)
        layout = Layout(rect, sky_line(int(rect.right()) + 1, across, tops, base))
        for box in self.obstacles():
            layout.keep_free(box)
        pinned = sorted(i for i in sticks.pinned if which.start <= i < which.stop)
        inside = self._order[(self._order >= which.start) & (self._order < which.stop)]
        tries = inside[: TRIES_PER_LABEL * self.limit].tolist()
        placed: list[PlacedLabel] = []
        for index in [*pinned, *(i for i in tries if i not in sticks.pinned)]:
            forced = index in sticks.pinned
            if not forced and len(placed) >= self.limit + len(pinned):
                break
            place = index - which.start
            lines, width, height = self._measure(index)
            if not lines:
                continue
            marked = forced or sticks.markers[index] != Marker.NONE
            top = float(tops[place]) - GAP - (MARKER_ROOM if marked else 0.0)
            found = layout.place(float(across[place]), top, width, height, forced=forced)
            if found is not None:
                placed.append(PlacedLabel(index, lines, *found))
        return placed

    def paint(self, painter: QPainter, *args) -> None:
        colors = self._sticks.colors
        step = self.line_height()
        ascent = QFontMetricsF(self.font).ascent()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        lit = self._sticks.lit
        for placed in self.placed():
            index, box = placed.index, placed.box
            marked = index in self._sticks.pinned or index == self._sticks.hovered
            text = colors.selected if marked else colors.text
            muted = colors.selected if marked else colors.muted
            if lit is not None and not lit[index] and not marked:
                text = muted = blend(colors.muted, colors.background, FADE - 0.2)
            if placed.raised:
                across, tops, _ = self._sticks.pixels(np.array([index]))
                painter.setPen(QPen(muted, 0.8))
                foot = QPointF(float(across[0]), float(tops[0]) - 2)
                painter.drawLine(QPointF(float(across[0]), box.bottom()), foot)
            baseline = box.top() + ascent - 1
            for line in placed.lines:
                x = box.left() + (box.width() - runs_width(line, self.font)) / 2
                draw_runs(painter, x, baseline, line, self.font, text, muted=muted)
                baseline += step
