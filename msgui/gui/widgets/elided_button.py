"""A flat button with a menu whose text gives way when there is little room."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import (
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

SIDE = 6
ARROW = " ▾"


class ElidedButton(QToolButton):
    """Shows the longest of its texts that fits, and an arrow after it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: tuple[str, ...] = ()
        self.setAutoRaise(True)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_texts(self, texts: Sequence[str]) -> None:
        """Set what may stand on the button, longest first."""
        self._texts = tuple(texts)
        self.setText(self._texts[0] if self._texts else "")

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            metrics.horizontalAdvance(self.text() + ARROW) + 2 * SIDE, metrics.height() + 8
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.sizeHint().height())

    def paintEvent(self, event) -> None:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        option.features = QStyleOptionToolButton.ToolButtonFeature(0)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        metrics = self.fontMetrics()
        room = self.width() - 2 * SIDE - metrics.horizontalAdvance(ARROW)
        fitting = (text for text in self._texts if metrics.horizontalAdvance(text) <= room)
        last = self._texts[-1] if self._texts else self.text()
        text = next(fitting, None) or metrics.elidedText(last, Qt.TextElideMode.ElideRight, room)
        text += ARROW
        place = QRect(SIDE, 0, self.width() - 2 * SIDE, self.height())
        alignment = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        role = self.foregroundRole()
        painter.drawItemText(place, alignment, self.palette(), self.isEnabled(), text, role)
        painter.end()
