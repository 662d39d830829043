"""``msgui check``: read files of spectra and say what they hold and what is wrong with them."""

import argparse
import json
import sys
from typing import Any

from msgui.commands.console import Console
from msgui.spectra.checking import FileReport, check_in_steps
from msgui.spectra.spectrum import Spectrum

EXAMPLE = """example:
  msgui check run.mzML library.msp
  msgui check --json *.mgf | jq .status

Every record is loaded, or skipped with a reason: found = loaded + skipped. Exit code 0 when all
files load (with --strict: without any warning), 2 when one cannot be read.
"""
EXIT_WARNED = 1
EXIT_FAILED = 2
# More lines than this of one file are of no use on a terminal; --json has them all.
MESSAGES_SHOWN = 20
_SIGNS = {"load": "ok     ", "warn+load": "warning", "error": "error  "}


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="read files of spectra and report what is in them",
        description="Read files of spectra and report what loads, what does not, and why.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="files of spectra, any format")
    parser.add_argument("--json", action="store_true", help="one JSON object per file and line")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when there are warnings")
    return parser


def run(options: argparse.Namespace) -> int:
    """Check the files, print a report on each, and return the exit code."""
    code = 0
    console = Console()
    for file in options.files:
        report = _report(file, console)
        if options.json:
            _print(json.dumps(report.as_dict()))
        else:
            for line in _lines(report):
                _print(line)
        code = max(code, _exit_code(report, strict=options.strict))
    return code


def _report(file: str, console: Console) -> FileReport:
    for item in check_in_steps(file, _inspect):
        if isinstance(item, FileReport):
            console.clear()
            return item
        console.step(item)
    raise AssertionError("every check ends with a report")


def _inspect(spectrum: Spectrum) -> tuple[str, str] | None:
    from msgui.chemistry.record_formula import formula_doubt

    return formula_doubt(spectrum)


def _exit_code(report: FileReport, *, strict: bool) -> int:
    if report.status == "error":
        return EXIT_FAILED
    return EXIT_WARNED if strict and report.status == "warn+load" else 0


def _print(line: str) -> None:
    # File names may hold bytes that are no text; they are shown escaped instead of failing.
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding))


def _lines(report: FileReport) -> list[str]:
    what = f"{report.loaded:,} of {report.found:,} spectra" if report.found else "nothing"
    kind = f" ({report.format})" if report.format else ""
    lines = [f"{_SIGNS[report.status]}  {report.file}: {what} loaded{kind}"]
    for problem in report.messages[:MESSAGES_SHOWN]:
        place = f"{problem.where}: " if problem.where else ""
        lines.append(f"         {problem.kind}: {place}{problem.cause}")
        if problem.action:
            lines.append(f"           {problem.action}")
    more = len(report.messages) - MESSAGES_SHOWN
    if more > 0:
        lines.append(f"         and {more} more; --json lists all")
    return lines
