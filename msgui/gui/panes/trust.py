"""Can I believe it? Every check, always in the same order, with what it measured."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QPainter
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
from msgui.gui.widgets.runs import Run, adduct_runs
from msgui.prediction.values import Neighbour
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
NEIGHBOURS_SHOWN = 5
NOT_COMPUTED = "not computed yet"


class TrustPane(QWidget):
    """Verdict, checks and the spectra that are nearest to the shown one."""

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
        session.mirror_changed.connect(lambda _neighbour: self._mark_mirror())
        self._lines: list[_NeighbourLine] = []
        self.show_annotation()

    def _maybe_show(self, uid: int) -> None:
        if uid == self._session.current:
            self.show_annotation()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_lines"):
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
        self._lines = []
        if annotation is not None:
            self._add_neighbours(layout, annotation)
        layout.addStretch(1)
        self.area.setWidget(inside)
        inside.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        self._mark_mirror()

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
            grid.addWidget(self._sign(sign, getattr(palette, tone), 16), i, 0, Qt.AlignTop)
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

    def _add_neighbours(self, layout: QVBoxLayout, annotation: Annotation) -> None:
        line = QFrame()
        line.setFixedHeight(1)
        line.setStyleSheet(f"background: {self._session.palette.border}; border: none;")
        layout.addWidget(line)
        title = self._text("Nearest reference spectra")
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(title)
        if annotation.neighbour_note:
            column.addWidget(self._text(annotation.neighbour_note, muted=True))
        elif not annotation.neighbours:
            column.addWidget(self._text("There are none for this formula.", muted=True))
        column.addSpacing(2)
        for neighbour in annotation.neighbours[:NEIGHBOURS_SHOWN]:
            row = _NeighbourLine(neighbour, self._session)
            row.chosen.connect(partial(self._choose, neighbour))
            self._lines.append(row)
            column.addWidget(row)
        layout.addLayout(column)

    def _choose(self, neighbour: Neighbour) -> None:
        if neighbour.mz is None:
            self._session.say("The model remembers this spectrum without its peaks")
            return
        same = self._session.mirror is neighbour
        self._session.set_mirror(None if same else neighbour)

    def _mark_mirror(self) -> None:
        for line in self._lines:
            line.set_marked(line.neighbour is self._session.mirror)

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


class _NeighbourLine(QWidget):
    """Similarity, compound and conditions of one reference spectrum; a click mirrors it."""

    chosen = Signal()

    def __init__(self, neighbour: Neighbour, session: Session) -> None:
        super().__init__()
        self.neighbour = neighbour
        self._session = session
        self._marked = False
        name = neighbour.name or neighbour.formula or neighbour.inchikey14
        conditions = " ".join(part for part in (neighbour.collision_energy,) if part)
        runs = [Run(f"{neighbour.similarity:.2f}  "), Run(name[:80]), Run("  ")]
        runs += adduct_runs(neighbour.adduct, muted=True)
        if conditions:
            runs.append(Run(f"  {conditions[:40]}", muted=True))
        self.label = RunLabel(self)
        tip = "\n".join(
            part
            for part in (
                f"{name}: similarity {neighbour.similarity:.3f}",
                f"{neighbour.formula}  {neighbour.adduct}  {neighbour.collision_energy}".strip(),
                neighbour.instrument,
                neighbour.accession,
                "Click to mirror it" if neighbour.mz is not None else "",
            )
            if part
        )
        self.label.set_runs(runs, tip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 2, 4, 2)
        layout.addWidget(self.label)
        self.setAccessibleName(f"{name}, similarity {neighbour.similarity:.2f}")
        self.setToolTip(as_tip(tip))
        if neighbour.mz is not None:
            self.setCursor(QCursor(Qt.CursorShape.PointingHandCursor))
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_marked(self, marked: bool) -> None:
        """Show that this one is drawn below the axis."""
        self._marked = marked
        self.update()

    def mousePressEvent(self, event) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        palette = self._session.palette
        if self._marked:
            painter.fillRect(0, 2, 3, self.height() - 4, QColor(palette.mirror))
        if self.hasFocus():
            painter.setPen(QColor(palette.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
