import itertools

import numpy as np
import pytest

from msgui.chemistry.adducts import likely_adducts, parse_adduct
from msgui.chemistry.composition_table import composition_table
from msgui.chemistry.decompose import decompose, rank_formulas
from msgui.chemistry.elements import element_bounds
from msgui.chemistry.formula import ELEMENTS, MASSES, Formula
from msgui.chemistry.formula_candidates import formula_candidates, why_no_formula
from msgui.chemistry.isotope_pattern import isotope_pattern
from msgui.chemistry.part_kernel import best_parts
from msgui.errors import MsguiError
from msgui.spectra.spectrum import Spectrum

# Fragments of protonated caffeine, sulfamethoxazole and atrazine and of deprotonated ibuprofen
# glucuronide, from the literature; 3 decimals more than their error.
CAFFEINE = ([56.0495, 69.0447, 83.0604, 110.0713, 123.0427, 138.0662, 195.0877],
            [4.0, 8.0, 5.0, 20.0, 3.0, 100.0, 60.0])  # fmt: skip
SULFAMETHOXAZOLE = ([65.0386, 92.0495, 99.0553, 108.0444, 147.0794, 156.0114, 160.0869, 188.0819,
                     254.0594], [10.0, 40.0, 25.0, 45.0, 12.0, 100.0, 8.0, 6.0, 30.0])  # fmt: skip


def spectrum(peaks: tuple[list[float], list[float]], precursor_mz: float | None) -> Spectrum:
    return Spectrum(mz=np.array(peaks[0]), intensity=np.array(peaks[1]), precursor_mz=precursor_mz)


def test_agrees_with_trying_everything() -> None:
    mass, tolerance = 180.0634, 180.0634 * 20e-6
    bounds = {"C": (0, 15), "H": (0, 30), "N": (0, 6), "O": (0, 8), "S": (0, 2)}
    others = {"P": (0, 0), "F": (0, 0), "Cl": (0, 0), "Br": (0, 0), "I": (0, 0)}
    found = {str(formula) for formula in decompose(mass, 20, {**bounds, **others})}
    expected = set()
    for c, h, n, o, s in itertools.product(*(range(b + 1) for _, b in bounds.values())):
        formula = Formula.of(C=c, H=h, N=n, O=o, S=s)
        if abs(formula.mass - mass) <= tolerance and formula.rdbe >= -0.5:
            expected.add(str(formula))
    assert found == expected
    assert "C6H12O6" in found


def test_nearest_first() -> None:
    formulas = decompose(608.27338, 3)
    errors = [abs(formula.mass - 608.27338) for formula in formulas]
    assert errors == sorted(errors)
    assert len({str(formula) for formula in formulas}) == len(formulas)
    assert "C33H40N2O9" in {str(formula) for formula in formulas[:50]}


@pytest.mark.parametrize(
    "text",
    ["H2O", "H3N", "CH3", "C8H10N4O2", "C8F17HO3S", "C10H5Cl7", "C12H4Br6", "C15H11I4NO4",
     "C10H16N5O13P3", "C8H15NO9S2", "C14H9Cl5", "C12H11Cl2N3O2", "C27H31NO14S", "C55H98O6"],
)  # fmt: skip
def test_real_formulas_are_not_left_out(text: str) -> None:
    formula = Formula.parse(text)
    assert formula in decompose(formula.mass, 1)


def test_bounds_add_and_take_elements() -> None:
    silane = Formula.parse("C8H20O4Si")
    assert silane not in decompose(silane.mass, 5)
    assert silane in decompose(silane.mass, 5, {"Si": (0, 2)})
    assert all(f["N"] == 4 for f in decompose(194.0804, 10, {"N": (4, 4)}))
    assert all(f["C"] <= 7 for f in decompose(194.0804, 10, {"C": (0, 7)}))
    assert decompose(194.0804, 0.001, {"C": (0, 0)}) == []


@pytest.mark.parametrize(
    ("mass", "bounds", "cause"),
    [
        (2500.0, None, "2500 Da"),
        (0.0, None, "0 Da"),
        (-5.0, None, "-5 Da"),
        (float("nan"), None, "nan Da"),
        (200.0, {"Xx": (0, 1)}, "not an element"),
        (200.0, {"N": (3, 1)}, "3 to 1"),
        (900.0, dict.fromkeys(("P", "S", "F", "Cl", "Si", "B"), (0, 20)), "too many"),
    ],
)
def test_says_what_it_cannot_do(mass: float, bounds: object, cause: str) -> None:
    with pytest.raises(MsguiError, match=cause):
        decompose(mass, 5, bounds)  # type: ignore[arg-type]


def test_best_parts_against_plain_python() -> None:
    random = np.random.default_rng(3)
    ions = random.integers(0, 6, (150, 4)).astype(np.int16)
    parts = random.integers(0, 5, (60, 4)).astype(np.int16)
    offset = np.array([0, 20, 20, 45, 60])
    expected = np.full((4, 150), -1)
    for peak, ion in itertools.product(range(4), range(150)):
        for part in range(offset[peak], offset[peak + 1]):
            if (parts[part] <= ions[ion]).all():
                expected[peak, ion] = part
                break
    assert (best_parts(ions, parts, offset) == expected).all()


