"""Forms of fragment ions for each kind of precursor."""

import pytest

from msgui.chemistry.adducts import ADDUCTS, parse_adduct
from msgui.chemistry.formula import Formula
from msgui.fragments.ions import ion_forms, sought_masses


@pytest.mark.parametrize(
    ("adduct", "expected"),
    [
        ("[M+H]+", {("", 1, 1, 0)}),
        ("[M-H]-", {("", -1, -1, 0)}),
        ("[M]+.", {("", 1, 0, 0)}),
        ("[M-H]+", {("", 1, -1, 0)}),
        ("[M+Na]+", {("Na", 1, 0, 0), ("", 1, 1, 0)}),
        ("[M+NH4]+", {("H3N", 1, 1, 0), ("", 1, 1, 0)}),
        ("[M+2H]2+", {("", 2, 2, 0), ("", 1, 1, 0)}),
        ("[2M+H]+", {("", 1, 1, 0), ("", 1, 1, 1)}),
        ("[M+FA-H]-", {("CH2O2", -1, -1, 0), ("", -1, -1, 0)}),
        ("[M-H2O+H]+", {("", 1, 1, 0)}),
        ("[M+2Na-H]+", {("Na2", 1, -1, 0), ("Na", 1, 0, 0), ("", 1, 1, 0)}),
    ],
)
def test_forms(adduct: str, expected: set[tuple[str, int, int, int]]) -> None:
    forms = ion_forms(parse_adduct(adduct))
    assert {(str(f.atoms), f.charge, f.natural, f.partners) for f in forms} == expected


@pytest.mark.parametrize("adduct", ADDUCTS, ids=lambda adduct: adduct.name)
def test_every_adduct_has_forms_of_its_own_sign(adduct: object) -> None:
    forms = ion_forms(adduct)  # type: ignore[arg-type]
    assert forms
    assert all(form.charge * adduct.charge > 0 for form in forms)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name", ["[M+H]+", "[M-H]-", "[M+Na]+", "[M+NH4]+", "[M]+.", "[M+2H]2+", "[M+Cl]-", "[M+FA-H]-"]
)
def test_the_whole_molecule_has_the_mass_of_the_precursor(name: str) -> None:
    adduct, caffeine = parse_adduct(name), Formula.parse("C8H10N4O2")
    sought = sought_masses([adduct.mz(caffeine.mass)], ion_forms(adduct), 10)  # type: ignore[arg-type]
    whole = caffeine.mass + sought.natural * Formula.of(H=1).mass
    assert min(abs(sought.target[:, 0] - whole)) < 1e-6
