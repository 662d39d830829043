"""The expected spectrum beside the measured one: heights, what disagrees, and the words for it."""

import math

import numpy as np
import pytest

from msgui.annotation import Annotation
from msgui.chemistry.formula import ELECTRON_MASS, Formula
from msgui.chemistry.molecule import standardize
from msgui.expectation import MISSED_FROM, TALL_FROM, _reasons, expect
from msgui.fragments.coverage import Coverage
from msgui.prediction.forward_network import Conditions
from msgui.prediction.values import Candidate
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from msgui.structures.structure import Structure
from msgui.tools import Tools
from tests.tiny_forward import forward_model

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
PRECURSOR = 152.0706


def annotation(mz: np.ndarray, intensity: np.ndarray) -> Annotation:
    found = standardize(PARACETAMOL)
    structure = Structure(found.smiles, found.inchikey14, found.formula, found.exact_mass)
    spectrum = Spectrum(
        mz,
        intensity,
        precursor_mz=PRECURSOR,
        adduct="[M+H]+",
        charge=1,
        collision_energy=CollisionEnergy("20 eV", 20.0, "eV"),
    )
    candidate = Candidate(structure, 1, 1.0, None, None, None, None, Coverage(1, 1, 1.0), None)
    return Annotation(spectrum, adduct="[M+H]+", formula="C8H9NO2", candidates=(candidate,))


def expected_peaks(energy: float = 20.0) -> tuple[np.ndarray, np.ndarray]:
    smiles = standardize(PARACETAMOL).smiles
    found = forward_model().expected(smiles, "[M+H]+", Conditions(PRECURSOR, energy))
    return found.mz, found.intensity


def tools() -> Tools:
    return Tools(forward=forward_model())


def test_what_was_measured_as_expected_agrees() -> None:
    mz, intensity = expected_peaks()
    found = expect(annotation(mz, intensity * 1000), 0, tools())
    assert found is not None
    assert (found.energy_ev, found.is_measured_energy) == (20.0, True)
    assert found.is_met.all()
    assert not found.is_missing.any()
    assert found.cosine > 0.8
    compared = np.isfinite(found.at_peak)
    assert compared.any()
    assert (found.at_peak[compared] >= intensity[compared] - 1e-9).all()


def test_missing_and_unexpected_peaks_are_told_apart() -> None:
    mz, intensity = expected_peaks()
    high = mz[np.argmax(intensity)]
    found = expect(annotation(np.array([60.5, 140.5]), np.array([100.0, 15.0])), 0, tools())
    assert found is not None
    assert found.mz[found.is_missing & (found.intensity == 1.0)].tolist() == [high]
    assert (found.intensity[found.is_missing] >= MISSED_FROM).all()
    assert found.is_tall.tolist() == [True, False]
    assert found.measured[0] >= TALL_FROM
    assert found.cosine == 0.0


def test_every_ion_has_its_fragment_and_cuts() -> None:
    mz, intensity = expected_peaks()
    found = expect(annotation(mz, intensity), 0, tools())
    assert found is not None
    assert len(found.words) == found.mz.size == found.intensity.size
    assert all("cut at" in words or "whole molecule" in words for words in found.words)
    for place, words in zip(found.mz.tolist(), found.words, strict=True):
        formula = Formula.parse(words.split("+")[0])
        assert formula.mass - ELECTRON_MASS == pytest.approx(place, abs=1e-4)


def test_what_makes_an_ion_high_is_said_in_words() -> None:
    found = expect(annotation(*expected_peaks()), 0, tools())
    assert found is not None
    reasons = [words for words in found.words if "against the average fragment" in words]
    assert reasons
    assert all("favored" in words or "held back" in words for words in reasons)
    assert _reasons([math.log(22), math.log(1.4), -math.log(3), math.log(1000)]) == (
        "; against the average fragment favored over 100 times by its size and the number of cuts, "
        "22 times by the bonds cut, held back 3.0 times by the atoms left behind"
    )
    assert _reasons([0.1, -0.1, 0.0, 0.2]) == ""


def test_another_energy_can_be_asked_for() -> None:
    mz, intensity = expected_peaks()
    made = annotation(mz, intensity)
    low, high = (expect(made, 0, tools(), energy) for energy in (10.0, 90.0))
    assert low is not None
    assert high is not None
    assert (low.energy_ev, low.is_measured_energy) == (10.0, False)
    assert not np.array_equal(low.intensity, high.intensity)


@pytest.mark.parametrize("case", ["no model", "no precursor", "no candidate"])
def test_nothing_is_expected_without_what_it_takes(case: str) -> None:
    made = annotation(np.array([60.5]), np.array([1.0]))
    if case == "no precursor":
        made = Annotation(made.spectrum.with_(precursor_mz=None), adduct="[M+H]+")
    index = 3 if case == "no candidate" else 0
    assert expect(made, index, Tools() if case == "no model" else tools()) is None
