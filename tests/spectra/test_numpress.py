"""Numpress integers: every length of half bytes, signs, and the filling half byte."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgui.spectra.numpress import NumpressError, decode_linear, decode_pic, decode_slof


def _half_bytes(number: int) -> list[int]:
    """Write one integer as the method does: how many leading half bytes are left out, the rest."""
    bits = number & 0xFFFFFFFF
    digits = [(bits >> (4 * place)) & 0xF for place in range(8)]
    filler = 0xF if digits[7] == 0xF else 0
    left_out = 0
    while left_out < (8 if filler == 0 else 7) and digits[7 - left_out] == filler:
        left_out += 1
    if digits[7] not in (0, 0xF):
        left_out = 0
    head = left_out if filler == 0 or left_out == 0 else left_out + 8
    return [head, *digits[: 8 - left_out]]


def _packed(numbers: list[int]) -> bytes:
    halves = [half for number in numbers for half in _half_bytes(number)]
    if len(halves) % 2:
        halves.append(0)
    return bytes(16 * high + low for high, low in zip(halves[::2], halves[1::2], strict=True))


@given(st.lists(st.integers(0, 2**31 - 1), max_size=50))
def test_positive_integers(numbers: list[int]) -> None:
    found = decode_pic(_packed(numbers), len(numbers))[: len(numbers)]
    assert found.tolist() == [float(number) for number in numbers]


@given(st.lists(st.floats(50, 2000, allow_nan=False), min_size=2, max_size=50).map(sorted))
def test_linear_prediction(mz: list[float]) -> None:
    scale = 1e5
    fixed = [round(number * scale) for number in mz]
    residuals = [
        fixed[place] - 2 * fixed[place - 1] + fixed[place - 2] for place in range(2, len(fixed))
    ]
    data = (
        np.array([scale], dtype=">f8").tobytes()
        + np.array(fixed[:2], dtype="<u4").tobytes()
        + _packed(residuals)
    )
    found = decode_linear(data, len(mz))[: len(mz)]
    np.testing.assert_allclose(found, mz, atol=0.6 / scale)


def test_logarithms() -> None:
    data = np.array([3000.0], dtype=">f8").tobytes() + np.array([0, 6931], dtype="<u2").tobytes()
    np.testing.assert_allclose(decode_slof(data, 2), [0.0, np.exp(6931 / 3000) - 1])


@pytest.mark.parametrize("decode", [decode_linear, decode_slof])
def test_a_scale_that_is_none_is_refused(decode: object) -> None:
    with pytest.raises(NumpressError):
        decode(bytes(16), 2)  # type: ignore[operator]
    with pytest.raises(NumpressError):
        decode(b"abc", 2)  # type: ignore[operator]
