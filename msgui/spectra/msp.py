"""NIST MSP and its dialects: key: value, Num Peaks, peaks; MS-DIAL and MS-FINDER MAT among them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from msgui.errors import Problem
from msgui.spectra.fields import parse_level
from msgui.spectra.from_record import Dialect, spectrum_of
from msgui.spectra.notes import Notes
from msgui.spectra.peak_columns import clean_peaks
from msgui.spectra.peak_text import Columns, PeakError, Peaks, careful_peaks
from msgui.spectra.record import Record, spectrum_id
from msgui.spectra.run import PRECURSOR_SPECTRUM
from msgui.spectra.source import Source, TextBlock
from msgui.spectra.spectrum import Spectrum

_NUM_PEAKS = re.compile(r"^num[ _]?peaks?[ \t]*[:=][ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
_NUM_PEAKS_BYTES = re.compile(rb"^num[ _]?peaks?[ \t]*[:=]", re.MULTILINE | re.IGNORECASE)
_KEY = re.compile(r"[A-Za-z$_|#][^:=\n]{0,100}[:=]")
_MS_TYPE = re.compile(r"^ms[ _]?type[ \t]*[:=]", re.IGNORECASE | re.MULTILINE)
# A blank line is looked for so far behind the start of the peaks.
_NEAR = 65_536
_QUOTED = re.compile(r'"([^"=]{1,80})=([^"]*)"')


def sniff_msp(head: bytes) -> float:
    """Return how sure the head of a file is MSP or MAT, from 0 to 1."""
    named = re.search(rb"^name[ \t]*:", head, re.MULTILINE | re.IGNORECASE) is not None
    counted = _NUM_PEAKS_BYTES.search(head) is not None
    return 0.95 if counted and named else 0.9 if counted else 0.3 if named else 0.0


def read_msp(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the spectra of an MSP or MAT file, and a problem for each record that is none."""
    state = _State(source.notes)
    for block in source.text_blocks(_cut):
        pieces = list(_pieces(block, state))
        texts = [piece.peaks for piece in pieces if piece.peaks]
        clean = iter(clean_peaks(texts))
        for piece in pieces:
            yield _spectrum(piece, next(clean) if piece.peaks else None, state)
    yield from source.notes.problems()


@dataclass
class _State:
    """What goes from block to block: numbers of spectra and of records, and the last MS1's."""

    notes: Notes
    found: int = 0
    groups: int = 0
    ms1_of_group: int = -1


class _Piece(NamedTuple):
    """One spectrum: its fields, the text of its peaks, and where both begin."""

    header: str
    peaks: str
    line: int
    number: int
    group: int = 0
    in_group: bool = False
    complete: bool = True


def _cut(buffer: bytes) -> int:
    """Return where the last record starts: at a line with a key that follows one of peaks."""
    end, starts_here, words_below = len(buffer), 0, b""
    while end > 0:
        start = buffer.rfind(b"\n", 0, end - 1) + 1
        words = buffer[start:end].strip().lower()
        if words:
            is_above = words[:1].isdigit() or words.startswith(b"num")
            is_key = words_below[:1].isalpha() and (b":" in words_below or b"=" in words_below)
            goes_on = words_below.startswith((b"ms type", b"mstype", b"ms_type", b"num"))
            if is_above and is_key and not goes_on:
                return starts_here
            starts_here, words_below = start, words
        end = start
    return 0


def _pieces(block: TextBlock, state: _State) -> Iterator[_Piece]:
    """Yield the spectra of a block as text.

    A record ends where a line with a key follows its peaks. MAT records hold several spectra: each
    MSTYPE line starts one that shares the fields above.
    """
    text, line = block.text, block.line
    shared, position = "", 0
    while True:
        match = _NUM_PEAKS.search(text, position)
        if match is None:
            break
        header = text[position : match.end()]
        end = _end_of_peaks(text, min(match.end() + 1, len(text)))
        stripped = header.lstrip("\n \t")
        own_line = line + header.count("\n", 0, len(header) - len(stripped))
        if not (shared and _MS_TYPE.match(stripped)):
            level = _MS_TYPE.search(header)
            shared = header[: level.start()] if level else ""
            state.groups += 1
        elif shared:
            header = shared + header
        peaks = text[match.end() + 1 : end]
        yield _Piece(header, peaks, own_line, state.found, state.groups, bool(shared))
        state.found += 1
        line += text.count("\n", position, end)
        position = end
    if text[position:].strip():
        yield _Piece(text[position:].strip("\n"), "", line, state.found, complete=False)
        state.found += 1


