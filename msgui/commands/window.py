"""``msgui [FILE ...]``: the window."""

from collections.abc import Sequence


def run(files: Sequence[str]) -> int:
    """Open the window with files and return the exit code."""
    from msgui.gui.app import run as run_window

    return run_window(files)
