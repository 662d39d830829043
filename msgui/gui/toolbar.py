"""The toolbar: few buttons, signs and words; words leave first when there is little room."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QToolBar, QToolButton, QWidget

from msgui.gui.actions import Actions
from msgui.gui.menus import Menus
from msgui.gui.resources import icon
from msgui.gui.session import Session
from msgui.gui.theme import ThemeName

SEARCH_WIDTH = 210
# Text lines that the window must be wide for the toolbar to show all its words.
WORDS_WIDTH = 76
VIEW_MENUS = {
    "Mirror": ("mirror", "What is drawn below the axis (M)"),
    "Intensity": ("scale", "How intensities are drawn (S)"),
    "Peak Labels": ("labels", "What stands above the peaks (L)"),
}
SCALE_WORDS = {"linear": "linear", "sqrt": "square root", "log": "logarithm"}
LABEL_WORDS = {"formula": "formula", "mz": "m/z", "loss": "loss", "none": "none"}


class Toolbar(QToolBar):
    """Open, annotate, export, walk, how the spectrum is drawn, search."""

    def __init__(self, actions: Actions, menus: Menus, parent: QWidget) -> None:
        super().__init__("Toolbar", parent)
        self._actions = actions
        self._signs: list[tuple[QToolButton, str]] = []
        self.setObjectName("toolbar")
        self.setAccessibleName("Toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(18, 18))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._add_tool("Open", "open", "open")
        annotate = self._add_tool("Annotate", "annotate", "annotate")
        annotate.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        more = QMenu(annotate)
        more.addAction(actions["annotate"])
        more.addAction(actions["annotate_all"])
        annotate.setMenu(more)
        export = menus.menu("File/Export")
        self._add_menu_tool("Export ▾", export, "export", "Figure, tables, report")
        self.addSeparator()
        for name in ("previous", "next"):
            button = self._add_tool("", f"{name}_spectrum", name)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.addSeparator()
        self.view_tools = {
            name: self._add_menu_tool(name, menus.menu(f"View/{name}"), sign, tip)
            for name, (sign, tip) in VIEW_MENUS.items()
        }
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.search = self._make_search()
        self.addWidget(self.search)

    def _add_tool(self, text: str, action: str, sign: str) -> QToolButton:
        source = self._actions[action]
        button = self._make_button(text, sign, source.toolTip())
        button.setAccessibleName(text or source.text().replace("&", ""))
        button.setEnabled(source.isEnabled())
        source.enabledChanged.connect(button.setEnabled)
        button.clicked.connect(source.trigger)
        return button

    def _add_menu_tool(self, text: str, menu: QMenu, sign: str, tip: str) -> QToolButton:
        button = self._make_button(text, sign, tip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        button.setAccessibleName(text.rstrip(" ▾"))
        return button

    def _make_button(self, text: str, sign: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._signs.append((button, sign))
        self.addWidget(button)
        return button

    def _make_search(self) -> QPushButton:
        button = QPushButton("Search", self)
        button.setObjectName("search")
        button.setMinimumWidth(SEARCH_WIDTH)
        button.setAccessibleName("Search commands and spectra")
        button.setToolTip("Find any command or spectrum by typing (Ctrl+Shift+P)")
        button.setCursor(Qt.CursorShape.IBeamCursor)
        button.clicked.connect(self._actions["palette"].trigger)
        return button

    def draw_icons(self, theme: ThemeName) -> None:
        """Draw the signs in the colors of a theme."""
        for button, sign in self._signs:
            button.setIcon(icon(sign, theme))
        self.search.setIcon(icon("search", theme, "muted"))

    def show_choices(self, session: Session) -> None:
        """Say on the buttons how the spectrum is drawn."""
        words = {
            "Mirror": f"Mirror: {session.shown_mirror} ▾",
            "Intensity": f"Intensity: {SCALE_WORDS[session.scale]} ▾",
            "Peak Labels": f"Labels: {LABEL_WORDS[session.labels]} ▾",
        }
        for name, text in words.items():
            self.view_tools[name].setText(text)

    def fit(self, width: int) -> None:
        """Show words or only signs in a window of this width."""
        wide = width >= WORDS_WIDTH * self.fontMetrics().height()
        style = Qt.ToolButtonStyle
        shown = style.ToolButtonTextBesideIcon if wide else style.ToolButtonIconOnly
        for button in self.view_tools.values():
            button.setToolButtonStyle(shown)
        self.search.setMinimumWidth(SEARCH_WIDTH if wide else SEARCH_WIDTH * 2 // 3)
