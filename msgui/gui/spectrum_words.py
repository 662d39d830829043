"""What panes say about a spectrum as a whole: its conditions, what is explained, the mirror."""

import numpy as np
import numpy.typing as npt

from msgui.annotation import Annotation, PeakAnnotation
from msgui.fragments.comparison import Comparison
from msgui.gui.peak_words import percent, signed
from msgui.gui.session import Session
from msgui.gui.widgets.empty_state import StateAction
from msgui.gui.widgets.legend import LegendEntry
from msgui.gui.widgets.runs import Run, Runs, adduct_runs, formula_runs
from msgui.gui.widgets.sticks import Marker, StickKind
from msgui.prediction.values import Neighbour
from msgui.spectra.coverage import Chance, Coverage
from msgui.spectra.matching import cosine
from msgui.spectra.spectrum import Spectrum

CHOOSE_ADDUCT = StateAction("choose_adduct", "Choose adduct…", "Say which ion this is")
DOT = "  ·  "
MATCH_PPM = 20.0
"""Query and mirror sticks nearer than this are one peak: the width of a line on screen."""


def title_runs(spectrum: Spectrum, title: str, adduct: str = "", assumed: bool = False) -> Runs:
    """Return name and conditions of a spectrum as one line."""
    runs: list[Run] = [Run(title, bold=True)]

    def add(*more: Run) -> None:
        runs.extend((Run(DOT, muted=True), *more))

    if spectrum.precursor_mz is not None:
        add(Run("m/z ", muted=True), Run(f"{spectrum.precursor_mz:.4f}"))
    if adduct or spectrum.adduct:
        add(*adduct_runs(adduct or spectrum.adduct or "", italic=assumed))
    if spectrum.retention_time_s is not None:
        add(Run("RT ", muted=True), Run(f"{spectrum.retention_time_s / 60:.2f} min"))
    if spectrum.collision_energy is not None and str(spectrum.collision_energy):
        add(Run(str(spectrum.collision_energy)))
    if spectrum.instrument:
        add(Run(spectrum.instrument, muted=True))
    return tuple(runs)


def neighbour_runs(neighbour: Neighbour, *, bold: bool = False) -> Runs:
    """Return the name of the neighbour's compound, else its formula with subscripts."""
    if neighbour.name or not neighbour.formula:
        return (Run(neighbour_name(neighbour), bold=bold),)
    return formula_runs(neighbour.formula, bold=bold)


def neighbour_name(neighbour: Neighbour) -> str:
    """Return what a person calls the neighbour's compound."""
    return neighbour.name or neighbour.formula or neighbour.smiles


def compared_kinds(comparison: Comparison) -> npt.NDArray[np.uint8]:
    """Return how each peak is drawn while two candidates are compared, shape (n_peaks,)."""
    kinds = np.array(
        [StickKind.UNEXPLAINED, StickKind.EXPLAINED, StickKind.SECOND, StickKind.PLAIN], np.uint8
    )
    result: npt.NDArray[np.uint8] = kinds[comparison.explains]
    return result


