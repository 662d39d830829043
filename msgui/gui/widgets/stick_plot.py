"""A spectrum as sticks: up the measured one, down a mirror; hover, pin, zoom, labels."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from msgui.gui.widgets.intensity_axis import IntensityAxis, ScaleName, to_height
from msgui.gui.widgets.runs import Runs
from msgui.gui.widgets.stick_arrows import Arrow, StickArrows
from msgui.gui.widgets.stick_labels import Lines, StickLabels
from msgui.gui.widgets.stick_range import StickRange
from msgui.gui.widgets.stick_view import StickView
from msgui.gui.widgets.sticks import StickColors, StickKind, Sticks

FloatArray = npt.NDArray[np.float64]

HOVER_PX = 6.0
MEASURE_PX = 12.0
HEADROOM_LINES = 2.4
MIRROR_FOOT = 6.0


class StickPlot(pg.PlotWidget):
    """The plot widget. Indices in its signals count the sticks in order of m/z."""

    hovered = Signal(object)  # int | None
    pressed = Signal(object, bool)  # int | None, Ctrl held
    walked = Signal(int, bool)  # -1 or 1, over all sticks
    walked_to = Signal(int, bool)  # -1 first or 1 last, over all sticks
    escaped = Signal()
    menu_wanted = Signal(object, QPoint)  # int | None, place on the screen
    measured = Signal(int, int, QPoint)  # from stick to stick, place on the screen
    arrow_menu_wanted = Signal(int, QPoint)  # place of the arrow, on the screen

    def __init__(self, colors: StickColors, parent=None) -> None:
        self._view = StickView()
        self._intensity_axis = IntensityAxis()
        super().__init__(
            parent, viewBox=self._view, axisItems={"left": self._intensity_axis}, enableMenu=False
        )
        self.hideButtons()
        self.setMenuEnabled(False)
        self.setFrameShape(self.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.sticks = Sticks(self._view, colors)
        self.mirror = Sticks(self._view, colors, downward=True)
        self.labels = StickLabels(self._view, self.sticks)
        self.arrows = StickArrows(self._view, self.sticks, self.labels)
        self.text_between: Callable[[int, int], Runs] = lambda *_: ()
        self.tip_of: Callable[[int], str] = lambda _: ""
        self.follow_visible = False
        self._base_line = pg.InfiniteLine(0.0, angle=0, movable=False)
        self._base_line.setZValue(10)
        self.addItem(self._base_line, ignoreBounds=True)
        self._scale: ScaleName = "linear"
        self._percent = np.empty(0)
        self._mirror_percent = np.empty(0)
        self._range = StickRange()
        self._connect()
        self._set_up_axes()
        self.set_colors(colors)

    def _connect(self) -> None:
        view = self._view
        view.zoomed.connect(self._zoom_about)
        view.heightened.connect(self.zoom_intensity)
        view.panned.connect(self._pan)
        view.boxed.connect(self._zoom_to_box)
        view.pressed_stick.connect(lambda p, add: self.pressed.emit(self.stick_at(p), add))
        view.menu_wanted.connect(self._open_menu)
        view.measuring.connect(self._measure)
        view.reset_wanted.connect(self.reset)
        view.sigResized.connect(self._apply)

    def _set_up_axes(self) -> None:
        plot = self.getPlotItem()
        plot.setContentsMargins(2, 4, 8, 2)
        for name in ("left", "bottom"):
            axis = plot.getAxis(name)
            axis.setStyle(tickLength=4, maxTickLevel=0, autoExpandTextSpace=True)
        plot.getAxis("left").setStyle(tickLength=-4, tickTextOffset=4)
        plot.getAxis("bottom").setStyle(tickLength=-4, tickTextOffset=4)

    # What is shown

    def set_colors(self, colors: StickColors) -> None:
        """Use other colors."""
        self.sticks.colors = self.mirror.colors = colors
        self.setBackground(colors.background)
        plot = self.getPlotItem()
        for name, text in (("left", "Intensity (%)"), ("bottom", "<i>m/z</i>")):
            axis = plot.getAxis(name)
            axis.setPen(pg.mkPen(colors.axis, width=1))
            axis.setTextPen(colors.muted)
            axis.setLabel(text, color=colors.muted.name())
        self._size_titles(self.font())
        self._base_line.setPen(pg.mkPen(colors.axis, width=1))
        self._update_all()

    def _size_titles(self, font: QFont) -> None:
        # A font that was given in pixels has no points.
        size = {"font-size": f"{font.pointSizeF():.1f}pt"} if font.pointSizeF() > 0 else {}
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setLabel(axis.labelText, **{**axis.labelStyle, **size})

    def set_text_font(self, font: QFont) -> None:
        """Use a font for labels and axes."""
        self.labels.set_font(font)
        for name in ("left", "bottom"):
            self.getPlotItem().getAxis(name).setTickFont(font)
        self._size_titles(font)
        self._apply()

    def set_sticks(
        self,
        x: FloatArray,
        percent: FloatArray,
        kinds: npt.NDArray[np.uint8],
        markers: npt.NDArray[np.uint8] | None = None,
    ) -> None:
        """Show sticks at ascending ``x`` (m/z) with intensities in percent of the highest."""
        self._percent = percent
        self.sticks.set_data(x, to_height(percent, self._scale), kinds, markers)
        self.labels.outdate()

    def set_mirror(
        self, x: FloatArray, percent: FloatArray, matched: npt.NDArray[np.bool_]
    ) -> None:
        """Show a second spectrum downward; empty arrays: none. Matched sticks are thicker."""
        self._mirror_percent = percent
        kinds = np.where(matched, StickKind.EXPLAINED, StickKind.UNEXPLAINED).astype(np.uint8)
        self.mirror.set_data(x, to_height(percent, self._scale), kinds)
        self._apply()

    def set_tall(self, tall: npt.NDArray[np.bool_] | None) -> None:
        """Mark sticks that are higher than the mirrored spectrum has them; None: none."""
        self.sticks.tall = tall
        self.sticks.update()

    def set_labels(
        self, order: npt.NDArray[np.int64], lines_of: Callable[[int], Lines], limit: int
    ) -> None:
        """Label at most ``limit`` sticks in ``order``, and always the pinned ones."""
        self.labels.limit = limit
        self.labels.set_labels(order, lines_of)

    def set_precursor(self, x: float | None) -> None:
        """Mark the precursor on the base line where no stick of it is."""
        self.sticks.precursor_x = x
        self.sticks.update()

    def set_marks(self, hovered: int | None, pinned: Iterable[int]) -> None:
        """Thicken the hovered stick; give the pinned ones a head and their label for sure."""
        pinned = frozenset(pinned)
        if pinned != self.sticks.pinned:
            self.sticks.pinned = pinned
            self.labels.outdate()
        self.sticks.hovered = hovered
        self.sticks.update()
        self.labels.update()

    def set_lit(self, lit: npt.NDArray[np.bool_] | None) -> None:
        """Let all sticks but the lit ones fade; None: no stick fades."""
        self.sticks.lit = lit
        self._update_all()

    def set_scale(self, scale: ScaleName) -> None:
        """Draw intensities on another scale."""
        if scale == self._scale:
            return
        self._scale = scale
        self._intensity_axis.set_scale_name(scale)
        self.sticks.heights = to_height(self._percent, scale)
        self.mirror.heights = to_height(self._mirror_percent, scale)
        self._range.set_top(1.0)
        self._moved()

    def _update_all(self) -> None:
        for item in (self.sticks, self.mirror, self.labels, self.arrows):
            item.update()

    # Which part is shown

    def set_limits(self, lowest: float, highest: float) -> None:
        """Set the m/z range that "everything" means, and show it."""
        self._range.set_limits(lowest, highest)
        self._apply()

    def change_limits(self, lowest: float, highest: float) -> None:
        """Set the m/z range that "everything" means; a part that was zoomed into stays."""
        self._range.change_limits(lowest, highest)
        self._apply()

    def reset(self) -> None:
        """Show everything."""
        self._range.reset()
        self._apply()

    def shown_range(self) -> tuple[float, float]:
        """Return the m/z range on screen."""
        return self._range.shown

    def shown_top(self) -> float:
        """Return the height (0 to 1) at which the intensity axis ends."""
        return self._range.top

    def show_range(self, left: float, right: float) -> None:
        """Show an m/z range, kept within the limits."""
        self._range.show(left, right)
        self._moved()

    def zoom(self, factor: float) -> None:
        """Zoom m/z about the hovered or only pinned stick, else about the middle."""
        left, right = self._range.shown
        marked = self.sticks.hovered
        if marked is None and len(self.sticks.pinned) == 1:
            marked = next(iter(self.sticks.pinned))
        middle = (left + right) / 2
        if marked is not None and 0 <= marked < self.sticks.x.size:
            x = float(self.sticks.x[marked])
            middle = x if left <= x <= right else middle
        self._zoom_about(factor, middle)

    def _zoom_about(self, factor: float, x: float) -> None:
        self._range.zoom_about(factor, x)
        self._moved()

    def _pan(self, shift: float) -> None:
        self._range.pan(shift)
        self._moved()

    def zoom_intensity(self, factor: float) -> None:
        """Zoom the intensity axis; its foot stays at zero."""
        self._range.set_top(self._range.top * factor)
        self._apply()

    def _zoom_to_box(self, box) -> None:
        top = max(box.bottom(), -box.top())
        if top > 0:
            self._range.set_top(top)
        self.show_range(box.left(), box.right())

    def set_follow_visible(self, follow: bool) -> None:
        """Let the intensity axis end at the highest visible stick."""
        self.follow_visible = follow
        self._range.set_top(1.0)
        self._moved()

    def ensure_visible(self, index: int) -> None:
        """Pan just as far as needed to have a stick on screen."""
        self._range.reveal(float(self.sticks.x[index]))
        self._moved()

    def _moved(self) -> None:
        if self.follow_visible:
            heights = self.sticks.heights[self._stick_slice()]
            self._range.set_top(float(heights.max()) if heights.size else 1.0)
        self._apply()

    def _stick_slice(self) -> slice:
        left, right = self._range.shown
        x = self.sticks.x
        return slice(int(np.searchsorted(x, left)), int(np.searchsorted(x, right, "right")))

    def _apply(self, *args) -> None:
        height, top = max(self._view.rect().height(), 40.0), self._range.top
        lines = HEADROOM_LINES if top >= 1.0 else 0.6
        room = min(lines * self.labels.line_height() + 8.0, 0.4 * height)
        if self.mirror.x.size:
            per_pixel = 2.0 * top / (height - room - MIRROR_FOOT)
            low = -top - MIRROR_FOOT * per_pixel
        else:
            # With one pixel below zero the base line is not cut in half.
            per_pixel = top / (height - room - 1.0)
            low = -per_pixel
        y_range = (low, top + room * per_pixel)
        self._view.setRange(xRange=self._range.shown, yRange=y_range, padding=0)
        self._update_all()

    # The mouse and the keys

    def stick_at(self, place: QPointF) -> int | None:
        """Return the stick within 6 pixels of a place in the view box, or whose label is there."""
        sticks = self.sticks
        which = sticks.visible()
        if which.stop > which.start:
            across, tops, base = sticks.pixels(which)
            beside = np.abs(across - place.x())
            above = np.maximum(np.maximum(tops - place.y(), place.y() - base), 0.0)
            distance = np.hypot(beside, above)
            near = np.flatnonzero(distance <= HOVER_PX)
            if near.size:
                # Rounded: stems as good as equally far count as a tie, and the higher one wins.
                order = np.lexsort((-sticks.heights[which][near], np.round(distance[near])))
                return int(near[order[0]]) + which.start
        return self.labels.at(place)

    def _open_menu(self, place: QPointF, screen: QPointF) -> None:
        index, arrow = self.stick_at(place), self.arrows.at(place)
        if arrow is not None and index is None:
            self.arrow_menu_wanted.emit(arrow, screen.toPoint())
        else:
            self.menu_wanted.emit(index, screen.toPoint())

    def _measure(self, start: QPointF, end: QPointF, is_over: bool) -> None:
        """Draw an arrow while the mouse goes from stick to stick; tell when it has arrived."""
        one, other = self.nearest_stick(start), self.nearest_stick(end)
        arrows = self.arrows
        if one is None or is_over:
            arrows.drawn = arrows.loose_end = None
        else:
            target = one if other is None else other
            text = self.text_between(one, target) if target != one else ()
            arrows.drawn = Arrow(one, target, text)
            arrows.loose_end = end if target == one else None
        arrows.update()
        if is_over and one is not None and other is not None and one != other:
            self.measured.emit(one, other, self._view_to_screen(end))

    def _view_to_screen(self, place: QPointF) -> QPoint:
        return self.viewport().mapToGlobal(self.mapFromScene(self._view.mapToScene(place)))

    def nearest_stick(self, place: QPointF) -> int | None:
        """Return the stick whose foot is near a place: a hand that measures is not exact."""
        exact = self.stick_at(place)
        which = self.sticks.visible()
        if exact is not None or which.stop <= which.start:
            return exact
        across, _, _ = self.sticks.pixels(which)
        beside = np.abs(across - place.x())
        near = np.flatnonzero(beside <= MEASURE_PX)
        if not near.size:
            return None
        order = np.lexsort((np.round(beside[near]), -self.sticks.heights[which][near]))
        return int(near[order[0]]) + which.start

    def place_of(self, index: int) -> QPoint:
        """Return where the middle of a visible stick's drawn part is, in the widget's pixels."""
        across, tops, base = self.sticks.pixels(np.array([index]))
        y = (max(float(tops[0]), 0.0) + base) / 2
        scene = self._view.mapToScene(QPointF(float(across[0]), y))
        return self.mapFromScene(scene)

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        super().mouseMoveEvent(ev)
        if ev.buttons() != Qt.MouseButton.NoButton:
            return
        place = self._view.mapFromScene(self.mapToScene(ev.position().toPoint()))
        index = self.stick_at(place) if self._view.rect().contains(place) else None
        self._view.setCursor(
            Qt.CursorShape.ArrowCursor if index is None else Qt.CursorShape.PointingHandCursor
        )
        self.hovered.emit(index)
        self._show_tip(index, ev.globalPosition().toPoint(), ev.position().toPoint())

    def _show_tip(self, index: int | None, screen: QPoint, place: QPoint) -> None:
        if index is None:
            QToolTip.hideText()
            return
        near = QRect(place.x() - 24, 0, 48, self.height())
        QToolTip.showText(screen, self.tip_of(index), self.viewport(), near)

    def leaveEvent(self, ev: QEvent) -> None:
        super().leaveEvent(ev)
        self.hovered.emit(None)

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        key, shift = ev.key(), bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        keys = Qt.Key
        if key in (keys.Key_Left, keys.Key_Right):
            self.walked.emit(1 if key == keys.Key_Right else -1, shift)
        elif key in (keys.Key_Home, keys.Key_End):
            self.walked_to.emit(1 if key == keys.Key_End else -1, shift)
        elif key == keys.Key_Escape:
            self.escaped.emit()
        elif key in (keys.Key_Plus, keys.Key_Equal):
            self.zoom(math.sqrt(0.5))
        elif key == keys.Key_Minus:
            self.zoom(math.sqrt(2.0))
        elif key == keys.Key_0:
            self.reset()
        else:
            ev.ignore()
            return
        ev.accept()
