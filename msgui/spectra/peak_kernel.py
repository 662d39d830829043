"""Compiled reading of two columns of numbers; imported only for files that are worth the compiler.

A decimal number of up to 15 digits is an integer below 2^53 divided by a power of ten that is
exact in binary, so one division rounds correctly: the results equal those of ``float`` bit by bit.
Records with longer numbers, or with anything else than two columns, are left to the caller.
"""

import numba
import numpy as np
import numpy.typing as npt

from msgui.spectra.spectrum import FloatArray

# The largest power of ten that a double holds exactly.
_EXACT_POWER = 22
_POWERS = 10.0 ** np.arange(_EXACT_POWER + 1)
_EXACT_INTEGER = 1 << 53
_MOST_DIGITS = 18

_BLANK, _TAB, _LINE_END, _PLUS, _MINUS, _POINT = 32, 9, 10, 43, 45, 46
_ZERO, _NINE, _SMALL_E, _LARGE_E = 48, 57, 101, 69


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _number(data: npt.NDArray[np.uint8], place: int, end: int) -> tuple[float, int]:
    """Return the number at ``place`` and where it ends; -1 where it is none or not exact."""
    mantissa, digits, behind_point, has_point = 0, 0, 0, False
    start = place
    while place < end:
        sign = data[place]
        if _ZERO <= sign <= _NINE:
            mantissa = 10 * mantissa + (sign - _ZERO)
            # Leading zeros carry nothing.
            digits += 1 if mantissa else 0
            behind_point += 1 if has_point else 0
        elif sign == _POINT and not has_point:
            has_point = True
        else:
            break
        place += 1
        if digits > _MOST_DIGITS:
            return 0.0, -1
    power = -behind_point
    if place < end and (data[place] == _SMALL_E or data[place] == _LARGE_E):
        place += 1
        negative = place < end and data[place] == _MINUS
        if place < end and (data[place] == _MINUS or data[place] == _PLUS):
            place += 1
        exponent, first = 0, place
        while place < end and _ZERO <= data[place] <= _NINE and place - first < 4:
            exponent = 10 * exponent + (data[place] - _ZERO)
            place += 1
        if place == first:
            return 0.0, -1
        power += -exponent if negative else exponent
    if digits == 0 and place == start:
        return 0.0, -1
    if mantissa >= _EXACT_INTEGER or not -_EXACT_POWER <= power <= _EXACT_POWER:
        return 0.0, -1
    value = float(mantissa)
    return (value / _POWERS[-power] if power < 0 else value * _POWERS[power]), place


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def read_columns(
    data: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
    mz: FloatArray,
    intensity: FloatArray,
    counts: npt.NDArray[np.int64],
    plain: npt.NDArray[np.bool_],
) -> None:
    """Fill in the peaks of records that are lines of two numbers without a sign.

    Parameters
    ----------
    data : uint8 array
        The text of all records.
    ends : int64 array, shape (n_records,)
        Where each record ends; it begins where the one before ends.
    mz, intensity : float64 arrays
        Filled from the start, one record after the other; long enough for one peak a line.
    counts : int64 array, shape (n_records,)
        Number of peaks of each record; -1 for a record that is left to the caller.
    plain : bool array, shape (n_records,)
        Whether the m/z ascend and all numbers are above zero.
    """
    filled, place = 0, 0
    for record in range(ends.size):
        first, end = filled, ends[record]
        plain[record] = True
        whole = True
        while whole and place < end:
            heavier, place = _number(data, place, end)
            gap = place
            while 0 <= place < end and (data[place] == _BLANK or data[place] == _TAB):
                place += 1
            whole = gap < place < end
            if whole:
                strength, place = _number(data, place, end)
                while 0 <= place < end and (data[place] == _BLANK or data[place] == _TAB):
                    place += 1
                whole = 0 <= place < end and data[place] == _LINE_END
            if whole:
                place += 1
                if heavier <= 0 or strength <= 0 or (filled > first and heavier < mz[filled - 1]):
                    plain[record] = False
                mz[filled] = heavier
                intensity[filled] = strength
                filled += 1
        if whole:
            counts[record] = filled - first
        else:
            counts[record], filled, place = -1, first, end
