"""The colors, light and dark, and how they are put on the whole application."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from msgui.paths import resources

ThemeName = Literal["light", "dark"]
ThemeChoice = Literal["light", "dark", "system"]


@dataclass(frozen=True)
class Palette:
    """The colors of one theme as "#rrggbb".

    ``background`` is what spectra, tables and structures stand on; the first eight meanings are
    checked against it: at least 3:1 for graphics, 4.5:1 for text. No color is ever the only sign.
    """

    name: ThemeName
    explained: str
    formula: str
    unexplained: str
    selected: str
    mirror: str
    warn: str
    problem: str
    fine: str
    background: str
    window: str
    raised: str
    text: str
    muted: str
    border: str
    grid: str
    alternate: str
    selection: str
    selection_text: str
    hover: str
    accent: str
    accent_text: str
    halo: str
    tooltip: str


LIGHT = Palette(
    name="light",
    explained="#0072B2",
    formula="#7A52C7",
    unexplained="#767676",
    selected="#D55E00",
    mirror="#009E73",
    warn="#B35C00",
    problem="#B00020",
    fine="#00734F",
    background="#ffffff",
    window="#f3f4f6",
    raised="#ffffff",
    text="#1b1d21",
    muted="#5c626b",
    border="#d3d7dc",
    grid="#e6e8eb",
    alternate="#f8f9fa",
    selection="#d3e7f4",
    selection_text="#12171c",
    hover="#e8f1f8",
    accent="#00639b",
    accent_text="#ffffff",
    halo="#A6D8F5",
    tooltip="#ffffff",
)

DARK = Palette(
    name="dark",
    explained="#56B4E9",
    formula="#B79AF2",
    unexplained="#9A9A9A",
    selected="#E69F00",
    mirror="#2DBE91",
    warn="#F0B040",
    problem="#FF8A80",
    fine="#4CC9A0",
    background="#1e1e1e",
    window="#272829",
    raised="#333537",
    text="#e8e8e8",
    muted="#a9adb3",
    border="#404347",
    grid="#313335",
    alternate="#232425",
    selection="#17476a",
    selection_text="#f5f7f9",
    hover="#2b3a45",
    accent="#6cbcec",
    accent_text="#10171c",
    halo="#0B5A8A",
    tooltip="#333537",
)

PALETTES: dict[ThemeName, Palette] = {"light": LIGHT, "dark": DARK}


def system_theme() -> ThemeName:
    """Return what the desktop asks for; light where it does not say."""
    hints = QGuiApplication.styleHints()
    return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"


def resolve(choice: ThemeChoice) -> ThemeName:
    """Return the theme to draw for a choice of the settings."""
    return system_theme() if choice == "system" else choice


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2.1 contrast ratio of two colors, 1 to 21."""

    def luminance(color: str) -> float:
        value = QColor(color)
        channels = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (value.redF(), value.greenF(), value.blueF())
        ]
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def qt_palette(palette: Palette) -> QPalette:
    """Return Qt's palette for the Fusion style."""
    result = QPalette()
    role = QPalette.ColorRole
    colors = {
        role.Window: palette.window,
        role.WindowText: palette.text,
        role.Base: palette.background,
        role.AlternateBase: palette.alternate,
        role.Text: palette.text,
        role.Button: palette.raised,
        role.ButtonText: palette.text,
        role.BrightText: palette.problem,
        role.ToolTipBase: palette.tooltip,
        role.ToolTipText: palette.text,
        role.PlaceholderText: palette.muted,
        role.Highlight: palette.selection,
        role.HighlightedText: palette.selection_text,
        role.Accent: palette.accent,
        role.Link: palette.accent,
        role.LinkVisited: palette.accent,
        role.Light: palette.raised,
        role.Midlight: palette.grid,
        role.Mid: palette.border,
        role.Dark: palette.border,
        role.Shadow: "#000000",
    }
    for name, color in colors.items():
        result.setColor(name, QColor(color))
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        grey = QColor(palette.muted)
        grey.setAlphaF(0.65)
        result.setColor(QPalette.ColorGroup.Disabled, name, grey)
    return result


