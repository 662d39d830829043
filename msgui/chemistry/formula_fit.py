"""Does a formula that a person wrote have the precursor's mass."""

from dataclasses import dataclass

from msgui.chemistry.adducts import Adduct, likely_adducts
from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError

# Beyond this ppm say little: the difference is one of atoms and stands in Da.
FAR_PPM = 1000.0


@dataclass(frozen=True, slots=True)
class FormulaFit:
    """A formula that fits a precursor.

    Parameters
    ----------
    formula : Formula
        Of the neutral molecule.
    error_ppm : float
        Of the precursor: (measured - computed) / computed * 1e6.
    """

    formula: Formula
    error_ppm: float


def fit_formula(text: str, precursor_mz: float, adduct: Adduct, tolerance_ppm: float) -> FormulaFit:
    """Return the formula that a text means, if it fits the precursor.

    Parameters
    ----------
    text : str
        Of the neutral molecule.
    precursor_mz : float
    adduct : Adduct
    tolerance_ppm : float
        Of the precursor.

    Raises
    ------
    MsguiError
        When the text is no formula, when the adduct takes atoms that it has not, or when it does
        not fit; how far off it is stands in the cause, the adduct as which it would fit in the
        action.
    """
    formula = Formula.parse(text)
    error_ppm = _error_ppm(formula, precursor_mz, adduct)
    if abs(error_ppm) <= tolerance_ppm:
        return FormulaFit(formula, error_ppm)
    computed = adduct.mz(formula.mass)
    off = (
        f"{precursor_mz - computed:+.4f} Da"
        if abs(error_ppm) > FAR_PPM
        else f"{error_ppm:+.1f} ppm"
    )
    fitting = [
        other.name
        for other in likely_adducts(adduct.polarity)
        if _fits(formula, precursor_mz, other, tolerance_ppm)
    ]
    raise MsguiError(
        f"{formula} as {adduct.name} has m/z {computed:.4f}: the precursor is {off} off "
        f"(tolerance {tolerance_ppm:g} ppm).",
        f"It fits as {fitting[0]}: choose that adduct." if fitting else "",
    )


def _fits(formula: Formula, precursor_mz: float, adduct: Adduct, tolerance_ppm: float) -> bool:
    try:
        return abs(_error_ppm(formula, precursor_mz, adduct)) <= tolerance_ppm
    except MsguiError:
        return False


def _error_ppm(formula: Formula, precursor_mz: float, adduct: Adduct) -> float:
    # It is an error when the adduct takes atoms that the molecule does not have.
    adduct.ion_formula(formula)
    return (precursor_mz / adduct.mz(formula.mass) - 1) * 1e6
