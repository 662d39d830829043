"""Columns of decimal numbers: exactly what Python reads, or refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgui.spectra.decimals import two_columns

DIGITS = st.text("0123456789", min_size=1, max_size=19)
POWERS = st.one_of(
    st.just(""), st.builds("{}{}".format, st.sampled_from("eE"), st.integers(-330, 330))
)
NUMBERS = st.builds(
    lambda before, after, power: before + after + power,
    DIGITS,
    st.one_of(st.just(""), st.just("."), DIGITS.map(".{}".format)),
    st.one_of(POWERS, POWERS.map(lambda power: power.replace("e", "e+").replace("+-", "-"))),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30), st.sampled_from(" \t"))
def test_numbers_are_those_of_python(rows: list[tuple[str, str]], gap: str) -> None:
    found = two_columns("".join(f"{one}{gap}{two}\n" for one, two in rows).encode())
    assert found is not None
    for column, words in zip(found, zip(*rows, strict=True), strict=True):
        expected = np.array([float(word) for word in words])
        assert column.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "line",
    [
        *("", "1", "1 2 3", "1 ", " 1", "1  2", "1\t\t2", "-1 2", "1 -2", "1 2-", "1-2 3", "5+3 2"),
        *("1.2.3 4", ". 1", "1 .", "e5 1", "1e 2", "1e5e5 2", "1e5.0 2", "1e--5 2", "1e5 2d5"),
        *("1,5 2", "1 x", "1 nan", "1 inf", "0x10 2", "1_0 2", "1 2\r", "1 2\0", "1;2", "1:2"),
    ],
)
def test_anything_else_is_refused(line: str) -> None:
    assert two_columns(f"100.5 10\n{line}\n101.5 20\n".encode()) is None
    assert two_columns(f"{line}\n".encode()) is None


def test_a_line_without_its_end_is_refused() -> None:
    assert two_columns(b"100.5 10\n101.5 20") is None


def test_the_columns_stand_alone() -> None:
    found = two_columns(b".5 1.\n007 1e2\n")
    assert found is not None
    assert [column.tolist() for column in found] == [[0.5, 7.0], [1.0, 100.0]]
    assert all(column.base is None for column in found)
