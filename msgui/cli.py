"""The command line: one parser, one sub-command per file in :mod:`msgui.commands`.

Exit codes: 0 fine, 1 some records failed, 2 failed or wrong use, 130 interrupted.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import msgui
from msgui.errors import MsguiError

COMMANDS = (
    "check",
    "annotate",
    "predict",
    "structures",
    "library",
    "simulate",
    "models",
    "train",
    "bench",
    "replay",
    "picture",
    "example",
)
EXIT_WRONG_USE = 2
EXIT_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is long, and a word away."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_WRONG_USE, f"{self.prog}: {message}. See: {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all sub-commands."""
    parser = _Parser(
        prog="msgui",
        description="Annotate MS/MS spectra: formulas, fragments, candidate structures, and how "
        "far each answer can be believed. Without a sub-command the window opens.",
        epilog="Examples:  msgui spectra.mgf    |    msgui annotate spectra.mgf --out results",
    )
    parser.add_argument("--version", action="version", version=f"msgui {msgui.__version__}")
    parser.add_argument(
        "--desktop", action="store_true", help="write a menu entry and file types for this user"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"msgui.commands.{name}")
        sub = module.add_parser(commands)
        sub.set_defaults(run=module.run)
        sub.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _open_window(files: Sequence[str]) -> int:
    from msgui.commands.window import run

    if files and not any(os.path.lexists(file) for file in files):
        raise MsguiError(
            "There is no file of this name, and no such sub-command.",
            "Check the path; msgui --help lists the sub-commands.",
            files[0],
        )
    return run(files)


def _write_desktop_entry() -> int:
    from msgui.commands.desktop import run

    return run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run msgui and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0] not in COMMANDS and not words[0].startswith("-")):
        return _guarded(lambda: _open_window(words), debug=False)
    options = build_parser().parse_args(words)
    if options.desktop:
        return _guarded(_write_desktop_entry, debug=False)
    return _guarded(lambda: int(options.run(options)), debug=options.debug)


def script() -> NoReturn:
    """Run msgui as a process of its own."""
    code = main()
    if "PySide6.QtCore" in sys.modules:
        from msgui.gui.app import leave

        leave(code)
    sys.exit(code)


def _guarded(action, *, debug: bool) -> int:  # type: ignore[no-untyped-def]
    try:
        return int(action())
    except MsguiError as error:
        if debug:
            raise
        sys.stderr.write(f"msgui: {error}\n")
        return EXIT_WRONG_USE
    except KeyboardInterrupt:
        sys.stderr.write("msgui: interrupted; what was finished is kept\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        sys.stderr.write(
            f"msgui: something went wrong inside msgui ({type(error).__name__}: {error}). "
            "Please run the command again with --debug and report what it prints.\n"
        )
        return EXIT_WRONG_USE
