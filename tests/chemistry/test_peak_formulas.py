"""Peaks named together: offsets, isotopes, adducts, charges, radicals, blanks, bad input."""

import numpy as np
import pytest

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import ELECTRON_MASS, Formula
from msgui.chemistry.peak_candidates import PEAK_KINDS, rounding_da
from msgui.chemistry.peak_formulas import NamedPeaks, name_peaks
from msgui.chemistry.peak_rows import formula_of
from msgui.errors import MsguiError

CAFFEINE = "C8H10N4O2"
FRAGMENTS = ("C3H6N", "C3H5N2", "C5H8N3", "C5H5N3O", "C6H8N3O")


def ion_mz(formula: str, charge: int = 1) -> float:
    return (Formula.parse(formula).mass - charge * ELECTRON_MASS) / abs(charge)


def named(
    peaks: dict[float, float],
    formula: str = CAFFEINE,
    adduct: str = "[M+H]+",
    tolerance_ppm: float = 10.0,
    kinds: tuple[str, ...] = PEAK_KINDS,
) -> NamedPeaks:
    mz = sorted(peaks)
    parsed = parse_adduct(adduct)
    ion = parsed.ion_formula(Formula.parse(formula))
    return name_peaks(mz, [peaks[m] for m in mz], ion, parsed, tolerance_ppm, kinds)  # type: ignore[arg-type]


def caffeine_peaks(offset_ppm: float = 0.0) -> dict[float, float]:
    heights = (10.0, 20.0, 60.0, 5.0, 100.0)
    return {ion_mz(f) * (1 + offset_ppm * 1e-6): h for f, h in zip(FRAGMENTS, heights, strict=True)}


def best(found: NamedPeaks) -> list[str]:
    return [
        str(found.all_of(peak, 0.0)[0].formula) if row >= 0 else ""
        for peak, row in enumerate(found.best.tolist())
    ]


@pytest.mark.parametrize("offset_ppm", [0.0, -6.0, 6.0, 9.0])
def test_an_offset_is_found_and_taken_off(offset_ppm: float) -> None:
    found = named(caffeine_peaks(offset_ppm))
    assert best(found) == list(FRAGMENTS)
    assert found.recalibration.offset_ppm == pytest.approx(offset_ppm, abs=0.5)
    assert found.recalibration.peaks == len(FRAGMENTS)
    assert found.recalibration.spread_ppm < 0.5


def test_peaks_where_nothing_is_stay_blank() -> None:
    found = named(caffeine_peaks() | {87.3: 40.0, 150.25: 30.0})
    assert best(found)[2] == ""
    assert best(found)[-1] == ""


def test_plausibilities_and_blank_add_up_to_one() -> None:
    found = named({ion_mz("C6H8N3O"): 50.0, ion_mz("C17H17O5"): 100.0}, "C22H30N2O8")
    for peak in range(2):
        total = sum(p.plausibility for p in found.all_of(peak, 0.0)) + found.blank[peak]
        assert total == pytest.approx(1.0)
        values = [p.plausibility for p in found.all_of(peak, 0.0)]
        assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    ("formula", "part", "distance", "ratio", "isotope"),
    [
        (CAFFEINE, "C6H8N3O", 1.003354835, 0.05, "13C"),
        ("C9H8ClNO3", "C8H7ClN", 1.997049896, 0.30, "37Cl"),
        ("C9H8BrNO3", "C8H7BrN", 1.997952400, 0.95, "81Br"),
        ("C9H9NO3S3", "C8H8NS3", 1.995795825, 0.12, "34S"),
    ],
)
def test_isotope_partners(
    formula: str, part: str, distance: float, ratio: float, isotope: str
) -> None:
    light = ion_mz(part)
    peaks = {light: 100.0, light + distance: 100.0 * ratio}
    found = named(peaks, formula)
    (heavy, *_) = found.all_of(1, 0.0)
    assert (heavy.isotope, heavy.light_peak) == (isotope, 0)
    assert f"[{isotope}]" in str(heavy.formula)
    assert abs(heavy.error_ppm) < 0.5
    assert found.all_of(0)[0].neutral_loss == heavy.neutral_loss
    kinds = tuple(kind for kind in PEAK_KINDS if kind != "isotopes")
    assert all(not p.isotope for p in named(peaks, formula, kinds=kinds).all_of(1, 0.0))


def test_an_isotope_peak_is_no_stronger_than_its_atoms_allow() -> None:
    light = ion_mz("C6H8N3O")
    found = named({light: 100.0, light + 1.003354835: 90.0})
    assert all(not p.isotope for p in found.all_of(1, 0.0))


def test_sodium_stays_or_leaves() -> None:
    peaks = {ion_mz("C6H9O4"): 50.0, ion_mz("C6H12NaO6"): 100.0, ion_mz("C4H8NaO4"): 80.0}
    found = named(peaks, "C6H12O6", "[M+Na]+")
    assert best(found) == ["C4H8NaO4", "C6H9O4", "C6H12NaO6"]
    assert [found.all_of(i)[0].adduct_atoms for i in range(3)] == ["Na kept", "Na lost", "Na kept"]
    kept = tuple(kind for kind in PEAK_KINDS if kind != "adduct lost")
    lost = tuple(kind for kind in PEAK_KINDS if kind != "adduct kept")
    assert best(named(peaks, "C6H12O6", "[M+Na]+", kinds=kept))[1] != "C6H9O4"
    without = best(named(peaks, "C6H12O6", "[M+Na]+", kinds=lost))
    # The precursor itself keeps it, whatever fragments may do.
    assert (without[0], without[2]) != ("C4H8NaO4", "")
    assert without[2] == "C6H12NaO6"


