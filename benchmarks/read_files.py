"""How fast files of spectra are read, beside the usual Python readers.

Usage: python benchmarks/read_files.py DATA_FOLDER [--spectra 20000] [--rounds 3]

DATA_FOLDER holds massbank_ms2.parquet. A draw of its spectra is written as MGF, MSP and mzML
(64-bit, zlib, with the terms that msConvert writes) into a folder that is deleted afterwards. Each
file is read by msgui and by its peers in turn, and the best of the rounds counts; the spectra are
counted and dropped, as the peers' are. All readers run on one core; its time is counted, so that
other work on the machine weighs little.

Then, each in a process of its own: the time until a window has its first rows of a 50,000-spectrum
MGF file, the imports included, and the memory that all of its spectra take.
"""

import argparse
import base64
import gc
import json
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum

COLUMNS = (
    *("accession", "name", "smiles", "inchikey", "formula", "adduct", "ion_mode", "precursor_mz"),
    *("instrument", "instrument_type", "ce_text", "mz", "intensity"),
)
LARGE = 50_000
Row = dict[str, Any]

FIRST_ROWS = """
import time; start = time.perf_counter()
from msgui.spectra.readers import read_batches
batches = read_batches({path!r})
first = next(batches); shown = time.perf_counter() - start
total = len(first.spectra) + sum(len(batch.spectra) for batch in batches)
import json; print(json.dumps([shown, len(first.spectra), total, time.perf_counter() - start]))
"""
MEMORY = """
import json, os
from msgui.spectra.readers import read
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
before = resident()
spectra = list(read({path!r}))
print(json.dumps([resident() - before, resident()]))
"""


def draw(folder: Path, count: int, seed: int) -> list[Row]:
    """Return so many records with a precursor in random order, some twice where there are fewer."""
    table = pq.read_table(folder / "massbank_ms2.parquet", columns=list(COLUMNS))
    table = table.filter(pc.is_valid(table["precursor_mz"]))
    rows = np.random.default_rng(seed).permutation(table.num_rows)
    rows = np.resize(rows, count)
    return table.take(rows).to_pylist()


def peak_lines(row: Row) -> str:
    """Return the peaks as lines with the digits of the data."""
    pairs = zip(row["mz"], row["intensity"], strict=True)
    return "".join(f"{mz!r} {intensity:.7g}\n" for mz, intensity in pairs)


def write_mgf(rows: Iterable[Row], path: Path) -> None:
    """Write the records as MGF."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            sign = "+" if row["ion_mode"] == "POSITIVE" else "-"
            file.write(
                f"BEGIN IONS\nTITLE={row['accession']}\nPEPMASS={row['precursor_mz']}\n"
                f"CHARGE=1{sign}\nNAME={row['name']}\nADDUCT={row['adduct'] or ''}\n"
                f"IONMODE={row['ion_mode']}\nSMILES={row['smiles']}\nINCHIKEY={row['inchikey']}\n"
                f"FORMULA={row['formula']}\nINSTRUMENT={row['instrument']}\n"
                f"COLLISION_ENERGY={row['ce_text'] or ''}\nMSLEVEL=2\n{peak_lines(row)}END IONS\n\n"
            )


def write_msp(rows: Iterable[Row], path: Path) -> None:
    """Write the records as NIST MSP."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(
                f"Name: {row['name']}\nDB#: {row['accession']}\n"
                f"PrecursorMZ: {row['precursor_mz']}\nPrecursor_type: {row['adduct'] or ''}\n"
                f"Ion_mode: {row['ion_mode']}\nSMILES: {row['smiles']}\n"
                f"InChIKey: {row['inchikey']}\nFormula: {row['formula']}\n"
                f"Instrument: {row['instrument']}\nInstrument_type: {row['instrument_type']}\n"
                f"Collision_energy: {row['ce_text'] or ''}\nNum Peaks: {len(row['mz'])}\n"
                f"{peak_lines(row)}\n"
            )


