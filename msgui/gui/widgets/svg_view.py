"""A vector drawing that can be zoomed with the wheel and moved with the middle mouse button."""

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QTransform, QWheelEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

WHEEL_STEP = 1.0015
CLOSEST = 12.0
CLICK_PX = 4.0


class SvgView(QWidget):
    """Shows an SVG in its own proportions, as large as there is room.

    Subclasses draw below and above it in the drawing's own coordinates.
    """

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._renderer = QSvgRenderer(self)
        self._size = QSizeF()
        self._zoom = 1.0
        self._shift = QPointF()
        self._pressed: QPointF | None = None
        self._shift_pressed = QPointF()
        self._was_dragged = False
        self._background = QColor()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 60)

    def set_background(self, color: QColor) -> None:
        """Draw on another color."""
        self._background = QColor(color)
        self.update()

    def set_svg(self, svg: str, width: float, height: float) -> None:
        """Show an SVG whose coordinates run to ``width`` and ``height``; empty: nothing."""
        self._size = QSizeF(width, height) if svg else QSizeF()
        if svg:
            self._renderer.load(QByteArray(svg.encode()))
        self.update()

    def has_drawing(self) -> bool:
        """Return whether there is anything to see."""
        return self._size.isValid() and not self._size.isEmpty()

    def zoom(self) -> float:
        """Return the zoom, 1 when the whole drawing is shown."""
        return self._zoom

    def reset_zoom(self) -> None:
        """Show the whole drawing."""
        self._zoom, self._shift = 1.0, QPointF()
        self.zoom_changed.emit(self._zoom)
        self.update()

    def zoom_about(self, factor: float, place: QPointF) -> None:
        """Zoom so that what is at ``place`` (in the widget's pixels) stays there."""
        before = self.to_drawing(place)
        self._zoom = min(max(self._zoom * factor, 1.0), CLOSEST)
        if self._zoom == 1.0:
            self._shift = QPointF()
        else:
            self._shift += place - self.transform().map(before)
        self.zoom_changed.emit(self._zoom)
        self.update()

    def transform(self) -> QTransform:
        """Return the way from the drawing's coordinates to the widget's pixels."""
        if not self.has_drawing():
            return QTransform()
        fit = min(self.width() / self._size.width(), self.height() / self._size.height())
        scale = fit * self._zoom
        left = (self.width() - scale * self._size.width()) / 2 + self._shift.x()
        top = (self.height() - scale * self._size.height()) / 2 + self._shift.y()
        return QTransform(scale, 0, 0, scale, left, top)

    def to_drawing(self, place: QPointF) -> QPointF:
        """Return a place of the widget in the drawing's coordinates."""
        return self.transform().inverted()[0].map(place)

    def paint_below(self, painter: QPainter) -> None:
        """Draw under the drawing, in its coordinates."""

    def paint_above(self, painter: QPainter) -> None:
        """Draw over the drawing, in its coordinates."""

    def click(self, place: QPointF, *, add: bool) -> None:
        """React to a click at a place of the drawing."""

    def drag(self, place: QPointF, *, add: bool, is_over: bool) -> bool:
        """React to a drag with the left button; False: the drawing is moved instead."""
        return False

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        if self._background.isValid():
            painter.fillRect(self.rect(), self._background)
        if self.has_drawing():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setTransform(self.transform(), combine=True)
            self.paint_below(painter)
            self._renderer.render(painter, QRectF(QPointF(), self._size))
            self.paint_above(painter)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.has_drawing():
            self.zoom_about(WHEEL_STEP ** event.angleDelta().y(), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._shift_pressed = event.position(), QPointF(self._shift)
            self._was_dragged = False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        way = event.position() - self._pressed
        if not self._was_dragged and way.manhattanLength() <= CLICK_PX:
            return
        begins, self._was_dragged = not self._was_dragged, True
        if event.buttons() & Qt.MouseButton.LeftButton:
            if begins:
                self._drag(self._pressed, event, is_over=False)
            if self._drag(event.position(), event, is_over=False):
                return
        if event.buttons() and self._zoom > 1.0:
            self._shift = self._shift_pressed + way
            self.update()

    def _drag(self, place: QPointF, event: QMouseEvent, *, is_over: bool) -> bool:
        add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        return self.has_drawing() and self.drag(self.to_drawing(place), add=add, is_over=is_over)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        buttons = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton)
        if event.button() not in buttons or self._pressed is None:
            return
        self._pressed = None
        if event.button() != Qt.MouseButton.LeftButton or not self.has_drawing():
            return
        if self._was_dragged:
            self._drag(event.position(), event, is_over=True)
        else:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.click(self.to_drawing(event.position()), add=add)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        self.reset_zoom()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        middle = QPointF(self.rect().center())
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_about(1.4, middle)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_about(1 / 1.4, middle)
        elif event.key() == Qt.Key.Key_0:
            self.reset_zoom()
        else:
            super().keyPressEvent(event)
