"""A forward model learns, twice the same, and NumPy evaluates what torch trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from msgui.chemistry.adducts import parse_adduct
from msgui.prediction.forward import ForwardModel
from msgui.prediction.inputs import ANALYSERS
from msgui.progress import Step
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from msgui.training.dataset import Dataset
from msgui.training.forward_cases import CaseMaker
from msgui.training.forward_folder import write_forward_folder
from msgui.training.forward_network import ForwardSize
from msgui.training.forward_recipe import ForwardRecipe
from msgui.training.forward_training import (
    ForwardTraining,
    PassReport,
    TrainedForward,
    agreements,
    train_forward,
)
from msgui.training.splits import make_split

pytestmark = pytest.mark.train
SIZE = ForwardSize(atoms=8, pieces=12, hidden=8, rounds=2, dropout=0.0)
HOW = ForwardTraining(passes=4, batch=8, spectra_per_molecule=4)


def rows(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    split = make_split(dataset, "molecule", validation=0.2, test=0, seed=1)
    train, validation = (np.flatnonzero(split.mask(dataset, s)) for s in ("train", "validation"))
    return train, validation


def run(dataset: Dataset) -> tuple[list[PassReport], TrainedForward]:
    makers = [CaseMaker(dataset, side.tolist(), HOW.max_bonds) for side in rows(dataset)]
    found = list(train_forward(*makers, HOW, SIZE))
    reports = [item for item in found if isinstance(item, PassReport)]
    assert any(isinstance(item, Step) for item in found)
    assert isinstance(found[-1], TrainedForward)
    return reports, found[-1]


def test_expected_spectra_come_nearer_and_runs_repeat(dataset: Dataset) -> None:
    reports, trained = run(dataset)
    assert reports[-1].agreement > reports[0].agreement + 0.05
    _, again = run(dataset)
    for one, other in zip(trained.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_numpy_gives_what_torch_gives(dataset: Dataset, tmp_path: Path) -> None:
    _, trained = run(dataset)
    split = make_split(dataset, "molecule", validation=0.2, test=0, seed=1)
    recipe = ForwardRecipe(name="tiny", training=HOW, size=SIZE)
    card = write_forward_folder(trained, dataset, split, recipe, tmp_path / "tiny")
    assert card["training"]["structures"] == len(trained.molecules)
    model = ForwardModel.open(tmp_path / "tiny")
    number = trained.molecules[0]
    assert model.knows(dataset.molecules.inchikey14[number])
    maker = CaseMaker(dataset, np.flatnonzero(dataset.molecule == number).tolist(), 2)
    for row in maker.spectra[number]:
        case = maker.case(row, number)
        if case is None:
            continue
        with torch.inference_mode():
            expected = float(agreements(trained.network, [case])[0])
        mz, intensity = dataset.peaks_of(row)
        volts, known = dataset.energy[row]
        spectrum = Spectrum(
            mz.astype(float),
            intensity.astype(float),
            precursor_mz=float(dataset.precursor_mz[row]),
            collision_energy=CollisionEnergy("", float(volts) * 100, "eV") if known else None,
            instrument={"qtof": "QTOF"}.get(ANALYSERS[dataset.analyser[row]], "Orbitrap"),
        )
        events = model.agreements_in_steps(
            spectrum, [dataset.molecules.smiles[number]], parse_adduct(str(dataset.adduct[row])), 10
        )
        found = None
        while found is None:
            try:
                next(events)
            except StopIteration as end:
                found = end.value
        assert found[0] == pytest.approx(expected, abs=1e-3)


def test_the_same_training_writes_the_same_bytes(dataset: Dataset, tmp_path: Path) -> None:
    _, trained = run(dataset)
    split = make_split(dataset, "molecule", validation=0.2, test=0, seed=1)
    recipe = ForwardRecipe(name="tiny", training=HOW, size=SIZE)
    for name in ("one", "two"):
        write_forward_folder(trained, dataset, split, recipe, tmp_path / name)
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
