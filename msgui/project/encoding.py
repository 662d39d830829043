"""Values as bytes and back, exactly: JSON for what people read, raw arrays behind it, never pickle.

A block is ``MSG1`` and a zlib stream of: the length of the JSON (uint32, little endian), the JSON
(ASCII), zeros up to a multiple of 8, and the bytes of the arrays, each padded likewise. Dataclasses
are written by the names of their fields, so that a field that was added later is its default when
an older file is read, and a field that only a newer msgui knows is noticed.
"""

import functools
import json
import math
import struct
import types
import typing
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from msgui.annotation import Annotation, MeasuredLoss
from msgui.errors import MsguiError, Problem
from msgui.project.values import MadeWith
from msgui.spectra.spectrum import Spectrum

MAGIC = b"MSG1"
# What a block may unpack to: far more than an annotation of a thousand candidates needs.
LARGEST_BLOCK = 1 << 29
DEEPEST = 60
# The fastest level: files become a third larger, writing takes a quarter of the time.
COMPRESSION = 1
ALIGNMENT = 8
DTYPES = frozenset(
    ("<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1")
)
# Only what can be reached from these is ever built from a file.
ROOTS: tuple[type, ...] = (Annotation, MeasuredLoss, Spectrum, MadeWith, Problem)


def to_bytes(value: Any, known: Mapping[str, Any] | None = None) -> bytes:
    """Return a value as a block.

    Parameters
    ----------
    value : dataclasses of this package, tuples, mappings with text keys, arrays, plain values
        Lists and sets become tuples.
    known : mapping of str to object, optional
        Objects that the reader has at hand; they are written as their name.

    Raises
    ------
    TypeError
        When a part of the value has no form in a file: a fault of the caller.
    """
    writer = _Writer(known or {})
    text = json.dumps(writer.plain(value), separators=(",", ":")).encode("ascii")
    parts = [
        struct.pack("<I", len(text)),
        text,
        bytes(-(4 + len(text)) % ALIGNMENT),
        *writer.arrays,
    ]
    return MAGIC + zlib.compress(b"".join(parts), COMPRESSION)


def from_bytes(
    block: bytes, known: Mapping[str, Any] | None = None, unknown: set[str] | None = None
) -> Any:
    """Return the value of a block.

    Parameters
    ----------
    block : bytes
    known : mapping of str to object, optional
        As it was given to :func:`to_bytes`.
    unknown : set of str, optional
        Receives the names of fields that this version does not know; their values are passed over.

    Raises
    ------
    MsguiError
        When the block is damaged, or holds what this version cannot read.
    """
    try:
        return _Reader(_unpacked(block), known or {}, unknown).value()
    except MsguiError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, struct.error, zlib.error) as error:
        raise MsguiError(f"A part of the project cannot be read ({error}).") from error
    except RecursionError as error:
        raise MsguiError("A part of the project cannot be read (it is nested too deep).") from error


def _unpacked(block: bytes) -> bytes:
    if block[: len(MAGIC)] != MAGIC:
        raise ValueError("it does not begin as it should")
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(block[len(MAGIC) :], LARGEST_BLOCK)
    if unpacker.unconsumed_tail:
        raise ValueError(f"it unpacks to more than {LARGEST_BLOCK >> 20} MB")
    if not unpacker.eof:
        raise ValueError("its end is missing")
    return data


@functools.cache
def types_by_name() -> Mapping[str, type]:
    """Return the dataclasses that may stand in a file, by name."""
    found: dict[str, type] = {}
    for root in ROOTS:
        _collect(root, found)
    return types.MappingProxyType(found)


def _collect(hint: Any, found: dict[str, type]) -> None:
    for part in typing.get_args(hint):
        _collect(part, found)
    if not (isinstance(hint, type) and is_dataclass(hint)) or found.get(hint.__name__) is hint:
        return
    if hint.__name__ in found:
        raise TypeError(f"two dataclasses are called {hint.__name__}")
    found[hint.__name__] = hint
    for field_hint in typing.get_type_hints(hint).values():
        _collect(field_hint, found)


@functools.cache
def _field_names(kind: type) -> tuple[str, ...]:
    if types_by_name().get(kind.__name__) is not kind:
        raise TypeError(f"{kind.__name__} has no form in a project file")
    return tuple(field.name for field in fields(kind) if field.init)