@pytest.mark.parametrize(
    ("peaks", "precursor_mz", "adduct", "formula"),
    [
        (CAFFEINE, 195.0879, "[M+H]+", "C8H10N4O2"),
        (SULFAMETHOXAZOLE, 254.0590, "[M+H]+", "C10H11N3O3S"),
    ],
)
def test_right_formula_first(
    peaks: tuple[list[float], list[float]], precursor_mz: float, adduct: str, formula: str
) -> None:
    ranked = rank_formulas(spectrum(peaks, precursor_mz), (parse_adduct(adduct),), 5, 10).formulas
    assert str(ranked[0].formula) == formula
    assert ranked[0].explained_intensity == pytest.approx(1.0)
    scores = [entry.score for entry in ranked]
    assert scores == sorted(scores, reverse=True)
    assert sum(entry.probability for entry in ranked) <= 1 + 1e-9
    assert all(abs(entry.error_ppm) <= 5 for entry in ranked)
    assert all(entry.isotope_score is None for entry in ranked)


def test_formula_and_adduct_are_ranked_together() -> None:
    ranked = rank_formulas(spectrum(CAFFEINE, 195.0877), likely_adducts("positive"), 5, 10).formulas
    assert (str(ranked[0].formula), ranked[0].adduct.name) == ("C8H10N4O2", "[M+H]+")
    assert len({entry.adduct.name for entry in ranked}) > 1


@pytest.mark.parametrize(
    ("adduct", "formula"),
    [
        ("[M+Na]+", "C12H22O11"),
        ("[M+NH4]+", "C12H22O11"),
        ("[M+Cl]-", "C6H12O6"),
        ("[M-H]-", "C15H10O7"),
        ("[M+2H]2+", "C37H67NO13"),
        ("[2M+H]+", "C8H10N4O2"),
        ("[M]+", "C5H14NO"),
        ("[M]+.", "C14H10"),
        ("[M-H2O+H]+", "C18H30O3"),
        ("[M+TFA-H]-", "C6H12O6"),
    ],
)
def test_any_adduct_has_the_truth_in_its_list(adduct: str, formula: str) -> None:
    ion = parse_adduct(adduct)
    mz = ion.mz(Formula.parse(formula).mass)
    peaks = ([mz * 0.4, mz * 0.6], [1.0, 2.0])
    ranked = rank_formulas(spectrum(peaks, mz), (ion,), 5, 10, limit=10**5).formulas
    assert formula in {str(entry.formula) for entry in ranked}


def test_molecules_are_closed_shells_unless_the_adduct_makes_radicals() -> None:
    protonated = formula_candidates(285.0, parse_adduct("[M+H]+"), 10)
    cations = formula_candidates(285.0, parse_adduct("[M]+"), 10)
    assert protonated is not None
    assert cations is not None
    for candidates, halves in ((protonated, {0.0}), (cations, {0.0, 0.5})):
        columns = list(candidates.table.columns)
        wide = np.zeros((len(candidates.counts), len(ELEMENTS)), dtype=int)
        wide[:, columns] = candidates.counts
        assert {Formula.from_counts(row).rdbe % 1 for row in wide} == halves
        assert np.allclose(wide @ MASSES, candidates.counts @ MASSES[columns])


def test_without_precursor_or_peaks() -> None:
    hydrogen = (parse_adduct("[M+H]+"),)
    assert rank_formulas(spectrum(CAFFEINE, None), hydrogen, 5, 10).formulas == ()
    assert rank_formulas(spectrum(CAFFEINE, 0.5), hydrogen, 5, 10).formulas == ()
    assert rank_formulas(spectrum(CAFFEINE, 9000.0), hydrogen, 5, 10).formulas == ()
    assert rank_formulas(spectrum(CAFFEINE, 195.0877), (), 5, 10).formulas == ()
    empty = rank_formulas(spectrum(([], []), 195.0877), hydrogen, 5, 10).formulas
    assert str(empty[0].formula) == "C8H10N4O2"
    assert (empty[0].explained_peaks, empty[0].explained_intensity) == (0, 0.0)


def test_limit_and_repetition() -> None:
    arguments = (spectrum(SULFAMETHOXAZOLE, 254.0594), (parse_adduct("[M+H]+"),), 20, 20)
    assert len(rank_formulas(*arguments, limit=7).formulas) == 7
    assert rank_formulas(*arguments).formulas == rank_formulas(*arguments).formulas


def test_the_table_is_kept_for_the_next_question() -> None:
    assert composition_table(301.0) is composition_table(377.0)


