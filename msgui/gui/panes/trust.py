"""Can I believe it? Every check, always in the same order, with what it measured."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QCursor
from PySide6.QtWidgets import (
    QComboBox,
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
from msgui.gui.how import set_topic
from msgui.gui.influence_lines import InfluenceLines
from msgui.gui.resources import pixmap
from msgui.gui.session import Session
from msgui.gui.theme import Palette
from msgui.gui.verdicts import acceptance_of, look_of
from msgui.gui.widgets.run_label import RunLabel, as_tip
from msgui.gui.widgets.runs import Run
from msgui.trust.values import TrustCheck

# The order is fixed: an eye that knows it finds the line that changed.
CHECKS: tuple[tuple[str, str], ...] = (
    ("conditions", "Conditions seen"),
    ("intensities", "Intensities used"),
    ("fragment formulas", "Fragment formulas known"),
    ("model and baseline", "Model against baseline"),
    ("spectrum matters", "Spectrum matters"),
    ("spectrum quality", "Spectrum quality"),
)
SIGNS = {
    "ok": ("fine", "fine"),
    "warn": ("warn", "warn"),
    "problem": ("problem", "problem"),
    "unknown": ("unknown", "muted"),
}
ERROR_PERCENTS = (5, 10, 20, 30)
ERROR_RATE_TIP = (
    "How many first places may be wrong. Answers are accepted only where the error stayed below "
    "with 95 % certainty, for compounds like those that were measured"
)
NOT_COMPUTED = "not computed yet"


def number_of(check: TrustCheck, candidates: int) -> str:
    """Return the measured number of a check with its unit; empty when there is none."""
    value = check.value
    if value is None:
        return ""
    words: dict[str, Callable[[float], str]] = {
        "conditions": lambda v: f"{v:,.0f} spectra".replace(",", " "),
        "intensities": lambda v: f"{v:.0%} stays".replace("%", " %"),
        "fragment formulas": lambda v: f"{v:.0%} new".replace("%", " %"),
        "model and baseline": lambda v: f"Jaccard {v:.2f}",
        "spectrum matters": lambda v: (
            f"rank {v:g} without it" if candidates > 1 else f"{v:.0%} stays".replace("%", " %")
        ),
        "spectrum quality": lambda v: f"{v:.0f} peak{'s' if v != 1 else ''}",
    }
    return words.get(check.check, lambda v: f"{v:.3g}")(value)


class CheckLine(QWidget):
    """Sign, title, number; below it the sentence, one line of it until it is clicked."""

    toggled = Signal(bool)

    def __init__(
        self, check: TrustCheck, title: str, number: str, sentence: str, palette: Palette
    ) -> None:
        super().__init__()
        self._open = False
        sign, tone = SIGNS[check.state]
        label = QLabel()
        label.setPixmap(pixmap(sign, getattr(palette, tone), 16, self.devicePixelRatioF()))
        self.title = RunLabel()
        self.title.set_runs((Run(title, bold=check.state in ("warn", "problem")),))
        self.number = RunLabel(align_right=True)
        self.number.set_runs((Run(number, bold=True),))
        self.number.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.short = RunLabel()
        self.short.set_runs((Run(sentence, muted=True),), sentence)
        useful = check.usefulness
        self.useful = RunLabel(align_right=True)
        self.useful.set_runs((Run(useful.short, muted=True),) if useful else ())
        self.useful.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        sentence = f"{sentence} {useful.sentence}" if useful else sentence
        self.long = QLabel(sentence)
        self.long.setTextFormat(Qt.TextFormat.PlainText)
        self.long.setWordWrap(True)
        self.long.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        colors = self.long.palette()
        colors.setColor(self.long.foregroundRole(), QColor(palette.muted))
        self.long.setPalette(colors)
        self.long.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.title, 0, 1)
        grid.addWidget(self.number, 0, 2)
        grid.addWidget(self.short, 1, 1)
        grid.addWidget(self.useful, 1, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.long, 2, 1, 1, 2)
        self.setCursor(QCursor(Qt.CursorShape.PointingHandCursor))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{title}: {check.state}, {number}. {sentence}")
        set_topic(self, "trust")
        self.setToolTip(as_tip(sentence))

    def unfold(self, on: bool) -> None:
        """Show the whole sentence, or one line of it."""
        self._open = on
        self.long.setVisible(on)
        self.short.setVisible(not on)
        self.useful.setVisible(not on)

    def _toggle(self) -> None:
        self.unfold(not self._open)
        self.toggled.emit(self._open)

    def mousePressEvent(self, event) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._toggle()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._toggle()
        else:
            super().keyPressEvent(event)


class TrustPane(QWidget):
    """Verdict and checks of the shown spectrum."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trust_pane")
        self.setAccessibleName("Trust")
        self._session = session
        self._unfolded: set[str] = set()
        self.lines: dict[str, CheckLine] = {}
        self.header = RunLabel(self)
        self.header.set_runs((Run("Can I trust this?", bold=True),))
        self.how = QToolButton(self)
        self.how.setText("how?")
        self.how.setAutoRaise(True)
        self.how.setAccessibleName("How trust is checked")
        self.how.setToolTip("What each check measures, in the guide")
        self.how.clicked.connect(lambda: session.request("trust_guide"))
        self.error_rate = self._error_rate_box()
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName("Trust checks")
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 4, 2)
        head.addWidget(self.header, 1)
        head.addWidget(self.error_rate)
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
        session.error_rate_changed.connect(lambda _percent: self.show_annotation())
        self.show_annotation()

    def _maybe_show(self, uid: int) -> None:
        if uid == self._session.current:
            self.show_annotation()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "area"):
            # Qt is walking over all widgets: none may be deleted now.
            QTimer.singleShot(0, self, self.show_annotation)

    def show_annotation(self) -> None:
        """Write everything anew for the current spectrum."""
        entry = self._session.current_entry
        annotation = entry.annotation if entry else None
        place = self.area.verticalScrollBar().value()
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(8, 2, 8, 8)
        layout.setSpacing(7)
        self.lines = {}
        layout.addLayout(self._verdict_line(annotation))
        if annotation is not None:
            self._add_frequencies(layout, annotation)
            self._add_checks(layout, annotation)
        self.influences = InfluenceLines(annotation.influences if annotation else (), self._session)
        layout.addWidget(self.influences)
        layout.addStretch(1)
        self.area.setWidget(inside)
        inside.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        self.area.verticalScrollBar().setValue(place)

    def _error_rate_box(self) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName("Error rate that is put up with")
        box.view().setAccessibleName("Error rates")
        box.setToolTip(as_tip(ERROR_RATE_TIP))
        for percent in (0, *ERROR_PERCENTS):
            box.addItem(f"≤ {percent} % wrong" if percent else "any error rate", percent)
        box.setCurrentIndex(max(0, box.findData(self._session.error_percent)))
        box.activated.connect(lambda _row: self._session.set_error_percent(box.currentData()))
        return box

    def _add_frequencies(self, layout: QVBoxLayout, annotation: Annotation) -> None:
        """Write how often this verdict is right, as it was measured."""
        verdict = annotation.verdict
        if verdict is None or verdict.frequency is None:
            return
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        rows = [("How often is this verdict right?", "first place", "first five")]
        for name, found in (
            (verdict.data, verdict.frequency),
            (verdict.elsewhere_data, verdict.elsewhere),
        ):
            if found is not None:
                shares = (f"{share:.0%}".replace("%", " %") for share in (found.top_1, found.top_5))
                rows.append((f"{found.molecules} {name}", *shares))
        tip = as_tip("\n".join(verdict.measured))
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                label = RunLabel(align_right=column > 0)
                label.set_runs((Run(text, muted=row > 0 and not column, bold=row * column > 0),))
                if column:
                    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
                label.setToolTip(tip)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag(0)
                grid.addWidget(label, row, column, side)
        layout.addLayout(grid)

    def _verdict_line(self, annotation: Annotation | None) -> QHBoxLayout:
        palette = self._session.palette
        verdict = look_of(annotation)
        words, sentence = verdict.word.capitalize(), verdict.sentence
        if annotation is None:
            words, sentence = "Not annotated yet", "The checks appear with the annotation."
        elif annotation.status == "failed":
            words, sentence = "Nothing to check", "This spectrum could not be annotated."
        elif not annotation.trust:
            words, sentence = "Not checked", "Judge by the columns Baseline and Explained."
        elif verdict.word == "unknown":
            words = "No verdict"
        accepted = acceptance_of(annotation, self._session.error_percent)
        if accepted is not None:
            words += f" · {'accepted' if accepted else 'abstained'}"
        row = QHBoxLayout()
        row.setSpacing(8)
        sign = QLabel()
        tone = getattr(palette, verdict.tone)
        sign.setPixmap(pixmap(verdict.icon, tone, 22, self.devicePixelRatioF()))
        sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        row.addWidget(sign)
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

    def _add_checks(self, layout: QVBoxLayout, annotation: Annotation) -> None:
        by_name = {check.check: check for check in annotation.trust}
        count = len(annotation.candidates)
        for name, title in CHECKS:
            check = by_name.get(name, TrustCheck(name, "unknown", None, NOT_COMPUTED))
            sentence = check.sentence[:1].upper() + check.sentence[1:]
            number = number_of(check, count)
            line = CheckLine(check, title, number, sentence, self._session.palette)
            line.unfold(name in self._unfolded)
            line.toggled.connect(lambda on, name=name: self._note_unfolded(name, on))
            self.lines[name] = line
            layout.addWidget(line)

    def _note_unfolded(self, name: str, on: bool) -> None:
        (self._unfolded.add if on else self._unfolded.discard)(name)

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
