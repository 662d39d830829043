"""The filter language of the spectra list."""

import pytest

from msgui.gui.filtering import Columns, Term, mask, mz_range, parse

NAN = float("nan")


def columns() -> Columns:
    return Columns(
        mz=[195.0877, 303.0499, 455.2904, NAN],
        energy=[35.0, NAN, 20.0, 35.0],
        name=["caffeine", "quercetin sodium", "verapamil", "caffeine low"],
        adduct=["[m+h]+", "[m+na]+", "[m+h]+", ""],
        polarity=["positive", "positive", "positive", "negative"],
        formula=["c8h10n4o2", "", "", ""],
        file=["a.mgf", "a.mgf", "b.mgf", "b.mgf"],
        trust=["good", "low", "", "unknown"],
        call=["accepted", "", "rejected", ""],
        top=["caffeine", "", "verapamil", ""],
        reviewed=[True, False, False, False],
        annotated=[True, True, True, False],
        ms1=[False, False, False, True],
        rates=["%20%30%", "%", "%30%", ""],
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2, 3]),
        ("CAFFEINE", [0, 3]),
        ("caffeine low", [3]),
        ('"caffeine low"', [3]),
        ("-caffeine", [1, 2]),
        ("mz:195.08", [0]),
        ("mz:195.09", [0]),
        ("mz:195", [0]),
        ("mz:3", [1]),
        ("mz:19", [0]),
        ("mz:150-310", [0, 1]),
        ("mz:>300", [1, 2]),
        ("mz:<300", [0]),
        ("mz:abc", []),
        ("303.05", [1]),
        ("adduct:[M+H]+", [0, 2]),
        ("adduct:na", [1]),
        ("trust:low", [1]),
        ("accepted:20", [0]),
        ("accepted:30 %", []),
        ("accepted:30%", [0, 2]),
        ("abstained:20", [1, 2]),
        ("-accepted:20", [1, 2, 3]),
        ("call:accepted", [0]),
        ("call:rej", [2]),
        ("energy:35", [0, 3]),
        ("file:b.mgf", [2, 3]),
        ("polarity:neg", [3]),
        ("unreviewed", [1, 2, 3]),
        ("reviewed", [0]),
        ("-annotated", [3]),
        ("ms1", [3]),
        ("unannotated", [3]),
        ("file:a -call:accepted", [1]),
        ("formula:C8H10", [0]),
        ("mz:", [0, 1, 2, 3]),
        ("nothing:here", []),
        ('"unclosed', []),
    ],
)
def test_a_filter_shows_these_rows(text, rows):
    assert mask(parse(text), columns()).nonzero()[0].tolist() == rows


def test_rows_from_a_place_on():
    assert mask(parse("caffeine"), columns(), 2).tolist() == [False, True]


def test_terms_can_be_written_again():
    terms = parse("-mz:195.08 unreviewed Caffeine")
    assert " ".join(str(term) for term in terms) == "-mz:195.08 unreviewed caffeine"
    assert terms[0] == Term("mz", "195.08", inverted=True)


@pytest.mark.parametrize("text", ["", "-", "1-", "x", ">", "195.08.1", "1e5"])
def test_what_is_no_window_is_none(text):
    assert mz_range(text) is None


def test_a_decimal_comma_is_read_as_point():
    low, high = mz_range("195,08")
    assert low < 195.0877 < high
