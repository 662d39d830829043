"""How table cells are painted: numbers on their decimal point, bars, formulas, drawings."""

import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from msgui.gui.widgets.run_label import blend
from msgui.gui.widgets.runs import Run, Runs, draw_runs, runs_width

RUNS_ROLE = Qt.ItemDataRole.UserRole + 1
FRACTION_ROLE = Qt.ItemDataRole.UserRole + 2
PICTURE_ROLE = Qt.ItemDataRole.UserRole + 3
SECOND_LINE_ROLE = Qt.ItemDataRole.UserRole + 4

MARGIN = 6
BAR_HEIGHT = 4

Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Paints the cell's background as the style does and leaves the content to a subclass."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        widget = option.widget
        style = widget.style() if widget is not None else QApplication.style()
        option.state &= ~QStyle.StateFlag.State_HasFocus
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        painter.save()
        painter.setClipRect(option.rect)
        painter.setFont(option.font)
        self.paint_content(painter, option, index, text)
        painter.restore()

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, text: str
    ) -> None:
        """Draw what stands in the cell."""
        raise NotImplementedError

    def content_width(self, font: QFont, index: Index) -> int:
        """Return the width that the content needs, margins included."""
        raise NotImplementedError

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        # Qt's own hint asks the model for ten roles; a table of numbers needs only its text.
        height = QFontMetrics(option.font).height() + MARGIN
        return QSize(self.content_width(option.font, index), height)

    @staticmethod
    def text_color(option: QStyleOptionViewItem, *, muted: bool = False) -> QColor:
        """Return the color of text in this cell, also when it is selected."""
        role = QPalette.ColorRole.Text
        if option.state & QStyle.StateFlag.State_Selected:
            role = QPalette.ColorRole.HighlightedText
        color = option.palette.color(role)
        if not muted:
            return color
        selected = option.state & QStyle.StateFlag.State_Selected
        base = QPalette.ColorRole.Highlight if selected else QPalette.ColorRole.Base
        return blend(color, option.palette.color(base), 0.15 if selected else 0.34)


class NumberDelegate(CellDelegate):
    """Right-aligned numbers whose decimal points stand below each other.

    Parameters
    ----------
    decimals : int
        Digits after the point for which room is kept in every cell of the column.
    """

    def __init__(self, decimals: int = 0, parent: Any = None) -> None:
        super().__init__(parent)
        self.decimals = decimals

    def content_width(self, font: QFont, index: Index) -> int:
        metrics = QFontMetricsF(font)
        text = str(index.data() or "")
        whole = text.partition(".")[0]
        widest = whole + ("." + "0" * self.decimals if self.decimals else "")
        width = max(metrics.horizontalAdvance(text), metrics.horizontalAdvance(widest))
        return math.ceil(width) + 2 * MARGIN

    def number_rect(self, option: QStyleOptionViewItem) -> QRectF:
        """Return where the number stands."""
        return QRectF(option.rect).adjusted(MARGIN, 0, -MARGIN, 0)

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, text: str
    ) -> None:
        foreground = index.data(Qt.ItemDataRole.ForegroundRole)
        color = self.text_color(option)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if foreground is not None and not selected:
            color = foreground if isinstance(foreground, QColor) else foreground.color()
        rect = self.number_rect(option)
        self.draw_number(painter, rect, text, color, self.decimals)

    @staticmethod
    def draw_number(
        painter: QPainter, rect: QRectF, text: str, color: QColor, decimals: int
    ) -> None:
        """Draw ``text`` so that its decimal point stands where that of every number does."""
        metrics = QFontMetricsF(painter.font())
        _, point, fraction = text.partition(".")
        missing = decimals - len(fraction) if text[-1:].isdigit() else 0
        pad = missing * metrics.horizontalAdvance("0")
        if missing > 0 and not point:
            pad += metrics.horizontalAdvance(".")
        painter.setPen(color)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(-40, 0, -max(0.0, pad), 0), int(right), text)


