"""Column titles that stand exactly above their cells, with a small sign of the sorted column."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPalette, QPolygonF
from PySide6.QtWidgets import QHeaderView, QWidget

from msgui.gui.widgets.run_label import muted_color

MARGIN = 6
ARROW_WIDTH, ARROW_HEIGHT = 7.0, 4.0
ARROW_ROOM = 11


class QuietHeader(QHeaderView):
    """A horizontal header drawn in the colors of the palette."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSectionsMovable(True)
        self.setMinimumSectionSize(20)

    def title_width(self, column: int) -> int:
        """Return the width that a title needs, with room for the sign of sorting."""
        title = str(self.model().headerData(column, Qt.Orientation.Horizontal) or "")
        width = QFontMetricsF(self.font()).horizontalAdvance(title)
        # The arrow stands in the margin that short numbers leave free.
        return int(width) + 2 * MARGIN + 2 + (ARROW_ROOM if self._is_sorted(column) else 0)

    def _is_sorted(self, column: int) -> bool:
        return self.isSortIndicatorShown() and self.sortIndicatorSection() == column

    def sectionSizeFromContents(self, logicalIndex: int) -> QSize:
        return QSize(self.title_width(logicalIndex), self.fontMetrics().height() + 9)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        palette = self.palette()
        painter.save()
        painter.fillRect(rect, palette.color(QPalette.ColorRole.Window))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        is_sorted = self._is_sorted(logicalIndex)
        text_role = palette.color(QPalette.ColorRole.WindowText)
        painter.setPen(text_role if is_sorted else muted_color(palette))
        model, horizontal = self.model(), Qt.Orientation.Horizontal
        title = str(model.headerData(logicalIndex, horizontal) or "")
        stored = model.headerData(logicalIndex, horizontal, Qt.ItemDataRole.TextAlignmentRole)
        is_right = bool(int(stored or 0) & int(Qt.AlignmentFlag.AlignRight))
        metrics = QFontMetricsF(self.font())
        room = QRectF(rect).adjusted(MARGIN, 0, -MARGIN, -1)
        arrow_room = ARROW_ROOM if is_sorted else 0
        title = metrics.elidedText(
            title, Qt.TextElideMode.ElideRight, max(0.0, room.width() - arrow_room)
        )
        width = metrics.horizontalAdvance(title)
        left = room.right() - width if is_right else room.left()
        painter.drawText(
            QRectF(left, room.top(), width + 2, room.height()),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            title,
        )
        if is_sorted:
            middle = left - ARROW_ROOM / 2 if is_right else left + width + ARROW_ROOM / 2 + 1
            self._draw_arrow(painter, QPointF(middle, room.center().y()))
        painter.restore()

    def _draw_arrow(self, painter: QPainter, center: QPointF) -> None:
        up = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        tip = -ARROW_HEIGHT / 2 if up else ARROW_HEIGHT / 2
        half = ARROW_WIDTH / 2
        corners = [QPointF(-half, -tip), QPointF(half, -tip), QPointF(0, tip)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(painter.pen().color())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([center + corner for corner in corners]))
