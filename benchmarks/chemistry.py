"""All figures of the chemistry with one command, and the file that shows them.

Usage: python benchmarks/chemistry.py [DATA_FOLDER] [--share 1.0] [--out FILE]
       (the same as: msgui bench chemistry --data DATA_FOLDER)

Runs the benchmarks of formula ranking, peak formulas, fragments and explanation (plain MetFrag
beside it) and of speed, each with its baselines in the same table, prints what they print, and
writes it to ``--out``. ``--share`` takes a smaller sample of each: figures move more, and each
names its own size.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from msgui import __version__

HERE = Path(__file__).resolve().parent
# Title, script, and options with the full sample size.
PARTS: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("Speed and limits of the fragmenter", "fragmenter.py", {"--queries": 300}),
    ("Formulas of peaks", "peak_formulas.py", {"--spectra": 2000}),
    ("Fragments and explanation", "explanation.py", {"--molecules": 500, "--queries": 600}),
    ("Formulas of precursors", "formula_ranking.py", {"--spectra": 600}),
)


def main() -> int:
    """Run the parts, print and write after each, and return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", default=HERE.parents[1] / "shared" / "data")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    text = (
        f"# Chemistry of msgui {__version__}\n\nPrinted by"
        f" `msgui bench chemistry --data DATA_FOLDER --share {options.share:g}`"
        " (MassBank 2025.05.1; the molecules were not used for fitting). Seconds are those of the"
        " machine it ran on, with whatever else ran there.\n"
    )
    print(text, end="", flush=True)
    failed = 0
    for title, script, sizes in PARTS:
        command = [sys.executable, str(HERE / script), str(options.data)]
        for name, size in sizes.items():
            command += [name, str(max(20, round(size * options.share)))]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        failed += run.returncode != 0
        part = f"\n## {title}\n\n```\n{run.stdout.strip() or run.stderr.strip()}\n```\n"
        print(part, end="", flush=True)
        text += part
        if options.out is not None:
            options.out.write_text(text, encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
