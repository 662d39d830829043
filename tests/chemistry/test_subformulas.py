import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import ELECTRON_MASS, Formula
from msgui.chemistry.heavy_atoms import heavy_table
from msgui.chemistry.subformulas import MOST_MATCHES, annotate_peaks, formula_coverage
from msgui.errors import MsguiError
from msgui.spectra.spectrum import Spectrum

PROTONATED = parse_adduct("[M+H]+")


def best(mz: list[float], formula: str, adduct: str, tolerance_ppm: float = 5) -> list[str]:
    ion = parse_adduct(adduct)
    atoms = ion.ion_formula(Formula.parse(formula))
    matches = annotate_peaks(mz, atoms, ion, tolerance_ppm).matches
    return [str(peak[0].formula) if peak else "" for peak in matches]


def test_caffeine() -> None:
    # Fragments of protonated caffeine as in the literature.
    mz = [56.0495, 69.0447, 110.0713, 123.0427, 138.0662, 195.0877]
    names = ["C3H6N", "C3H5N2", "C5H8N3", "C5H5N3O", "C6H8N3O", "C8H11N4O2"]
    assert best(mz, "C8H10N4O2", "[M+H]+") == names


def test_error_charge_and_loss() -> None:
    ion = PROTONATED.ion_formula(Formula.parse("C8H10N4O2"))
    exact = Formula.parse("C6H8N3O").mass - ELECTRON_MASS
    (match,) = annotate_peaks([exact * (1 + 2e-6)], ion, PROTONATED, 5).matches[0]
    assert match.error_ppm == pytest.approx(2.0, abs=1e-6)
    assert match.charge == 1
    assert str(match.neutral_loss) == "C2H3NO"


@pytest.mark.parametrize(
    ("mz", "formula", "adduct", "expected"),
    [
        # Atoms of the adduct stay or leave.
        (203.0526, "C6H12O6", "[M+Na]+", "C6H12NaO6"),
        (145.0495, "C6H12O6", "[M+Na]+", "C6H9O4"),
        (180.0867, "C6H12O6", "[M+NH4]+", "C6H14NO5"),
        (163.0601, "C6H12O6", "[M+NH4]+", "C6H11O5"),
        (215.0328, "C6H12O6", "[M+Cl]-", "C6H12ClO6"),
        (34.9694, "C6H12O6", "[M+Cl]-", "Cl"),
        (44.9982, "C6H12O6", "[M+FA-H]-", "CHO2"),
        # Even-electron ions down to half a double-bond equivalent below zero.
        (18.0338, "C2H7N", "[M+H]+", "H4N"),
        (98.9842, "C3H9O4P", "[M+H]+", "H4O4P"),
        (78.9591, "C6H13O9P", "[M-H]-", "O3P"),
    ],
)
def test_ions(mz: float, formula: str, adduct: str, expected: str) -> None:
    assert best([mz], formula, adduct) == [expected]


def test_negative_ions_carry_an_electron() -> None:
    phenolate = Formula.parse("C6H5O").mass + ELECTRON_MASS
    adduct = parse_adduct("[M-H]-")
    ion = adduct.ion_formula(Formula.parse("C7H6O3"))
    (match,) = annotate_peaks([phenolate], ion, adduct, 1).matches[0]
    assert (match.charge, str(match.formula)) == (-1, "C6H5O")
    assert abs(match.error_ppm) < 1e-6


def test_doubly_charged_precursors_give_fragments_of_both_charges() -> None:
    adduct = parse_adduct("[M+2H]2+")
    ion = adduct.ion_formula(Formula.parse("C20H30N4O6"))
    doubly = (Formula.parse("C18H28N4O4").mass - 2 * ELECTRON_MASS) / 2
    found = annotate_peaks([86.0964, doubly], ion, adduct, 3).matches
    assert ("C5H12N", 1) in {(str(m.formula), m.charge) for m in found[0]}
    assert ("C18H28N4O4", 2) in {(str(m.formula), m.charge) for m in found[1]}
    assert all(abs(m.charge) <= 2 for peak in found for m in peak)
    single = parse_adduct("[M+H]+")
    assert {
        m.charge for peak in annotate_peaks([doubly], ion, single, 3).matches for m in peak
    } <= {1}


def test_nearest_first_and_no_hydrogen_excess() -> None:
    ion = PROTONATED.ion_formula(Formula.parse("C33H40N2O9"))
    for peak in annotate_peaks(np.linspace(50, 600, 300), ion, PROTONATED, 20).matches:
        errors = [abs(match.error_ppm) for match in peak]
        assert errors == sorted(errors)
        assert all(match.formula.rdbe >= -0.5 for match in peak)
        assert all(match.formula + match.neutral_loss == ion for match in peak)


