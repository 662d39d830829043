"""Decimal numbers in two columns of text, all converted at once and each exactly rounded.

Up to fifteen digits are a whole number that a double holds exactly, and so is a power of ten up to
the twenty-second: their quotient or product is rounded once, as a correct conversion rounds
(Clinger 1990, doi:10.1145/93542.93557). Eight digits are summed up in one 64-bit word (Lemire 2021,
doi:10.1002/spe.2984). Numbers beyond that are left to Python.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from msgui.spectra.spectrum import FloatArray

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_EXACT_DIGITS = 15
_EXACT_POWER = 22
_POWERS = 10.0 ** np.arange(_EXACT_POWER + 1)
# Keeps the last n of eight characters; the first character is the lowest byte of a word.
_LAST = np.array([0, *((2**64 - 1) << 8 * (8 - n) & (2**64 - 1) for n in range(1, 9))], np.uint64)
_WORD = np.dtype("<u8")
_SPACE, _TAB, _LINE_END, _POINT, _NINE = b" \t\n.9"
# "e-" is written as one letter, so that no sign is left in a number.
_UP, _DOWN = b"e", b"d"
# Where more of the numbers than this need Python, all words are found at once.
_MANY = 1 / 16


class _Pieces(NamedTuple):
    """Digits between two marks: as a whole number, and what belongs to it.

    ``scale`` is the power of ten that the number is divided by, ``is_odd`` says that this is not
    exact, ``mark`` is the character behind the number and ``stop`` its place.
    """

    value: FloatArray
    scale: IntArray
    is_odd: BoolArray
    mark: npt.NDArray[np.uint8]
    stop: IntArray


def two_columns(data: bytes) -> tuple[FloatArray, FloatArray] | None:
    """Return the two columns of lines "number number", or None when a line is anything else.

    Parameters
    ----------
    data : bytes
        Lines with a blank or tab between the numbers and a line end behind each; the numbers are
        without a sign.
    """
    if data[-1:] != b"\n" or _DOWN in data:
        return None
    data = _with_short_powers(data)
    pieces = _pieces(data)
    if pieces is not None and pieces.mark.max() > _NINE:
        pieces = _with_powers(pieces)
    if pieces is None or not _are_pairs(pieces.mark):
        return None
    numbers = _scaled(pieces, data)
    return numbers[0::2].copy(), numbers[1::2].copy()


def _with_short_powers(data: bytes) -> bytes:
    """Return the text with a single letter before each exponent; other signs stay."""
    data = data.replace(b"E", _UP)
    if _UP not in data:
        return data
    if data.count(b"+") == data.count(b"e+"):
        data = data.translate(None, b"+")
    return data.replace(b"e-", _DOWN) if b"-" in data else data


def _are_pairs(marks: npt.NDArray[np.uint8]) -> bool:
    """Return True when a blank or tab and a line end follow each other."""
    behind_first, behind_second = marks[0::2], marks[1::2]
    return (
        marks.size % 2 == 0
        and bool((behind_second == _LINE_END).all())
        and bool(((behind_first == _SPACE) | (behind_first == _TAB)).all())
    )


def _pieces(data: bytes) -> _Pieces | None:
    """Return the pieces of digits, perhaps with a point; None when one has none, or two points."""
    raw = np.frombuffer(data, dtype=np.uint8)
    # Bytes below "0" turn round to large numbers.
    places = np.flatnonzero((raw - np.uint8(ord("0"))) > 9)
    marks = raw[places]
    ends = np.flatnonzero(marks != _POINT)
    stops = places[ends]
    has_point = _steps(ends) - 1
    lengths = _steps(stops) - 1 - has_point
    if not ends.size or has_point.max() > 1 or lengths.min() < 1:
        return None
    # Where there is a point, the mark before the end is that point.
    decimals = (stops - places[ends - 1] - 1) * has_point
    is_odd = lengths > _EXACT_DIGITS
    lengths = np.minimum(lengths, _EXACT_DIGITS)
    compact = b"0" * 16 + data.translate(None, b".")
    words = np.ndarray((len(compact) - 7,), _WORD, compact, strides=(1,))
    behind = stops - np.cumsum(has_point) + 16
    values = _eight_digits(words[behind - 8] & _LAST[np.minimum(lengths, 8)])
    long = np.flatnonzero(lengths > 8)
    if long.size:
        values[long] += 1e8 * _eight_digits(words[behind[long] - 16] & _LAST[lengths[long] - 8])
    return _Pieces(values, decimals, is_odd, marks[ends], stops)


def _steps(places: IntArray) -> IntArray:
    """Return how far each place is behind the one before; the first one counts from -1."""
    steps = np.empty_like(places)
    steps[:1] = places[:1] + 1
    np.subtract(places[1:], places[:-1], out=steps[1:])
    return steps


def _eight_digits(words: npt.NDArray[np.uint64]) -> FloatArray:
    """Return the numbers that eight characters each are; the lowest byte is the first digit."""
    for mask, base, shift in (
        (0x0F0F0F0F0F0F0F0F, 10, 8),
        (0x00FF00FF00FF00FF, 100, 16),
        (0x0000FFFF0000FFFF, 10_000, 32),
    ):
        words &= np.uint64(mask)
        words *= np.uint64(1 + (base << shift))
        words >>= np.uint64(shift)
    return words.astype(np.float64)


def _with_powers(pieces: _Pieces) -> _Pieces | None:
    """Return the pieces with each exponent taken into the number before it."""
    has_power = (pieces.mark == ord(_UP)) | (pieces.mark == ord(_DOWN))
    numbers = np.flatnonzero(has_power)
    powers = numbers + 1
    if has_power[powers].any() or pieces.scale[powers].any():
        return None
    power = pieces.value[powers].astype(np.int64)
    power[pieces.mark[numbers] == ord(_DOWN)] *= -1
    # The number goes where its exponent stood, because it ends there.
    pieces.scale[powers] = pieces.scale[numbers] - power
    pieces.value[powers] = pieces.value[numbers]
    pieces.is_odd[powers] |= pieces.is_odd[numbers]
    return _Pieces(*(column[~has_power] for column in pieces))


def _scaled(pieces: _Pieces, data: bytes) -> FloatArray:
    """Return the values over ten to their scales; those that would not be exact, by Python."""
    value, scale, is_odd, _, stop = pieces
    numbers = value / _POWERS[np.clip(scale, 0, _EXACT_POWER)]
    up = np.flatnonzero(scale < 0)
    numbers[up] = value[up] * _POWERS[np.clip(-scale[up], 0, _EXACT_POWER)]
    odd = np.flatnonzero(is_odd | (np.abs(scale) > _EXACT_POWER))
    if odd.size > _MANY * numbers.size:
        words = data.replace(_DOWN, b"e-").split()
        numbers[odd] = [float(words[place]) for place in odd.tolist()]
        return numbers
    for place in odd.tolist():
        start = int(stop[place - 1]) + 1 if place else 0
        numbers[place] = float(data[start : stop[place]].replace(_DOWN, b"e-"))
    return numbers
