"""The menu bar, made from the action table, and the menus that are filled when they open."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from msgui.gui.actions import ACTIONS, MENUS
from msgui.gui.resources import samples

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow

LIST_MENU = (
    "annotate",
    "reviewed",
    "note",
    "mirror_listed",
    "",
    "choose_adduct",
    "choose_precursor",
    "",
    "remove",
)


class Menus(QObject):
    """All menus of a window by their path in the action table ("View/Mirror")."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._actions = window.actions_
        self._menus: dict[str, QMenu] = {}
        for name in MENUS:
            menu = self._menus[name] = window.menuBar().addMenu(f"&{name}")
            # Drawing all icons takes longer than all else that stands before the first paint.
            menu.aboutToShow.connect(window.draw_icons)
        for spec in ACTIONS:
            if not spec.menu:
                continue
            menu = self.menu(spec.menu)
            if spec.separated and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(self._actions[spec.name])
            if spec.name == "open_folder":
                self._add_recent(menu)
        self._follow_undo()

    def menu(self, path: str) -> QMenu:
        """Return the menu of a path, made at first use."""
        if path not in self._menus:
            parent, _, name = path.rpartition("/")
            self._menus[path] = self.menu(parent).addMenu(name)
        return self._menus[path]

    def _follow_undo(self) -> None:
        stack, actions = self._window.session.undo_stack, self._actions
        undo, redo = actions["undo"], actions["redo"]
        stack.undoTextChanged.connect(lambda text: undo.setText(f"&Undo {text}".strip()))
        stack.redoTextChanged.connect(lambda text: redo.setText(f"&Redo {text}".strip()))
        stack.canUndoChanged.connect(undo.setEnabled)
        stack.canRedoChanged.connect(redo.setEnabled)
        undo.setEnabled(False)
        redo.setEnabled(False)

    def _add_recent(self, menu: QMenu) -> None:
        self._recent = menu.addMenu("Open &Recent")
        self._recent.setToolTipsVisible(True)
        self._recent.aboutToShow.connect(self._fill_recent)
        self._samples = menu.addMenu("Open Sa&mple")
        self._samples.aboutToShow.connect(self._fill_samples)

    def _fill_recent(self) -> None:
        menu, window = self._recent, self._window
        menu.clear()
        recent = window.settings_file.recent()
        for path in recent:
            name = Path(path).name.replace("&", "&&")
            action = menu.addAction(name)
            action.triggered.connect(lambda _=False, path=path: window.open_paths([path]))
            action.setToolTip(path)
        if recent:
            menu.addSeparator()
            menu.addAction("Forget These", window.settings_file.forget_recent)
        else:
            menu.addAction("No recent files").setEnabled(False)

    def _fill_samples(self) -> None:
        menu, window = self._samples, self._window
        menu.clear()
        for sample in samples():
            action = menu.addAction(sample.title.replace("&", "&&"))
            action.triggered.connect(lambda _=False, sample=sample: window.open_sample(sample))
        if menu.isEmpty():
            menu.addAction("No samples were found").setEnabled(False)

    def show_list_menu(self, place: QPoint) -> None:
        """Open the menu of the spectra list."""
        self._window.draw_icons()
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in LIST_MENU:
            if name:
                menu.addAction(self._actions[name])
            else:
                menu.addSeparator()
        menu.popup(place)
