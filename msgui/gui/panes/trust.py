"""Can I believe it? Every check, always in the same order, with what it measured."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from msgui.annotation import Annotation
from msgui.gui.resources import pixmap
from msgui.gui.session import Session
from msgui.gui.verdicts import verdict_of
from msgui.gui.widgets.run_label import RunLabel, as_tip
from msgui.gui.widgets.runs import Run
from msgui.trust.values import TrustCheck

# The order is fixed: an eye that knows it finds the line that changed.
CHECKS: tuple[tuple[str, str], ...] = (
    ("conditions", "Conditions seen in training"),
    ("intensities", "Intensities used"),
    ("fragment formulas", "Fragment formulas known"),
    ("model and baseline", "Model against baseline"),
    ("spectrum matters", "The spectrum matters"),
    ("spectrum quality", "Spectrum quality"),
)
SIGNS = {
    "ok": ("fine", "fine"),
    "warn": ("warn", "warn"),
    "problem": ("problem", "problem"),
    "unknown": ("unknown", "muted"),
}
NOT_COMPUTED = "not computed yet"


class TrustPane(QWidget):
    """Verdict and checks of the shown spectrum."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trust_pane")
        self.setAccessibleName("Trust")
        self._session = session
        self.header = RunLabel(self)
        self.header.set_runs((Run("Can I trust this?", bold=True),))
        self.how = QToolButton(self)
        self.how.setText("how?")
        self.how.setAutoRaise(True)
        self.how.setAccessibleName("How trust is checked")
        self.how.setToolTip("What each check measures, in the guide (F1)")
        self.how.clicked.connect(lambda: session.request("guide"))
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName("Trust checks")
        self.area.setObjectName("trust_area")
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 4, 2)
        head.addWidget(self.header, 1)
        head.addWidget(self.how)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.area, 1)
        session.current_changed.connect(lambda _entry: self.show_annotation())
        session.annotation_changed.connect(self._maybe_show)
        session.spectra_changed.connect(lambda _uids: self.show_annotation())
        session.theme_changed.connect(lambda _name: self.show_annotation())
        self._ready = True
        self.show_annotation()

    def _maybe_show(self, uid: int) -> None:
        if uid == self._session.current:
            self.show_annotation()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_ready"):
            self.show_annotation()

    def show_annotation(self) -> None:
        """Write everything anew for the current spectrum."""
        entry = self._session.current_entry
        annotation = entry.annotation if entry else None
        inside = QWidget()
        inside.setObjectName("trust_inside")
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(8, 2, 8, 8)
        layout.setSpacing(10)
        layout.addLayout(self._verdict_line(annotation))
        if annotation is not None:
            layout.addLayout(self._checks(annotation.trust))
        layout.addStretch(1)
        self.area.setWidget(inside)
        inside.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)

    def _verdict_line(self, annotation: Annotation | None) -> QHBoxLayout:
        palette = self._session.palette
        verdict = verdict_of(annotation)
        words = verdict.word.capitalize() or "Not annotated yet"
        sentence = verdict.sentence
        if annotation is not None and not annotation.trust:
            words, sentence = "Not checked yet", "Judge by the columns Baseline and Explained."
        elif annotation is None:
            sentence = "The checks appear with the annotation."
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._sign(verdict.icon, getattr(palette, verdict.tone), 22))
        column = QVBoxLayout()
        column.setSpacing(0)
        title = self._text(words)
        font = title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.15)
        title.setFont(font)
        column.addWidget(title)
        column.addWidget(self._text(sentence, muted=True))
        row.addLayout(column, 1)
        return row

    def _checks(self, checks: Sequence[TrustCheck]) -> QGridLayout:
        palette = self._session.palette
        by_name = {check.check: check for check in checks}
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for i, (name, title) in enumerate(CHECKS):
            check = by_name.get(name, TrustCheck(name, "unknown", None, NOT_COMPUTED))
            sign, tone = SIGNS[check.state]
            grid.addWidget(
                self._sign(sign, getattr(palette, tone), 16), i, 0, Qt.AlignmentFlag.AlignTop
            )
            column = QVBoxLayout()
            column.setSpacing(0)
            head = self._text(title, muted=check.state == "unknown")
            head.setToolTip(as_tip(f"{title}: {check.sentence}"))
            column.addWidget(head)
            if check.sentence != NOT_COMPUTED:
                column.addWidget(self._text(check.sentence, muted=True))
            else:
                head.setText(f"{title}: {NOT_COMPUTED}")
            grid.addLayout(column, i, 1)
        return grid

    def _sign(self, name: str, color: str, size: int) -> QLabel:
        label = QLabel()
        label.setPixmap(pixmap(name, color, size, self.devicePixelRatioF()))
        label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        return label

    def _text(self, text: str, *, muted: bool = False) -> QLabel:
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        if muted:
            colors = label.palette()
            colors.setColor(label.foregroundRole(), QColor(self._session.palette.muted))
            label.setPalette(colors)
        return label
