"""An opened file of spectra: its bytes, unpacked and bounded, and how far they have been read."""

import os
import stat
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from msgui.errors import MsguiError
from msgui.spectra import limits, text_encoding
from msgui.spectra.notes import Notes

_FIRST_CHUNK = 1 << 16
_CHUNK = 1 << 19
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class TextBlock:
    """Whole records of a text file, and the number of their first line (from 1)."""

    text: str
    line: int


class Source:
    """A regular file that is read once from start to end, plain or gzip.

    Opening reads the first 64 kB only. Raises MsguiError when the path is no readable regular
    file or the file is empty.

    Parameters
    ----------
    path : str or Path
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.name = os.fspath(path)
        self.notes = Notes(self.name)
        self.position = 0
        self._state = self._stat()
        self.size = self._state.st_size
        if self.size == 0:
            raise self.error("the file is empty", "Export or download it again.")
        start = self._peek()
        self.is_gzip = start.startswith(_GZIP)
        raw_head = self._unpacked_head(start) if self.is_gzip else start
        self.encoding, self._mark = text_encoding.detect(raw_head)
        self.raw_head = raw_head
        chunks = text_encoding.as_utf8([raw_head], self.encoding, self._mark)
        self.head = b"".join(text_encoding.with_plain_line_ends(chunks))
        self._note_disguise()

    def error(self, cause: str, action: str = "", where: str = "") -> MsguiError:
        """Return an error that names this file."""
        return MsguiError(cause, action, self.name, where)

    @property
    def suffix(self) -> str:
        """The file's suffix in lower case, without ``.gz``; ``.mgf.txt`` counts as ``.mgf``."""
        suffixes = [suffix.lower() for suffix in self.path.suffixes if suffix.lower() != ".gz"]
        if not suffixes:
            return ""
        if suffixes[-1] == ".txt" and len(suffixes) > 1 and len(suffixes[-2]) <= 6:
            return suffixes[-2]
        return suffixes[-1]

    def _stat(self) -> os.stat_result:
        try:
            state = self.path.stat()
        except FileNotFoundError:
            what = "the link leads nowhere" if self.path.is_symlink() else "the file does not exist"
            raise self.error(what, "Check the path.") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self.error(f"cannot be opened: {reason}", "Check the path.") from None
        if stat.S_ISDIR(state.st_mode):
            raise self.error("this is a folder", "Name the files in it.")
        if not stat.S_ISREG(state.st_mode):
            raise self.error("this is not a regular file", "Name a file of spectra.")
        if state.st_size > limits.FILE_BYTES:
            raise self.error(
                f"the file is larger than {limits.FILE_BYTES / 1e9:g} GB", "Split it into parts."
            )
        return state

    def _peek(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(limits.SNIFF_BYTES)
        except OSError as error:
            raise self.error(
                f"cannot be read: {error.strerror}", "Check its permissions."
            ) from None

    def _unpacked_head(self, start: bytes) -> bytes:
        try:
            head = zlib.decompressobj(wbits=31).decompress(start, limits.SNIFF_BYTES)
        except zlib.error:
            raise self.error(
                "the gzip data are damaged", "Compress or download it again."
            ) from None
        if not head:
            raise self.error("the gzip file holds nothing", "Compress or download it again.")
        return head

    def _note_disguise(self) -> None:
        named_gzip = self.path.suffix.lower() == ".gz"
        if self.is_gzip and not named_gzip:
            self.notes.add("the file is gzip although its name does not end in .gz", "", "byte 0")
        if named_gzip and not self.is_gzip:
            self.notes.add("the file ends in .gz but is not compressed", "", "byte 0")

    def chunks(self) -> Iterator[bytes]:
        """Yield the file's bytes, unpacked, as UTF-8 where they were UTF-16; the first are few.

        Raises MsguiError when the file unpacks beyond its limit, cannot be read, or changed
        meanwhile.
        """
        raw = self._gunzipped() if self.is_gzip else self._raw()
        yield from text_encoding.as_utf8(raw, self.encoding, self._mark)

    def _raw(self) -> Iterator[bytes]:
        self.position = 0
        try:
            with self.path.open("rb", buffering=0) as file:
                chunk = file.read(_FIRST_CHUNK)
                while chunk:
                    self.position += len(chunk)
                    yield chunk
                    chunk = file.read(_CHUNK)
        except OSError as error:
            raise self.error(
                f"cannot be read further: {error.strerror}", "", f"byte {self.position}"
            ) from None
        self._refuse_change()

    def _refuse_change(self) -> None:
        try:
            now = self.path.stat()
        except OSError:
            raise self.error(
                "the file changed while reading: it is gone", "Open it again."
            ) from None
        before = self._state
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise self.error("the file changed while reading", "Open it again.")

    def _gunzipped(self) -> Iterator[bytes]:
        inflater = zlib.decompressobj(wbits=31)
        total, started = 0, False
        for data in self._raw():
            while data:
                if inflater.eof:
                    if not data.startswith(_GZIP):
                        if data.strip(b"\0"):
                            self.notes.add(
                                "bytes after the end of the gzip data were ignored", "", "end"
                            )
                        data = b""
                        continue
                    inflater = zlib.decompressobj(wbits=31)
                try:
                    out = inflater.decompress(data, _CHUNK)
                except zlib.error:
                    self.notes.add(
                        "the gzip data are damaged; what stood before was read",
                        "Compress or download the file again.",
                        f"byte {self.position}",
                    )
                    return
                started = True
                total += len(out)
                self._refuse_bomb(total)
                if out:
                    yield out
                data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        if started and not inflater.eof:
            self.notes.add(
                "the gzip data are cut off; what was complete was read",
                "Compress or download the file again.",
                f"byte {self.position}",
            )

    def refuse_bomb(self) -> None:
        """Unpack the start of a gzip file; raises MsguiError when it is a bomb."""
        total = 0
        for chunk in self.chunks() if self.is_gzip else ():
            total += len(chunk)
            if total > 2 * limits.INFLATE_RATIO * _FIRST_CHUNK:
                break

    def _refuse_bomb(self, total: int) -> None:
        allowed = max(limits.INFLATE_FLOOR, limits.INFLATE_RATIO * self.position)
        if total > min(allowed, limits.FILE_BYTES):
            raise self.error(
                f"unpacks to more than {min(allowed, limits.FILE_BYTES):,} bytes",
                "No measured file is as repetitive; unpack it yourself if you trust it.",
                f"byte {self.position}",
            )

    def text_blocks(self, cut: Callable[[bytes], int]) -> Iterator[TextBlock]:
        """Yield blocks of whole records.

        Parameters
        ----------
        cut : callable
            Given the bytes read so far, returns where the last whole record in them ends; 0 when
            there is none. The rest waits for more bytes; at the end of the file it comes as it is.
        """
        line, parts, held, wanted = 1, [], 0, 0
        for chunk in text_encoding.with_plain_line_ends(self.chunks()):
            parts.append(chunk)
            held += len(chunk)
            # A record longer than the buffer is looked for again only when the buffer has doubled.
            if held < wanted:
                continue
            buffer = b"".join(parts)
            end = cut(buffer)
            if end == 0 and held > limits.RECORD_BYTES:
                raise self.error(
                    f"a record is longer than {limits.RECORD_BYTES / 1e6:g} MB",
                    "The file is not what it seems; look at it in a text editor.",
                    f"line {line}",
                )
            wanted = 0 if end else 2 * held
            parts, held = [buffer[end:]], len(buffer) - end
            if end:
                yield TextBlock(text_encoding.decode(buffer[:end], line, self.notes), line)
                line += buffer.count(b"\n", 0, end)
        rest = b"".join(parts)
        if rest:
            yield TextBlock(text_encoding.decode(rest, line, self.notes), line)
