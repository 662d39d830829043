"""A lean look at XML that holds spectra: elements as bytes, one after the other, nothing expanded.

No parser runs, so there are no entities, no DTD, no network and no recursion; an index at the end
of the file is never used. What stands between two elements is not judged.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from msgui.spectra import limits
from msgui.spectra.source import Source

_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_COMMENT = re.compile(rb"<!--.*?(?:-->|$)", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_PREFIX = re.compile(rb"<(\w+):(?:indexedmzML|mzML|mzXML|msRun)\b")
# A declaration that lies over the edge of two chunks is held back until it can be seen whole.
_HELD = 64


@dataclass(frozen=True)
class Element:
    """One element as bytes.

    Parameters
    ----------
    data : bytes
        From its start tag to its end tag, or to where the next one starts.
    is_whole : bool
        False when its end tag is missing.
    number : int
        Place in the file, from 0.
    """

    data: bytes
    is_whole: bool
    number: int


def text(value: bytes) -> str:
    """Return an attribute's value as text; bytes that are not UTF-8 are read as Windows-1252."""
    try:
        words = value.decode("utf-8")
    except UnicodeDecodeError:
        words = value.decode("cp1252", "replace")
    return html.unescape(words) if "&" in words else words


def attributes(tag: bytes) -> dict[str, str]:
    """Return the attributes in a start tag; of two with one name the first stays."""
    found: dict[str, str] = {}
    for name, double, single in _ATTRIBUTE.findall(tag):
        found.setdefault(name.decode("ascii", "replace"), text(double or single))
    return found


def root_name(head: bytes) -> str:
    """Return the name of the outermost element; empty when the head is no XML or ends before it."""
    if not head.lstrip().startswith(b"<"):
        return ""
    match = _ROOT.search(_COMMENT.sub(b"", head))
    return text(match[1]) if match else ""


def _plain_chunks(source: Source) -> Iterator[bytes]:
    """Yield the bytes of a file without comments and name prefixes; refuse declarations."""
    prefixed = _PREFIX.search(source.head)
    prefix = prefixed[1] + b":" if prefixed else b""
    held, in_comment = b"", False
    for chunk in source.chunks():
        chunk = held + chunk
        # The end of a comment may lie over the edge of two chunks.
        tail = chunk[-2:]
        if in_comment:
            end = chunk.find(b"-->")
            if end < 0:
                held = tail
                continue
            chunk, in_comment = chunk[end + 3 :], False
        # Base64 has no exclamation mark, so looking for that alone is quick.
        if b"!" in chunk and b"<!" in chunk:
            if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                raise source.error(
                    "DOCTYPE is not allowed",
                    "Spectrum files need none; it could read other files. Convert the file again.",
                    f"before byte {source.position}",
                )
            opened = chunk.rfind(b"<!--")
            in_comment = opened >= 0 and chunk.find(b"-->", opened) < 0
            chunk = _COMMENT.sub(b"", chunk)
        if in_comment:
            held = tail
        else:
            last = chunk.rfind(b"<", max(0, len(chunk) - _HELD))
            chunk, held = (chunk, b"") if last < 0 else (chunk[:last], chunk[last:])
        if prefix:
            chunk = chunk.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
        yield chunk
    if prefix:
        held = held.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
    yield b"" if in_comment else held


class Scanner:
    """Walks through the elements of one name.

    Parameters
    ----------
    source : Source
    name : bytes
        Element to find, ``b"spectrum"``.
    end : bytes
        Tag that ends it, ``b"</spectrum>"``.

    Attributes
    ----------
    header : bytes
        What stands before the first element, known once that has been yielded.
    trailer : bytes
        The last bytes of the file, known at the end.
    """

    def __init__(self, source: Source, name: bytes, end: bytes) -> None:
        self.source = source
        self.header = b""
        self.trailer = b""
        self._start = b"<" + name
        self._end = end

    def _find_start(self, buffer: bytes, place: int, end: int) -> int:
        """Return where the next start tag is; names that only begin alike are passed over."""
        place = buffer.find(self._start, place, end)
        while place >= 0:
            behind = buffer[place + len(self._start) : place + len(self._start) + 1]
            if behind in (b" ", b">", b"\n", b"\t", b"\r", b"/", b""):
                return place
            place = buffer.find(self._start, place + 1, end)
        return -1

    def elements(self) -> Iterator[Element]:
        """Yield the elements in the order of the file."""
        found, wanted, is_first = 0, 0, True
        parts: list[bytes] = []
        held = 0
        for chunk in _plain_chunks(self.source):
            parts.append(chunk)
            held += len(chunk)
            if held < wanted:
                continue
            buffer = b"".join(parts)
            place = self._find_start(buffer, 0, len(buffer))
            if is_first and place >= 0:
                self.header, is_first = buffer[:place], False
            done = place if place >= 0 else max(0, len(buffer) - _HELD)
            while place >= 0:
                data, is_whole, following = self._next(buffer, place)
                if data is None:
                    break
                yield Element(data, is_whole, found)
                found += 1
                done = following
                place = self._find_start(buffer, following, len(buffer))
                done = place if place >= 0 else max(following, len(buffer) - _HELD)
            rest = buffer if is_first else buffer[done:]
            if len(rest) > limits.ELEMENT_BYTES:
                if is_first:
                    raise self.source.error("no spectra in the first part of the file", "")
                yield Element(rest[: limits.ATTRIBUTE_BYTES], False, found)
                found += 1
                rest = b""
            waiting = is_first or place >= 0
            wanted = 2 * len(rest) if waiting else 0
            parts, held = [rest], len(rest)
        rest = b"".join(parts)
        place = self._find_start(rest, 0, len(rest))
        if is_first:
            self.header = rest
        if place >= 0:
            yield from self._last(rest, place, found)
        self.trailer = rest[-1000:]

    def _next(self, buffer: bytes, place: int) -> tuple[bytes | None, bool, int]:
        """Return the element at ``place``, whether it is whole, and where to go on."""
        end = buffer.find(self._end, place)
        other = self._find_start(buffer, place + 1, end if end >= 0 else len(buffer))
        if other >= 0:
            return buffer[place:other], False, other
        if end < 0:
            return None, False, place
        end += len(self._end)
        return buffer[place:end], True, end

    def _last(self, rest: bytes, place: int, found: int) -> Iterator[Element]:
        """Yield what is left at the end of the file."""
        while place >= 0:
            data, is_whole, following = self._next(rest, place)
            yield Element(rest[place:] if data is None else data, is_whole, found)
            found += 1
            place = -1 if data is None else self._find_start(rest, following, len(rest))