def test_water_and_nitrogen_from_the_collision_cell() -> None:
    # Biphenyl has no oxygen and no nitrogen of its own.
    peaks = {ion_mz("C12H9"): 100.0, ion_mz("C12H11O"): 30.0, ion_mz("C12H9N2"): 10.0}
    found = named(peaks, "C12H10")
    added = {str(p.formula): p.added for i in range(3) for p in found.all_of(i, 0.0)}
    assert (added["C12H9"], added["C12H11O"], added["C12H9N2"]) == ("", "H2O", "N2")
    (water,) = [p for i in range(3) for p in found.all_of(i, 0.0) if str(p.formula) == "C12H11O"]
    assert str(water.neutral_loss) == "H2"
    none = named(peaks, "C12H10", kinds=("isotopes", "radicals"))
    assert all(not p.added for i in range(3) for p in none.all_of(i, 0.0))


def test_radicals_and_their_switch() -> None:
    peaks = {ion_mz("C6H6O"): 100.0, ion_mz("C7H9O"): 60.0}
    found = named(peaks, "C7H8O")
    assert [found.all_of(i)[0].is_radical for i in range(2)] == [True, False]
    assert best(named(peaks, "C7H8O", kinds=()))[0] == ""


def test_doubly_charged_fragments_and_their_switch() -> None:
    doubly = ion_mz("C18H28N4O4", 2)
    peaks = {86.0964: 50.0, doubly: 100.0}
    found = named(peaks, "C20H30N4O6", "[M+2H]2+")
    assert ("C18H28N4O4", 2) in {(str(p.formula), p.charge) for p in found.all_of(1, 0.0)}
    assert ("C5H12N", 1) in {(str(p.formula), p.charge) for p in found.all_of(0, 0.0)}
    single = named(peaks, "C20H30N4O6", "[M+2H]2+", kinds=("isotopes", "radicals"))
    assert {p.charge for i in range(2) for p in single.all_of(i, 0.0)} <= {1}


def test_negative_ions() -> None:
    found = named({ion_mz("C6H5O", -1): 100.0}, "C7H6O3", "[M-H]-")
    (match,) = found.all_of(0)[:1]
    assert (str(match.formula), match.charge, str(match.neutral_loss)) == ("C6H5O", -1, "CO2")
    assert abs(match.error_ppm) < 1e-6


def test_masses_with_few_digits_are_taken_as_such() -> None:
    exact = np.array([ion_mz(formula) for formula in FRAGMENTS])
    assert rounding_da(exact.round(2)) == 0.005
    assert rounding_da(exact.round(3)) == 0.0005
    assert rounding_da(exact.round(4)) == 0.0
    found = named(dict(zip(exact.round(2).tolist(), (10.0, 20.0, 60.0, 5.0, 100.0), strict=True)))
    assert best(found)[2:3] == ["C5H8N3"]


def test_the_same_input_gives_the_same_answer_in_any_company() -> None:
    first, second = named(caffeine_peaks()), named(caffeine_peaks())
    assert np.array_equal(first.plausibility, second.plausibility)


def test_no_peaks_and_peaks_below_and_above_everything() -> None:
    assert named({}).best.size == 0
    found = named({1.0: 1.0, 15.02293: 5.0, 18.03383: 5.0, 5000.0: 1.0})
    assert best(found)[0] == ""
    assert best(found)[3] == ""
    assert found.recalibration.peaks <= 2


@pytest.mark.parametrize("tolerance", [0.0, -1.0, float("nan"), float("inf")])
def test_tolerance_must_be_above_zero(tolerance: float) -> None:
    with pytest.raises(MsguiError, match="tolerance"):
        named(caffeine_peaks(), tolerance_ppm=tolerance)


@pytest.mark.parametrize("formula", ["C2000H4002", "C999999999", "C500H900N100O200S20"])
def test_says_that_an_ion_is_too_large(formula: str) -> None:
    with pytest.raises(MsguiError, match="too large to enumerate"):
        named(caffeine_peaks(), formula)


def test_large_ions_and_many_peaks_are_bounded() -> None:
    mz = np.linspace(100, 2000, 400)
    found = named(dict.fromkeys(mz.tolist(), 1.0), "C100H200N20O50P5S5")
    assert np.bincount(found.candidates.rows.peak).max() <= 250


def test_a_chosen_formula_rules_out_the_others_and_their_isotopes() -> None:
    adduct = parse_adduct("[M+H]+")
    ion = adduct.ion_formula(Formula.parse("C8H10N4O2"))
    mz, height = [110.0713, 138.0662, 139.0695, 195.0877], [10.0, 50.0, 3.0, 20.0]
    other = Formula.parse("C8H10O2")
    plain = name_peaks(mz, height, ion, adduct, 40.0)
    found = name_peaks(mz, height, ion, adduct, 40.0, chosen={1: other})
    row = int(found.best[1])
    alternatives = [{p.formula for p in n.all_of(1, 0.0)} for n in (plain, found)]
    assert alternatives[0] == alternatives[1], "the peak keeps its own alternatives"
    assert formula_of(found.candidates.rows.counts[row], found.candidates.columns) == other
    assert found.is_part[1]
    before, after = ({p.formula: p.plausibility for p in n.all_of(2, 0.0)} for n in (plain, found))
    light = Formula.parse("C6H8N3O")
    heavy = next(f for f in before if "13C" in str(f) and f["N"] == 3)
    assert light not in before
    assert after[heavy] < 0.1 * before[heavy], "a heavy isotope of what the peak is not"
