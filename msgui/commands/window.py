"""``msgui [FILE ...]``: the window."""

from collections.abc import Sequence


def run(files: Sequence[str]) -> int:
    """Open the window with files; return the exit code when it is closed."""
    from msgui.gui.app import run as run_window

    return run_window(files)
