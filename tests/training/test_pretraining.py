"""What comes before measured spectra: structures that were never measured, weights that stay."""

from pathlib import Path

import numpy as np
import pytest
import torch

from msgui.errors import MsguiError
from msgui.structures.structure import Structure
from msgui.training.dataset import Dataset
from msgui.training.networks import BINS, SpectrumNetwork, make_network
from msgui.training.pretraining import choose_structures, joined, take_over, with_validation
from msgui.training.recipe import Simulation
from msgui.training.splits import make_split, scaffold_of

pytestmark = pytest.mark.train
SIZE = {"width": 16, "heads": 2, "hidden": 32, "blocks": 1, "embedding": 8}


class Store:
    """The one method of a structure store that is asked."""

    def __init__(self, structures: list[Structure]) -> None:
        self.structures = structures

    def by_mass(self, neutral_mass: float, tolerance_ppm: float) -> list[Structure]:
        width = neutral_mass * tolerance_ppm * 1e-6
        return [s for s in self.structures if abs(s.exact_mass - neutral_mass) <= width]


def structure(smiles: str, mass: float, key: str = "", source: str = "free") -> Structure:
    return Structure(smiles, key or smiles, "C8H8", mass, source=source)


def network(first_row: int, seed: int) -> SpectrumNetwork:
    torch.manual_seed(seed)
    rows = np.zeros(BINS, np.int64)
    rows[first_row : first_row + 100] = np.arange(1, 101)
    return make_network("transformer", (rows, rows), 3, 6, **SIZE)


def test_measured_compounds_and_hidden_scaffolds_are_not_simulated(dataset: Dataset) -> None:
    split = make_split(dataset, "scaffold", validation=0.2, test=0.2, seed=3)
    hidden = np.unique(dataset.molecule[~split.mask(dataset, "train")])
    ringed = [dataset.molecules.smiles[m] for m in hidden]
    scaffold = next(s for s in map(scaffold_of, ringed) if s)
    store = Store(
        [
            structure("OC1CCCCCCC1", 128.12),
            structure(scaffold, 130.0, key="relative"),
            structure("CCO", 120.0, key=dataset.molecules.inchikey14[0]),
            structure("CCCCCCCCO", 130.14, source="other"),
            structure("CCCCCCCCCO", 144.15, source="free|other"),
            structure("C" * 90, 1262.0),
        ]
    )
    wanted = Simulation(structures=10, sources=("free",))
    chosen = choose_structures(store, dataset, split, wanted)  # type: ignore[arg-type]
    assert {s.smiles for s in chosen} == {"OC1CCCCCCC1", "CCCCCCCCCO"}
    with pytest.raises(MsguiError, match="nothing to simulate"):
        choose_structures(store, dataset, split, Simulation(5, ("none",)))  # type: ignore[arg-type]


def test_structures_of_a_hidden_side_are_refused(dataset: Dataset) -> None:
    split = make_split(dataset, "molecule", validation=0.2, test=0.2, seed=3)
    train = dataset.only(split.mask(dataset, "train"))
    with pytest.raises(MsguiError, match="validation or test side"):
        with_validation(dataset, dataset, split)
    assert len(train) < len(dataset)


def test_joined_data_sets_keep_their_spectra(dataset: Dataset) -> None:
    both = joined(dataset, dataset)
    assert len(both) == 2 * len(dataset)
    assert len(both.molecules) == 2 * len(dataset.molecules)
    last = len(dataset) - 1
    for mine, theirs in zip(dataset.peaks_of(last), both.peaks_of(2 * last + 1), strict=True):
        assert np.array_equal(mine, theirs)
    fingerprint = both.molecules.fingerprints[both.molecule[2 * last + 1]]
    assert np.array_equal(fingerprint, dataset.molecules.fingerprints[dataset.molecule[last]])


def test_weights_are_taken_over_by_name_and_place(tmp_path: Path) -> None:
    theirs, mine = network(2000, 1), network(2050, 2)
    state = {"network": theirs.state_dict(), "adducts": ["[M-H]-", "[M+H]+", "other"]}
    torch.save(state, tmp_path / "best.pt")
    fresh = mine.conditions.adduct.weight.detach().clone()
    take_over(mine, ("[M+H]+", "[M+K]+", "other"), tmp_path / "best.pt")
    assert torch.equal(mine.fingerprint.weight, theirs.fingerprint.weight)
    assert torch.equal(mine.conditions.adduct.weight[0], theirs.conditions.adduct.weight[1])
    assert torch.equal(mine.conditions.adduct.weight[1], fresh[1])
    shared = mine.mz_vectors.rows[2060], theirs.mz_vectors.rows[2060]
    assert torch.equal(mine.mz_vectors.table[shared[0]], theirs.mz_vectors.table[shared[1]])
    unseen = mine.mz_vectors.rows[2120]
    assert torch.equal(mine.mz_vectors.table[unseen], theirs.mz_vectors.table[0])


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    state = {"network": network(2000, 1).state_dict(), "adducts": ["other"]}
    torch.save(state, tmp_path / "best.pt")
    rows = np.zeros(BINS, np.int64)
    other = make_network("transformer", (rows, rows), 3, 6, **{**SIZE, "width": 32})
    with pytest.raises(MsguiError, match="another network"):
        take_over(other, ("other",), tmp_path / "best.pt")
