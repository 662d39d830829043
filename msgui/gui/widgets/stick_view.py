"""How the mouse moves a stick plot: wheel, drag, box; the plot decides what comes of it."""

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QGraphicsSceneWheelEvent

WHEEL_STEP = 1.0015
"""Zoom factor of one wheel unit: one notch (120 units) zooms by a fifth."""
# Some window managers keep Alt and the mouse for themselves: Shift does the same.
MEASURE_KEYS = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


class StickView(pg.ViewBox):
    """A view box that says what the mouse wants and leaves the ranges to the plot."""

    zoomed = Signal(float, float)  # factor (< 1: closer), x in data
    heightened = Signal(float)  # factor (< 1: closer)
    panned = Signal(float)  # shift in data
    boxed = Signal(object)  # QRectF in data
    pressed_stick = Signal(QPointF, bool)  # place in pixels, Ctrl held
    menu_wanted = Signal(QPointF, QPointF)  # place in pixels, on the screen
    reset_wanted = Signal()
    measuring = Signal(QPointF, QPointF, bool)  # from, to in pixels; the drag is over

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.disableAutoRange()
        self.setMouseEnabled(False, False)

    def wheelEvent(self, ev: QGraphicsSceneWheelEvent, axis: int | None = None) -> None:
        factor = WHEEL_STEP ** -float(ev.delta())
        if ev.modifiers() & Qt.KeyboardModifier.ControlModifier or axis == 1:
            self.heightened.emit(factor)
        else:
            position = self.mapSceneToView(ev.scenePos())
            self.zoomed.emit(factor, position.x())
        ev.accept()

    def mouseDragEvent(self, ev, axis: int | None = None) -> None:
        ev.accept()
        if ev.button() == Qt.MouseButton.RightButton:
            self._drag_box(ev)
        elif ev.button() == Qt.MouseButton.LeftButton and ev.modifiers() & MEASURE_KEYS:
            start = QPointF(ev.buttonDownPos(Qt.MouseButton.LeftButton))
            self.measuring.emit(start, QPointF(ev.pos()), ev.isFinish())
        elif ev.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            shift = self.mapToView(ev.lastPos()).x() - self.mapToView(ev.pos()).x()
            self.panned.emit(shift)

    def _drag_box(self, ev) -> None:
        start, end = ev.buttonDownPos(Qt.MouseButton.RightButton), ev.pos()
        if not ev.isFinish():
            self.updateScaleBox(start, end)
            return
        self.rbScaleBox.hide()
        box = QRectF(self.mapToView(start), self.mapToView(end)).normalized()
        if abs(end.x() - start.x()) > 3:
            self.boxed.emit(box)

    def mouseClickEvent(self, ev) -> None:
        ev.accept()
        if ev.button() == Qt.MouseButton.RightButton:
            self.menu_wanted.emit(QPointF(ev.pos()), QPointF(ev.screenPos()))
        elif ev.button() == Qt.MouseButton.LeftButton:
            if ev.double():
                self.reset_wanted.emit()
            else:
                control = bool(ev.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self.pressed_stick.emit(QPointF(ev.pos()), control)

    def keyPressEvent(self, ev) -> None:
        # pyqtgraph's own keys (A, +, -) would change the ranges behind the plot's back.
        ev.ignore()
