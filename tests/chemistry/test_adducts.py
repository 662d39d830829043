import pytest

from msgui.chemistry.adducts import (
    ADDUCTS,
    default_adduct,
    likely_adducts,
    parse_adduct,
    with_user_adducts,
)
from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError

# Mass shifts per charge as published: Huang et al., Anal. Chem. 71, 31A (1999), in the version of
# the Fiehn laboratory's adduct calculator; further ones from MZmine's and CAMERA's lists or added
# up from the NIST masses of the atoms; 61.0653 for isopropanol, a known slip of the 1999 list, is
# 61.0648 here. (molecules, charge, m/z = molecules * M / |charge| + shift)
PUBLISHED = {
    "[M+3H]3+": (1, 3, 1.007276),
    "[M+2H+Na]3+": (1, 3, 8.334590),
    "[M+H+2Na]3+": (1, 3, 15.661904),
    "[M+3Na]3+": (1, 3, 22.989218),
    "[M+2H]2+": (1, 2, 1.007276),
    "[M+H+NH4]2+": (1, 2, 9.520550),
    "[M+H+Na]2+": (1, 2, 11.998247),
    "[M+H+K]2+": (1, 2, 19.985217),
    "[M+ACN+2H]2+": (1, 2, 21.520550),
    "[M+2Na]2+": (1, 2, 22.989218),
    "[M+2ACN+2H]2+": (1, 2, 42.033823),
    "[M+3ACN+2H]2+": (1, 2, 62.547097),
    "[M+H]+": (1, 1, 1.007276),
    "[M+NH4]+": (1, 1, 18.033823),
    "[M+Na]+": (1, 1, 22.989218),
    "[M+MeOH+H]+": (1, 1, 33.033489),
    "[M+K]+": (1, 1, 38.963158),
    "[M+ACN+H]+": (1, 1, 42.033823),
    "[M+2Na-H]+": (1, 1, 44.971160),
    "[M+IsoProp+H]+": (1, 1, 61.064791),
    "[M+ACN+Na]+": (1, 1, 64.015765),
    "[M+2K-H]+": (1, 1, 76.919040),
    "[M+DMSO+H]+": (1, 1, 79.021220),
    "[M+2ACN+H]+": (1, 1, 83.060370),
    "[2M+H]+": (2, 1, 1.007276),
    "[2M+NH4]+": (2, 1, 18.033823),
    "[2M+Na]+": (2, 1, 22.989218),
    "[2M+K]+": (2, 1, 38.963158),
    "[2M+ACN+H]+": (2, 1, 42.033823),
    "[2M+ACN+Na]+": (2, 1, 64.015765),
    "[2M+3H2O+2H]2+": (2, 2, 28.023120),
    "[M-3H]3-": (1, -3, -1.007276),
    "[M-2H]2-": (1, -2, -1.007276),
    "[M-H2O-H]-": (1, -1, -19.017841),
    "[M-H]-": (1, -1, -1.007276),
    "[M+Na-2H]-": (1, -1, 20.974666),
    "[M+Cl]-": (1, -1, 34.969402),
    "[M+K-2H]-": (1, -1, 36.948606),
    "[M+FA-H]-": (1, -1, 44.998201),
    "[M+HAc-H]-": (1, -1, 59.013851),
    "[M+Br]-": (1, -1, 78.918885),
    "[M+TFA-H]-": (1, -1, 112.985586),
    "[2M-H]-": (2, -1, -1.007276),
    "[2M+FA-H]-": (2, -1, 44.998201),
    "[2M+HAc-H]-": (2, -1, 59.013851),
    "[3M-H]-": (3, -1, -1.007276),
    "[M]+": (1, 1, -0.000549),
    "[M]+.": (1, 1, -0.000549),
    "[M]-": (1, -1, 0.000549),
    "[M]-.": (1, -1, 0.000549),
    "[M]2+": (1, 2, -0.000549),
    "[M-H2O+H]+": (1, 1, -17.003288),
    "[M-2H2O+H]+": (1, 1, -35.013853),
    "[M-3H2O+H]+": (1, 1, -53.024418),
    "[M-NH3+H]+": (1, 1, -16.019273),
    "[M-CO2+H]+": (1, 1, -42.982553),
    "[M-H]+": (1, 1, -1.008374),
    "[M+Li]+": (1, 1, 7.015455),
    "[M+Ag]+": (1, 1, 106.904543),
    "[M+Cs]+": (1, 1, 132.904903),
    "[M+ACN+NH4]+": (1, 1, 59.060372),
    "[M+Na+K-H]+": (1, 1, 60.945101),
    "[M-H2O+Na]+": (1, 1, 4.978656),
    "[M-H2O+NH4]+": (1, 1, 0.023261),
    "[M+Ca]2+": (1, 2, 19.980747),
    "[M+4H]4+": (1, 4, 1.007276),
    "[3M+H]+": (3, 1, 1.007276),
    "[3M+Na]+": (3, 1, 22.989218),
    "[M-CO2-H]-": (1, -1, -44.997106),
    "[M-CH3]-": (1, -1, -15.022927),
    "[M-2H]-": (1, -1, -2.015102),
    "[M+F]-": (1, -1, 18.998952),
    "[M+I]-": (1, -1, 126.905021),
    "[M+NO3]-": (1, -1, 61.988367),
    "[M+HSO4]-": (1, -1, 96.960103),
    "[M+OH]-": (1, -1, 17.003288),
    "[M+O2]-": (1, -1, 31.990378),
    "[2M+Cl]-": (2, -1, 34.969402),
    "[2M+Na-2H]-": (2, -1, 20.974666),
}


