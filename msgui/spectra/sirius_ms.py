"""SIRIUS .ms: one compound after the other, each with MS1 and MS2 spectra behind ``>`` lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from msgui.errors import Problem
from msgui.spectra.from_record import Dialect, spectrum_of
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import PeakError, careful_peaks
from msgui.spectra.record import Record
from msgui.spectra.run import PRECURSOR_SPECTRUM
from msgui.spectra.source import Source
from msgui.spectra.spectrum import Spectrum

_COMPOUND = re.compile(r"^>[ \t]*compound\b", re.MULTILINE | re.IGNORECASE)
_COMPOUND_BYTES = re.compile(rb"\n>[ \t]*compound\b", re.IGNORECASE)
_MS1 = {"ms1", "ms1peaks", "ms1merged"}
_MS2 = {"ms2", "ms2peaks", "ms2merged", "collision", "ramp", "msms"}
_SLOTS = {
    "parentmass": "precursor",
    "ionization": "adduct",
    "ion": "adduct",
    "adduct": "adduct",
    "charge": "charge",
    "formula": "formula",
    "smiles": "smiles",
    "smarts": "",
    "inchi": "inchi",
    "inchikey": "inchikey",
    "instrumentation": "instrument",
    "instrument": "instrument",
    "rt": "retention",
    "feature_id": "feature_id",
    "featureid": "feature_id",
}


def sniff_sirius_ms(head: bytes) -> float:
    """Return how sure the head of a file is SIRIUS .ms, from 0 to 1."""
    if re.search(rb"^>[ \t]*compound\b", head, re.MULTILINE | re.IGNORECASE) is None:
        return 0.0
    section = rb"^>[ \t]*(parentmass|ms1|ms2|collision|ionization|formula)"
    return 1.0 if re.search(section, head, re.MULTILINE | re.IGNORECASE) else 0.7


def _cut(buffer: bytes) -> int:
    """Return where the last compound starts; it may go on in the next bytes."""
    place = buffer.rfind(b"\n>compound")
    if place < 0:
        starts = [match.start() for match in _COMPOUND_BYTES.finditer(buffer)]
        place = starts[-1] if starts else -1
    return place + 1


@dataclass
class _Section:
    """The peaks of one spectrum: its level, energy and lines."""

    level: int
    energy: str
    line: int
    lines: list[str] = field(default_factory=list)


def read_sirius_ms(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the spectra of a .ms file, each with the fields of its compound."""
    found = 0
    for block in source.text_blocks(_cut):
        starts = [match.start() for match in _COMPOUND.finditer(block.text)]
        edges = [0, *(start for start in starts if start > 0), len(block.text)]
        line = block.line
        for start, end in pairwise(edges):
            text = block.text[start:end]
            if text.strip():
                for item in _read_compound(text, found, line, source.notes):
                    found += 1
                    yield item
            line += text.count("\n")
    yield from source.notes.problems()


def _read_compound(
    text: str, number: int, first_line: int, notes: Notes
) -> Iterator[Spectrum | Problem]:
    shared: list[tuple[str, str]] = []
    sections: list[_Section] = []
    for place, words in enumerate(text.split("\n")):
        words = words.strip()
        line = first_line + place
        if not words or (words.startswith("#") and not words.startswith("#ms")):
            continue
        if words[0] == ">":
            key, _, value = words[1:].partition("#")[0].strip().partition(" ")
            if key.lower() in _MS1:
                sections.append(_Section(1, "", line))
            elif key.lower() in _MS2:
                energy = f"Ramp {value}" if key.lower() == "ramp" else value
                sections.append(_Section(2, energy.strip(), line))
            else:
                shared.append((key, value.strip()))
        elif sections:
            section = sections[-1]
            section.lines.extend([""] * (line - section.line - 1 - len(section.lines)))
            section.lines.append(words)
        else:
            notes.add("text that belongs to no spectrum was ignored", "", f"line {line}")
    if not sections:
        yield notes.skipped("the compound has no spectrum", "", f"line {first_line}")
    levels = [section.level for section in sections]
    marks = [_mark(levels, place) for place in range(len(levels))]
    # Before the first MS1 the first one holds: some write the isotope pattern last.
    ms1 = next((mark for mark, level in zip(marks, levels, strict=True) if level == 1), "")
    for place, (section, mark) in enumerate(zip(sections, marks, strict=True)):
        above = ms1 if section.level == 2 else ""
        ms1 = mark if section.level == 1 else ms1
        yield _read_section(section, shared, number + place, mark, above, notes)


def _mark(levels: list[int], place: int) -> str:
    """Return what keeps the ids of the spectra of one compound apart: they share its name."""
    mark = "" if levels[place] == 2 else " MS1"
    if levels.count(levels[place]) > 1:
        mark += f" #{levels[:place].count(levels[place]) + 1}"
    return mark


def _read_section(
    section: _Section, shared: list[tuple[str, str]], number: int, mark: str, ms1: str, notes: Notes
) -> Spectrum | Problem:
    record = Record(number, section.line)
    for key, value in shared:
        slot = _SLOTS.get(key.lower(), "")
        if key.lower() == "compound":
            record.know("name", key, value)
        elif slot and slot not in record.known:
            record.know(slot, key, value)
        else:
            record.metadata.setdefault(key, value)
    if section.energy:
        record.know("energy", "collision", section.energy)
    name = record.known.get("name", "")
    own_id = record.known.get("feature_id") or name
    if own_id:
        record.know("native_id", "", own_id + mark)
    if ms1:
        record.metadata[PRECURSOR_SPECTRUM] = own_id + ms1
    try:
        peaks = careful_peaks(section.lines)
    except PeakError as error:
        place = f"{record.where}, peak at line {section.line + 1 + error.line}"
        return notes.skipped(str(error), "Correct the line.", place)
    return spectrum_of(record, peaks, notes, Dialect("s", section.level))
