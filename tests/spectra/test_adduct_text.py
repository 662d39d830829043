"""Adduct names of files: tidied where nothing has to be guessed, else left alone."""

import pytest

from msgui.spectra.adduct_text import adduct_at_end, charge_of, tidy_adduct


@pytest.mark.parametrize(
    ("text", "polarity", "charge", "expected"),
    [
        ("[M+H]+", None, None, "[M+H]+"),
        (" [M + H]+ ", None, None, "[M+H]+"),
        ("[M+H]1+", None, None, "[M+H]+"),
        ("[M+H]+1", None, None, "[M+H]+"),
        ("[M+2H]++", None, None, "[M+2H]2+"),
        ("[M+2H]+2", None, None, "[M+2H]2+"),
        ("[M-2H]--", None, None, "[M-2H]2-"),
        ("(M-H)-", None, None, "[M-H]-"),
        ("M+H+", None, None, "[M+H]+"),
        ("[M]+*", None, None, "[M]+."),
        ("[M]+.", None, None, "[M]+."),
        ("M+H", "positive", None, "[M+H]+"),
        ("M-H", "negative", None, "[M-H]-"),
        ("M+H", None, 1, "[M+H]+"),
        ("[M+H]", "positive", 1, "[M+H]+"),
        ("M+2H", "positive", None, "[M+2H]2+"),
        ("M+H+Na", "positive", 2, "[M+H+Na]2+"),
        ("2M-2H+Na", "negative", None, "[2M-2H+Na]-"),
        ("M+Cl", "negative", None, "[M+Cl]-"),
        ("M-H2O+H", "positive", None, "[M-H2O+H]+"),
        # Nothing is sure, or the parts do not add up: the words stay.
        ("M+H", None, None, "M+H"),
        ("M+H", "negative", None, "M+H"),
        ("M+H", "positive", 2, "M+H"),
        ("something else", "positive", 1, "something else"),
        ("", None, None, None),
        ("N/A", "positive", 1, None),
        ("unknown", None, None, None),
    ],
)
def test_names(text: str, polarity: str | None, charge: int | None, expected: str | None) -> None:
    assert tidy_adduct(text, polarity, charge) == expected


@pytest.mark.parametrize(
    ("name", "charge"),
    [("[M+H]+", 1), ("[M-2H]2-", -2), ("[M+3H]+3", 3), ("[M]+.", 1), ("M+H", None), ("x", None)],
)
def test_stated_charges(name: str, charge: int | None) -> None:
    assert charge_of(name) == charge


@pytest.mark.parametrize(
    ("name", "adduct"),
    [
        ("HYDROXYPHENYLLACTATE M-H", "M-H"),
        ("Cymoxanil (2E)-2-Cyano M+FA-H", "M+FA-H"),
        ("Lipid [M+NH4]+", "[M+NH4]+"),
        ("Vitamin M", None),
        ("PC 34:1", None),
    ],
)
def test_adducts_at_the_end_of_gnps_names(name: str, adduct: str | None) -> None:
    assert adduct_at_end(name) == adduct
