"""What all dialogs share: a title that says what happened, a sentence, verbs on the buttons."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from msgui.gui.resources import pixmap
from msgui.gui.theme import PALETTES, Palette

MARGIN = 18
READABLE_WIDTH = 460


def palette_of(widget: QWidget | None) -> Palette:
    """Return the palette of the theme that a widget is drawn in."""
    if widget is None:
        return PALETTES["light"]
    dark = widget.palette().window().color().lightness() < 128
    return PALETTES["dark" if dark else "light"]


def text_label(text: str, parent: QWidget | None = None, *, muted: bool = False) -> QLabel:
    """Return a wrapping label that never takes its text for markup."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if muted:
        mute(label)
    return label


def mute(label: QLabel) -> None:
    """Draw a label in the color of secondary text."""
    colors = label.palette()
    colors.setColor(label.foregroundRole(), QColor(palette_of(label).muted))
    label.setPalette(colors)


def enlarge(label: QLabel, factor: float = 1.2) -> None:
    """Make a label a title."""
    font = QFont(label.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setBold(True)
    label.setFont(font)


class PlainDialog(QDialog):
    """A dialog with a sign, a title, a sentence, content and buttons.

    Subclasses put their widgets into ``content``; ``add_button`` makes the buttons, the first of
    which Enter presses.
    """

    def __init__(
        self,
        title: str,
        sentence: str = "",
        parent: QWidget | None = None,
        *,
        sign: tuple[str, str] | None = None,
        window_title: str = "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(window_title or "msgui")
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.title = text_label(title, self)
        enlarge(self.title)
        self.sentence = text_label(sentence, self)
        self.sentence.setVisible(bool(sentence))
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        self.buttons = QDialogButtonBox(self)
        self.buttons.setAccessibleName("Buttons")
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.title)
        words.addWidget(self.sentence)
        head = QHBoxLayout()
        head.setSpacing(12)
        if sign is not None:
            name, tone = sign
            label = QLabel(self)
            label.setPixmap(pixmap(name, getattr(palette_of(parent), tone), 32))
            label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            head.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN - 4)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addLayout(self.content, 1)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(READABLE_WIDTH)

    def event(self, event: QEvent) -> bool:
        # Keys of the window's actions (letters, Escape, arrows) reach into dialogs that leave the
        # window usable; here they belong to the dialog.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            modifiers = event.modifiers()
            commands = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            if not modifiers & commands:
                event.accept()
                return True
        return super().event(event)

    def add_button(
        self, text: str, tip: str = "", *, role: str = "accept", main: bool = False
    ) -> QPushButton:
        """Add a button; ``role`` is "accept", "reject" or "action" (the dialog stays open)."""
        roles = {
            "accept": QDialogButtonBox.ButtonRole.AcceptRole,
            "reject": QDialogButtonBox.ButtonRole.RejectRole,
            "action": QDialogButtonBox.ButtonRole.ActionRole,
        }
        button = self.buttons.addButton(text, roles[role])
        button.setAccessibleName(text)
        button.setToolTip(tip or text)
        if role == "accept":
            button.clicked.connect(self.accept)
        elif role == "reject":
            button.clicked.connect(self.reject)
        if main:
            button.setDefault(True)
            button.setFocus()
        return button


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as tab-separated text for the clipboard."""
    return "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in rows) + "\n"