def _end_of_peaks(text: str, start: int) -> int:
    """Return where the peaks that begin at ``start`` end: before a key, or with the text."""
    # Clean files end their peaks with a blank line, which is found without looking at each line.
    blank = text.find("\n\n", start, start + _NEAR)
    if blank >= 0:
        first = text[blank:].lstrip("\n")[:1] if blank + 3 > len(text) else text[blank + 2]
        if (first.isalpha() or not first) and not _has_key(text, start, blank):
            return blank + 1
    place = start
    while place < len(text):
        stop = text.find("\n", place)
        stop = len(text) if stop < 0 else stop
        words = text[place:stop].strip()
        if words and not words[0].isdigit() and _KEY.match(words):
            return place
        place = stop + 1
    return len(text)


def _has_key(text: str, start: int, end: int) -> bool:
    return text.find(":", start, end) >= 0 or text.find("=", start, end) >= 0


def _spectrum(piece: _Piece, peaks: Columns | Peaks | None, state: _State) -> Spectrum | Problem:
    record = Record(piece.number, piece.line)
    for words in piece.header.split("\n"):
        key, value = _key_and_value(words)
        if key:
            record.add(key, value, state.notes)
    _add_comments(record)
    _link(record, piece, state)
    if not piece.complete:
        return _cut_off(piece, record, "it has no Num Peaks", state)
    declared = record.known.get("peaks", "")
    expected = int(declared) if declared.isdecimal() and len(declared) < 10 else None
    # Blocks end with a line; text that does not is the end of the file.
    ends_inside = bool(piece.peaks) and not piece.peaks.endswith("\n")
    if peaks is None:
        lines = piece.peaks.split("\n")
        try:
            peaks = careful_peaks(lines, expected)
        except PeakError as error:
            if ends_inside and error.line == len(lines) - 1:
                return _cut_off(piece, record, "its last line is not complete", state)
            first = piece.line + piece.header.count("\n") + 1
            place = f"{record.where}, peak at line {first + error.line}"
            return state.notes.skipped(str(error), "Correct the line.", place)
    if ends_inside and isinstance(peaks, Peaks) and expected and peaks.listed < expected:
        return _cut_off(piece, record, f"{peaks.listed} of {expected} peaks are there", state)
    return spectrum_of(record, peaks, state.notes, Dialect(time_unit="min"))


def _cut_off(piece: _Piece, record: Record, reason: str, state: _State) -> Problem:
    last = piece.line + piece.header.count("\n") + piece.peaks.count("\n")
    return Problem(
        "warning",
        f"the file ends inside spectrum {piece.number + 1} at line {last}: {reason}",
        "Export the file again; all complete spectra were read.",
        state.notes.file,
        record.where,
        skipped=1,
    )


def _link(record: Record, piece: _Piece, state: _State) -> None:
    """Tell the MS1 and MS2 spectra of one MAT record apart, and where the MS2 has its MS1."""
    if not piece.in_group:
        return
    own_id = spectrum_id(record.known) or record.known.get("name", "") or str(piece.group + 1)
    first = f"{own_id} MS1"
    if parse_level(record.known.get("level", "")) == 1:
        record.know("native_id", "", first)
        state.ms1_of_group = piece.group
    elif state.ms1_of_group == piece.group:
        record.metadata[PRECURSOR_SPECTRUM] = first


def _key_and_value(words: str) -> tuple[str, str]:
    key, colon, value = words.partition(":")
    if not colon or "=" in key:
        key, colon, value = words.partition("=")
    return (key.strip(), value.strip()) if colon else ("", "")


def _add_comments(record: Record) -> None:
    """Take the fields that MoNA writes in quotes in the comments where the record has none."""
    for key, value in _QUOTED.findall(record.known.get("comments", "")):
        if not key.lower().startswith("computed"):
            record.add_default(key.strip(), value.strip())