def style_sheet(palette: Palette, points: float) -> str:
    """Return the rules that Fusion has no palette role for.

    ``points`` is the size of text: what a style sheet draws does not follow the application's font.
    """
    p = palette
    icons = (resources() / "icons").as_posix()
    return f"""
QMenuBar, QMenu, QToolButton, QPushButton, QToolTip, QComboBox, QAbstractSpinBox, QLineEdit,
QTabBar, QCheckBox, QProgressBar, QHeaderView {{ font-size: {points:g}pt; }}
QToolTip {{ color: {p.text}; background: {p.tooltip}; border: 1px solid {p.border}; padding: 4px; }}
QFrame#pane {{ background: {p.background}; border: 1px solid {p.border}; border-radius: 6px; }}
QFrame#pane QTableView {{ border: none; border-top: 1px solid {p.grid}; border-radius: 0; }}
QHeaderView {{ background: {p.background}; border: none; }}
QHeaderView::section {{ background: {p.background}; color: {p.muted}; border: none;
  border-bottom: 1px solid {p.grid}; padding: 4px 6px; }}
QTableView, QTreeView, QListView, QTextBrowser, QPlainTextEdit {{ background: {p.background};
  border: 1px solid {p.border}; border-radius: 6px; gridline-color: {p.grid};
  selection-background-color: {p.selection}; selection-color: {p.selection_text}; }}
QTableView::item:hover, QListView::item:hover {{ background: {p.hover}; }}
QTableView::item:selected, QListView::item:selected {{ background: {p.selection};
  color: {p.selection_text}; }}
QScrollArea#page {{ background: {p.background}; border: 1px solid {p.border}; border-radius: 6px; }}
QScrollArea#page > QWidget > QWidget {{ background: transparent; }}
QComboBox, QAbstractSpinBox {{ border: 1px solid {p.border}; border-radius: 5px;
  padding: 2px 6px; min-height: 20px; background: {p.background}; color: {p.text}; }}
QComboBox:focus, QAbstractSpinBox:focus {{ border-color: {p.accent}; }}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ image: url("{icons}/arrow-down-{p.name}.svg"); width: 14px; }}
QComboBox QLineEdit, QAbstractSpinBox QLineEdit {{ border: none; padding: 0 2px; }}
QComboBox QAbstractItemView {{ background: {p.background}; border: 1px solid {p.border};
  selection-background-color: {p.selection}; selection-color: {p.selection_text}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 20px; }}
QAbstractSpinBox::up-arrow {{ image: url("{icons}/arrow-up-{p.name}.svg"); width: 12px; }}
QAbstractSpinBox::down-arrow {{ image: url("{icons}/arrow-down-{p.name}.svg"); width: 12px; }}
QListView::item {{ padding: 4px 6px; }}
QTreeView::item {{ padding: 3px 2px; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {p.unexplained};
  border-radius: 3px; background: {p.background}; }}
QCheckBox::indicator:focus, QCheckBox::indicator:hover {{ border-color: {p.accent}; }}
QCheckBox::indicator:checked {{ background: {p.accent}; border-color: {p.accent};
  image: url("{icons}/check-{p.name}.svg"); }}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {p.border}; border-radius: 2px; }}
QToolBar {{ border: none; border-bottom: 1px solid {p.border}; padding: 4px 6px; spacing: 2px; }}
QToolBar::separator {{ background: {p.border}; width: 1px; margin: 5px 4px; }}
QToolBar QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px 7px; }}
QToolBar QToolButton:hover {{ background: {p.hover}; }}
QToolBar QToolButton:pressed {{ background: {p.selection}; }}
QToolBar QToolButton:focus {{ border-color: {p.accent}; }}
QToolBar QToolButton[popupMode="1"] {{ padding-right: 20px; }}
QToolBar QToolButton::menu-button {{ border: none; width: 16px; }}
QToolBar QToolButton:disabled {{ color: {p.unexplained}; }}
QToolButton::menu-indicator {{ image: none; }}
QPushButton {{ background: {p.raised}; border: 1px solid {p.border}; border-radius: 5px;
  padding: 4px 12px; color: {p.text}; }}
QPushButton:hover {{ background: {p.hover}; }}
QPushButton:pressed, QPushButton:checked {{ background: {p.selection}; color: {p.selection_text}; }}
QPushButton:default, QPushButton:focus, QPushButton:checked {{ border-color: {p.accent}; }}
QPushButton:disabled {{ color: {p.unexplained}; background: transparent; }}
QPushButton:flat {{ border: 1px solid transparent; background: transparent; padding: 3px 8px; }}
QPushButton:flat:hover {{ background: {p.hover}; }}
QPushButton:flat:focus {{ border-color: {p.accent}; }}
QPushButton#search {{ text-align: left; color: {p.muted}; background: {p.background};
  border: 1px solid {p.border}; border-radius: 5px; padding: 5px 10px; }}
QPushButton#search:hover, QPushButton#search:focus {{ border-color: {p.accent}; }}
QTabBar::tab {{ border: none; border-bottom: 2px solid transparent; padding: 6px 10px 5px 10px;
  color: {p.muted}; background: transparent; }}
QTabBar::tab:hover {{ color: {p.text}; }}
QTabBar::tab:selected {{ color: {p.text}; border-bottom-color: {p.accent}; }}
QStatusBar {{ border-top: 1px solid {p.border}; }}
QStatusBar::item {{ border: none; }}
QLineEdit {{ border: 1px solid {p.border}; border-radius: 5px; padding: 4px 7px;
  background: {p.background}; }}
QLineEdit:focus {{ border-color: {p.accent}; }}
QProgressBar {{ border: 1px solid {p.border}; border-radius: 5px; background: {p.background};
  color: {p.text}; text-align: center; }}
QProgressBar::chunk {{ background: {p.selection}; border-radius: 4px; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 11px; }}
QScrollBar:horizontal {{ height: 11px; }}
QScrollBar::handle {{ background: {p.border}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:hover {{ background: {p.unexplained}; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def load_fonts(app: QGuiApplication) -> None:
    """Give text to machines without any font: the shipped one is taken only there."""
    if QFontMetrics(app.font()).inFontUcs4(ord("a")):
        return
    families: list[str] = []
    for file in sorted((resources() / "fonts").glob("*.ttf"), reverse=True):
        number = QFontDatabase.addApplicationFont(str(file))
        families += QFontDatabase.applicationFontFamilies(number)
    if families:
        app.setFont(QFont(families[0], 9))


def apply(app: QApplication, name: ThemeName) -> None:
    """Put a theme on the application; everything on screen changes at once."""
    palette = PALETTES[name]
    # By its name: a style object made here would belong to Python, and be deleted under Qt's feet.
    if app.property("msgui style") is None:
        app.setStyle("Fusion")
        app.setProperty("msgui style", "Fusion")
    app.setPalette(qt_palette(palette))
    app.setStyleSheet(style_sheet(palette, app.font().pointSizeF()))