def test_every_adduct_has_a_published_mass() -> None:
    assert {adduct.name for adduct in ADDUCTS} == set(PUBLISHED)
    assert len(ADDUCTS) >= 40


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_mass(name: str) -> None:
    molecules, charge, shift = PUBLISHED[name]
    adduct = parse_adduct(name)
    reserpine = 608.273381
    assert adduct.name == name
    assert adduct.charge == charge
    expected = molecules * reserpine / abs(charge) + shift
    assert adduct.mz(reserpine) == pytest.approx(expected, abs=1.2e-5)
    assert adduct.neutral_mass(adduct.mz(reserpine)) == pytest.approx(reserpine, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("M+H", "[M+H]+"),
        ("[M+H]", "[M+H]+"),
        ("M+H+", "[M+H]+"),
        ("MH+", "[M+H]+"),
        ("[MH]+", "[M+H]+"),
        ("(M+H)+", "[M+H]+"),
        ("[M + H]1+", "[M+H]+"),
        ("[M+H+]", "[M+H]+"),
        ("(M-H)-", "[M-H]-"),
        ("M-H", "[M-H]-"),
        ("[M−H]−", "[M-H]-"),
        ("[M]+*", "[M]+."),
        ("[M]•+", "[M]+."),
        ("M+.", "[M]+."),
        ("[M-e]+", "[M]+"),
        ("[Cat]+", "[M]+"),
        ("[M+2H]++", "[M+2H]2+"),
        ("[M+2H]+2", "[M+2H]2+"),
        ("M+2H", "[M+2H]2+"),
        ("M+2H++", "[M+2H]2+"),
        ("[M-2H]--", "[M-2H]2-"),
        ("[M+NH3+H]+", "[M+NH4]+"),
        ("[M+H-H2O]+", "[M-H2O+H]+"),
        ("[M-OH]+", "[M-H2O+H]+"),
        ("[M+H-2H2O]+", "[M-2H2O+H]+"),
        ("[M+HCOO]-", "[M+FA-H]-"),
        ("[M+HCO2]-", "[M+FA-H]-"),
        ("[M+HCOOH-H]-", "[M+FA-H]-"),
        ("M+HCOO", "[M+FA-H]-"),
        ("[M+CH3COO]-", "[M+HAc-H]-"),
        ("[M+Hac-H]-", "[M+HAc-H]-"),
        ("[M+OAc]-", "[M+HAc-H]-"),
        ("[M+CH3COOH-H]-", "[M+HAc-H]-"),
        ("[M+CH3CN+H]+", "[M+ACN+H]+"),
        ("[M+CH3OH+H]+", "[M+MeOH+H]+"),
        ("2M+Na", "[2M+Na]+"),
        ("[2M+ACN+Na]+", "[2M+ACN+Na]+"),
        ("[M-H+2Na]+", "[M+2Na-H]+"),
    ],
)
def test_spellings(text: str, name: str) -> None:
    assert parse_adduct(text).name == name


@pytest.mark.parametrize(
    ("text", "charge", "gained", "lost"),
    [
        ("[M+H-C9H10O5]+", 1, "H", "C9H10O5"),
        ("[M-C6H10O5+H]+", 1, "H", "C6H10O5"),
        ("[M-H-CO2-2HF]-", -1, "", "CH3F2O2"),
        ("[M+H-Hexose]+", 1, "H", "C6H10O5"),
        ("[M+Fe-H]+", 1, "Fe", "H"),
        ("[M-H+Na]+*", 1, "Na", "H"),
        ("[M+Na+2H]3+", 3, "H2Na", ""),
    ],
)
def test_any_bracket_text(text: str, charge: int, gained: str, lost: str) -> None:
    adduct = parse_adduct(text)
    assert (adduct.charge, str(adduct.gained), str(adduct.lost)) == (charge, gained, lost)
    assert parse_adduct(adduct.name) == adduct


@pytest.mark.parametrize(
    "text",
    ["", "H", "[X+H]+", "[M+Xx]+", "[M+H]+-", "[M+H", "0M+H", "[0M+H]+", "[M+H]x", "[M+-H]+",
     "[99999M+H]+", "[M+H]9999+", "unknown", "N/A", "[M+9999H]+", "[" * 500],
)  # fmt: skip
def test_says_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(MsguiError, match="not understood"):
        parse_adduct(text)


def test_charge_that_is_not_written_needs_the_polarity() -> None:
    with pytest.raises(MsguiError, match="does not say its charge"):
        parse_adduct("[M]")
    assert parse_adduct("[M]", "positive").name == "[M]+"
    assert parse_adduct("[M-H2O]", "negative").charge == -1
    assert parse_adduct("[M+H]", "negative").name == "[M+H]+"


def test_ion_formula() -> None:
    caffeine = Formula.parse("C8H10N4O2")
    assert str(parse_adduct("[M+H]+").ion_formula(caffeine)) == "C8H11N4O2"
    assert str(parse_adduct("[2M+Na]+").ion_formula(caffeine)) == "C16H20N8NaO4"
    with pytest.raises(MsguiError, match="does not have"):
        parse_adduct("[M-H2O+H]+").ion_formula(Formula.parse("C6H6"))


def test_defaults_and_likely_ones() -> None:
    assert default_adduct("positive").name == default_adduct(None).name == "[M+H]+"
    assert default_adduct("negative").name == "[M-H]-"
    for polarity in ("positive", "negative"):
        assert {a.polarity for a in likely_adducts(polarity)} == {polarity}
        assert likely_adducts(polarity)[0] == default_adduct(polarity)


def test_users_add_their_own() -> None:
    adducts = with_user_adducts(["[M+Cu]+", "M+H", "[M+Cu]+"])
    assert len(adducts) == len(ADDUCTS) + 1
    assert adducts[-1].name == "[M+Cu]+"
    with pytest.raises(MsguiError):
        with_user_adducts(["nonsense"])
