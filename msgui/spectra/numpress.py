"""Numpress compression of m/z and intensity arrays.

Teleman et al. 2014, doi:10.1074/mcp.O114.037879.

Integers are written as half bytes: the first tells how many of the eight are left out, the others
hold the rest, lowest first. Where each integer starts follows from the one before; here all starts
are found together by doubling jumps, so that no loop runs over the numbers.
"""

import numpy as np
import numpy.typing as npt

from msgui.spectra.spectrum import FloatArray

_FIXED_POINT_BYTES = 8


class NumpressError(ValueError):
    """The bytes are not what the method writes."""


def _half_bytes(data: bytes) -> npt.NDArray[np.uint8]:
    pairs = np.frombuffer(data, dtype=np.uint8)
    halves = np.empty(2 * pairs.size, dtype=np.uint8)
    halves[0::2] = pairs >> 4
    halves[1::2] = pairs & 0xF
    return halves


def _starts(halves: npt.NDArray[np.uint8], most: int) -> npt.NDArray[np.int64]:
    """Return where the integers start: 0, and behind each the place that its head tells."""
    size = halves.size
    head = halves.astype(np.int64)
    length = 1 + np.where(head <= 8, 8 - head, 16 - head)
    jump = np.minimum(np.arange(size, dtype=np.int64) + length, size)
    jump = np.append(jump, size)
    starts = np.zeros(1, dtype=np.int64)
    while starts.size <= most:
        further = jump[starts]
        if further[0] >= size:
            break
        starts = np.concatenate([starts, further[further < size]])
        jump = jump[jump]
    return np.sort(starts)


def _integers(data: bytes, most: int) -> npt.NDArray[np.int64]:
    """Return the signed 32-bit integers that the half bytes hold."""
    halves = _half_bytes(data)
    if not halves.size:
        return np.zeros(0, dtype=np.int64)
    starts = _starts(halves, most)
    head = halves[starts].astype(np.int64)
    negative = head > 8
    left_out = np.where(negative, head - 8, head)
    ends = starts + 1 + 8 - left_out
    # A last half byte of zero only fills the byte.
    if starts.size and ends[-1] > halves.size:
        if halves[starts[-1] :].any():
            raise NumpressError("the numpress data are cut off")
        starts, head, negative, left_out = starts[:-1], head[:-1], negative[:-1], left_out[:-1]
    padded = np.append(halves, np.zeros(9, dtype=np.uint8)).astype(np.int64)
    value = np.zeros(starts.size, dtype=np.int64)
    for place in range(8):
        value |= np.where(place < 8 - left_out, padded[starts + 1 + place] << (4 * place), 0)
    # Negative numbers have their leading ones left out.
    filling = np.where(
        negative & (left_out > 0), (0xFFFFFFFF << (4 * (8 - left_out))) & 0xFFFFFFFF, 0
    )
    value |= filling
    return np.where(value >= 1 << 31, value - (1 << 32), value)


def _fixed_point(data: bytes) -> float:
    if len(data) < _FIXED_POINT_BYTES:
        raise NumpressError("the numpress data are too short")
    fixed = float(np.frombuffer(data[:_FIXED_POINT_BYTES], dtype=">f8")[0])
    if not np.isfinite(fixed) or fixed <= 0:
        raise NumpressError("the numpress scale is not a number above zero")
    return fixed


def decode_linear(data: bytes, most: int) -> FloatArray:
    """Return the numbers of MS-Numpress linear prediction: differences from a straight line.

    Parameters
    ----------
    data : bytes
    most : int
        No more numbers are decoded than this.

    Raises
    ------
    NumpressError
    """
    fixed = _fixed_point(data)
    body = data[_FIXED_POINT_BYTES:]
    if not body:
        return np.zeros(0)
    if len(body) < 4 or (4 < len(body) < 8):
        raise NumpressError("the numpress data are cut off")
    first = np.frombuffer(body[:8], dtype="<u4").astype(np.int64)
    if first.size < 2:
        return first / fixed
    residuals = _integers(body[8:], most)
    # x[i] = 2 x[i-1] - x[i-2] + r[i]: the second differences are the residuals.
    steps = first[1] - first[0] + np.cumsum(residuals)
    numbers = np.concatenate([first, first[1] + np.cumsum(steps)])
    return numbers / fixed


def decode_pic(data: bytes, most: int) -> FloatArray:
    """Return the numbers of MS-Numpress positive integer compression; errors as above."""
    numbers = _integers(data, most).astype(np.float64)
    if numbers.size and numbers.min() < 0:
        raise NumpressError("negative counts in numpress positive integers")
    return numbers


def decode_slof(data: bytes, most: int) -> FloatArray:
    """Return the numbers of MS-Numpress short logged float: 16-bit logarithms; errors as above."""
    fixed = _fixed_point(data)
    body = data[_FIXED_POINT_BYTES:]
    if len(body) % 2:
        raise NumpressError("the numpress data are cut off")
    logarithms = np.frombuffer(body, dtype="<u2")[: most + 1].astype(np.float64)
    with np.errstate(over="ignore"):
        return np.exp(logarithms / fixed) - 1.0
