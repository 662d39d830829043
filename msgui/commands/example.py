"""``msgui example``: the bundled samples in the window, or annotated without a display."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from msgui.commands.console import Console
from msgui.paths import resources

HEADLESS = "offscreen"


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "example",
        help="open the bundled samples (no display: annotate them into a folder)",
        description="Show msgui at work on the bundled samples. Without a display the samples are "
        "annotated and a report and a picture of the window are left in the folder.",
        epilog="example:\n  msgui example --out out",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", default="out", metavar="DIR", help="folder without a display")
    parser.add_argument("--headless", action="store_true", help="do not look for a display")
    return parser


def has_display() -> bool:
    """Return whether a window can be shown to somebody."""
    if os.environ.get("QT_QPA_PLATFORM") == HEADLESS:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(options: argparse.Namespace) -> int:
    """Open the window on the samples, or do the same job headless."""
    samples = str(resources() / "samples" / "textbook.mgf")
    if has_display() and not options.headless:
        from msgui.commands.window import run as open_window

        return open_window([samples])
    from msgui.commands import annotate, picture

    console = Console()
    console.say("No display was found: the samples are annotated without a window.")
    out = Path(options.out)
    code = _run(annotate, samples, "--out", str(out), "--figures", "--reports", "--force")
    window = _run(picture, samples, "--out", str(out / "window.png"), "--spectrum", "1")
    figures = sorted((out / "figures").glob("*.svg"))
    if figures:
        shutil.copyfile(figures[0], out / "figure.svg")
    console.say(f"Look at {out / 'window.png'}, {out / 'figure.svg'} and {out / 'index.html'}.")
    return code or window


def _run(command: ModuleType, *words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers(dest="command"))
    return int(command.run(parser.parse_args([command.__name__.rsplit(".", 1)[-1], *words])))
