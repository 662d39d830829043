"""One line of plain text that never forces a window wider: it ends in an ellipsis instead."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from msgui.gui.widgets.runs import Run, Runs, draw_runs, plain_text, runs_width


class RunLabel(QWidget):
    """A line of styled runs; what does not fit is elided and stands in full in the tooltip."""

    def __init__(self, parent: QWidget | None = None, *, align_right: bool = False) -> None:
        super().__init__(parent)
        self._runs: Runs = ()
        self._shorter: Runs = ()
        self._tones: dict[str, QColor] = {}
        self._align_right = align_right
        self._tip = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_runs(self, runs: Sequence[Run], tip: str = "", shorter: Sequence[Run] = ()) -> None:
        """Show ``runs``, or ``shorter`` where they do not fit.

        ``tip`` replaces the full text in the tooltip.
        """
        runs, shorter = tuple(runs), tuple(shorter)
        if (runs, tip, shorter) == (self._runs, self._tip, self._shorter):
            return
        self._runs, self._tip, self._shorter = runs, tip, shorter
        self.setAccessibleName(plain_text(runs))
        self._update_tip()
        self.updateGeometry()
        self.update()

    def set_text(self, text: str, tip: str = "") -> None:
        """Show one plain run."""
        self.set_runs((Run(text),) if text else (), tip)

    def set_tones(self, tones: dict[str, QColor]) -> None:
        """Set the colors that runs may name."""
        self._tones = dict(tones)
        self.update()

    def text(self) -> str:
        """Return the text without styles."""
        return plain_text(self._runs)

    def is_elided(self) -> bool:
        """Return whether the text is longer than the label is wide."""
        return runs_width(self._runs, self.font()) > self.width() + 0.5

    def _update_tip(self) -> None:
        text = self._tip or (self.text() if self.is_elided() else "")
        self.setToolTip(as_tip(text))

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(int(runs_width(self._runs, self.font())) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, QFontMetrics(self.font()).height() + 2)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._update_tip()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            self.updateGeometry()
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        metrics = QFontMetrics(self.font())
        baseline = (self.height() - metrics.height()) / 2 + metrics.ascent()
        x = 0.0
        if self._align_right:
            x = max(0.0, self.width() - runs_width(self._runs, self.font()) - 1)
        runs = self._shorter if self._shorter and self.is_elided() else self._runs
        draw_runs(
            painter,
            x,
            baseline,
            runs,
            self.font(),
            self.palette().color(QPalette.ColorRole.WindowText),
            muted=muted_color(self.palette()),
            tones=self._tones,
            max_width=self.width(),
        )
        painter.end()


def muted_color(palette: QPalette) -> QColor:
    """Return the color of secondary text: halfway to the background, still above 4.5:1."""
    text = palette.color(QPalette.ColorRole.WindowText)
    base = palette.color(QPalette.ColorRole.Window)
    return blend(text, base, 0.34)


def blend(one: QColor, other: QColor, share: float) -> QColor:
    """Return ``one`` mixed with ``share`` (0 to 1) of ``other``."""
    keep = 1.0 - share
    return QColor(
        round(one.red() * keep + other.red() * share),
        round(one.green() * keep + other.green() * share),
        round(one.blue() * keep + other.blue() * share),
    )


def as_tip(text: str) -> str:
    """Return plain text as tooltip: Qt takes text with tags for rich text, so tags are escaped."""
    if "<" not in text:
        return text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<qt>" + escaped.replace("\n", "<br>") + "</qt>"
