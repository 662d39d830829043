"""What each peak is: formulas, isotope partners and structural fragments put together."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from msgui.annotation import Annotation, PeakAnnotation, PeakLabel
from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.peak_formulas import LEAST_ALTERNATIVE, NamedPeaks, PeakFormula
from msgui.fragments.fragment import FragmentMatch
from msgui.overrides import Overrides, chosen_ion
from msgui.spectra.spectrum import Spectrum

Explanation = Sequence[Sequence[FragmentMatch]]


def label_peaks(
    spectrum: Spectrum,
    named: NamedPeaks,
    *,
    explanation: Explanation | None = None,
    has_seen: Callable[[str], bool | None] | None = None,
) -> tuple[PeakAnnotation, ...]:
    """Return what each peak of a spectrum is, one entry per peak.

    Parameters
    ----------
    spectrum : Spectrum
    named : NamedPeaks
        Of the same spectrum: see :func:`msgui.chemistry.peak_formulas.name_peaks`.
    explanation : sequence of sequences of FragmentMatch, optional
        Fragments of a candidate structure for each peak, best first. A peak that the structure
        explains takes the formula of its best fragment.
    has_seen : callable, optional
        Says whether an ion formula occurs in the model's training spectra.
    """
    peaks = []
    for peak in unlabelled(spectrum):
        fragments = tuple(explanation[peak.index]) if explanation is not None else ()
        peaks.append(_label_peak(peak, named, fragments, has_seen))
    return tuple(peaks)


def _label_peak(
    peak: PeakAnnotation,
    named: NamedPeaks,
    fragments: tuple[FragmentMatch, ...],
    has_seen: Callable[[str], bool | None] | None,
) -> PeakAnnotation:
    possible = named.all_of(peak.index, 0.0 if fragments else LEAST_ALTERNATIVE)
    best = possible[0] if named.best[peak.index] >= 0 else None
    if fragments:
        best = next((p for p in possible if _is(p, fragments[0])), best)
    others = [p for p in possible if p is not best and p.plausibility >= LEAST_ALTERNATIVE]
    peak = replace(
        peak,
        alternatives=tuple(str(p.formula) for p in others),
        alternative_plausibilities=tuple(p.plausibility for p in others),
    )
    if best is None:
        return peak
    name = str(best.formula)
    is_piece = bool(fragments) and _is(best, fragments[0])
    return replace(
        peak,
        formula=name,
        charge=best.charge,
        error_ppm=best.error_ppm,
        label=_label(best),
        neutral_loss=str(best.neutral_loss),
        fragment=fragments[0] if is_piece else None,
        other_fragments=fragments[1:] if is_piece else (),
        # A heavy isotope is as new as its light form, which has a peak of its own.
        seen_in_training=has_seen(name) if has_seen is not None and not best.isotope else None,
        plausibility=best.plausibility,
        isotope=best.isotope,
        isotope_of=best.light_peak,
        added=best.added,
        adduct_atoms=best.adduct_atoms,
        is_radical=best.is_radical,
    )


def _is(possible: PeakFormula, fragment: FragmentMatch) -> bool:
    return str(possible.formula) == fragment.formula and not possible.isotope


def _label(best: PeakFormula) -> PeakLabel:
    if best.isotope:
        return "isotope"
    if best.added:
        return "adduct"
    return "fragment" if best.neutral_loss else "precursor"


def unlabelled(spectrum: Spectrum) -> tuple[PeakAnnotation, ...]:
    """Return the peaks as they were measured, without any meaning."""
    values = zip(
        spectrum.mz.tolist(),
        spectrum.intensity.tolist(),
        spectrum.relative_intensity.tolist(),
        strict=True,
    )
    return tuple(PeakAnnotation(index, *value) for index, value in enumerate(values))


def with_said(
    peaks: Sequence[PeakAnnotation], said: Overrides, ion: Formula, adduct: Adduct
) -> tuple[PeakAnnotation, ...]:
    """Return the peaks with what the chemist said about them; a chosen formula is the only one.

    Parameters
    ----------
    ion : Formula
        Of the precursor.
    """
    result = [replace(peak, said=said.of(peak.index)) if said else peak for peak in peaks]
    for index, formula in said.chosen.items():
        result[index] = _with_formula(result[index], formula, ion, adduct)
    return tuple(result)


def _with_formula(
    peak: PeakAnnotation, formula: Formula, ion: Formula, adduct: Adduct
) -> PeakAnnotation:
    name, chosen = str(formula), chosen_ion(formula, peak.mz, adduct)
    pieces = (peak.fragment, *peak.other_fragments) if peak.fragment else ()
    fitting = [piece for piece in pieces if piece.formula == name]
    others = dict.fromkeys((peak.formula, *peak.alternatives))
    return replace(
        peak,
        formula=name,
        charge=chosen.charge,
        error_ppm=chosen.error_ppm,
        label="precursor" if formula == ion else "fragment",
        # It may have been chosen under another formula of the precursor.
        neutral_loss=str(ion - formula) if ion.contains(formula) else "",
        fragment=fitting[0] if fitting else None,
        other_fragments=tuple(fitting[1:]),
        alternatives=tuple(other for other in others if other and other != name),
        alternative_plausibilities=(),
        seen_in_training=peak.seen_in_training if peak.formula == name else None,
        plausibility=float("nan"),
        isotope="",
        isotope_of=-1,
        added="",
        adduct_atoms="",
        is_radical=(2 * formula.rdbe + chosen.charge) % 2 == 1,
    )


def with_dropped(
    peaks: Sequence[PeakAnnotation], spectrum: Spectrum, overrides: Overrides
) -> tuple[PeakAnnotation, ...]:
    """Return the peaks of the whole spectrum: those that the method saw, and the marked ones."""
    if not overrides.dropped:
        return tuple(peaks)
    result, kept = list(unlabelled(spectrum)), overrides.kept(len(spectrum)).tolist()
    for place, peak in zip(kept, peaks, strict=True):
        result[place] = replace(
            peak,
            index=place,
            relative_intensity=result[place].relative_intensity,
            isotope_of=kept[peak.isotope_of] if peak.isotope_of >= 0 else -1,
        )
    for index in overrides.dropped:
        said = overrides.of(index)
        result[index] = replace(result[index], label=said.mark, said=said)
    return tuple(result)


def renoted(annotation: Annotation, overrides: Overrides) -> Annotation:
    """Return an annotation with other notes on its peaks; all else that was said must be equal."""
    peaks = (replace(peak, said=overrides.of(peak.index)) for peak in annotation.peaks)
    return replace(annotation, overrides=overrides, peaks=tuple(peaks))
