"""What the sticks of a plot mean, each with its number, in one line."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from msgui.gui.widgets.run_label import blend, muted_color
from msgui.gui.widgets.sticks import GAP, WIDTHS, StickColors, StickKind

SAMPLE = 11
BETWEEN = 16
AFTER_SAMPLE = 8


@dataclass(frozen=True)
class LegendEntry:
    """A kind of stick, what it means, and how many there are."""

    kind: StickKind
    words: str
    count: int

    @property
    def text(self) -> str:
        """What stands in the legend."""
        return f"{self.words} {self.count}"


class Legend(QWidget):
    """Samples of sticks with words; what does not fit is left out at the end."""

    def __init__(self, colors: StickColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._entries: tuple[LegendEntry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_colors(self, colors: StickColors) -> None:
        """Use other colors."""
        self._colors = colors
        self.update()

    def set_entries(self, entries: Sequence[LegendEntry], tip: str = "") -> None:
        """Show other entries."""
        self._entries = tuple(entries)
        self.setAccessibleName("Legend: " + ", ".join(entry.text for entry in entries))
        self.setToolTip(tip)
        self.setVisible(bool(entries))
        self.update()

    def entries(self) -> tuple[LegendEntry, ...]:
        """Return what is shown."""
        return self._entries

    def sizeHint(self) -> QSize:
        return QSize(200, QFontMetrics(self.font()).height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            self.updateGeometry()
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        metrics = QFontMetrics(self.font())
        ink, muted = (
            self.palette().color(QPalette.ColorRole.WindowText),
            muted_color(self.palette()),
        )
        baseline = (self.height() - metrics.height()) // 2 + metrics.ascent()
        x = 0
        for entry in self._entries:
            width = AFTER_SAMPLE + metrics.horizontalAdvance(entry.text)
            if x + width > self.width():
                break
            self._draw_sample(painter, entry.kind, x, baseline)
            x += AFTER_SAMPLE
            color = muted if entry.count else blend(muted, self._colors.background, 0.3)
            painter.setPen(color)
            painter.drawText(x, baseline, f"{entry.words} ")
            x += metrics.horizontalAdvance(f"{entry.words} ")
            painter.setPen(ink if entry.count else color)
            painter.drawText(x, baseline, str(entry.count))
            x += metrics.horizontalAdvance(str(entry.count)) + BETWEEN
        painter.end()

    def _draw_sample(self, painter: QPainter, kind: StickKind, x: int, baseline: int) -> None:
        color, width, top = self._colors.of(kind), WIDTHS[kind] + 2, baseline - SAMPLE
        if kind == StickKind.FORMULA:
            # Two dashes as long as there is room for.
            dash = (SAMPLE - int(GAP)) // 2
            painter.fillRect(x, baseline - dash, width, dash, color)
            painter.fillRect(x, top, width, dash, color)
        else:
            painter.fillRect(x, top, width, SAMPLE, color)
