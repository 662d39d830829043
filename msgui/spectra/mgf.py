"""Mascot Generic Format: BEGIN IONS, key=value, peaks, END IONS."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgui.errors import Problem
from msgui.spectra.from_record import spectrum_of
from msgui.spectra.notes import Notes
from msgui.spectra.peak_columns import clean_peaks
from msgui.spectra.peak_text import Columns, PeakError, Peaks, careful_peaks
from msgui.spectra.plain import Shape, plain_spectrum, shape_of
from msgui.spectra.record import Record
from msgui.spectra.source import Source, TextBlock
from msgui.spectra.spectrum import Spectrum, origin_of

_BEGIN = "BEGIN IONS\n"
_END = "END IONS\n"
_LINE_END = ("\n", "")
_FIRST_PEAK = re.compile(r"\n(?=[0-9])")
_KEY = re.compile(r"[A-Za-z_][^=]{0,200}=")
_END_LINE = re.compile(rb"end ions[ \t]*\n", re.IGNORECASE)
_COMMENTS = "#;!/"


def sniff_mgf(head: bytes) -> float:
    """Return how sure the head of a file is MGF, from 0 to 1."""
    if re.search(rb"^[ \t]*BEGIN IONS[ \t]*$", head, re.MULTILINE | re.IGNORECASE):
        return 1.0
    return 0.5 if re.search(rb"^(PEPMASS|COM|ITOL|MASS)=", head, re.MULTILINE) else 0.0


def read_mgf(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the spectra of an MGF file, and a problem for each record that is none."""
    state = _State(source.notes)
    file = source.notes.file
    for block in source.text_blocks(_cut):
        pieces = list(_pieces(block, state))
        texts = [piece[0] for piece in pieces if isinstance(piece, tuple)]
        lines = [piece[1] for piece in pieces if isinstance(piece, tuple)]
        columns = iter(clean_peaks(texts, lines))
        for piece in pieces:
            if not isinstance(piece, tuple):
                yield piece
                continue
            peaks = next(columns)
            if type(piece) is tuple and type(peaks) is tuple:
                _, _, line, number, shape, values = piece  # type: ignore[misc]
                origin = origin_of(file, number, f"line {line}")
                spectrum = plain_spectrum(shape, values, peaks[0], peaks[1], origin)
                if spectrum is not None:
                    yield spectrum
                    continue
            yield _careful(_Piece(*piece), peaks, state)
    yield from source.notes.problems()


@dataclass
class _State:
    """What goes from block to block: the number of records, and the file's own fields."""

    notes: Notes
    found: int = 0
    defaults: dict[str, str] = field(default_factory=dict)


class _Piece(NamedTuple):
    """The text between BEGIN IONS and END IONS.

    Of a plain record, ``shape`` and ``values`` say what is in its header; of others, ``header``.
    """

    peaks: str
    peak_lines: int
    line: int
    number: int
    shape: Shape | None = None
    values: tuple[str, ...] = ()
    header: str = ""


# The first six of these; making a named tuple takes longer than looking at the record.
_Plain = tuple[str, int, int, int, Shape, tuple[str, ...]]


def _cut(buffer: bytes) -> int:
    """Return where the last END IONS line of the buffer ends; 0 when there is none."""
    place = buffer.rfind(b"\nEND IONS\n")
    if place >= 0:
        return place + 10
    ends = [match.end() for match in _END_LINE.finditer(buffer)]
    return ends[-1] if ends else 0


def _pieces(block: TextBlock, state: _State) -> Iterator[_Plain | _Piece | Problem]:
    """Yield the records of a block as text; the plain ones without looking at each line."""
    line, held = block.line, ""
    shape: Shape | None = None
    found = state.found
    parts = block.text.split(_END)
    last = parts.pop()
    for part in parts:
        if part[-1:] not in _LINE_END:
            # The words stand at the end of a title or the like and end no record.
            held += part + _END
            continue
        text, held = (held + part, "") if held else (part, "")
        header = shape.pattern.match(text) if shape else None
        if header is None:
            shape = _shape(text)
            header = shape.pattern.match(text) if shape else None
        if shape is not None and header is not None and not state.defaults:
            first = header.end()
            peaks, head = text[first:], text[:first]
            # Fields with blanks about them are tidied the careful way.
            has_blanks = " \n" in head or "= " in head or " =" in head or "\t" in head
            if not has_blanks and "BEGIN" not in peaks:
                count = peaks.count("\n")
                above = text.find("B")
                yield peaks, count, line + above, found, shape, header.groups()
                found = state.found = found + 1
                # Each value has its line; the last group is empty and stands for BEGIN IONS.
                line += above + header.re.groups + count + 1
                continue
        yield from _by_line(text + _END, line, state)
        found = state.found
        line += text.count("\n") + 1
    yield from _by_line(held + last, line, state)


def _shape(text: str) -> Shape | None:
    """Return the shape of a record, or None when its header is not plain."""
    first = _FIRST_PEAK.search(text)
    header = text[: first.start()].lstrip("\n") if first else ""
    if not header.startswith(_BEGIN):
        return None
    pairs = [line.partition("=") for line in header.split("\n")[1:]]
    if not all(equals for _, equals, _ in pairs):
        return None
    return shape_of(tuple(key for key, _, _ in pairs), "=", r"\n*" + _BEGIN, "(?=[0-9])")