def stick_kinds(
    spectrum: Spectrum, peaks: tuple[PeakAnnotation, ...], *, by_structure: bool
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return how each peak is drawn and what stands on it, both of shape (n_peaks,).

    ``by_structure`` says that a candidate is chosen: then a formula alone explains less.
    """
    count = len(spectrum)
    markers = np.full(count, Marker.NONE, np.uint8)
    if len(peaks) != count:
        if spectrum.precursor_mz is not None and count:
            nearest = int(np.argmin(np.abs(spectrum.mz - spectrum.precursor_mz)))
            off = abs(float(spectrum.mz[nearest]) - spectrum.precursor_mz)
            if off <= spectrum.precursor_mz * MATCH_PPM * 1e-6:
                markers[nearest] = Marker.PRECURSOR
        return np.full(count, StickKind.PLAIN, np.uint8), markers
    kinds = np.full(count, StickKind.UNEXPLAINED, np.uint8)
    for place, peak in enumerate(peaks):
        if peak.said.mark:
            kinds[place] = StickKind.NOISE
        elif peak.fragment is not None or peak.label == "precursor":
            kinds[place] = StickKind.EXPLAINED
        elif peak.formula:
            kinds[place] = StickKind.FORMULA if by_structure else StickKind.EXPLAINED
        if peak.label == "precursor":
            markers[place] = Marker.PRECURSOR
        elif peak.formula and peak.seen_in_training is False:
            markers[place] = Marker.NEW
    return kinds, markers


def matches(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which values of ``one`` have a value of ``other`` (ascending) beside them."""
    if not other.size:
        return np.zeros(one.size, bool)
    right = np.clip(np.searchsorted(other, one), 0, other.size - 1)
    left = np.clip(right - 1, 0, other.size - 1)
    nearest = np.minimum(np.abs(other[right] - one), np.abs(other[left] - one))
    return nearest <= one * MATCH_PPM * 1e-6


def _coverage(coverage: Coverage, *, short: bool) -> Runs:
    of = "" if short else " of intensity"
    return (
        Run(f"{percent(coverage.explained_intensity)} %{of}", bold=True),
        Run(", "),
        Run(f"{coverage.explained_peaks} of {coverage.peaks} peaks", bold=True),
    )


def coverage_runs(
    annotation: Annotation | None,
    selected: int,
    chance: Chance | None = None,
    *,
    short: bool = False,
) -> Runs:
    """Return how much is explained, beside it what chance gives and what the isomers explain."""
    if annotation is None:
        return ()
    if not 0 <= selected < len(annotation.candidates):
        if annotation.formula_coverage is None:
            return ()
        words = (Run("Explained by formula ", muted=True), *formula_runs(annotation.formula))
        explained = _coverage(annotation.formula_coverage, short=short)
        return (*words, Run(":  "), *explained, *_chance(chance))
    candidate = annotation.candidates[selected]
    formula = candidate.structure.formula
    isomers = [c.coverage for c in annotation.candidates if c.structure.formula == formula]
    by = "Explained:  " if short else f"Explained by candidate {candidate.rank}:  "
    runs = (
        Run(by, muted=True),
        *_coverage(candidate.coverage, short=short),
        *_chance(chance),
    )
    if len(isomers) < 2:
        return (*runs, Run("   no isomer to compare with", muted=True))
    shares = float(np.median([c.explained_intensity for c in isomers]))
    counts = int(np.median([c.explained_peaks for c in isomers]))
    median = f"{percent(shares)} %, {counts} of {isomers[0].peaks}"
    of = "isomers" if short else f"median of {len(isomers)} isomers:"
    return (*runs, Run(f"   {of} {median}", muted=True))


def mass_error_runs(annotation: Annotation | None) -> Runs:
    """Return the mass error that the peaks of the spectrum share, empty when it is not known."""
    found = annotation.recalibration if annotation else None
    if found is None or not found.peaks:
        return ()
    text = f"{signed(found.offset_ppm)} ± {found.spread_ppm:.1f} ppm"
    return (Run("mass error ", muted=True), Run(text))


def _chance(chance: Chance | None) -> Runs:
    if chance is None:
        return ()
    return (Run(f"   by chance {percent(chance.explained_intensity)} %", muted=True),)


def legend_entries(
    kinds: npt.NDArray[np.uint8], *, by_structure: bool, compared: bool = False
) -> tuple[LegendEntry, ...]:
    """Return what the sticks of an annotated spectrum mean, with their numbers."""
    count = np.bincount(kinds, minlength=len(StickKind))
    words: tuple[tuple[StickKind, str], ...]
    if compared:
        words = (
            (StickKind.EXPLAINED, "only A"),
            (StickKind.SECOND, "only B"),
            (StickKind.PLAIN, "both"),
            (StickKind.UNEXPLAINED, "neither"),
        )
    elif by_structure:
        words = (
            (StickKind.EXPLAINED, "structure"),
            (StickKind.FORMULA, "formula only"),
            (StickKind.UNEXPLAINED, "unexplained"),
        )
    else:
        words = (
            (StickKind.EXPLAINED, "formula"),
            (StickKind.UNEXPLAINED, "unexplained"),
        )
    entries = [LegendEntry(kind, text, int(count[kind])) for kind, text in words]
    if count[StickKind.NOISE]:
        entries.append(LegendEntry(StickKind.NOISE, "left out by you", int(count[StickKind.NOISE])))
    return tuple(entries)


def listed_mirror_runs(below: Spectrum, spectrum: Spectrum) -> Runs:
    """Return which spectrum of the list stands below the axis, and how like the upper it is."""
    alike = cosine(spectrum, below, MATCH_PPM, "ppm")
    count = len(alike.pairs)
    return (
        Run("Below: ", tone="mirror", bold=True),
        *title_runs(below, below.title or below.spectrum_id or "spectrum of the list"),
        Run(DOT, muted=True),
        Run(f"cosine {alike.score:.2f}"),
        Run(f", {count} shared peak{'' if count == 1 else 's'}", muted=True),
    )


def mirror_runs(mirror: Neighbour | None, annotation: Annotation | None, mode: str) -> Runs:
    """Return what stands below the axis, or why nothing does."""
    if mode == "listed" and mirror is None:
        return (Run("This spectrum is kept below: show another one beside it", muted=True),)
    if mirror is not None:
        dot = Run(DOT, muted=True)
        more = [mirror.collision_energy, mirror.instrument, mirror.accession]
        return (
            Run("Below: ", tone="mirror", bold=True),
            Run(f"{mirror.origin_words} of "),
            *neighbour_runs(mirror, bold=True),
            dot,
            Run(f"similarity {mirror.similarity:.2f}"),
            *((dot, *adduct_runs(mirror.adduct, muted=True)) if mirror.adduct else ()),
            *(Run(f"{DOT}{text}", muted=True) for text in more if text),
        )
    if annotation is None or mode == "off" or not annotation.neighbours:
        return ()
    nearest = annotation.neighbours[0]
    return (
        Run("Nearest training spectrum: ", muted=True),
        *neighbour_runs(nearest),
        Run(f", similarity {nearest.similarity:.2f}", muted=True),
        Run("; the model keeps no peaks of it to draw", muted=True),
    )


def spectrum_notice(session: Session) -> tuple[str, tuple[StateAction, ...]]:
    """Return what is odd about the shown spectrum and what to do; empty when nothing is."""
    entry = session.current_entry
    annotation = entry.annotation if entry else None
    if entry is None or annotation is None or not len(entry.spectrum):
        return "", ()
    if annotation.message and not annotation.formula:
        if entry.spectrum.precursor_mz is None:
            return annotation.message, (StateAction("choose_precursor", "Enter precursor m/z…"),)
        return annotation.message, () if annotation.adduct else (CHOOSE_ADDUCT,)
    if said := _contradictions(annotation):
        return said, (CHOOSE_ADDUCT,)
    peaks = session.peaks
    if not peaks or any(peak.formula or peak.fragment for peak in peaks):
        return "", ()
    settings = session.settings
    within = f" within {settings.fragment_ppm:g} ppm" if settings else ""
    what = "a fragment of this structure" if session.candidate else "a part of the formula"
    adduct = f" {annotation.adduct}" if annotation.adduct else ""
    text = f"None of {len(peaks)} peaks fits {what}{within}. "
    return text + f"Check the adduct{adduct} or the tolerance.", (
        CHOOSE_ADDUCT,
        StateAction("settings", "Change tolerance…", "Open the settings"),
    )


def _contradictions(annotation: Annotation) -> str:
    """Return what a record says of itself that cannot be true at once."""
    # An adduct that was guessed says nothing, and one that the user chose was thought about.
    if annotation.adduct_source != "record":
        return ""
    from msgui.chemistry.adducts import parse_adduct
    from msgui.precursor import contradictions, formula_contradiction

    adduct = parse_adduct(annotation.adduct)
    messages = contradictions(annotation.spectrum, adduct, is_guessed=False)
    if annotation.formula_source not in ("given", "record"):
        messages += formula_contradiction(annotation.spectrum, adduct)
    return " ".join(messages)
