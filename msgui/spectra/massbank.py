"""MassBank records: tagged lines, peaks behind PK$PEAK, ``//`` at the end; several to a file."""

import re
from collections.abc import Iterator

from msgui.errors import Problem
from msgui.spectra.from_record import spectrum_of
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import PeakError, careful_peaks
from msgui.spectra.record import Record
from msgui.spectra.source import Source
from msgui.spectra.spectrum import Spectrum

_END = re.compile(r"^//[ \t]*$", re.MULTILINE)
_TAG = re.compile(r"^([A-Z]{2}\$[A-Z_]+|[A-Z_]+): ?(.*)$")
# Tags whose first word says what the rest is ("MS$FOCUSED_ION: PRECURSOR_M/Z 195.08").
_WITH_SUBTAG = {
    "AC$MASS_SPECTROMETRY",
    "AC$ANALYTICAL_CONDITION",
    "AC$CHROMATOGRAPHY",
    "AC$GENERAL",
    "MS$FOCUSED_ION",
    "MS$DATA_PROCESSING",
    "CH$LINK",
    "SP$LINK",
}
_SLOTS = {
    "ACCESSION": "accession",
    "RECORD_TITLE": "title",
    "CH$NAME": "name",
    "CH$FORMULA": "formula",
    "CH$SMILES": "smiles",
    "CH$IUPAC": "inchi",
    "CH$LINK INCHIKEY": "inchikey",
    "AC$INSTRUMENT": "instrument",
    "AC$INSTRUMENT_TYPE": "instrument_type",
    "AC$MASS_SPECTROMETRY MS_TYPE": "level",
    "AC$MASS_SPECTROMETRY ION_MODE": "polarity",
    "AC$MASS_SPECTROMETRY COLLISION_ENERGY": "energy",
    "AC$CHROMATOGRAPHY RETENTION_TIME": "retention",
    # Records of version 1 (until 2011).
    "AC$ANALYTICAL_CONDITION MS_TYPE": "level",
    "AC$ANALYTICAL_CONDITION MODE": "polarity",
    "AC$ANALYTICAL_CONDITION ION_MODE": "polarity",
    "AC$ANALYTICAL_CONDITION COLLISION_ENERGY": "energy",
    "AC$ANALYTICAL_CONDITION RETENTION_TIME": "retention",
    "MS$FOCUSED_ION PRECURSOR_M/Z": "precursor",
    "MS$FOCUSED_ION PRECURSOR_TYPE": "adduct",
    "MS$FOCUSED_ION ION_TYPE": "adduct",
    "PK$NUM_PEAK": "peaks",
}


def sniff_massbank(head: bytes) -> float:
    """Return how sure the head of a file is a MassBank record, from 0 to 1."""
    has_accession = re.search(rb"^ACCESSION: ", head, re.MULTILINE) is not None
    has_tags = re.search(rb"^(PK|AC|MS|CH)\$[A-Z_]+:", head, re.MULTILINE) is not None
    return 1.0 if has_accession and has_tags else 0.7 if has_tags else 0.2 * has_accession


def _cut(buffer: bytes) -> int:
    place = buffer.rfind(b"\n//\n")
    return place + 4 if place >= 0 else 0


def read_massbank(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the spectra of MassBank records, and a problem for each record that is none."""
    found = 0
    for block in source.text_blocks(_cut):
        line, position = block.line, 0
        while position < len(block.text):
            end = _END.search(block.text, position)
            text = block.text[position : end.start() if end else len(block.text)]
            if text.strip():
                blank = len(text) - len(text.lstrip("\n"))
                yield _read_record(text, found, line + blank, source.notes, ended=end is not None)
                found += 1
            following = end.end() if end else len(block.text)
            line += block.text.count("\n", position, following)
            position = following
    yield from source.notes.problems()


def _read_record(
    text: str, number: int, first_line: int, notes: Notes, *, ended: bool
) -> Spectrum | Problem:
    lines = text.lstrip("\n").rstrip().split("\n")
    record = Record(number, first_line)
    peak_lines, peaks_at = _take_lines(lines, record, notes)
    record.know("native_id", "", record.known.get("accession", ""))
    declared = record.known.get("peaks", "")
    # A last record without its // is whole when all its peaks are there.
    is_whole = peaks_at >= 0 and (ended or declared == str(len(peak_lines)))
    if not is_whole:
        last = first_line + len(lines) - 1
        cause = f"the file ends inside spectrum {number + 1}" if not ended else "it has no PK$PEAK"
        return Problem(
            "warning",
            f"{cause} at line {last}",
            "Export the record again; all complete spectra were read.",
            notes.file,
            record.where,
            skipped=1,
        )
    if not ended:
        notes.add("the last record has no // at its end", "", record.where)
    try:
        peaks = careful_peaks(peak_lines, int(declared) if declared.isdecimal() else None)
    except PeakError as error:
        place = f"{record.where}, peak at line {first_line + peaks_at + 1 + error.line}"
        return notes.skipped(str(error), "Correct the line.", place)
    # The third column is the intensity relative to 999, which says nothing new.
    return spectrum_of(record, peaks.without_comments(), notes)


def _take_lines(lines: list[str], record: Record, notes: Notes) -> tuple[list[str], int]:
    """Take the tagged lines; return the lines of peaks, and at which line they are announced."""
    peak_lines: list[str] = []
    annotations: list[str] = []
    peaks_at, block = -1, ""
    for number, words in enumerate(lines):
        if words.startswith("  ") or (block == "PK$PEAK" and words[:1].isdigit()):
            if block == "PK$PEAK":
                peak_lines.append(words)
            elif block == "PK$ANNOTATION":
                annotations.append(words.strip())
            continue
        match = _TAG.match(words)
        if match is None:
            if words.strip() and block == "PK$PEAK":
                peak_lines.append(words)
            continue
        tag, value = match[1], match[2].strip()
        block = tag
        if tag == "PK$PEAK":
            peaks_at = number
        elif tag == "PK$ANNOTATION":
            annotations.append(value)
        else:
            _take(tag, value, record, notes)
    if len(annotations) > 1:
        record.metadata["PK$ANNOTATION"] = "; ".join(annotations)
    return peak_lines, peaks_at


def _take(tag: str, value: str, record: Record, notes: Notes) -> None:
    if tag in _WITH_SUBTAG:
        word, _, value = value.partition(" ")
        tag, value = f"{tag} {word}", value.strip()
    slot = _SLOTS.get(tag, "")
    if slot and slot not in record.known:
        record.know(slot, tag, value)
    elif slot and slot != "name" and record.known[slot] != value and record.keys[slot] == tag:
        record.doubt(notes, f"{tag} stands twice with different values; the first is used")
    else:
        earlier = record.metadata.get(tag)
        record.metadata[tag] = f"{earlier}; {value}" if earlier else value
