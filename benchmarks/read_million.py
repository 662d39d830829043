"""A million spectra in one MGF file: time, memory and the first rows.

Usage: python benchmarks/read_million.py DATA_FOLDER [--spectra 1000000] [--least-peaks 20]

DATA_FOLDER holds massbank_ms2.parquet. Spectra with at least so many peaks are drawn from it, again
and again under new titles, until the file (about 1.2 GB) is complete; it stands in a folder that is
deleted afterwards. Then, each in a process of its own: reading all spectra into the list that the
window keeps (first rows, time, memory), and ``msgui check``, which keeps none. Memory is the
highest resident size of the process.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from read_files import COLUMNS, Row, peak_lines

HIGHEST = """
def highest():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1e3 for line in file if line.startswith("VmHWM"))
"""
KEPT = """
import gc, json, time; start = time.perf_counter()
from msgui.spectra.readers import read_batches
shown, spectra = 0.0, []
for batch in read_batches({path!r}):
    spectra += batch.spectra
    shown = shown or time.perf_counter() - start
    # As the window does: what was read lives long and is not walked through again and again.
    gc.collect(1); gc.freeze()
seconds = time.perf_counter() - start
print(json.dumps([shown, len(spectra), seconds, time.process_time(), highest()]))
"""
CHECKED = """
import json, time; start = time.perf_counter()
from msgui.commands.check import _inspect
from msgui.spectra.checking import check
report = check({path!r}, _inspect)
seconds = time.perf_counter() - start
print(json.dumps([report.loaded, seconds, time.process_time(), highest()]))
"""


def record(row: Row, number: int) -> str:
    """Return one spectrum as a feature list writes it."""
    sign = "+" if row["ion_mode"] == "POSITIVE" else "-"
    return (
        f"BEGIN IONS\nFEATURE_ID={number}\nTITLE=feature {number}\nPEPMASS={row['precursor_mz']}\n"
        f"CHARGE=1{sign}\nRTINSECONDS={number / 1000:.3f}\nADDUCT={row['adduct'] or ''}\n"
        f"IONMODE={row['ion_mode']}\nCOLLISION_ENERGY={row['ce_text'] or ''}\n"
        f"INSTRUMENT={row['instrument']}\nNAME={row['name']}\nSMILES={row['smiles']}\n"
        f"MSLEVEL=2\n{row['lines']}END IONS\n\n"
    )


def write(data: Path, path: Path, count: int, least_peaks: int) -> None:
    """Write so many spectra."""
    table = pq.read_table(data / "massbank_ms2.parquet", columns=[*COLUMNS, "n_peaks"])
    suitable = pc.and_(
        pc.greater_equal(table["n_peaks"], least_peaks), pc.is_valid(table["precursor_mz"])
    )
    rows = table.filter(suitable).slice(0, 20_000).to_pylist()
    for row in rows:
        row["lines"] = peak_lines(row)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(record(rows[number % len(rows)], number + 1) for number in range(count))


def of_a_process(code: str, path: Path) -> list[float]:
    """Return the numbers that a process of its own prints."""
    command = [sys.executable, "-c", HIGHEST + code.format(path=str(path))]
    answer: list[float] = json.loads(subprocess.check_output(command))
    return answer


def main() -> None:
    """Write the file, read it, print time and memory."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path, help="folder with massbank_ms2.parquet")
    parser.add_argument("--spectra", type=int, default=1_000_000)
    parser.add_argument("--least-peaks", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "million.mgf"
        write(options.data, path, options.spectra, options.least_peaks)
        print(f"MGF, {options.spectra:,} spectra, {path.stat().st_size / 1e9:.2f} GB")
        shown, kept, seconds, busy, memory = of_a_process(KEPT, path)
        print(
            f"  all kept: first rows after {shown:.2f} s, {kept:,.0f} spectra after {seconds:.1f} s"
        )
        print(f"            ({busy:.1f} s of one core), {memory:,.0f} MB at most")
        loaded, seconds, busy, memory = of_a_process(CHECKED, path)
        print(f"  msgui check: {loaded:,.0f} spectra after {seconds:.1f} s")
        print(f"            ({busy:.1f} s of one core), {memory:,.0f} MB at most")


if __name__ == "__main__":
    main()
