"""Patterns against IsoSpec, and the comparison with a measured scan."""

import numpy as np
import pytest

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.isotope_pattern import compare_isotopes, isotope_pattern, isotopes_of
from msgui.spectra.spectrum import Spectrum

PROTONATED = parse_adduct("[M+H]+")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # M+1 and M+2 relative to M, from the abundances of NIST.
        ("C10H8", [1.0, 0.1093]),
        ("CCl4", [1.0, 0.0108, 1.2785, 0.0138, 0.6130]),
        ("CH2Br2", [0.5140, 0.0057, 1.0, 0.0111, 0.4865]),
    ],
)
def test_pattern(formula: str, expected: list[float]) -> None:
    pattern = isotope_pattern(Formula.parse(formula))
    highest = max(expected)
    for measured, wanted in zip(pattern.intensity, expected, strict=False):
        assert measured == pytest.approx(wanted / highest, rel=0.02)


def test_masses_of_the_pattern() -> None:
    pattern = isotope_pattern(Formula.parse("C8H11N4O2"), 1)
    assert pattern.mz[0] == pytest.approx(195.08765, abs=1e-5)
    assert pattern.mz[1] == pytest.approx(196.0902, abs=2e-4)
    doubly = isotope_pattern(Formula.parse("C20H32N4O6"), 2)
    assert doubly.mz[1] - doubly.mz[0] == pytest.approx(0.5016, abs=2e-4)


def test_patterns_of_large_and_odd_formulas() -> None:
    assert isotope_pattern(Formula.parse("C254H377N65O75S6")).intensity.max() == 1.0
    assert isotope_pattern(Formula.parse("C6H16O6Sn")).mz.size > 8
    labelled = isotope_pattern(Formula.parse("C2D6O"))
    assert labelled.mz[0] == pytest.approx(52.0790, abs=1e-3)
    assert sum(abundance for _, abundance in isotopes_of("Br")) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("formula", "mz", "intensity"),
    [
        # IsoSpecPy 2.6.0, total probability .999999, isotopologues of one nominal mass merged.
        ("C17H19ClN2S", [318.0952, 319.0981, 320.09256], [1.0, 0.20282, 0.38425, 0.07481]),
        ("C10H5Br4O2", [472.70176, 473.70513, 474.69973], [0.17497, 0.01932, 0.68251, 0.07527]),
        ("C12H10Se", [228.00018, 229.00356, 229.99692], [0.01795, 0.00237, 0.18833, 0.17808]),
        ("C6H4B2O4", [160.03628, 161.03271, 162.02926], [0.06004, 0.48593, 1.0, 0.07011]),
        ("C21H36Si3", [372.21193, 373.21382, 374.21169], [1.0, 0.38562, 0.16981, 0.0414]),
    ],
)
def test_patterns_are_those_of_isospec(
    formula: str, mz: list[float], intensity: list[float]
) -> None:
    pattern = isotope_pattern(Formula.parse(formula), 1)
    assert np.allclose(pattern.mz[: len(mz)], mz, rtol=0.5e-6, atol=0)
    assert np.allclose(pattern.intensity[: len(intensity)], intensity, rtol=0, atol=0.003)


def scan(mz: object, intensity: object) -> Spectrum:
    return Spectrum(np.asarray(mz), np.asarray(intensity), ms_level=1)


def measured(formula: str, height: float = 5e6) -> tuple[float, Spectrum]:
    """Return the precursor m/z of a protonated molecule and a scan of it."""
    molecule = Formula.parse(formula)
    pattern = isotope_pattern(PROTONATED.ion_formula(molecule))
    return PROTONATED.mz(molecule.mass), scan(pattern.mz, height * pattern.intensity)


def score(formula: str, mz: float, ms1: Spectrum) -> float:
    found = compare_isotopes(Formula.parse(formula), PROTONATED, mz, ms1, 5)
    assert found is not None
    return found.score


def test_a_pattern_agrees_with_itself_wherever_it_stands() -> None:
    mz, ms1 = measured("C8H14ClN5")
    assert score("C8H14ClN5", mz, ms1) == pytest.approx(1.0)
    moved = scan(ms1.mz * (1 + 4e-6), ms1.intensity)
    assert score("C8H14ClN5", mz, moved) == pytest.approx(1.0)


def test_chlorine_and_sulfur_are_told_apart() -> None:
    mz, ms1 = measured("C8H14ClN5")
    assert 0.5 < score("C8H16N5S", mz, ms1) < 0.9
    assert 0.5 < score("C13H13NO2", mz, ms1) < 0.9
    # The other way round: what is computed and not there.
    mz, ms1 = measured("C13H13NO2")
    assert 0.5 < score("C8H14ClN5", mz, ms1) < 0.9


def test_both_patterns_are_values_for_a_mirror() -> None:
    mz, ms1 = measured("C8H14ClN5")
    found = compare_isotopes(Formula.parse("C8H14ClN5"), PROTONATED, mz, ms1, 5)
    assert found is not None
    assert np.allclose(found.measured, found.computed)
    assert np.allclose(found.measured_mz, found.mz)


def test_peaks_below_the_noise_are_not_missed() -> None:
    mz, ms1 = measured("C8H14ClN5", height=1e5)
    # The lowest peak nearby is at 30 %: M+1 (9 %) cannot be seen, M+2 (32 %) can hardly.
    alone = scan([ms1.mz[0], mz + 5.3], [1e5, 3e4])
    assert score("C8H14ClN5", mz, alone) == pytest.approx(1.0)
    clean = scan([ms1.mz[0], mz + 5.3], [1e5, 1e3])
    assert score("C8H14ClN5", mz, clean) < 0.8


def test_a_scan_without_the_precursor_says_nothing() -> None:
    mz, ms1 = measured("C8H14ClN5")
    for other in (scan([], []), scan(ms1.mz + 0.1, ms1.intensity)):
        assert compare_isotopes(Formula.parse("C8H14ClN5"), PROTONATED, mz, other, 5) is None


def test_a_pattern_whose_first_peak_is_not_the_main_one() -> None:
    for formula in ("C6H16O6Sn", "C12H10Se", "C6H6B2O4"):
        molecule = Formula.parse(formula)
        pattern = isotope_pattern(PROTONATED.ion_formula(molecule))
        mz = PROTONATED.mz(molecule.mass)
        ms1 = scan(pattern.mz, 1e6 * pattern.intensity)
        assert score(formula, mz, ms1) == pytest.approx(1.0)


def test_agreement_of_a_doubly_charged_ion() -> None:
    adduct, molecule = parse_adduct("[M+2H]2+"), Formula.parse("C60H90N12O12")
    pattern = isotope_pattern(adduct.ion_formula(molecule), 2)
    ms1 = scan(pattern.mz, pattern.intensity)
    found = compare_isotopes(molecule, adduct, adduct.mz(molecule.mass), ms1, 5)
    assert found is not None
    assert found.score == pytest.approx(1.0)
