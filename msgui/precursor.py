"""What was isolated: which ion it is, which formula it has, and how that is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgui.annotation import GUESSED, FormulaCandidate
from msgui.chemistry.adducts import Adduct, likely_adducts, parse_adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.formula_candidates import why_no_formula
from msgui.chemistry.formula_fit import fit_formula
from msgui.errors import MsguiError
from msgui.overrides import NO_OVERRIDES, Overrides
from msgui.spectra.run import around_precursor
from msgui.spectra.spectrum import Spectrum
from msgui.structures.structure import Structure
from msgui.tools import Settings, Tools

# A stated formula that misses the precursor by more than this is a mistake in the record.
STATED_FORMULA_PPM = 20.0
FORMULA_LIST_LENGTH = 20


@dataclass(frozen=True)
class Ion:
    """The ion that was isolated.

    Parameters
    ----------
    adduct : Adduct
    source : str
        "given", "record", "ranked" (that of the likeliest formula) or "assumed".
    others : tuple of Adduct
        What else it may be, where it is only assumed.
    """

    adduct: Adduct
    source: str
    others: tuple[Adduct, ...] = ()

    @property
    def adducts(self) -> tuple[Adduct, ...]:
        """All that it may be, the most frequent first."""
        return (self.adduct, *self.others)


@dataclass(frozen=True)
class Precursor:
    """Ion and formula that the rest of the method goes on with.

    Parameters
    ----------
    ion : Ion
    formulas : tuple of FormulaCandidate
        Best first.
    formula : str
        Empty when there is none.
    formula_source : str
        "given", "record", "computed" or empty.
    none_probability : float
        That none of the formulas is right; NaN when unknown.
    ms1 : Spectrum or None
        The scan in which it was seen, cut to what is needed.
    ms1_note : str
    messages : tuple of str
        What is doubtful, in plain words.
    """

    ion: Ion
    formulas: tuple[FormulaCandidate, ...] = ()
    formula: str = ""
    formula_source: str = ""
    none_probability: float = float("nan")
    ms1: Spectrum | None = None
    ms1_note: str = ""
    messages: tuple[str, ...] = ()


def ion_of(spectrum: Spectrum, settings: Settings) -> Ion:
    """Return the ion: the given adduct, the record's, or the usual ones of polarity and charge.

    Raises
    ------
    MsguiError
        When the given or stated adduct is not one.
    """
    if settings.adduct:
        return Ion(parse_adduct(settings.adduct, spectrum.polarity), "given")
    if spectrum.adduct:
        return Ion(parse_adduct(spectrum.adduct, spectrum.polarity), "record")
    first, *others = likely_adducts(spectrum.polarity, spectrum.charge)
    return Ion(first, "assumed", tuple(others))


def find_precursor(
    spectrum: Spectrum,
    given: Sequence[Structure],
    tools: Tools,
    ms1: Spectrum | None = None,
    said: Overrides = NO_OVERRIDES,
) -> Precursor:
    """Return ion and formula, with the ranked list of formulas that the precursor may have.

    A formula that the user gave goes first, then the record's (if asked to trust it and it fits
    the precursor), then the only formula of a given candidate list, then the best computed one
    (among those of the candidate list, when there is one). Formulas that a structure of the list
    or of the store has are likelier than others. Where nobody says which adduct it is, formulas of
    all usual ones are ranked together.

    Parameters
    ----------
    spectrum : Spectrum
        With a precursor m/z.
    given : sequence of Structure
        The list of candidates that was given for the spectrum; empty without one.
    tools : Tools
    ms1 : Spectrum, optional
        The MS1 scan in which the precursor was seen.
    said : Overrides
        What the chemist says about the peaks of this spectrum.

    Raises
    ------
    MsguiError
        When adduct, elements or tolerances are none.
    """
    from msgui.chemistry.elements import element_bounds
    from msgui.chemistry.formula_ranking import rank_formulas

    settings, precursor_mz = tools.settings, spectrum.precursor_mz
    assert precursor_mz is not None
    ion = ion_of(spectrum, settings)
    seen = around_precursor(ms1, precursor_mz) if ms1 is not None else None
    listed = {structure.formula for structure in given}
    ranking = rank_formulas(
        spectrum,
        ion.adducts,
        settings.ppm,
        settings.fragment_ppm,
        limit=FORMULA_LIST_LENGTH,
        bounds=element_bounds(settings.elements),
        known=listed or _known_formulas(precursor_mz, ion, tools),
        ms1=seen,
        peaks_known=said.chosen,
    )
    formulas = tuple(
        FormulaCandidate(
            rank=position,
            formula=str(entry.formula),
            adduct=entry.adduct.name,
            error_ppm=entry.error_ppm,
            explained_peaks=entry.explained_peaks,
            explained_intensity=entry.explained_intensity,
            isotope_score=entry.isotope_score,
            score=entry.score,
            probability=entry.probability,
        )
        for position, entry in enumerate(ranking.formulas, start=1)
    )
    found = Precursor(
        ion=ion,
        formulas=formulas,
        none_probability=ranking.none_probability,
        ms1=seen,
        ms1_note=_ms1_note(spectrum, seen, formulas),
    )
    return _with_doubts(spectrum, settings, _chosen(spectrum, found, listed, settings))


def _chosen(
    spectrum: Spectrum, found: Precursor, listed: set[str], settings: Settings
) -> Precursor:
    """Return the precursor with the formula to go on with, and the ion that belongs to it."""
    stated, source = "", ""
    if settings.given_formula:
        stated, source = settings.given_formula, "given"
    elif settings.formula == "record" and any(
        stated_formula_fits(spectrum, adduct) for adduct in found.ion.adducts
    ):
        stated, source = spectrum.formula or "", "record"
    if not stated and len(listed) == 1:
        stated, source = next(iter(listed)), "given"
    if stated:
        fitting = [a for a in found.ion.others if stated_formula_fits(spectrum, a, stated)]
        ion = found.ion
        if fitting and not stated_formula_fits(spectrum, ion.adduct, stated):
            ion = Ion(fitting[0], "ranked")
        return replace(found, ion=ion, formula=stated, formula_source=source)
    wanted = [entry for entry in found.formulas if not listed or entry.formula in listed]
    best = next(iter(wanted or found.formulas), None)
    if best is None:
        return found
    ion = found.ion
    if ion.source == "assumed":
        ion = Ion(next(a for a in ion.adducts if a.name == best.adduct), "ranked")
    return replace(found, ion=ion, formula=best.formula, formula_source="computed")


def _with_doubts(spectrum: Spectrum, settings: Settings, found: Precursor) -> Precursor:
    """Return the precursor with what is doubtful about ion and formula said."""
    adduct, messages = found.ion.adduct, list[str]()
    assert spectrum.precursor_mz is not None
    if found.ion.source == "ranked":
        messages.append(f"No adduct is stated; {adduct.name} belongs to the likeliest formula.")
    elif found.ion.source == "assumed":
        messages.append(f"No adduct is stated; {adduct.name} was assumed.")
    messages += contradictions(spectrum, adduct, is_guessed=found.ion.source in GUESSED)
    if found.formula_source == "given":
        try:
            fit_formula(found.formula, spectrum.precursor_mz, adduct, STATED_FORMULA_PPM)
        except MsguiError as error:
            messages.append(error.cause)
    elif spectrum.formula and not any(
        stated_formula_fits(spectrum, one) for one in found.ion.adducts
    ):
        messages += formula_contradiction(spectrum, adduct)
    if not found.formula:
        messages.append(why_no_formula(spectrum.precursor_mz, found.ion.adducts, settings.ppm))
    return replace(found, messages=tuple(messages))


def _known_formulas(precursor_mz: float, ion: Ion, tools: Tools) -> set[str]:
    """Return the formulas of the structures in the store that have about the precursor's mass."""
    if tools.structures is None:
        return set()
    return {
        structure.formula
        for adduct in ion.adducts
        for structure in tools.structures.by_mass(
            adduct.neutral_mass(precursor_mz), tools.settings.ppm
        )
    }


