"""Small made-up reference spectra, and libraries of them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from msgui.errors import Problem
from msgui.library.build import build_library
from msgui.library.store import Library
from msgui.spectra.spectrum import Spectrum

# accession, SMILES, name, adduct, mode, precursor, peaks
RECORDS = [
    ("A1", "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "caffeine", "[M+H]+", "POSITIVE", 195.0877,
     [(138.066, 100.0), (110.071, 40.0), (195.0877, 60.0)]),
    ("A2", "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "caffeine", "[M+H]+", "POSITIVE", 195.0877,
     [(138.066, 60.0), (110.071, 100.0), (69.045, 30.0)]),
    ("B1", "CCn1cnc2c1c(=O)[nH]c(=O)n2C", "isomer", "[M+H]+", "POSITIVE", 195.0877,
     [(167.056, 100.0), (124.050, 50.0)]),
    ("C1", "Cn1cnc2c1c(=O)[nH]c(=O)n2C", "theobromine", "[M+H]+", "POSITIVE", 181.0720,
     [(138.066, 100.0), (110.071, 20.0), (163.061, 30.0)]),
    ("D1", "OC(=O)c1ccccc1O", "salicylic acid", "[M-H]-", "NEGATIVE", 137.0244,
     [(93.0346, 100.0), (137.0244, 20.0)]),
    ("D2", "OC(=O)c1ccccc1O", "salicylic acid", "[M+H]+", "POSITIVE", 139.0390,
     [(121.028, 100.0), (65.039, 10.0)]),
]  # fmt: skip


def write_table(path: Path, records: list = RECORDS) -> Path:
    """Write records as a Parquet table."""
    columns = ("accession", "smiles", "name", "adduct", "ion_mode", "precursor_mz")
    table = {name: [record[i] for record in records] for i, name in enumerate(columns)}
    table["mz"] = [[mz for mz, _ in record[6]] for record in records]
    table["intensity"] = [[height for _, height in record[6]] for record in records]
    table["ce_text"] = ["30 eV"] * len(records)
    table["licence"] = ["CC0"] * len(records)
    pq.write_table(pa.table(table), path)
    return path


def library(folder: Path, records: list = RECORDS) -> Library:
    """Return a library of records."""
    table = write_table(folder / "records.parquet", records)
    events = list(build_library([table], folder / "library"))
    assert not [event for event in events if isinstance(event, Problem)]
    return Library.open(folder / "library")


def query(peaks: list[tuple[float, float]], precursor_mz: float | None = 195.0877) -> Spectrum:
    """Return a positive spectrum to ask with."""
    mz, intensity = np.array(peaks).T
    return Spectrum(mz, intensity, precursor_mz=precursor_mz, polarity="positive")
