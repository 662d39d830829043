"""A run learns, stops where it is told to, and goes on as if it had never stopped."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.training.dataset import Dataset
from msgui.training.recipe import Recipe
from msgui.training.splits import make_split
from msgui.training.train import PassReport, TrainedNetwork, metric_loss, train

pytestmark = pytest.mark.train
TINY = {
    "name": "tiny",
    "size": {"width": 16, "heads": 2, "hidden": 32, "blocks": 1, "embedding": 8},
    "training": {"passes": 3, "batch": 16, "threads": 1, "half_precision": False},
}


def run(dataset: Dataset, folder: Path, *, stop_after: int = 99, resume: bool = False) -> list:
    split = make_split(dataset, "molecule", validation=0.2, test=0.1, seed=1)
    found = []
    for item in train(dataset, split, Recipe.from_dict(TINY), folder, resume=resume):
        if not isinstance(item, Step):
            found.append(item)
        if isinstance(item, PassReport) and item.number == stop_after:
            break
    return found


def test_a_resumed_run_repeats_an_unbroken_one(dataset: Dataset, tmp_path: Path) -> None:
    whole = run(dataset, tmp_path / "whole")
    run(dataset, tmp_path / "parts", stop_after=1)
    parts = run(dataset, tmp_path / "parts", resume=True)
    assert whole[1:3] == parts[:2]
    one, other = whole[-1], parts[-1]
    assert isinstance(one, TrainedNetwork)
    for mine, theirs in zip(one.network.parameters(), other.network.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    log = (tmp_path / "parts" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["number"] for line in log] == [1, 2, 3]


def test_the_loss_falls(dataset: Dataset, tmp_path: Path) -> None:
    reports = run(dataset, tmp_path)[:-1]
    assert reports[-1].bit_loss < reports[0].bit_loss


def test_a_checkpoint_of_another_recipe_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    run(dataset, tmp_path, stop_after=1)
    split = make_split(dataset, "molecule", validation=0.2, test=0.1, seed=1)
    changed = Recipe.from_dict({**TINY, "name": "other"})
    with pytest.raises(MsguiError, match="another recipe"):
        next(train(dataset, split, changed, tmp_path, resume=True))


def test_embeddings_like_structures_have_the_lower_metric_loss() -> None:
    bits = torch.tensor([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]).float()
    right = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    wrong = torch.tensor([[1.0, 0], [0, 1], [1, 0], [0, 1]])
    assert metric_loss(right, bits) < metric_loss(wrong, bits)
    assert np.isfinite(float(metric_loss(right, bits * 0)))
