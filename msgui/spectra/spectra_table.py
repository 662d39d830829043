"""Tables with one spectrum in each row and its peaks as two lists, as MassSpecGym.tsv is.

Bushuiev et al. 2024 (arXiv:2410.23326): tab-separated columns ``identifier``, ``mzs``,
``intensities``, ``smiles``, ``inchikey``, ``formula``, ``precursor_mz``, ``adduct``,
``instrument_type``, ``collision_energy`` and more, which stay as they are in the metadata.
"""

import re
from collections.abc import Iterator, Sequence

from msgui.errors import Problem
from msgui.spectra.from_record import spectrum_of
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import PeakError, careful_peaks
from msgui.spectra.record import Record
from msgui.spectra.source import Source
from msgui.spectra.spectrum import Spectrum

_MZ_NAMES = ("mzs", "mz", "mz_array", "peaks_mz")
_INTENSITY_NAMES = ("intensities", "intensity", "intensity_array", "peaks_intensity")
# The table's own names of what msgui understands; all others stay in the metadata.
_NAMES = {"identifier": "accession", "instrument_type": "instrument type"}
# MassSpecGym brought all energies to eV and writes bare numbers.
_OF_MASSSPECGYM = "simulation_challenge"
_BARE_NUMBER = re.compile(r"[0-9.]+")
_BETWEEN = re.compile(r"[,;\s]+")


def sniff_spectra_table(head: bytes) -> float:
    """Return how sure the head of a file is such a table, from 0 to 1."""
    first = head.partition(b"\n")[0].decode("utf-8", "replace")
    return 1.0 if _places(first.split("\t")) is not None else 0.0


def read_spectra_table(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the spectrum of each row, and a problem for each row that holds none."""
    names: list[str] = []
    places: tuple[int, int] = (0, 0)
    found = 0
    for block in source.text_blocks(lambda buffer: buffer.rfind(b"\n") + 1):
        for offset, text in enumerate(block.text.split("\n")):
            line = block.line + offset
            if not names:
                names = [name.strip() for name in text.split("\t")]
                places = _places(names) or places
            elif text.strip():
                yield _read_row(text, names, places, Record(found, line), source.notes)
                found += 1
    yield from source.notes.problems()


def _places(names: Sequence[str]) -> tuple[int, int] | None:
    """Return the columns of m/z and intensity, or None when one is missing."""
    lower = [name.strip().lower() for name in names]
    found = [
        next((lower.index(name) for name in known if name in lower), -1)
        for known in (_MZ_NAMES, _INTENSITY_NAMES)
    ]
    return (found[0], found[1]) if min(found) >= 0 else None


def _read_row(
    text: str, names: Sequence[str], places: tuple[int, int], record: Record, notes: Notes
) -> Spectrum | Problem:
    cells = text.split("\t")
    if len(cells) != len(names):
        cause = f"the row has {len(cells)} cells, the header {len(names)}"
        return notes.skipped(cause, "Export the table again.", record.where)
    for place, (name, cell) in enumerate(zip(names, cells, strict=True)):
        words = cell.strip()
        if place in places or not words:
            continue
        is_energy = name == "collision_energy" and _OF_MASSSPECGYM in names
        if is_energy and _BARE_NUMBER.fullmatch(words):
            words += " eV"
        record.add(_NAMES.get(name.lower(), name), words, notes)
    mz, intensity = (_numbers(cells[place]) for place in places)
    if len(mz) != len(intensity):
        cause = f"the row has {len(mz)} m/z and {len(intensity)} intensities"
        return notes.skipped(cause, "Export the table again.", record.where)
    try:
        peaks = careful_peaks([f"{a} {b}" for a, b in zip(mz, intensity, strict=True)])
    except PeakError as error:
        return notes.skipped(str(error), "Correct the row.", record.where)
    return spectrum_of(record, peaks, notes)


def _numbers(cell: str) -> list[str]:
    return [word for word in _BETWEEN.split(cell.strip().strip("[]()\"'")) if word]
