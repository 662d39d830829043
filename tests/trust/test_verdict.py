"""Every check says what it computed, or why it could not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from msgui.annotation import Annotation, Candidate, PeakAnnotation
from msgui.chemistry.molecule import standardize
from msgui.fragments.coverage import Coverage
from msgui.prediction.onnx_model import Model
from msgui.prediction.values import Neighbour
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from msgui.structures.structure import Structure
from msgui.trust.intensities import altered
from msgui.trust.values import TrustCheck
from msgui.trust.verdict import CHECKS, run_checks
from tests.tiny_models import graph, write_memory, write_model, write_seen

PURINES = (
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "CCn1cnc2c1c(=O)[nH]c(=O)n2C",
    "CC(C)n1cnc2c(=O)[nH]c(=O)[nH]c21",
)


def candidate(smiles: str, rank: int) -> Candidate:
    clean = standardize(smiles)
    structure = Structure(clean.smiles, clean.inchikey14, clean.formula, clean.exact_mass)
    return Candidate(structure, rank, 0.5, 0.4, 0.3, 2, None, Coverage(3, 5, 0.6), None)


def caffeine(model: Model | None) -> Annotation:
    spectrum = Spectrum(
        np.array([69.0447, 110.0713, 138.0662, 195.0877]),
        np.array([10.0, 25.0, 100.0, 60.0]),
        precursor_mz=195.0877,
        instrument="Q Exactive Orbitrap",
        collision_energy=CollisionEnergy("35 NCE", 35.0, "NCE"),
    )
    peaks = (
        PeakAnnotation(0, 69.0447, 10.0, 0.1, "C3H5N2", 1, label="fragment", seen_in_training=True),
        PeakAnnotation(
            1, 110.0713, 30.0, 0.25, "C5H8N3", 1, label="fragment", seen_in_training=False
        ),
        PeakAnnotation(2, 138.0662, 100.0, 1.0),
    )
    prediction = None
    if model is not None:
        prediction = model.predict([spectrum], ["C8H10N4O2"], ["[M+H]+"])[0]
    return Annotation(
        spectrum,
        adduct="[M+H]+",
        formula="C8H10N4O2",
        peaks=peaks,
        candidates=tuple(candidate(s, i + 1) for i, s in enumerate(PURINES)),
        prediction=prediction,
        neighbours=(
            Neighbour(
                PURINES[1],
                "X",
                "C8H10N4O2",
                0.83,
                "library",
                True,
                name="a purine",
                mz=np.array([80.05, 123.0]),
                intensity=np.array([10.0, 90.0]),
            ),
        ),
    )


def opened(tmp_path: Path, *, sees_peaks: bool = True) -> Model:
    folder = write_model(tmp_path / f"sees_{sees_peaks}", graph(sees_peaks=sees_peaks))
    write_memory(folder, [(PURINES[0], "RYYVLZVUVIJVGH", "C8H10N4O2")], [0, 0, 0])
    write_seen(folder, ["C3H5N2"])
    return Model.open(folder, "cpu")


def by_name(checks: list[TrustCheck]) -> dict[str, TrustCheck]:
    return {check.check: check for check in checks}


def test_every_check_has_a_number_and_invents_no_limit(tmp_path: Path) -> None:
    model = opened(tmp_path)
    checks = run_checks(caffeine(model), model)
    assert [check.check for check in checks] == [name for name, _, _ in CHECKS]
    for check in checks:
        assert check.value is not None, check
        assert check.state in ("unknown", "warn"), check
    # What blind ranks as well is a fact and needs no limit.
    matters = checks[4]
    assert (matters.state == "warn") == matters.sentence.startswith("The spectrum added nothing")
    assert (matters.state == "warn") == (matters.value == 1.0)


def test_conditions_count_what_is_shared(tmp_path: Path) -> None:
    model = opened(tmp_path)
    found = by_name(run_checks(caffeine(model), model))["conditions"]
    assert found.value == 3
    assert "within 10 eV of 14 eV" in found.sentence
    other = replace(caffeine(model), adduct="[M+Na]+")
    assert by_name(run_checks(other, model))["conditions"].value == 0


def test_unseen_formulas_are_weighted_by_intensity(tmp_path: Path) -> None:
    model = opened(tmp_path)
    found = by_name(run_checks(caffeine(model), model))["fragment formulas"]
    assert found.value == pytest.approx(0.75)
    assert "For 1 of 2 fragment peaks (75% of their intensity)" in found.sentence


def test_model_that_ignores_peaks_keeps_all_bits(tmp_path: Path) -> None:
    blind = opened(tmp_path, sees_peaks=False)
    checks = by_name(run_checks(caffeine(blind), blind))
    assert checks["intensities"].value == 1.0
    assert checks["spectrum matters"].state == "problem"
    assert "Not supported by the spectrum" in checks["spectrum matters"].sentence
    seeing = opened(tmp_path)
    checks = by_name(run_checks(caffeine(seeing), seeing))
    assert checks["intensities"].value is not None
    assert checks["intensities"].value < 1.0
    assert "100%" not in checks["spectrum matters"].sentence
    assert "another compound of this formula" in checks["spectrum matters"].sentence


def test_baseline_is_compared_by_the_nearest_neighbour(tmp_path: Path) -> None:
    model = opened(tmp_path)
    found = by_name(run_checks(caffeine(model), model))["model and baseline"]
    assert "a purine, similarity 0.83" in found.sentence
    assert "at rank 2" in found.sentence
    assert "learned from spectra of the top candidate" in found.sentence
    stranger = replace(caffeine(model).neighbours[0], same_formula=False)
    other = replace(caffeine(model), neighbours=(stranger,))
    sentence = by_name(run_checks(other, model))["model and baseline"].sentence
    assert "No similar reference spectrum has the formula C8H10N4O2" in sentence


def test_quality_counts_fragments_without_the_precursor() -> None:
    found = by_name(run_checks(caffeine(None), None))["spectrum quality"]
    assert found.value == 3
    assert "The precursor holds 31% of the intensity" in found.sentence


def test_without_a_model_the_reason_is_said() -> None:
    checks = by_name(run_checks(caffeine(None), None))
    assert checks["intensities"] == TrustCheck(
        "intensities", "unknown", None, "not computed, because there is no model."
    )


def test_reasons_why_a_check_cannot_be_computed(tmp_path: Path) -> None:
    model = Model.open(write_model(tmp_path / "bare", graph()), "cpu")
    checks = by_name(run_checks(replace(caffeine(model), neighbours=(), peaks=()), model))
    assert "how its training spectra were measured" in checks["conditions"].sentence
    assert "no fragment peak has a formula" in checks["fragment formulas"].sentence
    assert "there are no neighbours" in checks["model and baseline"].sentence
    one_peak = caffeine(model).spectrum.with_(mz=np.array([138.07]), intensity=np.ones(1))
    single = by_name(run_checks(replace(caffeine(model), spectrum=one_peak), model))
    assert "a single peak" in single["intensities"].sentence


def test_same_peaks_are_always_altered_in_the_same_way() -> None:
    spectrum = caffeine(None).spectrum
    for (_, one), (_, other) in zip(altered(spectrum), altered(spectrum), strict=True):
        assert one.intensity.tolist() == other.intensity.tolist()
    swapped = altered(spectrum)[-1][1]
    assert sorted(swapped.intensity) == sorted(spectrum.intensity)
