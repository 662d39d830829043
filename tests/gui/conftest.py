"""Windows are tested without a screen, unless one is asked for; not at all where Qt is missing."""

import os
from importlib.util import find_spec

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if find_spec("PySide6") is None or find_spec("pytestqt") is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_sessionfinish() -> None:
    """Empty the clipboard: Qt frees what is left in it after Python has ended, and crashes."""
    if find_spec("PySide6") is None:
        return
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().clear()
