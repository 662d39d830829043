"""What the window shows while nothing is open: drop here, try a sample, go on where you were."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QCursor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from msgui.gui.resources import Sample, icon, pixmap
from msgui.gui.session import Session
from msgui.gui.widgets.run_label import as_tip

WIDTH = 880
CARDS_IN_ROW = 3
CARD_WIDTH = 260
CARD_MARGIN = 14
RECENT_SHOWN = 6
FORMATS = "MGF, MSP, mzML, mzXML, MassBank, JSON or .ms"


def bold(font: QFont) -> QFont:
    """Return the font in bold."""
    other = QFont(font)
    other.setBold(True)
    return other


class Card(QAbstractButton):
    """A button with a title and a sentence."""

    def __init__(self, sample: Sample, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sample = sample
        self._session = session
        self.setCursor(QCursor(Qt.CursorShape.PointingHandCursor))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"Lesson: {sample.title}" if sample.steps else sample.title)
        self.setToolTip(as_tip(f"Open {sample.file.name}"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(CARD_WIDTH, self._height(CARD_WIDTH))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._height(width)

    def _height(self, width: int) -> int:
        """Return what title and sentence need, at least four lines."""
        metrics = QFontMetrics(self.font())
        room = QRect(0, 0, width - 2 * CARD_MARGIN, 10_000)
        wrap = Qt.TextFlag.TextWordWrap
        title = QFontMetrics(bold(self.font())).boundingRect(room, wrap, self.sample.title)
        sentence = metrics.boundingRect(room, wrap, self.sample.sentence)
        return max(title.height() + 4 + sentence.height(), metrics.height() * 4) + 28

    def paintEvent(self, event) -> None:
        palette = self._session.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(QColor(palette.accent if lit else palette.border), 1.2))
        painter.setBrush(QColor(palette.hover if self.underMouse() else palette.background))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        inside = self.rect().adjusted(CARD_MARGIN, 12, -CARD_MARGIN, -12)
        painter.setFont(bold(self.font()))
        painter.setPen(QColor(palette.text))
        wrap = Qt.TextFlag.TextWordWrap
        used = painter.boundingRect(inside, wrap, self.sample.title)
        painter.drawText(inside, wrap, self.sample.title)
        painter.setFont(self.font())
        painter.setPen(QColor(palette.muted))
        painter.drawText(inside.adjusted(0, used.height() + 4, 0, 0), wrap, self.sample.sentence)
        painter.end()


class WelcomePane(QWidget):
    """Drop area, samples, recent files."""

    sample_wanted = Signal(object)  # Sample
    file_wanted = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome_pane")
        self.setAccessibleName("Welcome")
        self._session = session
        self._samples: tuple[Sample, ...] = ()
        self._recent: tuple[str, ...] = ()
        self.cards: list[Card] = []
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName("Welcome page")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.area)
        session.theme_changed.connect(lambda _name: self.show_page())

    def set_content(self, samples: Sequence[Sample], recent: Sequence[str]) -> None:
        """Offer lessons on samples, and recent files."""
        if (tuple(samples), tuple(recent)) != (self._samples, self._recent) or not self.cards:
            self._samples, self._recent = tuple(samples), tuple(recent)
            self.show_page()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.isVisible():
            # Qt is walking over all widgets: none may be deleted now.
            QTimer.singleShot(0, self, self.show_page)

    def show_page(self) -> None:
        """Write the page anew."""
        self.cards = []
        page = QWidget()
        outer = QHBoxLayout(page)
        outer.setContentsMargins(24, 20, 24, 20)
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addStretch(2)
        column.addWidget(DropArea(self._session))
        if self._samples:
            column.addSpacing(14)
            column.addWidget(self._heading("Or take a lesson of one minute"))
            for start in range(0, min(len(self._samples), 6), CARDS_IN_ROW):
                row = QHBoxLayout()
                row.setSpacing(12)
                shown = self._samples[start : start + CARDS_IN_ROW]
                for sample in shown:
                    card = Card(sample, self._session)
                    card.clicked.connect(lambda _=False, s=sample: self.sample_wanted.emit(s))
                    self.cards.append(card)
                    row.addWidget(card, 1)
                for _ in range(CARDS_IN_ROW - len(shown)):
                    row.addStretch(1)
                column.addLayout(row)
        if self._recent:
            column.addSpacing(14)
            column.addWidget(self._heading("Recent files"))
            column.addWidget(self._recent_files())
        column.addStretch(3)
        column.addWidget(self._foot())
        middle = QWidget()
        middle.setLayout(column)
        middle.setMaximumWidth(WIDTH)
        outer.addStretch(1)
        outer.addWidget(middle, 20)
        outer.addStretch(1)
        self.area.setWidget(page)

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setFont(bold(label.font()))
        return label

    def _recent_files(self) -> QWidget:
        group = QWidget()
        lines = QVBoxLayout(group)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        for path in self._recent[:RECENT_SHOWN]:
            name, folder = Path(path).name, str(Path(path).parent)
            button = QPushButton(icon("file", self._session.theme, "muted"), name)
            button.setFlat(True)
            button.setStyleSheet("text-align: left; padding: 4px 6px;")
            button.setCursor(QCursor(Qt.CursorShape.PointingHandCursor))
            button.setAccessibleName(f"Open recent file {name}")
            button.setToolTip(as_tip(path))
            button.clicked.connect(lambda _=False, path=path: self.file_wanted.emit(path))
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(button)
            place = QLabel(folder)
            place.setTextFormat(Qt.TextFormat.PlainText)
            colors = place.palette()
            colors.setColor(place.foregroundRole(), QColor(self._session.palette.muted))
            place.setPalette(colors)
            place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            row.addWidget(place, 1)
            lines.addLayout(row)
        return group

    def _foot(self) -> QWidget:
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 8, 0, 0)
        row.addStretch(1)
        for text, name, tip in (
            ("Guide", "guide", "Two pages that say how msgui works (F1)"),
            ("Keyboard shortcuts", "shortcuts", "All keys on one page (?)"),
            ("About the model", "model_card", "What it was trained on and how good it is"),
        ):
            button = QPushButton(text)
            button.setFlat(True)
            button.setCursor(QCursor(Qt.CursorShape.PointingHandCursor))
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, name=name: self._session.request(name))
            row.addWidget(button)
        row.addStretch(1)
        return foot


class DropArea(QFrame):
    """The dashed place that says what can be dropped, with buttons that do the same."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        palette = session.palette
        self.setAccessibleName("Drop spectra here")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 26, 20, 24)
        layout.setSpacing(6)
        sign = QLabel()
        sign.setPixmap(pixmap("drop", palette.accent, 40, self.devicePixelRatioF()))
        sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = QLabel("Drop spectra here")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        title.setFont(font)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        sentence = QLabel(f"{FORMATS}, files or whole folders, anywhere on the window")
        sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        sentence.setWordWrap(True)
        colors = sentence.palette()
        colors.setColor(sentence.foregroundRole(), QColor(palette.muted))
        sentence.setPalette(colors)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for text, name, sign_name, tip in (
            ("Open Files…", "open", "open", "Choose files of spectra (Ctrl+O)"),
            ("Paste Peak List…", "paste", "paste", "Two columns: m/z, intensity (Ctrl+V)"),
        ):
            button = QPushButton(icon(sign_name, session.theme), text)
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, name=name: session.request(name))
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout.addWidget(sign)
        layout.addWidget(title)
        layout.addWidget(sentence)
        layout.addSpacing(8)
        layout.addLayout(buttons)

    def paintEvent(self, event) -> None:
        palette = self._session.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(palette.border), 1.6)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(palette.background))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        painter.end()
