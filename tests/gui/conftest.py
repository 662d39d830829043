"""Windows are tested without a screen, unless one is asked for; not at all where Qt is missing."""

import os
from importlib.util import find_spec

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if find_spec("PySide6") is None or find_spec("pytestqt") is None:
    collect_ignore_glob = ["test_*.py"]
