"""Draws the real window into a file: opens, annotates, waits until all is still, then looks."""

import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QEvent, QEventLoop, QIODevice, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from msgui.errors import MsguiError
from msgui.gui.app import application
from msgui.gui.settings import SettingsFile
from msgui.gui.theme import ThemeChoice
from msgui.gui.window import MainWindow

log = logging.getLogger(__name__)

# Drawings of structures arrive a moment after the annotation.
SETTLE_S = 0.7
LOOK_MS = 30
POPUP = Qt.WindowType.Popup


def take_picture(
    file: str | None,
    out: Path,
    *,
    size: tuple[int, int],
    theme: ThemeChoice = "light",
    spectrum: int = 1,
    text_size: int = 100,
    model: str = "auto",
    structures: str = "auto",
    timeout_s: float = 300.0,
    pose: Callable[[MainWindow], object] = lambda _window: None,
    part: Callable[[MainWindow], QWidget] = lambda window: window,
) -> None:
    """Write a picture of the window with ``file`` open and one spectrum annotated.

    The user's own settings are neither read nor changed. ``pose`` is called once the spectrum is
    annotated; ``part`` says which widget the picture shows.

    Raises
    ------
    MsguiError
        When nothing could be read, when it takes longer than ``timeout_s``, or when the picture
        cannot be written.
    """
    font = application().font()
    with tempfile.TemporaryDirectory() as folder:
        settings = SettingsFile(Path(folder) / "settings.ini")
        chosen = replace(
            settings.preferences(),
            theme=theme,
            text_size=text_size,
            model=model,
            structures=structures,
        )
        settings.keep(chosen, settings.method())
        window = MainWindow(settings)
        # A dialog would wait for somebody to close it.
        window.show_problem = log.warning  # type: ignore[method-assign, assignment]
        try:
            if file is not None:
                window.open_paths([file], select=spectrum - 1)
            window.start()
            window.resize(QSize(*size))
            until = time.monotonic() + timeout_s
            _wait(lambda: _is_still(window), until)
            if file is not None and not window.session.spectra:
                raise MsguiError("No spectrum could be read.", "See msgui check FILE.", file)
            pose(window)
            _wait(lambda: _is_still(window), until)
            image = _grab_part(window, part(window))
        finally:
            window.close()
            # A hidden window still costs each change of the theme that comes after it.
            window.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            # The next picture begins with the size of text that this one began with.
            QApplication.setFont(font)
    data = _png(image)
    from msgui.export.files import replaced_file

    with replaced_file(out) as target:
        target.write(data)


def _is_still(window: MainWindow) -> bool:
    session = window.session
    entry = session.current_entry
    if window.runner.running(visible_only=False) or session.explaining:
        return False
    return entry is None or entry.annotation is not None or session.tools is None


def _wait(is_over: Callable[[], bool], until: float) -> None:
    """Let the window work until a condition has held for a moment."""
    loop = QEventLoop()
    since: list[float] = []

    def look() -> None:
        now = time.monotonic()
        if not is_over():
            since.clear()
        elif not since:
            since.append(now)
        if now > until or (since and now - since[0] > SETTLE_S):
            loop.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    loop.exec()
    if time.monotonic() > until:
        raise MsguiError("The window was not ready in time.", "Give it longer with --timeout.")


def _grab(window: MainWindow) -> QImage:
    """Return the window with the dialogs that stand over it."""
    image = window.grab().toImage()
    painter = QPainter(image)
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible() and widget.parent() is window:
            place = _place(widget, window)
            painter.drawImage(place, widget.grab().toImage())
            painter.setPen(QColor(window.session.palette.muted))
            painter.drawRect(QRect(place, widget.size()))
    painter.end()
    return image


def _grab_part(window: MainWindow, part: QWidget) -> QImage:
    """Return a part as it stands in the window, with what is behind it, or one of its dialogs."""
    if part.window() is not window:
        return part.grab().toImage()
    return _grab(window).copy(QRect(part.mapTo(window, QPoint(0, 0)), part.size()))


def _place(dialog: QWidget, window: QWidget) -> QPoint:
    spare = window.size() - dialog.size()
    middle = QPoint(max(spare.width() // 2, 0), max(spare.height() // 3, 0))
    return dialog.pos() - window.pos() if dialog.windowType() == POPUP else middle


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
