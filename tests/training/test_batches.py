"""Sampling: molecules count alike, a pass can be repeated, changes stay within bounds."""

from dataclasses import replace

import numpy as np

from msgui.prediction.inputs import ANALYSERS
from msgui.training.batches import Sampler, TrainingArrays
from msgui.training.dataset import Dataset
from msgui.training.recipe import Augmentation

ADDUCTS = ("[M+H]+", "other")


def sampler(dataset: Dataset, **changes: float) -> Sampler:
    arrays = TrainingArrays.of(dataset, ADDUCTS, len(ANALYSERS))
    return Sampler(arrays, np.arange(len(dataset)), replace(Augmentation(), **changes))


def test_each_molecule_is_shown_equally_often(dataset: Dataset) -> None:
    batches = list(sampler(dataset).pass_(0, 1, 2, 16))
    rows = np.concatenate([rows for rows, _ in batches])
    assert np.bincount(dataset.molecule[rows]).tolist() == [2] * 35
    assert len(batches) <= sampler(dataset).batches_in_pass(2, 16)


def test_a_pass_depends_on_seed_and_number_alone(dataset: Dataset) -> None:
    one, same, other = (next(sampler(dataset).pass_(n, 1, 3, 16))[1]["mz"] for n in (4, 4, 5))
    assert one.shape == same.shape
    assert (one == same).all()
    assert one.shape != other.shape or (one != other).any()


def test_changed_spectra_stay_spectra(dataset: Dataset) -> None:
    for _, inputs in sampler(dataset, mix_spectra=1.0).pass_(0, 1, 4, 32):
        assert inputs["intensity"].max() <= 1.0
        assert ((inputs["intensity"] > 0) <= (inputs["mz"] > 0)).all()
        assert inputs["mz"].shape[1] <= 64
        assert inputs["mz"].dtype == np.float32


def test_hidden_conditions_read_as_unknown(dataset: Dataset) -> None:
    hide = {f"hide_{name}": 1.0 for name in ("energy", "formula", "instrument", "adduct")}
    _, inputs = next(sampler(dataset, **hide).pass_(0, 1, 2, 16))
    assert not inputs["energy"].any()
    assert not inputs["formula"].any()
    assert (inputs["instrument"] == len(ANALYSERS) - 1).all()
    assert (inputs["adduct"] == 1).all()


def test_adducts_outside_the_list_are_other(dataset: Dataset) -> None:
    arrays = TrainingArrays.of(dataset, ADDUCTS, len(ANALYSERS))
    assert set(arrays.adduct[dataset.adduct == "[M+Na]+"].tolist()) == {1}
    assert set(arrays.adduct[dataset.adduct == "[M+H]+"].tolist()) == {0}
