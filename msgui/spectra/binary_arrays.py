"""Arrays of numbers in base64, as mzML and mzXML hold them: decoded within bounds, or refused."""

import binascii
import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from msgui.spectra import limits, numpress
from msgui.spectra.spectrum import FloatArray

Packing = Literal["", "linear", "pic", "slof"]
_BLANKS = b" \n\r\t"


class ArrayError(ValueError):
    """An array cannot be decoded; the text says why, in a chemist's words."""


@dataclass(frozen=True)
class Encoding:
    """How an array is written.

    Parameters
    ----------
    dtype : str
        NumPy type of the numbers, ``"<f8"``: byte order, kind, bytes.
    is_zlib : bool
        Whether the bytes are compressed.
    packing : "", "linear", "pic" or "slof"
        Numpress method, empty for none.
    """

    dtype: str = "<f8"
    is_zlib: bool = False
    packing: Packing = ""


def from_base64(text: bytes) -> bytes:
    """Return the bytes that base64 text stands for.

    Raises
    ------
    ArrayError
        When a character is no base64 or the text is cut off.
    """
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        pass
    try:
        return binascii.a2b_base64(text.translate(None, _BLANKS), strict_mode=True)
    except binascii.Error:
        raise ArrayError("the base64 text of an array is damaged") from None


def inflate(data: bytes, most: int) -> bytes:
    """Return zlib data unpacked, at most ``most`` bytes or a floor that does no harm.

    Raises
    ------
    ArrayError
        When there is more, or the data are damaged or cut off.
    """
    bound = min(
        max(most, limits.INFLATE_FLOOR),
        max(limits.INFLATE_RATIO * len(data), limits.INFLATE_FLOOR),
        limits.ARRAY_BYTES,
    )
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(data, bound + 1)
    except zlib.error:
        raise ArrayError("the zlib data of an array are damaged") from None
    if len(unpacked) > bound:
        raise ArrayError("an array unpacks to more than the declared number of points")
    if not inflater.eof:
        raise ArrayError("the zlib data of an array are cut off")
    return unpacked


def decode(text: bytes, encoding: Encoding, points: int) -> FloatArray:
    """Return the numbers of an array, shape (n,); it may be read-only.

    Parameters
    ----------
    text : bytes
        Base64.
    encoding : Encoding
    points : int
        The declared number of points; nothing is allocated by it, but nothing larger is unpacked.

    Raises
    ------
    ArrayError
    """
    if not 0 <= points <= limits.POINTS:
        raise ArrayError(
            f"it declares {points:,} points, at most {limits.POINTS:,} are read in one array"
        )
    data = from_base64(text) if text else b""
    if encoding.packing:
        return _unpack(data, encoding, points)
    size = int(encoding.dtype[-1])
    if encoding.is_zlib and data:
        data = inflate(data, points * size)
    if len(data) % size:
        raise ArrayError(f"{len(data)} bytes are no whole number of {8 * size}-bit numbers")
    if len(data) > limits.POINTS * size:
        raise ArrayError(f"it holds more than {limits.POINTS:,} points")
    numbers = np.frombuffer(data, dtype=encoding.dtype)
    if numbers.dtype == np.float64:
        return numbers
    # Some bit patterns of NaN make the conversion warn; NaN is dropped with a message later.
    with np.errstate(invalid="ignore"):
        return numbers.astype(np.float64)


def _unpack(data: bytes, encoding: Encoding, points: int) -> FloatArray:
    if encoding.is_zlib and data:
        # Nine half bytes is the longest that numpress makes of a number; the scale takes 16 bytes.
        data = inflate(data, 5 * points + 16)
    decoders = {
        "linear": numpress.decode_linear,
        "pic": numpress.decode_pic,
        "slof": numpress.decode_slof,
    }
    try:
        numbers = decoders[encoding.packing](data, points)
    except numpress.NumpressError as error:
        raise ArrayError(str(error)) from None
    # A last half byte of zeros can read as one more number of zero.
    return numbers[:points] if numbers.size == points + 1 and not numbers[-1] else numbers
