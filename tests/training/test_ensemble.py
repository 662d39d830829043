"""Two models in one file: probabilities averaged, and only models of one split."""

import json
from pathlib import Path

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.prediction.card import Card
from msgui.prediction.onnx_model import Model
from msgui.training.dataset import Dataset
from msgui.training.ensemble import best_share, open_partner
from msgui.training.export_onnx import made_up_inputs
from msgui.training.model_folder import write_model_folder
from msgui.training.recipe import Recipe
from msgui.training.splits import make_split
from msgui.training.train import train

pytestmark = pytest.mark.train
TINY = {
    "name": "one",
    "size": {"width": 16, "heads": 2, "hidden": 32, "blocks": 1, "embedding": 8},
    "training": {"passes": 1, "batch": 16, "threads": 1},
}


@pytest.fixture(scope="module")
def folders(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return an MLP's folder and that of a transformer averaged with it."""
    out = tmp_path_factory.mktemp("runs")
    split = make_split(dataset, "molecule", validation=0.3, test=0.0, seed=1)
    one = Recipe.from_dict(TINY)
    other = {"name": "both", "network": "transformer", "together_with": str(out / "one")}
    both = Recipe.from_dict({**TINY, **other})
    for recipe in (one, both):
        *_, trained = train(dataset, split, recipe, out / "run" / recipe.name)
        list(write_model_folder(trained, dataset, split, recipe, out / recipe.name))
    return out / "one", out / "both"


def test_the_merged_file_averages_probabilities(folders: tuple[Path, Path]) -> None:
    one, both = (Model.open(folder, provider="cpu") for folder in folders)
    partner = both.card.training["together_with"]
    assert partner["sha256"] == one.sha256
    assert 0.2 <= partner["share"] <= 0.8
    inputs = made_up_inputs(5, 13, len(one.card.adducts), len(one.card.instruments))
    probability, embedding = both.run(inputs)
    rest = (probability - partner["share"] * one.run(inputs)[0]) / (1 - partner["share"])
    assert rest.min() > -1e-4
    assert rest.max() < 1 + 1e-4
    assert embedding.shape == (5, 8)
    assert both.memory is not None


def test_a_model_of_another_split_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    card = Card.load(folders[0])
    with pytest.raises(MsguiError, match="another split"):
        open_partner(folders[0], card.adducts, "0" * 64)
    with pytest.raises(MsguiError, match="other adducts"):
        open_partner(folders[0], ("[M+H]+",), str(card.split["sha256"]))
    text = json.loads((folders[1] / "card.json").read_text())
    assert text["training"]["recipe"]["together_with"]


def test_the_better_model_gets_the_larger_share() -> None:
    random = np.random.default_rng(0)
    truth = (random.random((40, 200)) < 0.2).astype(np.uint8)
    good = np.where(truth == 1, 0.7, 0.1).astype(np.float32)
    bad = random.random(truth.shape).astype(np.float32)
    assert best_share(good, bad, truth, np.ones(40)) >= 0.5
    assert best_share(bad, good, truth, np.ones(40)) <= 0.5
