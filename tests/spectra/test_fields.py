"""Field names of dialects, numbers, levels and times."""

import pytest

from msgui.spectra.fields import parse_level, parse_number, parse_time, slot_of


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        ("PEPMASS", "precursor"),
        ("PrecursorMZ", "precursor"),
        ("precursor m/z", "precursor"),
        ("Precursor_MZ", "precursor"),
        ("Precursor_type", "adduct"),
        ("ION", "adduct"),
        ("Ion_mode", "polarity"),
        ("DB#", "db_number"),
        ("RTINSECONDS", "seconds"),
        ("RETENTIONTIME", "retention"),
        ("PARENT_MASS", ""),
        ("whatever", ""),
    ],
)
def test_spellings(key: str, slot: str) -> None:
    assert slot_of(key) == slot


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("195.0877", 195.0877),
        ("195,0877", 195.0877),
        ("195.0877 1000 2+", 195.0877),
        ("1e2", 100.0),
        ("-3", -3.0),
        ("195.0877;100", 195.0877),
        ("abc", None),
        ("12abc", None),
        ("", None),
        ("1e999", None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert parse_number(text)[0] == number


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2", 2),
        ("MS2", 2),
        ("ms3", 3),
        ("MS/MS", 2),
        ("MSn", 2),
        ("MS1", 1),
        ("MS", 1),
        ("x", None),
    ],
)
def test_levels(text: str, level: int | None) -> None:
    assert parse_level(text) == level


@pytest.mark.parametrize(
    ("text", "unit", "seconds", "has_unit"),
    [
        ("312.5", "s", 312.5, True),
        ("5.2", "min", 312.0, True),
        ("5.2 min", "", 312.0, True),
        ("5.2min", "s", 312.0, True),
        ("5,2 min", "", 312.0, True),
        ("312 sec", "", 312.0, True),
        ("312s", "", 312.0, True),
        ("PT312.5S", "", 312.5, True),
        ("PT5M12S", "", 312.0, True),
        ("0:05:12", "", 312.0, True),
        ("300-310", "s", 300.0, True),
        ("312", "", 312.0, False),
        ("abc", "s", None, True),
        ("-1", "s", None, True),
    ],
)
def test_times(text: str, unit: str, seconds: float | None, has_unit: bool) -> None:
    found, known = parse_time(text, unit)
    assert found == (None if seconds is None else pytest.approx(seconds))
    assert known is has_unit