class _Writer:
    """Turns values into what JSON can say; arrays are put aside."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = {id(value): name for name, value in known.items()}
        self._offset = 0
        self.arrays: list[bytes] = []

    def plain(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind is str or kind is int or kind is bool:
            return value
        if kind is float:
            # JSON has no word for these.
            return value if math.isfinite(value) else {"n": repr(value)}
        if kind is tuple:
            return self._sequence(value)
        if id(value) in self._known:
            return {"k": self._known[id(value)]}
        if isinstance(value, np.ndarray):
            return {"a": self._array(value)}
        if isinstance(value, np.generic):
            return self.plain(value.item())
        if is_dataclass(kind):
            names = _field_names(kind)
            return {"t": kind.__name__, "f": names, "v": self._fields(value, names)}
        if isinstance(value, Mapping):
            if not all(isinstance(key, str) for key in value):
                raise TypeError("keys of a mapping in a project file are text")
            return {"d": {key: self.plain(part) for key, part in value.items()}}
        if isinstance(value, list):
            return self._sequence(value)
        if isinstance(value, set | frozenset):
            return self._sequence(sorted(value))
        if isinstance(value, str | int | float):  # subclasses: numpy's and enumerations
            return self.plain(
                next(base for base in (str, int, float) if isinstance(value, base))(value)
            )
        raise TypeError(f"{kind.__name__} has no form in a project file")

    def _fields(self, value: Any, names: Sequence[str]) -> list[Any]:
        return [self.plain(getattr(value, name)) for name in names]

    def _sequence(self, values: Sequence[Any]) -> Any:
        kind = type(values[0]) if values else None
        if (
            kind is None
            or not is_dataclass(kind)
            or any(type(value) is not kind for value in values)
        ):
            return [self.plain(value) for value in values]
        # A hundred candidates say the names of their fields once.
        names = _field_names(kind)
        return {
            "t": kind.__name__,
            "f": names,
            "r": [self._fields(value, names) for value in values],
        }

    def _array(self, array: npt.NDArray[Any]) -> list[Any]:
        ordered = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        if ordered.dtype.str not in DTYPES:
            raise TypeError(f"an array of {array.dtype} has no form in a project file")
        data = ordered.tobytes()
        place = [ordered.dtype.str, list(array.shape), self._offset]
        data += bytes(-len(data) % ALIGNMENT)
        self._offset += len(data)
        self.arrays.append(data)
        return place


class _Reader:
    """Builds values from the JSON and the arrays of a block."""

    def __init__(self, data: bytes, known: Mapping[str, Any], unknown: set[str] | None) -> None:
        (length,) = struct.unpack_from("<I", data)
        if 4 + length > len(data):
            raise ValueError("its text is longer than itself")
        self._tree = json.loads(data[4 : 4 + length])
        self._data = data
        self._start = 4 + length + (-(4 + length) % ALIGNMENT)
        self._known = known
        self._unknown = set() if unknown is None else unknown

    def value(self) -> Any:
        return self._built(self._tree, 0)

    def _built(self, part: Any, depth: int) -> Any:
        if isinstance(part, list):
            return tuple(self._each(part, depth))
        if not isinstance(part, dict):
            return part
        if "t" in part:
            return self._dataclass(part, depth)
        [(tag, content)] = part.items()
        if tag == "d":
            return dict(zip(content, self._each(content.values(), depth), strict=True))
        if tag == "n":
            return float(content)
        if tag == "k":
            return self._known[content]
        if tag == "a":
            return self._array(*content)
        raise ValueError(f"it holds {tag!r}, which is not known")

    def _each(self, parts: Any, depth: int) -> Iterator[Any]:
        if depth > DEEPEST:
            raise RecursionError
        return (self._built(part, depth + 1) for part in parts)

    def _dataclass(self, part: Mapping[str, Any], depth: int) -> Any:
        kind = types_by_name().get(part["t"])
        if kind is None:
            raise MsguiError(
                f"The project holds a {part['t']}, which this version of msgui does not know.",
                "Open it with a newer version of msgui.",
            )
        own = _field_names(kind)
        columns = [(i, name) for i, name in enumerate(part["f"]) if name in own]
        self._unknown.update(f"{part['t']}.{name}" for name in part["f"] if name not in own)
        if "v" in part:
            return self._instance(kind, columns, part["v"], depth)
        return tuple(self._instance(kind, columns, row, depth) for row in part["r"])

    def _instance(
        self, kind: type, columns: Sequence[tuple[int, str]], row: Sequence[Any], depth: int
    ) -> Any:
        if depth > DEEPEST:
            raise RecursionError
        return kind(**{name: self._built(row[i], depth + 1) for i, name in columns})

    def _array(self, dtype: str, shape: Sequence[int], offset: int) -> npt.NDArray[Any]:
        if dtype not in DTYPES or offset < 0 or any(size < 0 for size in shape):
            raise ValueError("it holds an array of a kind that is not known")
        # Read-only, because bytes are.
        flat = (
            np.frombuffer(self._data, np.dtype(dtype), math.prod(shape), self._start + offset)
            if math.prod(shape)
            else np.zeros(0, np.dtype(dtype))
        )
        array = flat.reshape(shape)
        array.setflags(write=False)
        return array
