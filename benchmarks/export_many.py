"""Time the export of many annotated spectra, each kind of file by itself.

Usage: python benchmarks/export_many.py [SPECTRA]

The textbook samples are annotated once (without a model) and exported again and again.
"""

import sys
import tempfile
import time
from pathlib import Path

from msgui.export.batch import BatchChoice, Item, export_batch
from msgui.paths import resources
from msgui.pipeline import annotate
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from msgui.tools import Settings, Tools, open_tools

LIMIT_S = 300.0
CHOICES = {
    "figures, SVG": BatchChoice(figures=("svg",)),
    "tables, TSV and CSV": BatchChoice(tables=("tsv", "csv")),
    "tables, XLSX": BatchChoice(tables=("xlsx",)),
    "MGF, MSP, JSON": BatchChoice(spectra=("mgf", "msp", "json")),
    "candidates, SDF": BatchChoice(sdf=True),
    "mzTab-M": BatchChoice(mztab=True),
    "reports, HTML": BatchChoice(reports=True),
}


def main(count: int) -> int:
    """Export and return 1 when a thousand spectra would take longer than five minutes."""
    *_, tools = open_tools(Settings(), model=None, structures="auto")
    assert isinstance(tools, Tools)
    sample = resources() / "samples" / "textbook.mgf"
    found = [annotate(s, tools) for s in read(sample) if isinstance(s, Spectrum)]
    items = [Item(f"{i:05d}", found[i % len(found)]) for i in range(count)]
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for words, choice in CHOICES.items():
            before = time.perf_counter()
            list(export_batch(items, Path(folder) / words, choice))
            seconds = time.perf_counter() - before
            total += seconds
            print(f"{words:22} {seconds:7.2f} s for {count} spectra")
    print(
        f"{'all of it':22} {total * 1000 / count:7.2f} s for 1000 spectra   (wanted: {LIMIT_S:g})"
    )
    return int(total * 1000 / count > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
