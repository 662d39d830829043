"""The second stage of a forward model: truths come before isomers, and a run goes on."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import torch
from pyarrow import parquet

from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.training.dataset import Dataset
from msgui.training.forward_network import ForwardSize
from msgui.training.forward_ranking import ForwardRanking, RankingReport
from msgui.training.forward_recipe import ForwardRecipe
from msgui.training.forward_stages import INTENSITIES_FILE, train_in_stages
from msgui.training.forward_training import ForwardTraining, PassReport, TrainedForward
from msgui.training.splits import make_split

pytestmark = pytest.mark.train
RECIPE = ForwardRecipe(
    name="tiny",
    size=ForwardSize(atoms=8, pieces=12, hidden=8, rounds=2, dropout=0.0),
    training=ForwardTraining(passes=1, batch=8, spectra_per_molecule=2),
    ranking=ForwardRanking(passes=3, batch=4, isomers=3, learning_rate=3e-3),
)


@pytest.fixture
def store(dataset: Dataset, tmp_path: Path) -> Path:
    """Return a store in which every formula has its true structure and three others."""
    molecules, rows = dataset.molecules, []
    n = len(molecules.smiles)
    for number in range(n):
        for other in (number, *((number + step) % n for step in (3, 5, 7))):
            key = molecules.inchikey14[other]
            mass = Formula.parse(molecules.formula[number]).mass
            rows.append((molecules.smiles[other], key, molecules.formula[number], mass))
    names = ("smiles", "inchikey14", "formula", "exact_mass")
    columns = zip(*sorted(rows, key=lambda row: row[3]), strict=True)
    path = tmp_path / "store.parquet"
    parquet.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), path)
    return path


def run(dataset: Dataset, store: Path | None, out: Path, *, resume: bool = False) -> list[object]:
    out.mkdir(exist_ok=True)
    split = make_split(dataset, "molecule", validation=0.2, test=0, seed=1)
    return list(train_in_stages(dataset, split, RECIPE, out, store, resume=resume))


def test_truths_come_before_others_and_runs_repeat(
    dataset: Dataset, store: Path, tmp_path: Path
) -> None:
    found = run(dataset, store, tmp_path / "one")
    reports = [item for item in found if isinstance(item, RankingReport)]
    assert [report.number for report in reports] == [1, 2, 3]
    assert reports[-1].first > 0.5  # one in four by chance
    assert any(isinstance(item, Step) for item in found)
    last, again = found[-1], run(dataset, store, tmp_path / "two")[-1]
    assert isinstance(last, TrainedForward)
    assert isinstance(again, TrainedForward)
    for one, other in zip(last.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_run_goes_on_after_the_first_stage(dataset: Dataset, store: Path, tmp_path: Path) -> None:
    whole = run(dataset, store, tmp_path)[-1]
    assert (tmp_path / INTENSITIES_FILE).is_file()
    rest = run(dataset, store, tmp_path, resume=True)
    assert not any(isinstance(item, PassReport) for item in rest)
    last = rest[-1]
    assert isinstance(whole, TrainedForward)
    assert isinstance(last, TrainedForward)
    for one, other in zip(whole.network.parameters(), last.network.parameters(), strict=True):
        assert torch.equal(one, other)
    other = replace(RECIPE, training=replace(RECIPE.training, passes=2))
    split = make_split(dataset, "molecule", validation=0.2, test=0, seed=1)
    with pytest.raises(MsguiError, match="another recipe"):
        list(train_in_stages(dataset, split, other, tmp_path, store, resume=True))


def test_the_second_stage_needs_structures(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="isomers"):
        run(dataset, None, tmp_path)
