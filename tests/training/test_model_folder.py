"""From a run to a folder that predicts without torch, with a card that tells the truth."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from training_records import record

from msgui.prediction.card import Card
from msgui.progress import Step
from msgui.training.dataset import Dataset
from msgui.training.model_folder import write_model_folder
from msgui.training.recipe import Recipe
from msgui.training.splits import make_split
from msgui.training.train import train

pytestmark = pytest.mark.train
RECIPE = Recipe.from_dict(
    {
        "name": "tiny",
        "licence": "CC0",
        "size": {"width": 16, "heads": 2, "hidden": 32, "blocks": 1, "embedding": 8},
        "training": {"passes": 2, "batch": 16, "threads": 1, "matching_weight": 0.2},
    }
)


@pytest.fixture(scope="module")
def folder(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    split = make_split(dataset, "molecule", validation=0.2, test=0.2, seed=1)
    *_, trained = train(dataset, split, RECIPE, out)
    items = list(write_model_folder(trained, dataset, split, RECIPE, out / "tiny"))
    assert all(isinstance(item, Step) for item in items[:-1])
    return out / "tiny"


def test_the_card_names_files_by_their_digest(folder: Path) -> None:
    card = Card.load(folder)
    names = {
        "model.onnx",
        "memory.npz",
        "molecules.npz",
        "seen_formulas.txt.gz",
        "influence.npz",
    }
    assert set(card.files) == names
    for name, digest in card.files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_card_says_what_was_learned_from(folder: Path) -> None:
    card = Card.load(folder)
    assert set(card.training["licences"]) == {"CC BY"}
    assert card.histograms["adduct"]["[M+H]+"] > 0
    assert card.split["kind"] == "molecule"
    assert card.training["export"]["largest_difference_to_torch"] < 1e-4
    methods = {(row["data"], row["method"]) for row in card.scores}
    assert ("molecule test", "tiny") in methods
    assert ("molecule test", "strong neighbours") in methods
    assert ("molecule test", "tiny, matching molecules") in methods
    assert ("molecule test", "the model, intensities in random order") in methods
    assert ("molecule test", "formula alone, no spectrum") in methods


def test_the_folder_predicts_and_remembers(folder: Path) -> None:
    from msgui.prediction.onnx_model import Model

    model = Model.open(folder, provider="cpu")
    spectra = [record("CCCO").spectrum, record("Oc1ccccc1").spectrum]
    both = model.predict(spectra, ["C3H8O", "C6H6O"], ["[M+H]+", "[M+H]+"])
    alone = model.predict(spectra[:1], ["C3H8O"], ["[M+H]+"])
    assert both[0].probability.shape == (4096,)
    assert np.abs(both[0].probability - alone[0].probability).max() < 1e-5
    assert np.linalg.norm(both[1].embedding) == pytest.approx(1, abs=1e-4)
    assert model.memory is not None
    assert len(model.memory) == sum(Card.load(folder).histograms["adduct"].values())
    assert model.has_seen("C6H5O") is not None
    scores = model.embedding_scores(both[0], ["CCCO", "CC(C)O", "no structure"])
    assert scores is not None
    assert scores.shape == (3,)
    assert np.abs(scores).max() <= 1 + 1e-6
    assert scores[2] == 0.0
