"""``msgui [FILE ...]``: the window."""

from collections.abc import Sequence


def run(files: Sequence[str]) -> int:
    """Open the window with files; the process ends when it is closed."""
    from msgui.gui.app import leave
    from msgui.gui.app import run as run_window

    leave(run_window(files))