def test_tolerance_at_low_mz_is_never_below_one_millidalton() -> None:
    exact = Formula.parse("C4H9").mass - ELECTRON_MASS
    assert best([exact + 0.0009], "C8H10N4O2", "[M+H]+", 5) == ["C4H9"]
    assert best([exact + 0.0011], "C8H10N4O2", "[M+H]+", 5) == [""]


@settings(deadline=None, max_examples=30)
@given(
    st.tuples(*(st.integers(0, most) for most in (12, 20, 4, 5, 1, 2))),
    st.floats(20, 300),
    st.sampled_from([2.0, 10.0, 50.0]),
)
def test_agrees_with_trying_everything(
    counts: tuple[int, ...], mz: float, tolerance_ppm: float
) -> None:
    ion = Formula.from_counts(counts) + Formula.of(C=1, H=1)
    grids = np.meshgrid(*(np.arange(n + 1) for n in ion.counts[:6]), indexing="ij")
    every = np.stack([grid.ravel() for grid in grids], axis=1)
    valence = 2 + every @ np.array([2, -1, 1, 0, 1, 0])
    mass = every @ np.array([12.0, 1.007825031898, 14.003074004252, 15.994914619257,
                             30.973761997677, 31.972071173540]) - ELECTRON_MASS  # fmt: skip
    near = np.abs(mass - mz) <= max(mz * tolerance_ppm * 1e-6, 0.001)
    # Within rounding of the border both answers are right.
    border = np.abs(np.abs(mass - mz) - max(mz * tolerance_ppm * 1e-6, 0.001)) < 1e-9
    least = min(-1, round(2 * ion.rdbe))
    expected = {tuple(row) for row in every[near & ~border & (valence >= least)].tolist()}
    found = annotate_peaks([mz], ion, PROTONATED, tolerance_ppm).matches[0]
    if len(expected) < MOST_MATCHES:
        assert expected <= {match.formula.counts[:6] for match in found}
        assert len(found) <= len(expected) + int(border.sum())


def test_many_peaks_and_none() -> None:
    ion = PROTONATED.ion_formula(Formula.parse("C8H10N4O2"))
    assert annotate_peaks([], ion, PROTONATED, 10).matches == ()
    nothing = annotate_peaks([1.0, 5000.0], ion, PROTONATED, 10)
    assert nothing.matches == ((), ())
    assert not nothing.explained.any()
    assert len(annotate_peaks(np.linspace(20, 200, 5000), ion, PROTONATED, 10).matches) == 5000


def test_large_ions_are_bounded() -> None:
    large = PROTONATED.ion_formula(Formula.parse("C100H200N20O50P5S5"))
    found = annotate_peaks(np.linspace(100, 2000, 10), large, PROTONATED, 10)
    assert np.bincount(found.peak).max() <= MOST_MATCHES
    assert max(table.mass.size for table in [heavy_table(((0, 100), (2, 500), (3, 300)))]) < 500_000


@pytest.mark.parametrize("formula", ["C999999999", "C500H900N100O200S20"])
def test_says_that_an_ion_is_too_large(formula: str) -> None:
    with pytest.raises(MsguiError, match="too large to enumerate"):
        annotate_peaks([100.0], Formula.parse(formula), PROTONATED, 10)


def test_refuses_too_many_elements() -> None:
    odd = Formula.parse("C60H40N20O20P15S15F15Cl15Br9I5Si9B9Se5")
    with pytest.raises(MsguiError, match="too large to enumerate"):
        annotate_peaks([100.0], odd, PROTONATED, 10)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, float("nan"), float("inf")])
def test_tolerance_must_be_above_zero(tolerance: float) -> None:
    with pytest.raises(MsguiError, match="tolerance"):
        annotate_peaks([100.0], Formula.parse("C8H11N4O2"), PROTONATED, tolerance)


def test_coverage_leaves_precursor_and_isotopes_out() -> None:
    spectrum = Spectrum(
        mz=np.array([110.0713, 120.5, 138.0662, 139.0695, 195.0877, 196.091]),
        intensity=np.array([30.0, 10.0, 60.0, 4.0, 500.0, 50.0]),
        precursor_mz=195.0877,
    )
    ion = PROTONATED.ion_formula(Formula.parse("C8H10N4O2"))
    coverage = formula_coverage(spectrum, ion, PROTONATED, 10)
    assert (coverage.explained_peaks, coverage.peaks) == (2, 3)
    assert coverage.explained_intensity == pytest.approx(0.9)
    without = formula_coverage(spectrum.with_(precursor_mz=None), ion, PROTONATED, 10)
    assert without == coverage