class BarDelegate(NumberDelegate):
    """A number with a thin bar below it; the share comes from ``FRACTION_ROLE`` (0 to 1)."""

    def __init__(self, color: Callable[[], QColor], parent: Any = None) -> None:
        super().__init__(0, parent)
        self._color = color

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, text: str
    ) -> None:
        share = index.data(FRACTION_ROLE)
        below = index.data(SECOND_LINE_ROLE)
        rect = self.number_rect(option)
        if share is None:
            self.draw_number(painter, rect, text, self.text_color(option, muted=True), 0)
            return
        height = QFontMetricsF(painter.font()).height()
        lines = height + BAR_HEIGHT + 3 + (height if below else 0)
        top = rect.top() + max(0.0, (rect.height() - lines) / 2)
        number = QRectF(rect.left(), top, rect.width(), height)
        self.draw_number(painter, number, text, self.text_color(option), 0)
        bar = QRectF(rect.left(), top + height + 1, rect.width(), BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        ink = self.text_color(option)
        track = QColor(ink)
        track.setAlphaF(0.16)
        painter.fillRect(bar, track)
        full = QRectF(bar.left(), bar.top(), bar.width() * share, BAR_HEIGHT)
        painter.fillRect(full, self._color())
        if below:
            second = QRectF(rect.left(), bar.bottom() + 2, rect.width(), height)
            self.draw_number(painter, second, below, self.text_color(option, muted=True), 0)


class RunsDelegate(CellDelegate):
    """Styled runs from ``RUNS_ROLE``, elided at the right; a muted second line if there is one."""

    def __init__(self, tones: Callable[[], dict[str, QColor]] | None = None, parent: Any = None):
        super().__init__(parent)
        self._tones = tones

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, text: str
    ) -> None:
        runs: Runs = index.data(RUNS_ROLE) or ((Run(text),) if text else ())
        second: Runs = index.data(SECOND_LINE_ROLE) or ()
        rect = QRectF(option.rect).adjusted(MARGIN, 0, -MARGIN, 0)
        metrics = QFontMetricsF(option.font)
        lines = 2 if second else 1
        baseline = rect.center().y() - lines * metrics.height() / 2 + metrics.ascent()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        tones = self._tones() if self._tones and not selected else None
        for line in (runs, second)[:lines]:
            draw_runs(
                painter,
                rect.left(),
                baseline,
                line,
                option.font,
                self.text_color(option),
                muted=self.text_color(option, muted=True),
                tones=tones,
                max_width=rect.width(),
            )
            baseline += metrics.height()

    def content_width(self, font: QFont, index: Index) -> int:
        lines: tuple[Runs, ...] = (
            index.data(RUNS_ROLE) or (Run(str(index.data() or "")),),
            index.data(SECOND_LINE_ROLE) or (),
        )
        return math.ceil(max(runs_width(line, font) for line in lines)) + 2 * MARGIN + 1


class PictureDelegate(CellDelegate):
    """A drawing from ``PICTURE_ROLE`` in the middle of its cell; a dot while it is being made."""

    def __init__(self, width: int, parent: Any = None) -> None:
        super().__init__(parent)
        self._width = width

    def content_width(self, font: QFont, index: Index) -> int:
        return self._width + 4

    def paint_content(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, text: str
    ) -> None:
        picture = index.data(PICTURE_ROLE)
        rect = QRectF(option.rect)
        if not isinstance(picture, QPixmap) or picture.isNull():
            painter.setPen(self.text_color(option, muted=True))
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text or "·")
            return
        size = picture.deviceIndependentSize()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        scale = min(1.0, (rect.width() - 4) / size.width(), (rect.height() - 4) / size.height())
        width, height = size.width() * scale, size.height() * scale
        place = QRectF(0, 0, width, height)
        place.moveCenter(rect.center())
        painter.drawPixmap(place.toRect(), picture)
