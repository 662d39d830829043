"""Bytes of a text file as UTF-8 with plain line ends, whatever they were written as."""

import codecs
from collections.abc import Iterable, Iterator

from msgui.spectra.notes import Notes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# In UTF-16 text of Latin letters nearly every other byte is zero.
_ZERO_SHARE = 0.8


def detect(head: bytes) -> tuple[str, int]:
    """Return the encoding that the first bytes declare or show, and the length of the mark."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark)
    sample = head[:4096]
    if len(sample) >= 8:
        half = len(sample) // 2
        odd, even = sample[1::2].count(0) / half, sample[0::2].count(0) / half
        if odd > _ZERO_SHARE and even < 1 - _ZERO_SHARE:
            return "utf-16-le", 0
        if even > _ZERO_SHARE and odd < 1 - _ZERO_SHARE:
            return "utf-16-be", 0
    return "utf-8", 0


def as_utf8(chunks: Iterable[bytes], encoding: str, mark: int) -> Iterator[bytes]:
    """Yield the chunks without their mark, and as UTF-8 where they were UTF-16 or UTF-32."""
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        if mark:
            chunk, mark = chunk[mark:], max(0, mark - len(chunk))
        yield chunk if decoder is None else decoder.decode(chunk).encode("utf-8", "replace")
    if decoder is not None:
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def with_plain_line_ends(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the chunks with CRLF and CR as LF; a CRLF over a chunk's edge stays one line end."""
    held = b""
    for chunk in chunks:
        if held:
            chunk, held = held + chunk, b""
        if b"\r" in chunk:
            if chunk.endswith(b"\r"):
                chunk, held = chunk[:-1], b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield chunk
    if held:
        yield b"\n"


def decode(block: bytes, first_line: int, notes: Notes) -> str:
    """Return UTF-8 bytes as text; lines that are not UTF-8 are read as Windows-1252 and noted."""
    if block.isascii():
        return block.decode("ascii")
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(
            _decode_line(line, first_line + number, notes)
            for number, line in enumerate(block.split(b"\n"))
        )


def _decode_line(line: bytes, number: int, notes: Notes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        notes.add(
            "text is not UTF-8 and was read as Windows-1252 (Latin-1)",
            "Check names with accents or Greek letters.",
            f"line {number}",
        )
        return line.decode("cp1252", "replace")
