"""Finds any command, and any spectrum, by typing a few letters of it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from msgui.gui.actions import SPECS, Actions, key_text
from msgui.gui.session import Session
from msgui.gui.spectra_table import visible
from msgui.gui.widgets.run_label import as_tip, muted_color

WIDTH, ROWS_SHOWN = 560, 11
SPECTRA_SHOWN = 30
RUN_ROLE = Qt.ItemDataRole.UserRole
RIGHT_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Found:
    """One line: what it is, what stands at its right, what Enter does."""

    text: str
    right: str
    tip: str
    icon: QIcon
    run: Callable[[], object]


class RightTextDelegate(QStyledItemDelegate):
    """Draws a line with a muted text at its right end."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        right = index.data(RIGHT_ROLE) or ""
        width = option.fontMetrics.horizontalAdvance(right)
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        line: QRect = option.rect.adjusted(36, 0, -12, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(option.palette.color(role))
        room = line.adjusted(0, 0, -width - 16, 0)
        elided = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, elided)
        painter.setPen(QColor(muted_color(option.palette)))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, right)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(100, option.fontMetrics.height() + 12)


class CommandPalette(QDialog):
    """A line to type in and what it finds; Enter runs, Esc leaves."""

    def __init__(self, session: Session, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Command palette")
        self._session, self._actions = session, actions
        self.box = QLineEdit(self)
        self.box.setPlaceholderText("Type a command or the name of a spectrum")
        self.box.setAccessibleName("Command")
        self.box.setToolTip("A few letters are enough; Enter runs the first line")
        self.list = QListWidget(self)
        self.list.setAccessibleName("Commands")
        self.list.setToolTip("")
        self.list.setItemDelegate(RightTextDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setIconSize(QSize(16, 16))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.box)
        layout.addWidget(self.list)
        self.box.textChanged.connect(self.find)
        self.box.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item: self.run_chosen())
        self.find("")
        width = min(WIDTH, parent.width() - 40)
        self.setFixedWidth(width)
        row = self.fontMetrics().height() + 12
        self.list.setFixedHeight(row * ROWS_SHOWN + 4)
        self.adjustSize()
        left = (parent.width() - width) // 2
        self.move(parent.mapToGlobal(QPoint(left, 70)))
        self.box.setFocus()

    def find(self, text: str) -> None:
        """Show what fits a text, best first."""
        self.list.clear()
        for found in self.found(text):
            item = QListWidgetItem(found.icon, found.text)
            item.setData(RUN_ROLE, found.run)
            item.setData(RIGHT_ROLE, found.right)
            item.setToolTip(as_tip(found.tip))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def found(self, text: str) -> list[Found]:
        """Return the commands and spectra that fit."""
        words = text.casefold().replace("colour", "color").split()
        ranked: list[tuple[tuple[float, int], Found]] = []
        for place, (name, spec) in enumerate(SPECS.items()):
            action = self._actions[name]
            rank = _rank(words, spec.plain_text, f"{spec.tip} {spec.words} {spec.menu}")
            if rank is None or not action.isEnabled() or name == "palette":
                continue
            menu = spec.menu.replace("/", " › ")
            keys = key_text(spec.keys[0]) if spec.keys else ""
            title = f"{menu} › {spec.plain_text}" if "/" in spec.menu else spec.plain_text
            ranked.append(
                ((rank, place), Found(title, keys, spec.tip, action.icon(), action.trigger))
            )
        ranked.sort(key=lambda pair: pair[0])
        return [found for _, found in ranked] + (self._spectra(words) if words else [])

    def _spectra(self, words: list[str]) -> list[Found]:
        result: list[Found] = []
        for entry in self._session.spectra:
            mz = entry.spectrum.precursor_mz
            number = f"{mz:.4f}" if mz else ""
            title = entry.title[:120]
            if all(word in title.casefold() or number.startswith(word) for word in words):
                result.append(
                    Found(
                        visible(title),
                        f"m/z {number}" if number else "spectrum",
                        f"Show {visible(title)}",
                        QIcon(),
                        lambda uid=entry.uid: self._session.set_current(uid),
                    )
                )
                if len(result) >= SPECTRA_SHOWN:
                    break
        return result

    def run_chosen(self) -> None:
        """Close and do what the chosen line says."""
        item = self.list.currentItem()
        if item is None:
            return
        run = item.data(RUN_ROLE)
        self.close()
        run()

    def eventFilter(self, watched, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: ROWS_SHOWN,
                Qt.Key.Key_PageUp: -ROWS_SHOWN,
            }
            if (step := steps.get(Qt.Key(event.key()))) is not None:
                row = self.list.currentRow() + step
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.run_chosen()
                return True
        return super().eventFilter(watched, event)


def _rank(words: list[str], title: str, more: str) -> float | None:
    """Return how well a command fits: 0 its title begins so, 3 only its description; None not."""
    title, more = title.casefold(), more.casefold()
    if not words:
        return 0
    text = " ".join(words)
    if title.startswith(text):
        return 0
    if all(word in title for word in words):
        return 1 if any(part.startswith(words[0]) for part in title.split()) else 2
    if all(word in title or word in more for word in words):
        return 3 - sum(word in title for word in words) / len(words)
    return None
