"""Simulated spectra: every peak is a part of the ion, and the same seed gives the same spectra."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from msgui.chemistry.formula import ELEMENTS, MASSES
from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.training.dataset import Dataset
from msgui.training.simulate import (
    MOST_COMPOSITIONS,
    PeakChances,
    compositions_of,
    fit_peak_chances,
    simulate,
)

pytestmark = pytest.mark.train
SMILES = ["CC(=O)Nc1ccc(O)cc1", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "OCC1OC(O)C(O)C(O)C1O"]


@pytest.fixture(scope="module")
def chances(dataset: Dataset) -> PeakChances:
    def keep() -> Iterator[Step]:
        found.append((yield from fit_peak_chances(dataset, np.arange(len(dataset)))))

    found: list[PeakChances] = []
    assert all(isinstance(step, Step) for step in keep())
    return found[0]


def test_compositions_begin_with_the_whole_molecule_and_come_once() -> None:
    found = compositions_of("CC(=O)Nc1ccc(O)cc1")
    assert found.counts[0].tolist() == [8, 9, 1, 2, *[0] * 8]
    assert len(np.unique(found.counts, axis=0)) == len(found.counts) <= MOST_COMPOSITIONS
    assert np.isfinite(found.features).all()


def test_an_element_that_models_do_not_know_is_refused() -> None:
    with pytest.raises(MsguiError, match="element"):
        compositions_of("CC[Sn](CC)(CC)CC")


def test_what_is_often_seen_gets_the_higher_chance(chances: PeakChances) -> None:
    # In the made-up records acetanilide loses water and ketene but never a phenyl.
    found = compositions_of("CC(=O)Nc1ccccc1")
    beside = np.tile(np.array([1, 0.2, 0.7, 1], np.float32), (len(found.counts), 1))
    with torch.inference_mode():
        logit, _ = chances(torch.from_numpy(np.concatenate([found.features, beside], axis=1)))
    natural = logit[:, 3]
    assert natural[0] == natural.max()


def test_simulated_peaks_are_parts_of_the_ion(chances: PeakChances) -> None:
    *_, made = simulate(chances, [*SMILES, "not a molecule"], ["A", "B", "C", "D"], 3, seed=2)
    assert isinstance(made, Dataset)
    assert made.molecules.inchikey14 == ("A", "B", "C")
    assert made.molecules.formula == ("C8H9NO2", "C8H10N4O2", "C6H12O6")
    assert (np.diff(made.offsets) > 0).all()
    for row in range(len(made)):
        mz, intensity = made.peaks_of(row)
        counts = made.fragments_of(row)
        assert intensity.max() == 1.0
        assert (np.diff(mz) >= 0).all()
        whole = made.formula_counts[made.molecule[row]]
        heavy = [place for place, symbol in enumerate(ELEMENTS[:12]) if symbol != "H"]
        assert (counts[:, heavy] <= whole[heavy]).all()
        neutral = counts.astype(np.float64) @ MASSES[:12]
        assert np.abs(mz - neutral).max() < 0.001


def test_the_same_seed_gives_the_same_spectra(chances: PeakChances) -> None:
    *_, one = simulate(chances, SMILES, ["A", "B", "C"], 2, seed=5)
    *_, same = simulate(chances, SMILES, ["A", "B", "C"], 2, seed=5)
    *_, other = simulate(chances, SMILES, ["A", "B", "C"], 2, seed=6)
    assert np.array_equal(one.mz, same.mz)
    assert np.array_equal(one.intensity, same.intensity)
    assert one.mz.shape != other.mz.shape or not np.array_equal(one.mz, other.mz)
