"""``msgui picture``: the real window, drawn without a display, with a file annotated."""

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgui.errors import MsguiError

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow

LONGEST_SIDE = 16_384
DEFAULT_SIZE = "1366x768"


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "picture",
        help="a picture of the window with a file annotated",
        description="Open FILE in the real window without a display, annotate one spectrum, and "
        "save a picture: for documentation, tests and machines without a display.",
        epilog="example:\n  msgui picture spectra.mgf --out window.png --size 1920x1080 "
        "--theme dark --spectrum 3",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="spectra; none: the welcome page")
    parser.add_argument("--out", required=True, metavar="PNG", help="picture to write")
    parser.add_argument("--size", default=DEFAULT_SIZE, metavar="WxH", help="default %(default)s")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--spectrum", type=int, default=1, metavar="N", help="row, from 1")
    parser.add_argument("--candidate", type=int, default=1, metavar="N", help="row, from 1")
    parser.add_argument(
        "--peak", metavar="MZ", help="pin the peak nearest to this m/z, or 'base', or 'none'"
    )
    parser.add_argument("--action", metavar="NAME", help="do this action first ('palette' ...)")
    parser.add_argument("--text-size", type=int, default=100, metavar="PERCENT", help="of all text")
    parser.add_argument("--model", default="auto", help="name or folder; 'none' works without")
    parser.add_argument("--structures", default="auto", help="store or file of candidates")
    parser.add_argument(
        "--timeout", type=float, default=300.0, metavar="S", help="longest time for all of it"
    )
    return parser


def size_of(text: str) -> tuple[int, int]:
    """Return width and height of "1366x768".

    Raises
    ------
    MsguiError
        When it is not written like that, or too large.
    """
    match = re.fullmatch(r"(\d+)[xX×](\d+)", text.strip())
    if match is None or not all(1 <= int(side) <= LONGEST_SIDE for side in match.groups()):
        raise MsguiError(f"{text!r} is not a size of a window.", "Write it like 1366x768.")
    return int(match[1]), int(match[2])


def run(options: argparse.Namespace) -> int:
    """Draw the window into a file."""
    width, height = size_of(options.size)
    if options.file is not None and not Path(options.file).exists():
        raise MsguiError("There is no such file.", "Check its name.", options.file)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

    from msgui.gui.picture import take_picture

    take_picture(
        options.file,
        Path(options.out),
        size=(width, height),
        theme=options.theme,
        spectrum=options.spectrum,
        text_size=options.text_size,
        model=options.model,
        structures=options.structures,
        timeout_s=options.timeout,
        pose=lambda window: _pose(window, options),
    )
    return 0


def _pose(window: "MainWindow", options: argparse.Namespace) -> None:
    """Choose candidate and peak as the options say."""
    session = window.session
    session.select_candidate(options.candidate - 1)
    if options.peak not in (None, "none") and session.current_entry is not None:
        spectrum = session.current_entry.spectrum
        if len(spectrum):
            if options.peak == "base":
                index = int(spectrum.intensity.argmax())
            else:
                try:
                    wanted = float(options.peak.replace(",", "."))
                except ValueError:
                    raise MsguiError(
                        f"{options.peak!r} is not an m/z.", "Write a number, or base."
                    ) from None
                index = int(abs(spectrum.mz - wanted).argmin())
            session.pin_peaks({index})
    if options.action:
        window.do(options.action)
