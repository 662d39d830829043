"""A written formula against the precursor: what fits, how far off the rest is, and what then."""

import pytest

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula_fit import fit_formula
from msgui.errors import MsguiError

PROTONATED = parse_adduct("[M+H]+")


def trouble(text: str, adduct: str = "[M+H]+", precursor_mz: float = 195.0877) -> MsguiError:
    with pytest.raises(MsguiError) as caught:
        fit_formula(text, precursor_mz, parse_adduct(adduct), 10.0)
    return caught.value


@pytest.mark.parametrize("text", ["C8H10N4O2", "C₈H₁₀N₄O₂", "O2N4H10C8", " C8 H10 N4 O2 "])
def test_what_fits_comes_back_in_hill_order(text: str) -> None:
    fit = fit_formula(text, 195.0877, PROTONATED, 10.0)
    assert str(fit.formula) == "C8H10N4O2"
    assert fit.error_ppm == pytest.approx(0.2, abs=0.1)


def test_a_near_miss_is_told_in_ppm() -> None:
    assert "-71.1 ppm off (tolerance 10 ppm)" in trouble("C11H14O3").cause


def test_a_far_miss_is_told_in_da() -> None:
    cause = trouble("C9H12N4O2").cause
    assert "has m/z 209.1033" in cause
    assert "-14.0156 Da off" in cause


def test_the_adduct_as_which_it_fits_is_named() -> None:
    sodiated = parse_adduct("[M+Na]+").mz(194.080376)
    assert trouble("C8H10N4O2", precursor_mz=sodiated).action.startswith("It fits as [M+Na]+")
    assert trouble("C9H12N4O2").action == ""


@pytest.mark.parametrize("text", ["", "c8", "C8H10Xx", "caffeine"])
def test_what_is_no_formula_says_how_to_write_one(text: str) -> None:
    assert "C8H10N4O2" in trouble(text).action


def test_atoms_that_are_not_there_cannot_be_lost() -> None:
    assert trouble("C14H10", adduct="[M-H2O+H]+", precursor_mz=161.0961).cause
