"""What each peak is if a candidate is right, and how much of that would be chance."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from msgui.annotation import Annotation, PeakAnnotation
from msgui.errors import MsguiError
from msgui.tools import Tools

if TYPE_CHECKING:
    import numpy.typing as npt

    from msgui.chemistry.adducts import Adduct
    from msgui.spectra.coverage import Chance
    from msgui.spectra.spectrum import FloatArray


def explain_candidate(
    annotation: Annotation, candidate: int, tools: Tools
) -> tuple[PeakAnnotation, ...]:
    """Return what each peak is if the candidate at this index is the right one.

    Without candidates, or by one that cannot be broken (it is too large, say), the peaks are
    explained by the formula alone.
    """
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula
    from msgui.chemistry.peak_formulas import name_peaks
    from msgui.fragments.annotate import explain
    from msgui.peaks import label_peaks, unlabelled, with_dropped, with_said

    spectrum, said = annotation.overrides.reduced(annotation.spectrum)
    settings = tools.settings
    if not annotation.adduct or not (annotation.formula or annotation.candidates):
        return with_dropped(unlabelled(spectrum), annotation.spectrum, annotation.overrides)
    adduct = parse_adduct(annotation.adduct)
    formula, explanation = annotation.formula, None
    if annotation.candidates:
        structure = annotation.candidates[candidate].structure
        formula = structure.formula
        with suppress(MsguiError):
            explanation = explain(
                spectrum.mz,
                spectrum.intensity,
                structure.smiles,
                adduct,
                settings.fragment_ppm,
                max_bonds=settings.max_bonds,
            )
    ion = adduct.ion_formula(Formula.parse(formula))
    peaks = label_peaks(
        spectrum,
        name_peaks(
            spectrum.mz,
            spectrum.intensity,
            ion,
            adduct,
            settings.fragment_ppm,
            settings.peak_kinds,
            chosen=said.chosen,
        ),
        explanation=explanation,
        has_seen=tools.model.has_seen if tools.model is not None else None,
    )
    peaks = with_said(peaks, said, ion, adduct)
    return with_dropped(peaks, annotation.spectrum, annotation.overrides)


def explain_formula(annotation: Annotation, tools: Tools) -> Annotation:
    """Return the annotation with what its formula alone explains, and would explain by chance.

    Shifted peaks are judged by the mass error of the measured ones.
    """
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula
    from msgui.chemistry.peak_formulas import name_peaks
    from msgui.spectra.coverage import coverage_of

    if not annotation.adduct or not annotation.formula:
        return annotation
    spectrum, said = annotation.overrides.reduced(annotation.spectrum)
    adduct, settings = parse_adduct(annotation.adduct), tools.settings
    ion = adduct.ion_formula(Formula.parse(annotation.formula))
    limits = (ion, adduct, settings.fragment_ppm, settings.peak_kinds)
    named = name_peaks(spectrum.mz, spectrum.intensity, *limits, chosen=said.chosen)
    counts = _counting(annotation, adduct)
    heights = spectrum.intensity[counts]

    def explains(shifted: "FloatArray") -> "npt.NDArray[np.bool_]":
        named_so = (name_peaks(mz, heights, *limits, named.mass_error) for mz in shifted)
        return np.array([found.is_part for found in named_so])

    return replace(
        annotation,
        recalibration=named.recalibration,
        formula_coverage=coverage_of(spectrum.intensity, named.is_part, counts),
        formula_chance=_chance(annotation, adduct, explains),
    )


def chance_of_candidate(annotation: Annotation, candidate: int, tools: Tools) -> "Chance | None":
    """Return what a candidate explains of shifted peaks; None without one that can be broken."""
    from msgui.chemistry.adducts import parse_adduct
    from msgui.fragments.annotate import explain

    if not annotation.adduct or not annotation.candidates:
        return None
    adduct, settings = parse_adduct(annotation.adduct), tools.settings
    smiles = annotation.candidates[candidate].structure.smiles

    def explains(shifted: "FloatArray") -> "npt.NDArray[np.bool_]":
        mz = shifted.ravel()
        found = explain(mz, mz, smiles, adduct, settings.fragment_ppm, max_bonds=settings.max_bonds)
        return np.array([bool(pieces) for pieces in found]).reshape(shifted.shape)

    try:
        return _chance(annotation, adduct, explains)
    except MsguiError:
        return None


def _chance(
    annotation: Annotation,
    adduct: "Adduct",
    explains: "Callable[[FloatArray], npt.NDArray[np.bool_]]",
) -> "Chance | None":
    from msgui.spectra.coverage import chance_of

    spectrum, _ = annotation.overrides.reduced(annotation.spectrum)
    return chance_of(explains, spectrum.mz, spectrum.intensity, _counting(annotation, adduct))


def _counting(annotation: Annotation, adduct: "Adduct") -> "npt.NDArray[np.bool_]":
    from msgui.spectra.coverage import counting_peaks

    spectrum, _ = annotation.overrides.reduced(annotation.spectrum)
    return counting_peaks(spectrum.mz, spectrum.intensity, spectrum.precursor_mz, adduct.charge)
