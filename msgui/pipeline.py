"""The method, top to bottom: what msgui does with one spectrum.

1. Which ion is it: the adduct, from the settings, the record, or ranked together with the formula
   (and then shown as a guess).
2. Which formula: given, stated by the record, that of the candidate list, or computed from mass,
   peaks, and the isotopes of the MS1 scan where there is one.
3. Which structures: a given list, or all of the store with that formula or mass.
4. What does the model say: a fingerprint, from the peaks alone, on this machine.
5. What do the nearest neighbours say: the baseline of equal size.
6. What do the fragments of each structure explain.
7. Which intensities would each structure give, and are they the measured ones.
8. The ranking, and what each peak is for the structure in first place.
9. How far can it be believed.

What the chemist says about single peaks (:mod:`msgui.overrides`) is taken as given: marked peaks
are not looked at in any of these steps, a chosen formula is the only one that its peak may have.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from msgui.annotation import Annotation, Candidate, PeakAnnotation
from msgui.errors import MsguiError
from msgui.explanation import (
    chance_of_candidate,
    explain_candidate,
    explain_formula,
)
from msgui.overrides import NO_OVERRIDES, Overrides
from msgui.precursor import Ion, find_precursor
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum
from msgui.structures.structure import Structure
from msgui.tools import Settings, Tools

if TYPE_CHECKING:
    from msgui.fragments.scoring import CandidateScores
    from msgui.prediction.neighbours import BaselinePrediction
    from msgui.prediction.values import Prediction
    from msgui.trust.influence import Influence

STEPS = 7


def annotate(
    spectrum: Spectrum,
    tools: Tools,
    ms1: Spectrum | None = None,
    overrides: Overrides = NO_OVERRIDES,
) -> Annotation:
    """Return everything the method finds for one spectrum.

    ``ms1`` is the MS1 scan in which the precursor was seen (see
    :meth:`msgui.spectra.run.Run.ms1_for`). Nothing that is wrong with a spectrum raises: the
    annotation's ``status`` and ``message`` say what could not be done and why.
    """
    for event in annotate_in_steps(spectrum, tools, ms1, overrides):
        if isinstance(event, Annotation):
            return event
    raise AssertionError("annotate_in_steps ends with an annotation")


def annotate_all(spectra: Iterable[Spectrum], tools: Tools) -> Iterator[Annotation]:
    """Yield the annotation of each spectrum; one that fails does not stop the rest."""
    for spectrum in spectra:
        yield annotate(spectrum, tools)


def annotate_in_steps(
    spectrum: Spectrum,
    tools: Tools,
    ms1: Spectrum | None = None,
    overrides: Overrides = NO_OVERRIDES,
) -> Iterator[Step | Annotation]:
    """Yield steps while annotating one spectrum, and the annotation last."""
    from msgui.peaks import with_dropped

    seen, said = overrides.reduced(spectrum)
    reason = unfit(spectrum)
    if not reason and not len(seen):
        reason = "All peaks are marked as noise or contaminant."
    if reason:
        yield Annotation(spectrum, status="failed", message=reason, overrides=overrides)
        return
    try:
        for event in _annotate_fit(seen, tools, ms1, said):
            if isinstance(event, Annotation):
                peaks = with_dropped(event.peaks, spectrum, overrides)
                yield replace(event, spectrum=spectrum, overrides=overrides, peaks=peaks)
            else:
                yield event
    except MsguiError as error:
        message = f"{error.cause} {error.action}".strip()
        yield Annotation(spectrum, status="failed", message=message, overrides=overrides)


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
    spectrum: Spectrum, tools: Tools, ms1: Spectrum | None, said: Overrides
) -> Iterator[Step | Annotation]:
    settings = tools.settings

    yield Step(0, STEPS, "Formulas")
    given = tools.candidates.get(spectrum.spectrum_id, ())
    precursor = find_precursor(spectrum, given, tools, ms1, said)
    ion, formula, messages = precursor.ion, precursor.formula, list(precursor.messages)

    yield Step(1, STEPS, "Candidate structures")
    structures = with_own(find_structures(formula, ion, spectrum, tools), said)
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
    for event in _score(spectrum, structures, ion, settings, said):
        if isinstance(event, Step):
            yield event
        else:
            scores = event

    yield Step(5, STEPS, "Expected spectra of the candidates")
    forward = yield from find_agreements(spectrum, structures, ion, tools)
    candidates: tuple[Candidate, ...] = ()
    if scores is not None:
        from msgui.prediction.ion_tolerance import coarse_notes
        from msgui.prediction.ranking import rank

        ranked = rank(prediction, structures, baseline, scores, blind=blind, forward=forward)
        candidates = tuple(ranked)
        messages += limits_of(scores, structures, candidates)
        if forward is not None:
            messages += coarse_notes(spectrum.mz)

    yield Step(6, STEPS, "Peaks")
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
        candidates=_shown(candidates, settings.top, said),
        candidate_count=len(candidates),
        prediction=prediction,
        neighbours=baseline.neighbours if baseline is not None else (),
        neighbour_note=baseline.note if baseline is not None else "",
        model=f"{tools.model.card.name} {tools.model.card.version}" if tools.model else "",
        overrides=said,
    )
    try:
        annotation = replace(
            explain_formula(annotation, tools),
            peaks=explain_candidate(annotation, 0, tools),
            chance=chance_of_candidate(annotation, 0, tools),
        )
    except MsguiError as error:
        from msgui.peaks import unlabelled

        annotation = replace(annotation, peaks=unlabelled(spectrum))
        messages.append(f"The peaks have no formulas. {error.cause} {error.action}".strip())
    annotation = replace(
        annotation, status="partly" if messages else "ok", message=" ".join(messages)
    )
    yield with_trust(annotation, tools)


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


def with_own(structures: Sequence[Structure], said: Overrides) -> Sequence[Structure]:
    """Return the candidates with those that the chemist added; what is listed stands once."""
    listed = {structure.inchikey14 for structure in structures}
    return [*structures, *(own for own in said.structures if own.inchikey14 not in listed)]


def _shown(candidates: Sequence[Candidate], top: int, said: Overrides) -> tuple[Candidate, ...]:
    """Return the best candidates, and the chemist's own wherever they stand."""
    own = {structure.inchikey14 for structure in said.structures}
    further = (c for c in candidates[top:] if c.structure.inchikey14 in own)
    return (*candidates[:top], *further)


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
    spectrum: Spectrum,
    structures: Sequence[Structure],
    ion: Ion,
    settings: Settings,
    said: Overrides,
) -> "Iterator[Step | CandidateScores]":
    if not structures:
        return
    from msgui.fragments.scoring import score_candidates_in_steps

    mz, tolerance_ppm = said.sought(spectrum.mz, ion.adduct, settings.fragment_ppm)
    yield from score_candidates_in_steps(
        mz,
        spectrum.intensity,
        [structure.smiles for structure in structures],
        ion.adduct,
        tolerance_ppm,
        spectrum.precursor_mz,
        max_bonds=settings.max_bonds,
    )


