"""The method, top to bottom: what msgui does with one spectrum.

1. Which ion is it: the adduct, from the settings, the record, or assumed (and then shown so).
2. Which formula: given, stated by the record, that of the candidate list, or computed.
3. Which structures: a given list, or all of the store with that formula or mass.
4. What does the model say: a fingerprint, from the peaks alone, on this machine.
5. What do the nearest neighbours say: the baseline of equal size.
6. What do the fragments of each structure explain.
7. The ranking, and what each peak is for the structure in first place.
8. How far can it be believed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgui.annotation import Annotation, Candidate, FormulaCandidate, PeakAnnotation
from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum
from msgui.structures.structure import Structure
from msgui.tools import Settings, Tools

if TYPE_CHECKING:
    from msgui.chemistry.adducts import Adduct
    from msgui.fragments.annotate import CandidateScores
    from msgui.prediction.neighbours import BaselinePrediction
    from msgui.prediction.values import Prediction
    from msgui.spectra.coverage import Coverage
    from msgui.trust.values import TrustCheck

STEPS = 6
# A stated formula that misses the precursor by more than this is a mistake in the record.
STATED_FORMULA_PPM = 20.0
FORMULA_LIST_LENGTH = 20


@dataclass(frozen=True)
class Ion:
    """The ion that was isolated, and how that is known ("given", "record", "assumed")."""

    adduct: "Adduct"
    source: str


def annotate(spectrum: Spectrum, tools: Tools) -> Annotation:
    """Return everything the method finds for one spectrum.

    Nothing that is wrong with a spectrum raises: the annotation's ``status`` and ``message`` say
    what could not be done and why.
    """
    for event in annotate_in_steps(spectrum, tools):
        if isinstance(event, Annotation):
            return event
    raise AssertionError("annotate_in_steps ends with an annotation")


def annotate_all(spectra: Iterable[Spectrum], tools: Tools) -> Iterator[Annotation]:
    """Yield the annotation of each spectrum; one that fails does not stop the rest."""
    for spectrum in spectra:
        yield annotate(spectrum, tools)


def annotate_in_steps(spectrum: Spectrum, tools: Tools) -> Iterator[Step | Annotation]:
    """Yield steps while annotating one spectrum, and the annotation last."""
    reason = unfit(spectrum)
    if reason:
        yield Annotation(spectrum, status="failed", message=reason)
        return
    try:
        yield from _annotate_fit(spectrum, tools)
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


def _annotate_fit(spectrum: Spectrum, tools: Tools) -> Iterator[Step | Annotation]:
    settings, messages = tools.settings, list[str]()
    ion = ion_of(spectrum, settings)
    if ion.source == "assumed":
        messages.append(f"No adduct is stated; {ion.adduct.name} was assumed.")

    yield Step(0, STEPS, "Formulas")
    given = tools.candidates.get(spectrum.spectrum_id, ())
    formulas, formula, formula_source = find_formula(spectrum, ion.adduct, given, tools)

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
        formulas=formulas,
        formula=formula,
        formula_source=formula_source if formula else "",
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
    if not formula:
        messages.append("No formula fits the precursor. Check the adduct and the tolerance.")
    annotation = replace(
        annotation, status="partly" if messages else "ok", message=" ".join(messages)
    )
    yield replace(annotation, trust=_trust(annotation, tools))


def ion_of(spectrum: Spectrum, settings: Settings) -> Ion:
    """Return the ion: the given adduct, the record's, or the usual one of the polarity.

    Raises
    ------
    MsguiError
        When the given or stated adduct is not one.
    """
    from msgui.chemistry.adducts import default_adduct, parse_adduct

    if settings.adduct:
        return Ion(parse_adduct(settings.adduct, spectrum.polarity), "given")
    if spectrum.adduct:
        return Ion(parse_adduct(spectrum.adduct, spectrum.polarity), "record")
    polarity = spectrum.polarity
    if polarity is None and spectrum.charge:
        polarity = "negative" if spectrum.charge < 0 else "positive"
    return Ion(default_adduct(polarity or "positive"), "assumed")


def find_formula(
    spectrum: Spectrum, adduct: "Adduct", given: Sequence[Structure], tools: Tools
) -> tuple[tuple[FormulaCandidate, ...], str, str]:
    """Return the ranked formulas, the one to go on with, and where it comes from.

    A formula that the user gave goes first, then the record's (if asked to trust it and it fits
    the precursor), then the only formula of a given candidate list, then the best computed one
    (among those of the candidate list, when there is one). Formulas that a structure of the list
    or of the store has are likelier than others.
    """
    from msgui.chemistry.formula_ranking import rank_formulas

    settings = tools.settings
    listed = {structure.formula for structure in given}
    known = listed or _known_formulas(spectrum, adduct, tools)
    ranked = rank_formulas(
        spectrum,
        (adduct,),
        settings.ppm,
        settings.fragment_ppm,
        limit=FORMULA_LIST_LENGTH,
        known=known,
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
        )
        for position, entry in enumerate(ranked, start=1)
    )
    if settings.given_formula:
        return formulas, settings.given_formula, "given"
    if settings.formula == "record" and spectrum.formula and stated_formula_fits(spectrum, adduct):
        return formulas, spectrum.formula, "record"
    if len(listed) == 1:
        return formulas, listed.pop(), "given"
    for entry in formulas:
        if not listed or entry.formula in listed:
            return formulas, entry.formula, "computed"
    return formulas, formulas[0].formula if formulas else "", "computed"


def _known_formulas(spectrum: Spectrum, adduct: "Adduct", tools: Tools) -> set[str]:
    """Return the formulas of the structures in the store that have about the precursor's mass."""
    if tools.structures is None or spectrum.precursor_mz is None:
        return set()
    mass = adduct.neutral_mass(spectrum.precursor_mz)
    return {structure.formula for structure in tools.structures.by_mass(mass, tools.settings.ppm)}


def stated_formula_fits(spectrum: Spectrum, adduct: "Adduct") -> bool:
    """Return whether the record's formula has the precursor's mass."""
    from msgui.chemistry.formula import Formula

    if spectrum.formula is None or spectrum.precursor_mz is None:
        return False
    try:
        expected = adduct.mz(Formula.parse(spectrum.formula).mass)
    except MsguiError:
        return False
    return abs(spectrum.precursor_mz / expected - 1) * 1e6 <= STATED_FORMULA_PPM


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
