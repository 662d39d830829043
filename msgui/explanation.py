"""What each peak is if a candidate is right, and how much of that would be chance."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from msgui.annotation import Annotation, PeakAnnotation
from msgui.tools import Tools

if TYPE_CHECKING:
    import numpy.typing as npt

    from msgui.chemistry.adducts import Adduct
    from msgui.spectra.coverage import Chance, Coverage
    from msgui.spectra.spectrum import FloatArray


def explain_candidate(
    annotation: Annotation, candidate: int, tools: Tools
) -> tuple[PeakAnnotation, ...]:
    """Return what each peak is if the candidate at this index is the right one.

    Without candidates the peaks are explained by the formula alone.
    """
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula
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
        explanation = explain(
            spectrum.mz,
            spectrum.intensity,
            structure.smiles,
            adduct,
            settings.fragment_ppm,
            max_bonds=settings.max_bonds,
        )
    peaks = label_peaks(
        spectrum,
        Formula.parse(formula),
        adduct,
        settings.fragment_ppm,
        explanation=explanation,
        has_seen=tools.model.has_seen if tools.model is not None else None,
    )
    peaks = with_said(peaks, said, adduct.ion_formula(Formula.parse(formula)), adduct)
    return with_dropped(peaks, annotation.spectrum, annotation.overrides)


def formula_coverage(annotation: Annotation, tools: Tools) -> "Coverage | None":
    """Return how much parts of the formula explain; None without a formula."""
    from msgui.chemistry import subformulas
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula

    if not annotation.formula:
        return None
    adduct = parse_adduct(annotation.adduct)
    spectrum, _ = annotation.overrides.reduced(annotation.spectrum)
    ion = adduct.ion_formula(Formula.parse(annotation.formula))
    return subformulas.formula_coverage(spectrum, ion, adduct, tools.settings.fragment_ppm)


def chance_of_candidate(annotation: Annotation, candidate: int, tools: Tools) -> "Chance | None":
    """Return what a candidate explains of shifted peaks; None when there is none."""
    from msgui.chemistry.adducts import parse_adduct
    from msgui.fragments.annotate import explain

    if not annotation.adduct or not annotation.candidates:
        return None
    adduct, settings = parse_adduct(annotation.adduct), tools.settings
    smiles = annotation.candidates[candidate].structure.smiles

    def explains(mz: "FloatArray") -> "npt.NDArray[np.bool_]":
        found = explain(mz, mz, smiles, adduct, settings.fragment_ppm, max_bonds=settings.max_bonds)
        return np.array([bool(pieces) for pieces in found])

    return _chance(annotation, adduct, explains)


def chance_of_formula(annotation: Annotation, tools: Tools) -> "Chance | None":
    """Return what parts of the formula explain of shifted peaks; None without a formula."""
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula
    from msgui.chemistry.subformulas import annotate_peaks

    if not annotation.adduct or not annotation.formula:
        return None
    adduct = parse_adduct(annotation.adduct)
    ion = adduct.ion_formula(Formula.parse(annotation.formula))
    ppm = tools.settings.fragment_ppm
    return _chance(annotation, adduct, lambda mz: annotate_peaks(mz, ion, adduct, ppm).explained)


def _chance(
    annotation: Annotation,
    adduct: "Adduct",
    explains: "Callable[[FloatArray], npt.NDArray[np.bool_]]",
) -> "Chance | None":
    from msgui.spectra.coverage import chance_of, counting_peaks

    spectrum, _ = annotation.overrides.reduced(annotation.spectrum)
    mz, intensity = spectrum.mz, spectrum.intensity
    counts = counting_peaks(mz, intensity, spectrum.precursor_mz, adduct.charge)
    return chance_of(explains, mz, intensity, counts)