def limits_of(
    scores: "CandidateScores", structures: Sequence[Structure], candidates: Sequence[Candidate]
) -> list[str]:
    """Return the sentences about candidates that could not be broken as far as was asked for."""
    from msgui.fragments.limits import limit_notes

    # Where every peak is explained there is nothing that the other places could add.
    crowded = {
        structures[row].smiles
        for row in scores.crowded
        if scores.explained_peaks[row] < scores.peaks
    }
    first_is_crowded = bool(candidates) and candidates[0].structure.smiles in crowded
    return limit_notes(len(structures), scores.failed, scores.limited, first_is_crowded)


def find_agreements(
    spectrum: Spectrum, structures: Sequence[Structure], ion: Ion, tools: Tools
) -> Generator[Step, None, npt.NDArray[np.float64] | None]:
    """Yield steps; return how well expected and measured intensities agree, shape (n,).

    None without a forward model.
    """
    if tools.forward is None or not structures:
        return None
    smiles = [structure.smiles for structure in structures]
    return (
        yield from tools.forward.agreements_in_steps(
            spectrum, smiles, ion.adduct, tools.settings.fragment_ppm
        )
    )


def with_trust(annotation: Annotation, tools: Tools) -> Annotation:
    """Return the annotation with its checks, the verdict that follows, and whence it comes."""
    from msgui.trust.influence import influences
    from msgui.trust.judging import judge
    from msgui.trust.verdict import run_checks

    checks = run_checks(annotation, tools.model)
    trust, verdict = judge(annotation, checks, tools.standard_for(annotation))
    decided: tuple[Influence, ...] = ()
    if tools.influence is not None and tools.model is not None and tools.model.memory is not None:
        decided = influences(annotation, tools.model.memory, tools.influence)
    return replace(
        annotation,
        peaks=_with_what_they_carry(annotation, tools),
        trust=trust,
        verdict=verdict,
        influences=decided,
    )


def _with_what_they_carry(annotation: Annotation, tools: Tools) -> tuple[PeakAnnotation, ...]:
    """Return the peaks with what the model's answer loses without each of them."""
    from msgui.prediction.agreement import bits_of
    from msgui.trust.occlusion import occlude
    from msgui.trust.subject import NotComputedError

    peaks = annotation.peaks
    if tools.model is None or not annotation.candidates or len(peaks) != len(annotation.spectrum):
        return peaks
    try:
        occlusion = occlude(annotation, tools.model)
    except NotComputedError:
        return peaks
    bits = bits_of([annotation.candidates[0].structure.smiles])[0]
    carried = occlusion.at_peak(occlusion.carried(bits), len(peaks))
    return tuple(
        replace(peak, carries=float(value)) for peak, value in zip(peaks, carried, strict=True)
    )
