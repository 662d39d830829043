import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgui.chemistry.formula import ELECTRON_MASS, ELEMENTS, MASSES, PROTON_MASS, Formula
from msgui.errors import MsguiError


def test_the_first_twelve_elements_are_what_models_take() -> None:
    assert " ".join(ELEMENTS[:12]) == "C H N O P S F Cl Br I Si B"
    assert len(ELEMENTS) == len(MASSES) == len(set(ELEMENTS))


@pytest.mark.parametrize(
    ("text", "mass"),
    [
        # Monoisotopic masses from PubChem.
        ("C8H10N4O2", 194.08037557),
        ("C33H40N2O9", 608.27338059),
        ("C8H14ClN5", 215.0937732),
        ("C10H11N3O3S", 253.05211239),
        ("C10H17N3O6S", 307.08380644),
        ("C15H11I4NO4", 776.68669),
        ("C7H5BrO2", 199.94729),
        ("C2HF3O2", 113.99286384),
        ("C10H16N5O13P3", 506.99574537),
        ("C6H18O3Si3", 222.05637),
        ("C6H7BO2", 122.05391),
        ("C5H11NO2Se", 196.9955),
    ],
)
def test_monoisotopic_masses(text: str, mass: float) -> None:
    assert Formula.parse(text).mass == pytest.approx(mass, abs=6e-5)


def test_proton_is_hydrogen_without_its_electron() -> None:
    binding = 13.6 / 931.494e6
    assert Formula.parse("H").mass - ELECTRON_MASS == pytest.approx(PROTON_MASS - binding, abs=2e-9)


@pytest.mark.parametrize(
    ("text", "hill"),
    [
        ("H2O", "H2O"),
        ("OH2", "H2O"),
        ("ClH", "ClH"),
        ("Ca(OH)2", "CaH2O2"),
        ("CH3(CH2)3COOH", "C5H10O2"),
        ("C₈H₁₀N₄O₂", "C8H10N4O2"),
        (" C8 H10 N4 O2 ", "C8H10N4O2"),
        ("C8H11N4O2+", "C8H11N4O2"),
        ("[C8H11N4O2]+", "C8H11N4O2"),
        ("[C8H11N4O2+]", "C8H11N4O2"),
        ("C8H7[2H]3N4O2", "C8H7D3N4O2"),
        ("C8H7D3N4O2", "C8H7D3N4O2"),
        ("C2[13C]6H10N4O2", "C2[13C]6H10N4O2"),
        ("C5H14NO+", "C5H14NO"),
        ("BrC6H5", "C6H5Br"),
    ],
)
def test_parses_to_hill_order(text: str, hill: str) -> None:
    assert str(Formula.parse(text)) == hill


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("Xx2", "Xx is not an element"),
        ("c6h6", "not an element"),
        ("C6H6)", "never opened"),
        ("(C6H6", "never closed"),
        ("C2(3)", "after an opening bracket"),
        ("C6H-6", "cannot be read"),
        ("C1.5H2", "cannot be read"),
        ("C9999999999", "cannot be read"),
        ("C999999999(C999999999)9", "billion"),
        ("C0", "no atoms"),
        ("C" * 400, "400 characters"),
        ("N/A", "cannot be read"),
    ],
)
def test_says_why_a_formula_cannot_be_read(text: str, reason: str) -> None:
    with pytest.raises(MsguiError, match=reason):
        Formula.parse(text)


@pytest.mark.parametrize(
    ("text", "rdbe"),
    [("CH4", 0), ("C6H6", 4), ("C8H10N4O2", 6), ("C2HF3O2", 1), ("C8H11N4O2", 5.5), ("H3PO4", 0)],
)
def test_double_bond_equivalents(text: str, rdbe: float) -> None:
    assert Formula.parse(text).rdbe == rdbe


def test_arithmetic() -> None:
    glucose, water = Formula.parse("C6H12O6"), Formula.parse("H2O")
    assert str(glucose * 2 - water) == "C12H22O11"
    assert 2 * water == water + water
    assert glucose.contains(water)
    assert not water.contains(glucose)
    assert not (water - glucose).is_possible
    assert -(water - glucose) == glucose - water
    assert glucose["O"] == 6
    assert glucose.subscripted() == "C₆H₁₂O₆"
    assert Formula.parse("[13C]6H12O6").subscripted() == "[13C]₆H₁₂O₆"


def test_is_a_value() -> None:
    a, b = Formula.parse("C8H10N4O2"), Formula.of(C=8, H=10, N=4, O=2)
    assert a == b
    assert hash(a) == hash(b)
    assert Formula.from_counts(np.array([8, 10, 4, 2])) == a
    assert pickle.loads(pickle.dumps(a)) == a
    assert all(isinstance(n, int) for n in Formula.from_counts(np.arange(5)).counts)


@given(st.dictionaries(st.sampled_from(ELEMENTS), st.integers(1, 400), min_size=1, max_size=9))
def test_text_parses_back_to_the_same_formula(atoms: dict[str, int]) -> None:
    counts = [atoms.get(symbol, 0) for symbol in ELEMENTS]
    formula = Formula.from_counts(counts)
    assert Formula.parse(str(formula)) == formula
    assert formula.mass == pytest.approx(float(np.dot(counts, MASSES)))
