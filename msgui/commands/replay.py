"""``msgui replay``: the tables of an earlier run once more, byte for byte."""

import argparse
import json
from pathlib import Path
from typing import Any

from msgui.commands import annotate
from msgui.commands.console import Console
from msgui.errors import MsguiError


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "replay",
        help="repeat an earlier run from its run.json",
        description="Repeat an annotation run with the same files and settings.",
        epilog="example:\n  msgui replay results/run.json --out again",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run_file", metavar="RUN.JSON", help="run.json of the earlier run")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    parser.add_argument("--force", action="store_true", help="replace existing results")
    parser.add_argument("--json", action="store_true", help="progress as JSON lines")
    return parser


def run(options: argparse.Namespace) -> int:
    """Repeat the run and return the exit code of ``annotate``."""
    path = Path(options.run_file)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        parameters, before = record["parameters"], record["sha256"]
    except OSError as error:
        raise MsguiError(
            "The file cannot be read.", "Give the run.json of a finished run.", str(path)
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise MsguiError(
            "This is not the run.json of an annotation run.", "Give another file.", str(path)
        ) from error
    # Runs of earlier versions do not know the options that came later.
    parser = annotate.add_parser(argparse.ArgumentParser().add_subparsers())
    values = vars(parser.parse_args(["FILE", "--out", options.out]))
    values |= parameters
    values |= {"jobs": options.jobs, "force": options.force, "json": options.json}
    repeated = argparse.Namespace(**values)
    code = annotate.run(repeated)
    after = json.loads((Path(options.out) / "run.json").read_text(encoding="utf-8"))["sha256"]
    changed = sorted(name for name in before if before[name] != after.get(name))
    if changed:
        Console(as_json=options.json).say(
            f"warning: changed since the earlier run: {', '.join(changed)}. The tables may differ."
        )
    return code
