"""How figures and reports write ions, shares and sentences about a spectrum."""

from msgui.annotation import Annotation, Candidate, PeakAnnotation
from msgui.chemistry.recalibration import Recalibration
from msgui.errors import MsguiError
from msgui.spectra.coverage import Chance, Coverage
from msgui.spectra.spectrum import Spectrum

MINUS = "−"
DAGGER = "†"
_SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def formula_words(formula: str) -> str:
    """Return a formula with subscript digits: C₈H₁₀N₄O₂."""
    from msgui.chemistry.formula import Formula

    try:
        return Formula.parse(formula).subscripted() if formula else ""
    except MsguiError:
        return formula


def ion_words(formula: str, charge: int) -> str:
    """Return an ion with subscripts, the dot of a radical, and its charge: C₆H₈N₃O⁺, C₇H₇•⁺."""
    if not formula:
        return ""
    return f"{formula_words(formula)}{'•' if is_radical(formula, charge) else ''}{_raised(charge)}"


def _raised(charge: int) -> str:
    if not charge:
        return ""
    size = str(abs(charge)) if abs(charge) > 1 else ""
    return f"{size}{'+' if charge > 0 else '-'}".translate(_SUPERSCRIPTS)


def is_radical(formula: str, charge: int) -> bool:
    """Return whether an ion has an odd number of electrons (judged by its valences)."""
    from msgui.chemistry.formula import Formula

    try:
        return bool(charge) and (2 * Formula.parse(formula).rdbe + charge) % 2 == 1
    except MsguiError:
        return False


def meaning_words(peak: PeakAnnotation) -> str:
    """Return what a peak is besides a fragment: "13C isotope", "fragment + H₂O, radical"."""
    parts: list[str] = []
    if peak.isotope:
        parts.append(f"{peak.isotope} isotope")
    elif peak.added:
        parts.append(f"fragment + {formula_words(peak.added)}")
    elif peak.label and peak.label != "fragment":
        parts.append(peak.label)
    if peak.is_radical:
        parts.append("radical")
    if peak.adduct_atoms:
        parts.append(peak.adduct_atoms)
    return ", ".join(parts)


def mass_error_words(recalibration: Recalibration) -> str:
    """Return "+1.2 ± 0.6 ppm, from 14 peaks"."""
    return (
        f"{signed(recalibration.offset_ppm, 1)} ± {recalibration.spread_ppm:.1f} ppm, "
        f"from {count_of(recalibration.peaks, 'peak')}"
    )


def adduct_words(adduct: str) -> str:
    """Return an adduct with its charge raised: [M+H]⁺."""
    head, bracket, charge = adduct.rpartition("]")
    radical = "•" if charge.endswith(".") else ""
    return f"{head}{bracket}{radical}{charge.rstrip('.').translate(_SUPERSCRIPTS)}"


def signed(value: float, digits: int) -> str:
    """Return a number with its sign: +0.3, −1.2, 0.0."""
    text = f"{value:+.{digits}f}"
    if float(text) == 0:
        return f"{0:.{digits}f}"
    return text.replace("-", MINUS)


def percent(share: float) -> str:
    """Return a share of 0 to 1 in percent, without digits that mean nothing."""
    value = 100.0 * share
    if value >= 0.95 or value == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.05 else "<0.1"


def count_of(number: int, singular: str) -> str:
    """Return "1 peak", "2 peaks"."""
    return f"{number:,} {singular}{'' if number == 1 else 's'}".replace(",", "\u202f")


def coverage_words(coverage: Coverage) -> str:
    """Return "94 % of intensity, 10 of 14 peaks"."""
    if not coverage.peaks:
        return "no peak beside the precursor"
    return (
        f"{percent(coverage.explained_intensity)} % of intensity, "
        f"{coverage.explained_peaks} of {count_of(coverage.peaks, 'peak')}"
    )


def chance_words(chance: Chance | None) -> str:
    """Return "by chance 1 %"; empty when it was not computed."""
    return f"by chance {percent(chance.explained_intensity)} %" if chance else ""


def title_of(spectrum: Spectrum) -> str:
    """Return what a person calls the spectrum."""
    return spectrum.title or spectrum.spectrum_id or "spectrum"


def structure_name(candidate: Candidate) -> str:
    """Return what a person calls the candidate's compound."""
    return candidate.structure.name or candidate.structure.inchikey14


def conditions(annotation: Annotation) -> list[str]:
    """Return precursor, adduct, retention time, energy and instrument, each as a phrase."""
    spectrum = annotation.spectrum
    parts: list[str] = []
    if spectrum.precursor_mz is not None:
        parts.append(f"m/z {spectrum.precursor_mz:.4f}")
    adduct = annotation.adduct or spectrum.adduct or ""
    if adduct:
        assumed = " (assumed)" if annotation.adduct_is_guessed else ""
        parts.append(adduct_words(adduct) + assumed)
    if spectrum.retention_time_s is not None:
        parts.append(f"RT {spectrum.retention_time_s / 60:.2f} min")
    if spectrum.collision_energy is not None and str(spectrum.collision_energy):
        energy = str(spectrum.collision_energy)
        parts.append(f"CE {energy}" if energy.replace(".", "").isdigit() else energy)
    if spectrum.instrument:
        parts.append(spectrum.instrument)
    return parts
