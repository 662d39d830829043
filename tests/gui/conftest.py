"""Windows are tested without a screen, unless one is asked for; not at all where Qt is missing."""

import os
from importlib.util import find_spec

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if find_spec("PySide6") is None or find_spec("pytestqt") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def window(qtbot, tmp_path):
    """Return a shown window with three spectra, the first of them annotated."""
    from windows import annotated, settings_in, write_mgf

    from msgui.gui.window import MainWindow

    window = MainWindow(settings_in(tmp_path))
    qtbot.addWidget(window)
    window.open_paths([write_mgf(tmp_path)])
    window.start()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
    window.activateWindow()
    yield window
    window.close()


def pytest_sessionfinish() -> None:
    """Empty the clipboard: Qt frees what is left in it after Python has ended, and crashes."""
    if find_spec("PySide6") is None:
        return
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().clear()