def term(accession: str, name: str, value: object = "", unit: str = "", unit_name: str = "") -> str:
    """Return a cvParam as msConvert writes it."""
    words = f'<cvParam cvRef="MS" accession="{accession}" name="{name}" value="{value}"'
    if unit:
        words += f' unitCvRef="{unit[:2]}" unitAccession="{unit}" unitName="{unit_name}"'
    return words + "/>\n"


def mzml_array(numbers: Sequence[float], accession: str, name: str) -> str:
    """Return an array in 64 bits and zlib."""
    data = zlib.compress(np.asarray(numbers, dtype="<f8").tobytes())
    text = base64.b64encode(data).decode()
    return (
        f'<binaryDataArray encodedLength="{len(text)}">\n{term("MS:1000523", "64-bit float")}'
        f"{term('MS:1000574', 'zlib compression')}{term(accession, name)}<binary>{text}</binary>\n"
        "</binaryDataArray>\n"
    )


def mzml_spectrum(row: Row, number: int) -> str:
    """Return one spectrum with the terms of a centroided MS2 scan."""
    mz, intensity = row["mz"], row["intensity"]
    polarity = (
        term("MS:1000130", "positive scan")
        if row["ion_mode"] == "POSITIVE"
        else term("MS:1000129", "negative scan")
    )
    mass, count = ("MS:1000040", "m/z"), ("MS:1000131", "number of detector counts")
    own = (
        term("MS:1000511", "ms level", 2)
        + term("MS:1000580", "MSn spectrum")
        + polarity
        + term("MS:1000127", "centroid spectrum")
        + term("MS:1000504", "base peak m/z", mz[int(np.argmax(intensity))], *mass)
        + term("MS:1000505", "base peak intensity", max(intensity), *count)
        + term("MS:1000285", "total ion current", sum(intensity))
        + term("MS:1000528", "lowest observed m/z", mz[0], *mass)
        + term("MS:1000527", "highest observed m/z", mz[-1], *mass)
        + term("MS:1000796", "spectrum title", f"run.{number}.{number}.1")
    )
    scan = (
        term("MS:1000016", "scan start time", number / 600, "UO:0000031", "minute")
        + term("MS:1000512", "filter string", "FTMS + p ESI d Full ms2 [50.0000-500.0000]")
        + term("MS:1000927", "ion injection time", 12.5, "UO:0000028", "millisecond")
    )
    ion = term("MS:1000744", "selected ion m/z", row["precursor_mz"], *mass) + term(
        "MS:1000041", "charge state", 1
    )
    activation = term("MS:1000422", "beam-type collision-induced dissociation") + term(
        "MS:1000045", "collision energy", 30, "UO:0000266", "electronvolt"
    )
    return (
        f'<spectrum index="{number}" id="controllerType=0 controllerNumber=1 scan={number + 1}" '
        f'defaultArrayLength="{len(mz)}">\n{own}<scanList count="1">\n'
        f"{term('MS:1000795', 'no combination')}<scan>\n{scan}</scan>\n</scanList>\n"
        f'<precursorList count="1">\n<precursor>\n<isolationWindow>\n'
        f"{term('MS:1000827', 'isolation window target m/z', row['precursor_mz'], *mass)}"
        f'</isolationWindow>\n<selectedIonList count="1">\n<selectedIon>\n{ion}</selectedIon>\n'
        f"</selectedIonList>\n<activation>\n{activation}</activation>\n</precursor>\n"
        '</precursorList>\n<binaryDataArrayList count="2">\n'
        f"{mzml_array(mz, 'MS:1000514', 'm/z array')}"
        f"{mzml_array(intensity, 'MS:1000515', 'intensity array')}"
        "</binaryDataArrayList>\n</spectrum>\n"
    )


