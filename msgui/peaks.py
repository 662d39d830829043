"""What each peak is: formulas, isotope partners and structural fragments put together."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from msgui.annotation import PeakAnnotation, PeakLabel
from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.isotopes import label_isotopes
from msgui.chemistry.subformulas import FormulaMatch, annotate_peaks
from msgui.fragments.fragment import FragmentMatch
from msgui.overrides import Overrides, chosen_ion
from msgui.spectra.spectrum import Spectrum

Explanation = Sequence[Sequence[FragmentMatch]]


def label_peaks(
    spectrum: Spectrum,
    formula: Formula,
    adduct: Adduct,
    tolerance_ppm: float,
    *,
    explanation: Explanation | None = None,
    has_seen: Callable[[str], bool | None] | None = None,
) -> tuple[PeakAnnotation, ...]:
    """Return what each peak of a spectrum is, one entry per peak.

    Parameters
    ----------
    spectrum : Spectrum
    formula : Formula
        Of the neutral molecule.
    adduct : Adduct
    tolerance_ppm : float
    explanation : sequence of sequences of FragmentMatch, optional
        Fragments of a candidate structure for each peak, best first. A peak that the structure
        explains takes the formula of its best fragment.
    has_seen : callable, optional
        Says whether an ion formula occurs in the model's training spectra.
    """
    ion = adduct.ion_formula(formula)
    matches = annotate_peaks(spectrum.mz, ion, adduct, tolerance_ppm).matches
    relative = spectrum.relative_intensity
    peaks = [
        _label_peak(
            index,
            spectrum,
            float(relative[index]),
            ion,
            matches[index],
            tuple(explanation[index]) if explanation is not None else (),
            has_seen,
        )
        for index in range(len(spectrum))
    ]
    return _with_isotopes(spectrum, peaks)


def _label_peak(
    index: int,
    spectrum: Spectrum,
    relative: float,
    ion: Formula,
    matches: Sequence[FormulaMatch],
    fragments: tuple[FragmentMatch, ...],
    has_seen: Callable[[str], bool | None] | None,
) -> PeakAnnotation:
    mz, intensity = float(spectrum.mz[index]), float(spectrum.intensity[index])
    if not matches:
        return PeakAnnotation(index, mz, intensity, relative)
    best = matches[0]
    if fragments:
        best = next((m for m in matches if str(m.formula) == fragments[0].formula), best)
    name = str(best.formula)
    label: PeakLabel = "precursor" if best.formula == ion else "fragment"
    return PeakAnnotation(
        index=index,
        mz=mz,
        intensity=intensity,
        relative_intensity=relative,
        formula=name,
        charge=best.charge,
        error_ppm=best.error_ppm,
        label=label,
        neutral_loss=str(best.neutral_loss),
        fragment=fragments[0] if fragments else None,
        other_fragments=fragments[1:],
        alternatives=tuple(str(m.formula) for m in matches if m is not best),
        seen_in_training=has_seen(name) if has_seen is not None else None,
    )


def _with_isotopes(spectrum: Spectrum, peaks: list[PeakAnnotation]) -> tuple[PeakAnnotation, ...]:
    """Return the peaks with isotope partners labelled where no formula explains them."""
    partners = label_isotopes(spectrum.mz, spectrum.intensity)
    for index, partner in partners.items():
        peak = peaks[index]
        if not peak.formula and peaks[partner.of].formula:
            peaks[index] = PeakAnnotation(
                peak.index, peak.mz, peak.intensity, peak.relative_intensity, label="isotope"
            )
    return tuple(peaks)


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
    for index, formula in said.formulas.items():
        result[index] = _with_formula(result[index], Formula.parse(formula), ion, adduct)
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
        seen_in_training=peak.seen_in_training if peak.formula == name else None,
    )


def with_dropped(
    peaks: Sequence[PeakAnnotation], spectrum: Spectrum, overrides: Overrides
) -> tuple[PeakAnnotation, ...]:
    """Return the peaks of the whole spectrum: those that the method saw, and the marked ones."""
    if not overrides.dropped:
        return tuple(peaks)
    result = list(unlabelled(spectrum))
    for place, peak in zip(overrides.kept(len(spectrum)).tolist(), peaks, strict=True):
        relative = result[place].relative_intensity
        result[place] = replace(peak, index=place, relative_intensity=relative)
    for index in overrides.dropped:
        said = overrides.of(index)
        result[index] = replace(result[index], label=said.mark, said=said)
    return tuple(result)
