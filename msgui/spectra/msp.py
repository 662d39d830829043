"""NIST MSP and its dialects: key: value, Num Peaks, peaks; MS-DIAL and MS-FINDER MAT among them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from msgui.errors import Problem
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import Columns, PeakError, Peaks, careful_peaks, clean_peaks
from msgui.spectra.record import Record, spectrum_of
from msgui.spectra.source import Source, TextBlock
from msgui.spectra.spectrum import Spectrum

_NUM_PEAKS = re.compile(r"^num[ _]?peaks?[ \t]*[:=][ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
_NUM_PEAKS_BYTES = re.compile(rb"^num[ _]?peaks?[ \t]*[:=]", re.MULTILINE | re.IGNORECASE)
_KEY = re.compile(r"[A-Za-z$_|#][^:=\n]{0,100}[:=]")
_NEW_SPECTRUM_OF_RECORD = re.compile(r"ms[ _]?type[ \t]*[:=]", re.IGNORECASE)
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
        clean = iter(clean_peaks(texts, compiled=source.is_large))
        for piece in pieces:
            yield _spectrum(piece, next(clean) if piece.peaks else None, state)
    yield from source.notes.problems()


@dataclass
class _State:
    notes: Notes
    found: int = 0


class _Piece(NamedTuple):
    """One spectrum: its fields, the text of its peaks, and where both begin."""

    header: str
    peaks: str
    line: int
    number: int
    complete: bool


def _cut(buffer: bytes) -> int:
    """Return where the last whole record ends: at a blank line behind peaks."""
    end = len(buffer)
    while True:
        place = buffer.rfind(b"\n\n", 0, end)
        if place < 0:
            break
        after = buffer[place + 2 : place + 40].lstrip().lower()
        start = buffer.rfind(b"\n", 0, place) + 1
        before = buffer[start:place].strip().lower()
        is_behind_peaks = before[:1].isdigit() or before.startswith(b"num")
        goes_on = after[:1].isdigit() or after.startswith((b"ms type", b"mstype", b"ms_type"))
        if after and is_behind_peaks and not goes_on:
            return place + 2
        end = place
    place = max(buffer.rfind(name) for name in (b"\nName:", b"\nNAME:", b"\nname:"))
    return place + 1 if place > 0 else 0


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
        start = min(match.end() + 1, len(text))
        end = _end_of_peaks(text, start)
        stripped = header.lstrip("\n \t")
        own_line = line + header.count("\n", 0, len(header) - len(stripped))
        starts_level = _NEW_SPECTRUM_OF_RECORD.match(stripped) is not None
        if not (starts_level and shared):
            shared = ""
        yield _Piece(shared + header, text[start:end], own_line, state.found, True)
        state.found += 1
        if not shared:
            level = _NEW_SPECTRUM_OF_RECORD.search(header)
            shared = header[: level.start()] if level else ""
        line += text.count("\n", position, end)
        position = end
    if text[position:].strip():
        yield _Piece(text[position:], "", line, state.found, False)
        state.found += 1


def _end_of_peaks(text: str, start: int) -> int:
    """Return where the peaks that begin at ``start`` end: before a key, or with the text."""
    # Clean files end their peaks with a blank line, which is found without looking at each line.
    blank = text.find("\n\n", start)
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
    if not piece.complete:
        return Problem(
            "warning",
            f"the file ends inside spectrum {piece.number + 1}: it has no Num Peaks",
            "Export the file again; all complete spectra were read.",
            state.notes.file,
            record.where,
            skipped=1,
        )
    if peaks is None:
        declared = record.known.get("peaks", "")
        try:
            peaks = careful_peaks(
                piece.peaks.split("\n"), int(declared) if declared.isdecimal() else None
            )
        except PeakError as error:
            first = piece.line + piece.header.count("\n") + 1
            place = f"{record.where}, peak at line {first + error.line}"
            return state.notes.skipped(str(error), "Correct the line.", place)
    return spectrum_of(record, peaks, state.notes, time_unit="min")


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