def write_mzml(rows: Sequence[Row], path: Path) -> None:
    """Write the records as the spectra of one run."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="utf-8"?>\n<mzML xmlns="http://psi.hupo.org/ms/mzml" '
            f'version="1.1.0">\n<run id="run">\n<spectrumList count="{len(rows)}">\n'
        )
        for number, row in enumerate(rows):
            file.write(mzml_spectrum(row, number))
        file.write("</spectrumList>\n</run>\n</mzML>\n")


def count_ours(path: Path) -> int:
    """Return how many spectra msgui reads."""
    return sum(isinstance(item, Spectrum) for item in read(path))


def counted(items: Iterable[object]) -> int:
    """Return how many items there are, keeping none."""
    return sum(1 for _ in items)


def best_of(rounds: int, readers: dict[str, Callable[[], int]]) -> dict[str, tuple[int, float]]:
    """Return count and best time of each reader; they take turns and so meet the same load."""
    found: dict[str, tuple[int, float]] = {}
    for _ in range(rounds):
        for name, reader in readers.items():
            start = time.process_time()
            count = reader()
            seconds = time.process_time() - start
            if name not in found or seconds < found[name][1]:
                found[name] = (count, seconds)
    return found


def compare(kind: str, path: Path, rounds: int, peers: dict[str, Callable[[], int]]) -> None:
    """Print the rates of msgui and its peers on one file."""
    found = best_of(rounds, {"msgui": lambda: count_ours(path), **peers})
    count, seconds = found["msgui"]
    size = path.stat().st_size / 1e6
    print(f"{kind}: {count:,} spectra, {size:.1f} MB")
    print(f"  {'msgui':40} {count / seconds:10,.0f} spectra/s {size / seconds:8.1f} MB/s")
    for name in peers:
        peer_count, peer_seconds = found[name]
        print(
            f"  {name:40} {peer_count / peer_seconds:10,.0f} spectra/s "
            f"{size / peer_seconds:8.1f} MB/s   msgui is {peer_seconds / seconds:.1f} x as fast"
        )


def of_a_process(code: str, path: Path) -> list[float]:
    """Return the numbers that a process of its own prints."""
    command = [sys.executable, "-c", code.format(path=str(path))]
    answer: list[float] = json.loads(subprocess.check_output(command))
    return answer


def main() -> None:
    """Write the files, read them, print the rates."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path, help="folder with massbank_ms2.parquet")
    parser.add_argument("--spectra", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    from matchms.importing import load_from_msp
    from pyteomics import mgf, mzml

    rows = draw(options.data, options.spectra, options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {kind: folder / f"spectra.{kind}" for kind in ("mgf", "msp", "mzML")}
        write_mgf(rows, files["mgf"])
        write_msp(rows, files["msp"])
        write_mzml(rows, files["mzML"])
        # The records that were written would be walked through by every garbage collection.
        del rows
        gc.collect()
        gc.freeze()
        one = str(files["mgf"])
        compare(
            "MGF",
            files["mgf"],
            options.rounds,
            {
                "pyteomics.mgf.read": lambda: counted(mgf.read(one)),
                "pyteomics.mgf.read, use_index=False": lambda: counted(
                    mgf.read(one, use_index=False)
                ),
            },
        )
        two = str(files["msp"])
        compare(
            "MSP",
            files["msp"],
            min(options.rounds, 2),
            {"matchms.importing.load_from_msp": lambda: counted(load_from_msp(two))},
        )
        three = str(files["mzML"])
        compare(
            "mzML",
            files["mzML"],
            min(options.rounds, 2),
            {"pyteomics.mzml.read": lambda: counted(mzml.read(three))},
        )
        large = folder / "large.mgf"
        write_mgf(draw(options.data, LARGE, options.seed), large)
        shown, first, total, seconds = of_a_process(FIRST_ROWS, large)
        print(f"{LARGE:,}-spectrum MGF, {large.stat().st_size / 1e6:.1f} MB, new process:")
        print(
            f"  first {first:.0f} rows after {shown:.2f} s, all {total:,.0f} after {seconds:.2f} s"
        )
        grown, peak = of_a_process(MEMORY, large)
        print(f"  all spectra take {grown:,.0f} MB of memory (process {peak:,.0f} MB)")


if __name__ == "__main__":
    main()
