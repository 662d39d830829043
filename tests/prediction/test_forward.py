"""Expected spectra, their agreement with measured ones, and folders that are refused."""

from pathlib import Path

import numpy as np
import pytest

from msgui.chemistry.adducts import parse_adduct
from msgui.errors import MsguiError
from msgui.fragments.enumerate import fragments_of
from msgui.prediction.forward import ForwardModel, agreement_of, conditions_for
from msgui.prediction.forward_models import open_forward_model
from msgui.progress import Step
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from tests.tiny_forward import forward_model, write_forward

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
ISOMERS = ["CCn1c(=O)c2[nH]cnc2n(C)c1=O", "CCCn1c(=O)[nH]c2nc[nH]c2c1=O", CAFFEINE]
PROTONATED = parse_adduct("[M+H]+")


def agreements(model: ForwardModel, spectrum: Spectrum, smiles: list[str]) -> np.ndarray:
    events = model.agreements_in_steps(spectrum, smiles, PROTONATED, 10.0)
    while True:
        try:
            assert isinstance(next(events), Step)
        except StopIteration as end:
            return end.value


def spectrum_of(model: ForwardModel, smiles: str, energy: float = 30.0) -> Spectrum:
    conditions = conditions_for(smiles, "[M+H]+", energy, "Q Exactive Orbitrap")
    expected = model.expected(smiles, PROTONATED, conditions)
    return Spectrum(
        expected.mz,
        expected.intensity,
        precursor_mz=conditions.precursor_mz,
        collision_energy=CollisionEnergy("", energy, "eV"),
        instrument="Q Exactive Orbitrap",
    )


def test_an_expected_spectrum_names_its_pieces() -> None:
    conditions = conditions_for(CAFFEINE, "[M+H]+", 35.0)
    found = forward_model().expected(CAFFEINE, "[M+H]+", conditions)
    assert np.all(np.diff(found.mz) > 0)
    assert found.intensity.max() == 1
    assert found.mz.max() < conditions.precursor_mz - 0.5
    pieces = fragments_of(CAFFEINE, 2)
    proton = 1.00727646688
    for ion in range(0, len(found), 7):
        neutral = pieces.mass[found.piece[ion]] + (found.shift[ion] - 1) * 1.00782503207
        assert found.mz[ion] == pytest.approx(neutral + proton, abs=1e-5)


def test_a_structure_agrees_best_with_what_is_expected_of_it() -> None:
    model = forward_model()
    found = agreements(model, spectrum_of(model, CAFFEINE), ISOMERS)
    assert found.argmax() == 2
    assert np.all((found >= 0) & (found <= 1))


def test_nominal_masses_still_agree_best_with_their_structure() -> None:
    model = forward_model()
    fine = spectrum_of(model, CAFFEINE)
    # An ion trap that is off by a quarter of a unit, as its records are.
    coarse = fine.with_(mz=np.round(fine.mz - 0.15, 1), intensity=fine.intensity)
    found = agreements(model, coarse, ISOMERS)
    assert found.argmax() == 2
    assert found[2] > 0.5


def test_agreement_by_hand() -> None:
    heights = np.array([3.0, 1.0])
    assert agreement_of(heights, np.array([0.0, 0.0]), 5.0) == 0
    assert agreement_of(np.array([2.0]), np.array([5.0]), 5.0) == 1
    assert agreement_of(heights, np.zeros(2), 0.0) == 0
    half = agreement_of(heights, np.array([2.5, 0.0]), 5.0)
    assert half == pytest.approx(0.75 * (1 - np.log(0.501) / np.log(0.001)))


def test_company_changes_nothing() -> None:
    model = forward_model()
    spectrum = spectrum_of(model, CAFFEINE)
    together = agreements(model, spectrum, [*ISOMERS, *ISOMERS])
    alone = np.concatenate([agreements(model, spectrum, [text]) for text in ISOMERS])
    assert together.tolist() == [*alone, *alone]


def test_energy_matters() -> None:
    model = forward_model()
    low, high = (
        model.expected(CAFFEINE, "[M+H]+", conditions_for(CAFFEINE, "[M+H]+", energy))
        for energy in (10.0, 90.0)
    )
    assert low.intensity.tolist() != high.intensity.tolist()


@pytest.mark.parametrize("adduct", ["[M-H]-", "[M+Na]+", "[M+NH4]+", "[2M+H]+", "[M+2H]2+", "[M]+"])
def test_other_adducts_give_ions(adduct: str) -> None:
    found = forward_model().expected(CAFFEINE, adduct, conditions_for(CAFFEINE, adduct, 30.0))
    assert len(found) > 10
    assert np.all(np.diff(found.mz) >= 0)


def test_what_cannot_be_compared_agrees_with_nothing() -> None:
    model = forward_model()
    spectrum = spectrum_of(model, CAFFEINE)
    assert agreements(model, spectrum, ["nonsense", CAFFEINE])[0] == 0
    assert agreements(model, spectrum.with_(precursor_mz=None), [CAFFEINE]).tolist() == [0]
    only_precursor = spectrum.with_(mz=[195.0877], intensity=[1.0], precursor_mz=195.0877)
    assert agreements(model, only_precursor, [CAFFEINE]).tolist() == [0]
    assert agreements(model, spectrum, []).size == 0


def test_a_folder_is_opened_and_knows_what_it_learned(tmp_path: Path) -> None:
    model = ForwardModel.open(write_forward(tmp_path / "one", ["RYYVLZVUVIJVGH"]))
    assert (model.name, model.max_bonds) == ("tiny-forward", 2)
    assert model.knows("RYYVLZVUVIJVGH")
    assert not model.knows("OKKJLVBELUTLKV")
    spectrum = spectrum_of(forward_model(), CAFFEINE)
    np.testing.assert_allclose(
        agreements(model, spectrum, ISOMERS), agreements(forward_model(), spectrum, ISOMERS)
    )


def test_folders_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="cannot be read"):
        ForwardModel.open(tmp_path)
    other = write_forward(tmp_path / "other", inputs={"atoms": ["carbon"]})
    with pytest.raises(MsguiError, match="other inputs"):
        ForwardModel.open(other)
    broken = write_forward(tmp_path / "broken")
    (broken / "forward.npz").write_bytes(b"PK nonsense")
    with pytest.raises(MsguiError, match="cannot be read"):
        ForwardModel.open(broken)


def test_the_users_model_is_found(own_folders: Path) -> None:
    write_forward(own_folders / "data" / "models" / "mine")
    assert open_forward_model().name == "tiny-forward"
    assert open_forward_model("mine").name == "tiny-forward"
    with pytest.raises(MsguiError, match="mine"):
        open_forward_model("other")