def test_massbank(shared_data: object) -> None:
    import duckdb

    rows = duckdb.execute(
        "select formula, mz, intensity from read_parquet(?) where adduct = '[M+H]+' and high_res "
        "and n_peaks >= 5 and exact_mass < 400 order by hash(accession) limit 40",
        [f"{shared_data}/massbank_ms2.parquet"],
    ).fetchall()
    adduct = parse_adduct("[M+H]+")
    places = []
    for text, mz, intensity in rows:
        formula = Formula.parse(text)
        found = rank_formulas(
            spectrum((mz, intensity), adduct.mz(formula.mass)), (adduct,), 5, 10, limit=5
        ).formulas
        places.append([entry.formula for entry in found].index(formula) + 1
                      if formula in [entry.formula for entry in found] else 99)  # fmt: skip
    assert np.mean(np.array(places) <= 5) >= 0.85
    assert np.mean(np.array(places) == 1) >= 0.6


def test_the_isotope_pattern_counts_when_there_is_ms1() -> None:
    # Atrazine without fragments: the mass alone leaves several formulas.
    adduct = parse_adduct("[M+H]+")
    atrazine = Formula.parse("C8H14ClN5")
    mz = adduct.mz(atrazine.mass)
    blind = spectrum(([], []), mz)
    pattern = isotope_pattern(adduct.ion_formula(atrazine))
    ms1 = Spectrum(mz=pattern.mz, intensity=1e5 * pattern.intensity, ms_level=1)
    ranked = rank_formulas(blind, (adduct,), 10, 10, ms1=ms1).formulas
    assert ranked[0].formula == atrazine
    assert ranked[0].isotope_score == pytest.approx(1.0)
    assert [entry.score for entry in ranked] == sorted((e.score for e in ranked), reverse=True)
    assert {f.formula for f in ranked} == {
        f.formula for f in rank_formulas(blind, (adduct,), 10, 10).formulas
    }
    nothing = rank_formulas(blind, (adduct,), 10, 10, ms1=spectrum(([], []), None)).formulas
    assert all(entry.isotope_score is None for entry in nothing)


def test_probabilities_and_none_of_these_make_one() -> None:
    adduct = parse_adduct("[M+H]+")
    ranking = rank_formulas(spectrum(SULFAMETHOXAZOLE, 254.0594), (adduct,), 5, 10, limit=10**4)
    total = ranking.none_probability + sum(entry.probability for entry in ranking.formulas)
    assert total == pytest.approx(1.0)
    assert ranking.formulas[0].probability > 0.8
    # With isotopes too.
    pattern = isotope_pattern(adduct.ion_formula(ranking.formulas[0].formula))
    ms1 = Spectrum(mz=pattern.mz, intensity=1e5 * pattern.intensity, ms_level=1)
    with_ms1 = rank_formulas(spectrum(SULFAMETHOXAZOLE, 254.0594), (adduct,), 5, 10, ms1=ms1)
    total = with_ms1.none_probability + sum(entry.probability for entry in with_ms1.formulas)
    assert total == pytest.approx(1.0, abs=1e-6)
    assert with_ms1.formulas[0].probability > ranking.formulas[0].probability


def test_none_of_these_is_likelier_where_the_precursor_is_wrong() -> None:
    adduct = parse_adduct("[M+H]+")
    right = rank_formulas(spectrum(SULFAMETHOXAZOLE, 254.0594), (adduct,), 5, 10)
    wrong = rank_formulas(spectrum(SULFAMETHOXAZOLE, 254.0704), (adduct,), 5, 10)
    assert wrong.none_probability > right.none_probability
    nothing = rank_formulas(spectrum(CAFFEINE, 20.5), (adduct,), 5, 10)
    assert (nothing.formulas, nothing.none_probability) == ((), 1.0)


@pytest.mark.parametrize("tolerances", [(0, 10), (5, 0), (-1, 10), (5, float("nan")), (2000, 10)])
def test_a_tolerance_must_be_one(tolerances: tuple[float, float]) -> None:
    with pytest.raises(MsguiError) as caught:
        rank_formulas(spectrum(CAFFEINE, 195.0877), (parse_adduct("[M+H]+"),), *tolerances)
    assert "tolerance" in caught.value.cause


@pytest.mark.parametrize(
    ("mz", "adduct", "words"),
    [
        (12.0, "[M+H]+", "below 20"),
        (2500.0, "[M+H]+", "up to 2000 Da"),
        (1200.0, "[M+2H]2+", "up to 2000 Da"),
        (30.0, "[M+Na+ACN]+", "too low"),
        (20.5, "[M+H]+", "No formula fits the precursor as [M+H]+ within 5 ppm"),
    ],
)
def test_why_there_is_no_formula(mz: float, adduct: str, words: str) -> None:
    ion = parse_adduct(adduct)
    assert rank_formulas(spectrum(CAFFEINE, mz), (ion,), 5, 10).formulas == ()
    assert words in why_no_formula(mz, (ion,), 5)


def test_added_elements_are_found_beside_each_other() -> None:
    adduct = parse_adduct("[M+H]+")
    for text in ("C9H21BO3Si", "C13H10OSe", "C18H15FeN"):
        mz = adduct.mz(Formula.parse(text).mass)
        bounds = element_bounds("Si,B,Se,Fe")
        ranked = rank_formulas(spectrum(([], []), mz), (adduct,), 5, 10, 10**4, bounds=bounds)
        assert text in {str(entry.formula) for entry in ranked.formulas}