def _ms1_note(
    spectrum: Spectrum, ms1: Spectrum | None, formulas: Sequence[FormulaCandidate]
) -> str:
    if ms1 is None:
        return "There is no MS1 scan of this precursor."
    name = ms1.spectrum_id or f"record {ms1.origin.index + 1}"
    if not any(entry.isotope_score is not None for entry in formulas):
        return f"The MS1 scan {name} has no peak at the precursor."
    times = ms1.retention_time_s, spectrum.retention_time_s
    if times[0] is None or times[1] is None:
        return f"Isotopes are compared with MS1 scan {name}."
    return f"Isotopes are compared with MS1 scan {name}, {times[1] - times[0]:.1f} s before."


def contradictions(spectrum: Spectrum, adduct: Adduct, *, is_guessed: bool) -> list[str]:
    """Return sentences about charge and mode of a record that are not those of its adduct.

    The number of charges is not compared with an adduct that was only guessed.
    """
    messages = []
    if spectrum.charge and abs(spectrum.charge) != abs(adduct.charge) and not is_guessed:
        messages.append(
            f"The record states charge {_signed(spectrum.charge)}; {adduct.name} has "
            f"{_signed(adduct.charge)}."
        )
    if spectrum.polarity is not None and spectrum.polarity != adduct.polarity:
        messages.append(f"The record states {spectrum.polarity} mode; {adduct.name} is not of it.")
    return messages


def formula_contradiction(spectrum: Spectrum, adduct: Adduct) -> list[str]:
    """Return a sentence about the record's formula where it is not that of its precursor."""
    if not spectrum.formula or spectrum.precursor_mz is None:
        return []
    try:
        fit_formula(spectrum.formula, spectrum.precursor_mz, adduct, STATED_FORMULA_PPM)
    except MsguiError as error:
        return [f"The record's formula was not used: {error.cause} {error.action}".rstrip()]
    return []


def _signed(charge: int) -> str:
    return f"{abs(charge)}{'+' if charge > 0 else '-'}"


def stated_formula_fits(spectrum: Spectrum, adduct: Adduct, formula: str | None = None) -> bool:
    """Return whether a formula, by default the record's, has the precursor's mass."""
    text = formula or spectrum.formula
    if text is None or spectrum.precursor_mz is None:
        return False
    try:
        expected = adduct.mz(Formula.parse(text).mass)
    except MsguiError:
        return False
    return abs(spectrum.precursor_mz / expected - 1) * 1e6 <= STATED_FORMULA_PPM
