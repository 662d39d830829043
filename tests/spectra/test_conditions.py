"""Ion and measurement of a record, and what contradicts itself."""

import pytest

from msgui.spectra.conditions import conditions_of


@pytest.mark.parametrize(
    ("mode", "charge", "expected"),
    [
        ("", "1+", (1, "positive")),
        ("", "1-", (-1, "negative")),
        ("", "+1", (1, "positive")),
        ("", "-1", (-1, "negative")),
        ("", "-", (-1, "negative")),
        ("", "2+", (2, "positive")),
        ("", "1", (1, None)),
        ("negative", "1", (-1, "negative")),
        ("Positive", "", (None, "positive")),
        ("P", "", (None, "positive")),
        ("N", "-2", (-2, "negative")),
        ("", "", (None, None)),
    ],
)
def test_charge_and_polarity(mode: str, charge: str, expected: tuple[object, object]) -> None:
    found = conditions_of(mode, charge, "")
    assert (found.charge, found.polarity) == expected
    assert found.doubts == ()


@pytest.mark.parametrize("charge", ["0", "abc", "99", "2+ and 3+", "1e5"])
def test_a_charge_that_is_none_is_unknown_and_said(charge: str) -> None:
    found = conditions_of("negative", charge, "")
    assert (found.charge, found.polarity) == (None, "negative")
    assert found.kept == ("charge",)
    assert "is read as unknown" in found.doubts[0]


def test_a_charge_with_a_point() -> None:
    found = conditions_of("negative", "1.0", "")
    assert found.charge == -1
    assert found.doubts == ("charge 1.0 is read as 1",)


@pytest.mark.parametrize(
    ("mode", "charge", "adduct", "words"),
    [
        ("positive", "", "[M-H]-", "contradicts positive mode"),
        ("negative", "1+", "", "contradicts negative mode"),
        ("positive", "1+", "[M+2H]2+", "contradicts charge +1"),
        ("positive", "2", "M+H", "contradicts charge +2"),
        ("both", "", "", "polarity 'both'"),
    ],
)
def test_contradictions_are_said(mode: str, charge: str, adduct: str, words: str) -> None:
    found = conditions_of(mode, charge, adduct)
    assert words in found.doubts[0]
    assert found.is_doubtful


def test_what_is_missing_comes_from_the_adduct() -> None:
    found = conditions_of("", "", "[M+2H]2+")
    assert (found.charge, found.polarity) == (2, "positive")


def test_model_and_kind_of_instrument_stand_together() -> None:
    found = conditions_of("", "", "", "maXis", "LC-ESI-QTOF", "20 eV", "COLLISION_ENERGY", "MS2")
    assert found.instrument == "maXis, LC-ESI-QTOF"
    assert found.level == 2
    assert not found.is_doubtful
    assert conditions_of("", "", "", "N/A", "LC-ESI-QTOF").instrument == "LC-ESI-QTOF"


@pytest.mark.parametrize(
    ("text", "key", "unit"),
    [
        ("20", "collision_energy_ev", "eV"),
        ("20", "normalized_collision_energy", "NCE"),
        ("20", "COLLISION_ENERGY", "unknown"),
    ],
)
def test_the_name_of_the_field_may_tell_the_unit(text: str, key: str, unit: str) -> None:
    energy = conditions_of("", "", "", "", "", text, key).energy
    assert energy is not None
    assert energy.unit == unit
