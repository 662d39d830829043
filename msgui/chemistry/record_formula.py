"""Whether the formula that a record states can be that of its precursor."""

from functools import lru_cache

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError
from msgui.spectra.spectrum import Spectrum

# Records are written with rounded precursors and from uncalibrated runs; beyond this it is another
# ion or another compound.
TOLERANCE_PPM = 20.0
# Where neither adduct nor charge is known: the highest charge of a small molecule, and what an ion
# loses before it is isolated (three waters).
MOST_CHARGES = 3
MOST_LOST_DA = 60.0


@lru_cache(maxsize=4096)
def _expected_mz(formula: str, adduct: str | None) -> float | None:
    """Return the precursor m/z of a formula, None without an understood adduct.

    Raises MsguiError when the formula or the ion is impossible.
    """
    neutral = Formula.parse(formula)
    if adduct is None:
        return None
    try:
        ion = parse_adduct(adduct)
    except MsguiError:
        return None
    ion.ion_formula(neutral)
    return ion.mz(neutral.mass)


def formula_doubt(spectrum: Spectrum) -> tuple[str, str] | None:
    """Return what is wrong with the formula of a record and the next step, or None.

    Parameters
    ----------
    spectrum : Spectrum
        Its formula is compared with precursor m/z and adduct, as far as it has them.
    """
    if spectrum.formula is None:
        return None
    action = "The formula is shown as written and is used only when you choose it."
    try:
        expected = _expected_mz(spectrum.formula, spectrum.adduct)
    except MsguiError:
        return "the formula of the record is impossible, or cannot form the adduct", action
    if spectrum.precursor_mz is None:
        return None
    if expected is None:
        return _too_heavy(spectrum, action)
    if abs(spectrum.precursor_mz - expected) <= expected * TOLERANCE_PPM * 1e-6:
        return None
    return (
        f"the record's formula contradicts its precursor m/z by more than {TOLERANCE_PPM:g} ppm",
        action,
    )


def _too_heavy(spectrum: Spectrum, action: str) -> tuple[str, str] | None:
    """Return the doubt about a formula that no ion of the record can hold, whatever the adduct."""
    assert spectrum.formula is not None
    assert spectrum.precursor_mz is not None
    heaviest = spectrum.precursor_mz * abs(spectrum.charge or MOST_CHARGES) + MOST_LOST_DA
    if Formula.parse(spectrum.formula).mass <= heaviest:
        return None
    return "the record's formula is heavier than its precursor can be", action
