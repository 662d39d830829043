"""Splits keep what they promise, and a leak fails loudly."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.training.dataset import Dataset
from msgui.training.splits import KINDS, Split, check_leaks, make_split, scaffold_groups


# The learned split needs torch and has a file of its own.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "learned"])
def test_every_spectrum_has_a_side_and_nothing_leaks(dataset: Dataset, kind: str) -> None:
    split = make_split(dataset, kind, validation=0.2, test=0.2, seed=3)  # type: ignore[arg-type]
    check_leaks(dataset, split)
    assert set(split.side) == set(dataset.accession.tolist())
    sides = [split.mask(dataset, side) for side in ("train", "validation", "test")]
    assert (np.sum(sides, axis=0) == 1).all()


def test_a_seed_gives_the_same_split_again(dataset: Dataset) -> None:
    one, same, other = (make_split(dataset, "molecule", seed=seed) for seed in (1, 1, 2))
    assert one.sha256 == same.sha256
    assert one.sha256 != other.sha256


def test_scaffolds_and_acyclic_formulas_make_groups() -> None:
    smiles = ["CCO", "CO", "COC", "Cc1ccccc1", "Oc1ccccc1", "c1ccncc1"]
    groups = scaffold_groups(smiles, ["A", "B", "C", "D", "E", "F"])
    ethanol, methanol, ether, toluene, phenol, pyridine = groups
    assert ethanol == ether
    assert toluene == phenol
    assert len({ethanol, methanol, toluene, pyridine}) == 4


def test_tautomers_join_the_groups_of_their_scaffolds() -> None:
    groups = scaffold_groups(["Cc1ccccc1", "CC1=CCCCC1", "CC1CCCCC1"], ["X", "X", "Y"])
    assert groups[0] == groups[1] != groups[2]


def test_a_leak_is_refused(dataset: Dataset) -> None:
    split = make_split(dataset, "molecule", seed=1)
    side = dict(split.side)
    moved = next(key for key, name in side.items() if name == "test")
    side[moved] = "train"
    with pytest.raises(MsguiError, match="leaks: 1 molecules"):
        check_leaks(dataset, replace(split, side=side))


def test_spectra_without_a_side_are_refused(dataset: Dataset) -> None:
    split = make_split(dataset, "molecule")
    side = dict(list(split.side.items())[1:])
    with pytest.raises(MsguiError, match="no side"):
        check_leaks(dataset, replace(split, side=side))


def test_a_split_file_keeps_and_proves_itself(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    split = make_split(dataset, "formula")
    split.save(path)
    assert Split.load(path).side == dict(split.side)
    path.write_text(path.read_text().replace('"test"', '"train"', 1))
    with pytest.raises(MsguiError, match="changed"):
        Split.load(path)


def test_the_instrument_split_tests_on_other_analysers(dataset: Dataset) -> None:
    split = make_split(dataset, "instrument")
    tested = set(dataset.instrument[split.mask(dataset, "test")].tolist())
    assert tested == {"TripleTOF 6600 SCIEX"}


def test_an_unknown_kind_lists_those_that_there_are(dataset: Dataset) -> None:
    with pytest.raises(MsguiError, match="scaffold"):
        make_split(dataset, "colour")  # type: ignore[arg-type]
