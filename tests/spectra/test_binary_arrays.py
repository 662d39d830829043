"""Arrays in base64: decoded within bounds, or refused with the reason."""

import base64
import zlib

import numpy as np
import pytest
from spectrum_text import encoded

from msgui.spectra.binary_arrays import ArrayError, Encoding, decode


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f4", ">f8", "<i4", "<i8"])
@pytest.mark.parametrize("compress", [False, True])
def test_all_number_types(dtype: str, compress: bool) -> None:
    text = encoded([1, 2, 300], dtype, compress=compress).encode()
    assert decode(text, Encoding(dtype, compress), 3).tolist() == [1.0, 2.0, 300.0]


def test_line_breaks_in_base64_do_not_matter() -> None:
    text = encoded([1.5, 2.5]).encode()
    broken = b"\n  ".join(text[place : place + 10] for place in range(0, len(text), 10))
    assert decode(broken, Encoding(is_zlib=True), 2).tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("text", "encoding", "points", "words"),
    [
        (b"####", Encoding(), 1, "base64"),
        (b"QUJD=RA==", Encoding(), 1, "base64"),
        (base64.b64encode(b"x" * 13), Encoding(), 2, "13 bytes"),
        (encoded([1.0], compress=False).encode(), Encoding(is_zlib=True), 1, "zlib"),
        (base64.b64encode(zlib.compress(bytes(80))[:-4]), Encoding(is_zlib=True), 10, "cut off"),
        (encoded([1.0]).encode(), Encoding(is_zlib=True), -1, "points"),
        (encoded([1.0]).encode(), Encoding(is_zlib=True), 2**31, "points"),
        (base64.b64encode(zlib.compress(bytes(8_000_000))), Encoding(is_zlib=True), 5, "declared"),
    ],
)
def test_damaged_arrays_are_refused(
    text: bytes, encoding: Encoding, points: int, words: str
) -> None:
    with pytest.raises(ArrayError, match=words):
        decode(text, encoding, points)


# Made with MS-Numpress (pynumpress) from numbers written here.
@pytest.mark.parametrize(
    ("packing", "text", "numbers"),
    [
        (
            "linear",
            "QPhqAAAAAACAlpgA0FmZACz+iDKr+tEQgpV0",
            [100.0, 100.5, 138.0662, 195.0877, 1000.25],
        ),
        ("pic", "hxf2ATCmgXc=", [0.0, 1.0, 15.0, 16.0, 100000.0, 7.0]),
        ("slof", "QKdwAAAAAAAAAB8IgB7noQ==", [0.0, 0.9997056605, 12.4996892501, 1000155.12088799]),
    ],
)
@pytest.mark.parametrize("is_zlib", [False, True])
def test_numpress(packing: str, text: str, numbers: list[float], is_zlib: bool) -> None:
    data = base64.b64decode(text)
    packed = base64.b64encode(zlib.compress(data) if is_zlib else data)
    found = decode(packed, Encoding("<f8", is_zlib, packing), len(numbers))  # type: ignore[arg-type]
    np.testing.assert_allclose(found, numbers, rtol=1e-9)


@pytest.mark.parametrize("packing", ["linear", "pic", "slof"])
def test_numpress_that_is_cut_off_is_refused_or_short(packing: str) -> None:
    for size in range(12):
        text = base64.b64encode(bytes(range(1, size + 1)))
        try:
            found = decode(text, Encoding("<f8", False, packing), 5)  # type: ignore[arg-type]
        except ArrayError:
            continue
        assert found.size <= 2 * size
