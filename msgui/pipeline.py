"""The method, top to bottom: what msgui does with one spectrum.

1. Which ion is it: the adduct, from the settings, the record, or ranked together with the formula
   (and then shown as a guess).
2. Which formula: given, stated by the record, that of the candidate list, or computed from mass,
   peaks, and the isotopes of the MS1 scan where there is one.
3. Which structures: a given list, or all of the store with that formula or mass.
4. What does the model say: a fingerprint, from the peaks alone, on this machine.
5. What do the nearest neighbours say: the baseline of equal size.
6. What do the fragments of each structure explain.
7. The ranking, and what each peak is for the structure in first place.
8. How far can it be believed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from msgui.annotation import Annotation, Candidate, PeakAnnotation
from msgui.errors import MsguiError
from msgui.precursor import Ion, find_precursor
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum
from msgui.structures.structure import Structure
from msgui.tools import Settings, Tools

if TYPE_CHECKING:
    from msgui.fragments.annotate import CandidateScores
    from msgui.prediction.neighbours import BaselinePrediction
    from msgui.prediction.values import Prediction
    from msgui.spectra.coverage import Coverage
    from msgui.trust.values import TrustCheck

STEPS = 6


def annotate(spectrum: Spectrum, tools: Tools, ms1: Spectrum | None = None) -> Annotation:
    """Return everything the method finds for one spectrum.

    ``ms1`` is the MS1 scan in which the precursor was seen (see
    :meth:`msgui.spectra.run.Run.ms1_for`). Nothing that is wrong with a spectrum raises: the
    annotation's ``status`` and ``message`` say what could not be done and why.
    """
    for event in annotate_in_steps(spectrum, tools, ms1):
        if isinstance(event, Annotation):
            return event
    raise AssertionError("annotate_in_steps ends with an annotation")


def annotate_all(spectra: Iterable[Spectrum], tools: Tools) -> Iterator[Annotation]:
    """Yield the annotation of each spectrum; one that fails does not stop the rest."""
    for spectrum in spectra:
        yield annotate(spectrum, tools)


def annotate_in_steps(
    spectrum: Spectrum, tools: Tools, ms1: Spectrum | None = None
) -> Iterator[Step | Annotation]:
    """Yield steps while annotating one spectrum, and the annotation last."""
    reason = unfit(spectrum)
    if reason:
        yield Annotation(spectrum, status="failed", message=reason)
        return
    try:
        yield from _annotate_fit(spectrum, tools, ms1)
    except MsguiError as error:
        yield Annotation(spectrum, status="failed", message=f"{error.cause} {error.action}".strip())


def unfit(spectrum: Spectrum) -> str:
    """Return why a spectrum cannot be annotated, empty when it can."""
    if len(spectrum) == 0:
        return "The spectrum has no peaks."
    if float(spectrum.intensity.max()) <= 0:
        return "The spectrum has no signal: all intensities are zero."
    if spectrum.ms_level == 1:
        return "This is an MS1 scan; only MS/MS spectra are annotated."
    if spectrum.precursor_mz is None:
        return "The precursor m/z is missing. Enter it to annotate the spectrum."
    return ""


def _annotate_fit(
    spectrum: Spectrum, tools: Tools, ms1: Spectrum | None
) -> Iterator[Step | Annotation]:
    settings = tools.settings

    yield Step(0, STEPS, "Formulas")
    given = tools.candidates.get(spectrum.spectrum_id, ())
    precursor = find_precursor(spectrum, given, tools, ms1)
    ion, formula, messages = precursor.ion, precursor.formula, list(precursor.messages)

    yield Step(1, STEPS, "Candidate structures")
    structures = find_structures(formula, ion, spectrum, tools)
    if tools.candidates and not given:
        messages.append("The candidate list has no structure for this spectrum.")
    elif not structures and tools.structures is not None and formula:
        messages.append(f"No structure with the formula {formula} is in the list.")

    yield Step(2, STEPS, "Prediction")
    prediction = blind = None
    if tools.model is not None and formula:
        prediction = tools.model.predict([spectrum], [formula], [ion.adduct.name])[0]
        blind = tools.model.predict_blind([spectrum], [formula], [ion.adduct.name])[0]

    yield Step(3, STEPS, "Nearest neighbours")
    baseline = find_neighbours(spectrum, formula, prediction, tools)

    yield Step(4, STEPS, "Fragments of the candidates")
    scores = None
    for event in _score(spectrum, structures, ion, settings):
        if isinstance(event, Step):
            yield event
        else:
            scores = event
    candidates: tuple[Candidate, ...] = ()
    if scores is not None:
        from msgui.prediction.ranking import WEIGHTS, Weights, rank

        weights = Weights.from_card(tools.model.card.calibration) if tools.model else WEIGHTS
        candidates = tuple(rank(prediction, structures, baseline, scores, weights, blind))

    yield Step(5, STEPS, "Peaks")
    annotation = Annotation(
        spectrum=spectrum,
        adduct=ion.adduct.name,
        adduct_source=ion.source,
        formulas=precursor.formulas,
        none_probability=precursor.none_probability,
        ms1=precursor.ms1,
        ms1_note=precursor.ms1_note,
        formula=formula,
        formula_source=precursor.formula_source,
        candidates=candidates[: settings.top],
        candidate_count=len(candidates),
        prediction=prediction,
        neighbours=baseline.neighbours if baseline is not None else (),
        neighbour_note=baseline.note if baseline is not None else "",
        model=f"{tools.model.card.name} {tools.model.card.version}" if tools.model else "",
    )
    annotation = replace(
        annotation,
        peaks=explain_candidate(annotation, 0, tools),
        formula_coverage=_formula_coverage(annotation, ion, settings),
    )
    annotation = replace(
        annotation, status="partly" if messages else "ok", message=" ".join(messages)
    )
    yield replace(annotation, trust=_trust(annotation, tools))


def find_structures(
    formula: str, ion: Ion, spectrum: Spectrum, tools: Tools
) -> Sequence[Structure]:
    """Return the candidates: the given list, or those of the store by formula or by mass."""
    given = tools.candidates.get(spectrum.spectrum_id)
    if given is not None:
        return given
    if tools.structures is None or not formula or tools.candidates:
        return ()
    if tools.settings.by == "mass" and spectrum.precursor_mz is not None:
        neutral = ion.adduct.neutral_mass(spectrum.precursor_mz)
        return tools.structures.by_mass(neutral, tools.settings.ppm)
    return tools.structures.by_formula(formula)


def find_neighbours(
    spectrum: Spectrum, formula: str, prediction: "Prediction | None", tools: Tools
) -> "BaselinePrediction | None":
    """Return the baseline: nearest library spectra, or nearest remembered training spectra.

    Neighbours without a name get the one that the candidate store has for their compound.
    """
    from msgui.prediction.neighbours import memory_baseline, strong_baseline

    if tools.library is not None:
        return _named(strong_baseline(spectrum, tools.library, formula or None), tools)
    if prediction is not None and tools.model is not None and tools.model.memory is not None:
        baseline = memory_baseline(
            prediction.embedding, tools.model.memory, formula or None, polarity=spectrum.polarity
        )
        return _named(baseline, tools)
    return None


def _named(baseline: "BaselinePrediction", tools: Tools) -> "BaselinePrediction":
    nameless = [n.inchikey14 for n in baseline.neighbours if not n.name and n.inchikey14]
    if tools.structures is None or not nameless:
        return baseline
    names = tools.structures.names_of(nameless)
    neighbours = (
        replace(n, name=n.name or names.get(n.inchikey14, "")) for n in baseline.neighbours
    )
    return replace(baseline, neighbours=tuple(neighbours))


def _score(
    spectrum: Spectrum, structures: Sequence[Structure], ion: Ion, settings: Settings
) -> "Iterator[Step | CandidateScores]":
    if not structures:
        return
    from msgui.fragments.annotate import score_candidates_in_steps

    yield from score_candidates_in_steps(
        spectrum.mz,
        spectrum.intensity,
        [structure.smiles for structure in structures],
        ion.adduct,
        settings.fragment_ppm,
        spectrum.precursor_mz,
        max_bonds=settings.max_bonds,
    )


def explain_candidate(
    annotation: Annotation, candidate: int, tools: Tools
) -> tuple[PeakAnnotation, ...]:
    """Return what each peak is if the candidate at this index is the right one.

    Without candidates the peaks are explained by the formula alone.
    """
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula
    from msgui.fragments.annotate import explain
    from msgui.peaks import label_peaks

    spectrum, settings = annotation.spectrum, tools.settings
    if not annotation.adduct or not (annotation.formula or annotation.candidates):
        return tuple(
            PeakAnnotation(i, float(mz), float(intensity), float(relative))
            for i, (mz, intensity, relative) in enumerate(
                zip(spectrum.mz, spectrum.intensity, spectrum.relative_intensity, strict=True)
            )
        )
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
    return label_peaks(
        spectrum,
        Formula.parse(formula),
        adduct,
        settings.fragment_ppm,
        explanation=explanation,
        has_seen=tools.model.has_seen if tools.model is not None else None,
    )


def _formula_coverage(annotation: Annotation, ion: Ion, settings: Settings) -> "Coverage | None":
    if not annotation.formula:
        return None
    from msgui.chemistry.formula import Formula
    from msgui.chemistry.subformulas import formula_coverage

    return formula_coverage(
        annotation.spectrum,
        ion.adduct.ion_formula(Formula.parse(annotation.formula)),
        ion.adduct,
        settings.fragment_ppm,
    )


def _trust(annotation: Annotation, tools: Tools) -> "tuple[TrustCheck, ...]":
    from msgui.trust.verdict import run_checks

    return tuple(run_checks(annotation, tools.model))
