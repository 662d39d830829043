"""``msgui bench chemistry``: how good formulas, fragments and explanations are, and how fast."""

import argparse
import subprocess
import sys
from pathlib import Path

from msgui.errors import MsguiError
from msgui.paths import PACKAGE

# The benchmarks belong to the source: each is a script that a chemist can read and change.
SCRIPT = PACKAGE.parent / "benchmarks" / "chemistry.py"
NEEDED = ("massbank_ms2.parquet", "structures.parquet")


def run_chemistry(options: argparse.Namespace) -> int:
    """Run the benchmarks of the chemistry, and return the exit code.

    Parameters
    ----------
    options : argparse.Namespace
        ``data`` (one folder), ``share`` of the full sample, and ``out`` (a folder, or None).

    Raises
    ------
    MsguiError
        When this installation has no benchmarks, or the folder not what they need.
    """
    if not SCRIPT.is_file():
        raise MsguiError(
            "The benchmarks of the chemistry come with the source, not with the installed package.",
            'Fetch the source, then run "python -m msgui bench chemistry --data FOLDER" in it.',
            str(SCRIPT),
        )
    folder = Path(options.data[0])
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing or len(options.data) > 1:
        raise MsguiError(
            f"{'One folder is needed' if not missing else f'There is no {missing[0]}'}.",
            f"Give the folder that holds {' and '.join(NEEDED)}.",
            str(folder),
        )
    if not 0.0 < options.share <= 1.0:
        raise MsguiError(
            f"A share of {options.share:g} is no part of the sample.",
            "Give a number above 0 and at most 1.",
        )
    command = [sys.executable, str(SCRIPT), str(folder), "--share", str(options.share)]
    if options.out:
        out = Path(options.out)
        out.mkdir(parents=True, exist_ok=True)
        command += ["--out", str(out / "chemistry.md")]
    return 2 if subprocess.run(command, check=False).returncode else 0
