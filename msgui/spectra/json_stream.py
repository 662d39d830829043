"""Objects of a JSON file one after the other: an array, JSON lines, or a single object."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from msgui.spectra import limits
from msgui.spectra.notes import Notes
from msgui.spectra.source import Source

_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_BLANK = re.compile(r"[\s,]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')
_DEEP = re.compile(r"(?:[\[{]\s*(?:\"[^\"]*\"\s*:\s*)?){" + str(limits.JSON_DEPTH + 1) + "}")
# An error so near the end of what was read may only mean that the rest is not read yet.
_NEAR_END = 40
_FIRST_KEY = re.compile(r'\{\s*("(?:[^"\\]|\\.)*")\s*:')


@dataclass(frozen=True)
class Found:
    """One object, or why it cannot be read; ``line`` and ``column`` count from 1."""

    value: Any
    line: int
    column: int
    error: str = ""
    is_cut_off: bool = False


def _characters(source: Source, notes: Notes) -> Iterator[str]:
    """Yield the text of a file; bytes that are not UTF-8 are read as Windows-1252 and noted."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def repaired(match: re.Match[str]) -> str:
        return bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace")

    for chunk in source.chunks():
        words = decoder.decode(chunk)
        if not words.isascii() and _ESCAPED_BYTE.search(words):
            notes.add(
                "text is not UTF-8 and was read as Windows-1252 (Latin-1)",
                "Check names with accents or Greek letters.",
                f"before byte {source.position}",
            )
            words = _ESCAPED_BYTE.sub(repaired, words)
        yield words
    rest = decoder.decode(b"", final=True)
    if rest:
        yield _ESCAPED_BYTE.sub(repaired, rest)


class _Buffer:
    """The part of the text that is looked at, and where it stands in the file."""

    def __init__(self, source: Source) -> None:
        self._more = _characters(source, source.notes)
        self.text = ""
        self.place = 0
        self.ended = False
        self._lines = 0
        self._last_line_at = 0
        self._dropped = 0

    def fill(self, least: int) -> bool:
        """Read on until at least so many characters are there; return False at the end."""
        self._drop()
        parts, size = [self.text], len(self.text)
        before = size
        while size < least and not self.ended:
            part = next(self._more, None)
            if part is None:
                self.ended = True
            else:
                parts.append(part)
                size += len(part)
        self.text = "".join(parts)
        return size > before

    def _drop(self) -> None:
        gone = self.text[: self.place]
        newlines = gone.count("\n")
        if newlines:
            self._lines += newlines
            self._last_line_at = self._dropped + gone.rfind("\n") + 1
        self._dropped += self.place
        self.text = self.text[self.place :]
        self.place = 0

    def line_and_column(self, place: int) -> tuple[int, int]:
        """Return where a place in the text is in the file, both from 1."""
        newlines = self.text.count("\n", 0, place)
        if newlines:
            return 1 + self._lines + newlines, place - self.text.rfind("\n", 0, place)
        return 1 + self._lines, 1 + self._dropped + place - self._last_line_at

    def skip_blanks(self) -> str:
        """Pass over blanks and commas; return the next character, empty at the end."""
        while True:
            match = _BLANK.match(self.text, self.place)
            self.place = match.end() if match else self.place
            if self.place < len(self.text):
                return self.text[self.place]
            if not self.fill(1):
                return ""


def objects(source: Source) -> Iterator[Found]:
    """Yield the objects of a file; those that cannot be read come with an error.

    Objects are read one by one, so a file may be larger than the memory.
    """
    decoder = json.JSONDecoder()
    buffer = _Buffer(source)
    first_key = ""
    in_array = buffer.skip_blanks() == "["
    if in_array:
        buffer.place += 1
    while True:
        sign = buffer.skip_blanks()
        if sign == "]" and in_array:
            buffer.place += 1
            in_array = False
            continue
        if not sign:
            if in_array:
                line, column = buffer.line_and_column(buffer.place)
                place = f"line {line}, column {column}"
                source.notes.add("the file ends before its list does", "Export it again.", place)
            return
        found = _next(buffer, decoder)
        if found.error:
            found = _pass_over(buffer, first_key, found)
            if found.is_cut_off:
                yield found
                return
        elif not first_key:
            match = _FIRST_KEY.match(buffer.text, max(0, buffer.place - 10_000_000))
            first_key = match[1] if match else ""
        yield found


def _next(buffer: _Buffer, decoder: json.JSONDecoder) -> Found:
    """Return the next value and move behind it; an error leaves the place as it is."""
    while True:
        line, column = buffer.line_and_column(buffer.place)
        try:
            value, end = decoder.raw_decode(buffer.text, buffer.place)
        except json.JSONDecodeError as error:
            size = len(buffer.text)
            near_end = error.pos >= size - _NEAR_END or error.msg.startswith("Unterminated")
            can_grow = size - buffer.place < limits.RECORD_BYTES
            if near_end and can_grow and buffer.fill(2 * (size - buffer.place) + (1 << 16)):
                continue
            at_line, at_column = buffer.line_and_column(error.pos)
            return Found(None, at_line, at_column, error.msg, is_cut_off=near_end)
        except (RecursionError, ValueError) as error:
            reason = "too deeply nested" if isinstance(error, RecursionError) else str(error)
            return Found(None, line, column, reason)
        # A number at the end may go on in what is not read yet.
        if end == len(buffer.text) and not isinstance(value, dict | list) and buffer.fill(end + 1):
            continue
        if _DEEP.search(buffer.text, buffer.place, end):
            buffer.place = end
            return Found(None, line, column, f"nested deeper than {limits.JSON_DEPTH}")
        buffer.place = end
        return Found(value, line, column)


def _pass_over(buffer: _Buffer, first_key: str, found: Found) -> Found:
    """Move behind an object that cannot be read: to its closing bracket, else to the next one."""
    start, opened = buffer.place, ""
    if found.error.startswith("nested deeper"):
        return found
    for token in _TOKEN.finditer(buffer.text, start):
        sign = token[0]
        if sign in "{[":
            opened += sign
        elif sign == "]":
            opened = opened.removesuffix("[")
        elif sign == "}":
            # A list that is not closed ends with the object around it.
            opened = opened.rstrip("[").removesuffix("{")
        if not opened:
            buffer.place = token.end()
            return replace(found, is_cut_off=False)
    if first_key:
        following = re.compile(r"\}\s*,?\s*(?=\{\s*" + re.escape(first_key) + r"\s*:)")
        match = following.search(buffer.text, start + 1)
        if match:
            buffer.place = match.end()
            return replace(found, is_cut_off=False)
    while buffer.fill(1 << 20):
        buffer.place = len(buffer.text)
    buffer.place = len(buffer.text)
    return replace(found, is_cut_off=True)
