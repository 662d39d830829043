"""What is put on the clipboard: several formats at once, so that each program takes its best."""

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from msgui.gui.rendering import picture

SCREEN_FACTOR = 2
SVG_TYPE = "image/svg+xml"


def copy_text(text: str) -> None:
    """Put plain text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


def copy_figure(svg: str) -> None:
    """Put a figure on the clipboard as SVG and as picture at twice its size on screen."""
    data = QMimeData()
    data.setData(SVG_TYPE, svg.encode("utf-8"))
    data.setImageData(picture(svg, 96 * SCREEN_FACTOR))
    QGuiApplication.clipboard().setMimeData(data)


def pasted_text() -> str:
    """Return the text on the clipboard, empty when there is none."""
    return QGuiApplication.clipboard().text()