def _by_line(text: str, line: int, state: _State) -> Iterator[_Piece | Problem]:
    """Yield the records of text that is anything but plain, and problems with what is in none.

    Parameters
    ----------
    text : str
    line : int
        Number of its first line.
    state : _State
    """
    if not text.strip():
        return
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    start, loose, inside = 0, 0, False
    for number, words in enumerate(lines):
        word = words.strip().upper() if len(words) < 100 else ""
        if word == "BEGIN IONS":
            if inside:
                yield _without_end(line + start - 1, line + number, state)
            elif loose:
                _note_loose(loose, line + number, state)
            start, inside, loose = number + 1, True, 0
        elif word == "END IONS":
            if inside:
                header, peaks = _header_and_peaks(lines[start:number])
                count = peaks.count("\n")
                yield _Piece(peaks, count, line + start - 1, state.found, header=header)
                state.found += 1
            else:
                yield from _stray_end(line + number, loose, state)
            inside, loose = False, 0
        elif not inside:
            loose += _outside(words.strip(), line + number, state)
    if inside:
        yield _without_end(line + start - 1, line + len(lines) - 1, state)
    elif loose:
        _note_loose(loose, line + len(lines), state)


def _note_loose(count: int, before: int, state: _State) -> None:
    cause = "peaks outside BEGIN IONS ... END IONS were ignored"
    state.notes.add(cause, "", f"before line {before}", count)


def _header_and_peaks(lines: Sequence[str]) -> tuple[str, str]:
    for number, words in enumerate(lines):
        if words[:1].isdigit():
            return "\n".join(lines[:number]), "\n".join([*lines[number:], ""])
    return "\n".join(lines), ""


def _without_end(begin: int, last: int, state: _State) -> Problem:
    state.found += 1
    return Problem(
        "warning",
        f"spectrum {state.found} has no END IONS: the file ends inside spectrum {state.found} at "
        f"line {last}, or the next one begins there",
        "Export the file again; all complete spectra were read.",
        state.notes.file,
        f"spectrum {state.found}, lines {begin} to {last}",
        skipped=1,
    )


def _stray_end(line: int, loose: int, state: _State) -> Iterator[Problem]:
    cause, action = "END IONS without BEGIN IONS", "Export the file again."
    if loose:
        state.found += 1
        yield state.notes.skipped(cause, action, f"spectrum {state.found}, line {line}")
    else:
        state.notes.add(cause, "", f"line {line}")


def _outside(words: str, line: int, state: _State) -> int:
    """Take a field before the first record; return 1 for a peak that stands in no record."""
    if not words or words[0] in _COMMENTS:
        return 0
    if words[0].isdigit():
        return 1
    if state.found == 0 and _KEY.match(words):
        key, _, value = words.partition("=")
        state.defaults.setdefault(key.strip(), value.strip())
    else:
        cause = "text outside BEGIN IONS ... END IONS was ignored"
        state.notes.add(cause, "", f"line {line}")
    return 0


def _careful(piece: _Piece, peaks: Columns | Peaks | None, state: _State) -> Spectrum | Problem:
    record = Record(piece.number, piece.line)
    odd: list[str] = []
    if piece.shape is None:
        odd = _add_fields(piece.header.split("\n"), record, state.notes)
    else:
        for key, value in zip(piece.shape.keys, piece.values, strict=False):
            record.add(key, value, state.notes)
    if peaks is not None and not odd:
        _add_defaults(record, state)
        return spectrum_of(record, peaks, state.notes)
    lines = piece.peaks.split("\n") if piece.peaks else []
    # Fields may stand behind the peaks, and peaks may begin with a sign or with NaN.
    late = [number for number, words in enumerate(lines) if _KEY.match(words)]
    _add_fields([lines[number] for number in late], record, state.notes)
    _add_defaults(record, state)
    for number in late:
        lines[number] = ""
    lines = [("" if words[:1] in _COMMENTS else words) for words in odd + lines]
    try:
        peaks = careful_peaks(lines)
    except PeakError as error:
        above = len(piece.shape.keys) if piece.shape else piece.header.count("\n") + 1
        first = piece.line + above + 1 - len(odd)
        place = f"{record.where}, peak at line {first + error.line}"
        return state.notes.skipped(str(error), "Correct the line.", place)
    return spectrum_of(record, peaks, state.notes)


def _add_fields(lines: Sequence[str], record: Record, notes: Notes) -> list[str]:
    """Add key=value lines to the record; return the lines that are something else."""
    odd: list[str] = []
    for words in lines:
        key, equals, value = words.partition("=")
        if equals:
            record.add(key.strip(), value.strip(), notes)
        elif words.strip() and words.lstrip()[0] not in _COMMENTS:
            odd.append(words)
    return odd


def _add_defaults(record: Record, state: _State) -> None:
    for key, value in state.defaults.items():
        record.add_default(key, value)
