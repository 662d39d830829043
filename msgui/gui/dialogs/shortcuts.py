"""All keys on one page, made from the action table."""

from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from msgui.gui.actions import ACTIONS, MENUS, ActionSpec, key_text
from msgui.gui.dialogs.plain import PlainDialog, enlarge, palette_of

COLUMNS = 2
# Keys that belong to lists and boxes rather than to a command.
OTHERS: tuple[tuple[str, str], ...] = (
    ("Up, Down", "Walk through the focused list"),
    ("Tab", "Next pane"),
    ("Double click", "Show the whole spectrum"),
    ("Wheel", "Zoom m/z about the mouse"),
    ("Ctrl + wheel", "Zoom intensity"),
    ("Ctrl + click", "Pin one more peak"),
)


def lines_of(query: str = "") -> dict[str, list[tuple[str, str]]]:
    """Return keys and commands of each group, those that fit a query."""
    words = query.casefold().split()
    groups: dict[str, list[tuple[str, str]]] = {}

    def add(group: str, keys: str, text: str) -> None:
        if all(word in f"{text} {keys} {group}".casefold() for word in words):
            groups.setdefault(group, []).append((keys, text))

    with_keys = [spec for spec in ACTIONS if spec.keys and not spec.name.startswith("candidate_")]
    order = {menu: i for i, menu in enumerate(MENUS)}

    def group_of(spec: ActionSpec) -> str:
        return spec.menu.split("/")[0] or "View"

    with_keys.sort(key=lambda spec: order[group_of(spec)])
    for group, specs in groupby(with_keys, key=group_of):
        for spec in specs:
            add(group, "  or  ".join(key_text(key) for key in spec.keys[:2]), spec.plain_text)
    add("View", "1 to 9", "Choose candidate 1 to 9")
    for keys, text in OTHERS:
        add("Mouse and lists", keys, text)
    return groups


class ShortcutsDialog(PlainDialog):
    """The page of keys with a box that narrows it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Keyboard shortcuts", "", parent, window_title="Keyboard shortcuts")
        self.box = QLineEdit(self)
        self.box.setPlaceholderText("Find a key or a command")
        self.box.setAccessibleName("Find a key or a command")
        self.box.setToolTip("Shows only the lines that hold these words")
        self.box.setClearButtonEnabled(True)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setObjectName("page")
        self.area.setAccessibleName("Keys")
        self.content.addWidget(self.box)
        self.content.addWidget(self.area, 1)
        self.add_button("Close", main=True)
        self.box.textChanged.connect(self.show_lines)
        self.show_lines("")
        self.resize(820, 600)
        self.box.setFocus()

    def show_lines(self, query: str) -> None:
        """Show the keys that fit a query."""
        groups = lines_of(query)
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setSpacing(36)
        columns.setContentsMargins(14, 10, 14, 10)
        half = sum(len(lines) + 2 for lines in groups.values()) / COLUMNS
        taken = 0
        column = self._new_column(columns)
        for name, lines in groups.items():
            if taken and taken + len(lines) / 2 > half and columns.count() < COLUMNS:
                column.addStretch(1)
                column = self._new_column(columns)
                taken = 0
            column.addWidget(self._group(name, lines))
            taken += len(lines) + 2
        column.addStretch(1)
        self.area.setWidget(inside)

    @staticmethod
    def _new_column(columns: QHBoxLayout) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(12)
        columns.addLayout(column, 1)
        return column

    def _group(self, name: str, lines: list[tuple[str, str]]) -> QWidget:
        palette = palette_of(self)
        group = QWidget()
        grid = QGridLayout(group)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(0, 1)
        title = QLabel(name)
        enlarge(title, 1.05)
        grid.addWidget(title, 0, 0, 1, 2)
        for i, (keys, text) in enumerate(lines, start=1):
            key = QLabel(keys)
            colors = key.palette()
            colors.setColor(key.foregroundRole(), QColor(palette.muted))
            key.setPalette(colors)
            grid.addWidget(QLabel(text), i, 0)
            grid.addWidget(key, i, 1, Qt.AlignmentFlag.AlignRight)
        return group
