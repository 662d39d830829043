"""What the list of formulas says: its rows, where the one in use comes from, what a text means."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from msgui.annotation import Annotation, FormulaCandidate
from msgui.errors import MsguiError
from msgui.gui.peak_words import percent, signed
from msgui.gui.session import Session
from msgui.gui.widgets.empty_state import StateAction
from msgui.gui.widgets.runs import MINUS

if TYPE_CHECKING:
    from msgui.chemistry.isotope_pattern import IsotopeComparison

ANNOTATE = StateAction("annotate", "Annotate", "Find formulas, fragments and candidates")
CHOOSE_PRECURSOR = StateAction("choose_precursor", "Enter precursor m/z…")
CHOOSE_ADDUCT = StateAction("choose_adduct", "Choose adduct…", "Say which ion this is")
SETTINGS = StateAction("settings", "Change tolerance…", "Open the settings")
BACK = StateAction(
    "computed_formula", "Back to computed", "Let the formula be computed from the spectrum again"
)
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, slots=True)
class FormulaRow:
    """One row of the list of formulas.

    Parameters
    ----------
    found : FormulaCandidate
        Its rank is 0 when it is not among the computed ones.
    peaks : int
        How many peaks could be explained.
    is_used : bool
        The annotation on screen was made with it.
    """

    found: FormulaCandidate
    peaks: int
    is_used: bool


def formula_rows(annotation: Annotation | None) -> tuple[FormulaRow, ...]:
    """Return the formulas of an annotation; the one in use is among them in any case."""
    if annotation is None:
        return ()
    coverage, used = annotation.formula_coverage, annotation.formula
    peaks = coverage.peaks if coverage is not None else 0
    rows = [FormulaRow(found, peaks, found.formula == used) for found in annotation.formulas]
    if used and not any(row.is_used for row in rows):
        rows.insert(0, FormulaRow(_unranked(annotation), peaks, is_used=True))
    return tuple(rows)


def _unranked(annotation: Annotation) -> FormulaCandidate:
    """Return the formula in use when it is none of the computed ones."""
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula

    precursor, coverage = annotation.spectrum.precursor_mz, annotation.formula_coverage
    try:
        computed = parse_adduct(annotation.adduct).mz(Formula.parse(annotation.formula).mass)
        error = (precursor / computed - 1) * 1e6 if precursor else float("nan")
    except MsguiError:
        error = float("nan")
    return FormulaCandidate(
        rank=0,
        formula=annotation.formula,
        adduct=annotation.adduct,
        error_ppm=error,
        explained_peaks=coverage.explained_peaks if coverage else 0,
        explained_intensity=coverage.explained_intensity if coverage else 0.0,
        isotope_score=None,
        score=float("nan"),
    )


def subscripted(formula: str) -> str:
    """Return C8H10N4O2 with subscripts, for texts that have no styles."""
    return formula.translate(SUBSCRIPTS)


def source_words(session: Session) -> tuple[str, tuple[StateAction, ...]]:
    """Return where the formula in use comes from, and the way back to the computed one."""
    entry = session.current_entry
    annotation = entry.annotation if entry else None
    if entry is None or annotation is None or not annotation.formula:
        return "", ()
    if entry.given_formula is not None:
        if annotation.formula != entry.given_formula:
            return f"Chosen by you: {subscripted(entry.given_formula)}. Annotating…", (BACK,)
        return "Chosen by you.", (BACK,)
    if annotation.formula_source == "record":
        return "The formula is that of the record.", ()
    if annotation.formula_source == "given":
        return "The formula is that of the given list of candidates.", ()
    stated, none = entry.spectrum.formula, annotation.none_probability
    more = f" The record states {subscripted(stated)}." if _differs(stated, annotation) else ""
    if not math.isnan(none):
        more += f" None of these: {percent(none)} %."
    return f"Computed from precursor and peaks.{more}", ()


def _differs(stated: str | None, annotation: Annotation) -> bool:
    from msgui.chemistry.formula import Formula

    try:
        return bool(stated) and str(Formula.parse(stated or "")) != annotation.formula
    except MsguiError:
        return False


def empty_words(session: Session) -> tuple[str, str, tuple[StateAction, ...]]:
    """Return what to say when there is no formula to list."""
    entry = session.current_entry
    annotation = entry.annotation if entry else None
    if entry is None:
        return "No spectrum chosen", "The possible formulas of its precursor are listed here.", ()
    if annotation is None:
        if session.annotating(entry.uid) is not None:
            return "Looking for formulas…", "", ()
        return "Not annotated yet", "", (ANNOTATE,)
    if entry.spectrum.precursor_mz is None:
        return "No formula", annotation.message, (CHOOSE_PRECURSOR,)
    if not annotation.adduct:
        return "No formula", annotation.message, (CHOOSE_ADDUCT,)
    return "No formula fits the precursor", annotation.message, (CHOOSE_ADDUCT, SETTINGS)


def read_formula(session: Session, text: str) -> tuple[str, str]:
    """Return the formula that a text means, and how well it fits the current precursor.

    Raises
    ------
    MsguiError
        When the text is no formula or the formula does not fit.
    """
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula_fit import fit_formula

    entry, settings = session.current_entry, session.settings
    annotation = entry.annotation if entry else None
    if entry is None or annotation is None or not annotation.adduct:
        raise MsguiError("The ion is not known.", "Choose the adduct first.")
    if entry.spectrum.precursor_mz is None:
        raise MsguiError("The precursor m/z is missing.", "Enter it first.")
    adduct = parse_adduct(annotation.adduct, entry.spectrum.polarity)
    ppm = settings.ppm if settings is not None else 10.0
    fit = fit_formula(text, entry.spectrum.precursor_mz, adduct, ppm)
    formula = str(fit.formula)
    error = f"{fit.error_ppm:+.1f}".replace("-", MINUS)
    return formula, f"{subscripted(formula)} fits as {adduct.name}, {error} ppm."


def isotopes_of(session: Session, formula: str) -> "IsotopeComparison | None":
    """Return a formula's isotope pattern beside the measured one; None without an MS1 scan."""
    entry, settings = session.current_entry, session.settings
    annotation = entry.annotation if entry else None
    if annotation is None or annotation.ms1 is None or not formula or settings is None:
        return None
    # Not before it is needed: every window asks once while it is being built.
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula
    from msgui.chemistry.isotope_pattern import compare_isotopes

    precursor = annotation.spectrum.precursor_mz
    found = next((f for f in annotation.formulas if f.formula == formula), None)
    if precursor is None:
        return None
    try:
        adduct = parse_adduct(found.adduct if found else annotation.adduct)
        parsed = Formula.parse(formula)
        return compare_isotopes(parsed, adduct, precursor, annotation.ms1, settings.ppm)
    except MsguiError:
        return None


def isotope_tip(found: "IsotopeComparison", place: int) -> str:
    """Return what is measured and computed of one isotopologue."""
    computed, measured = found.computed[place], found.measured[place]
    text = f"Computed {found.mz[place]:.4f}, {percent(computed)} %"
    if np.isnan(found.measured_mz[place]):
        return f"{text}\nnot measured"
    # All peaks of a pattern share one mass error: what is left is that of this isotopologue.
    main = int(np.argmax(found.computed))
    errors = (found.measured_mz / found.mz - 1) * 1e6
    rest = signed(float(errors[place] - errors[main]))
    return (
        f"{text}\nMeasured {found.measured_mz[place]:.4f}, {percent(measured)} %\n"
        f"{signed(float(errors[place]))} ppm, {rest} ppm from the main peak"
    )
