"""``msgui train --task influence``: write what tells which training spectra made an answer."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from msgui.commands.bench import good_spectra
from msgui.commands.console import Console
from msgui.errors import MsguiError
from msgui.prediction.card import BITS_FILE, CARD_FILE, INFLUENCE_FILE, Card
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.prediction.memory import Memory
    from msgui.training.batches import TrainingArrays
    from msgui.training.dataset import Dataset
    from msgui.training.export_onnx import Predictor


def run(options: argparse.Namespace) -> int:
    """Write the index into ``--out``, and its SHA-256 into the card that stands there."""
    from msgui.prediction.models import open_model
    from msgui.training.batches import TrainingArrays
    from msgui.training.dataset import sha256_of
    from msgui.training.influence_index import write_influence_index

    console, out = Console(as_json=options.json), Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    model = open_model(options.model, "cpu")
    if model.memory is None:
        raise MsguiError(
            f"The model {model.name} does not say which spectra it learned from.",
            "Only a model with a memory can name the spectra that made an answer.",
        )
    dataset = good_spectra(options.data, console)
    rows = rows_of(model.memory, dataset)
    arrays = TrainingArrays.of(dataset, model.card.adducts, len(model.card.instruments))

    def predict(
        inputs: dict[str, npt.NDArray[np.generic]],
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        return model.run({name: inputs[name] for name in model.card.inputs})

    for step in write_influence_index(predict, arrays, rows, out / INFLUENCE_FILE):
        if isinstance(step, Step):
            console.step(step)
    _write_bit_facts(predict, arrays, model.memory, rows, model.card.threshold, out / BITS_FILE)
    if (out / CARD_FILE).is_file():
        card = Card.load(out)
        made = {name: sha256_of(out / name) for name in (INFLUENCE_FILE, BITS_FILE)}
        replace(card, files={**card.files, **made}).save(out)
    console.say(f"The influence of {rows.size:,} training spectra is in {out / INFLUENCE_FILE}.")
    return 0


def _write_bit_facts(
    predict: "Predictor",
    arrays: "TrainingArrays",
    memory: "Memory",
    learned: npt.NDArray[np.int64],
    threshold: float,
    path: Path,
) -> None:
    """Write how well each bit is predicted for the compounds that the model did not learn from."""
    from msgui.chemistry.molecule import unpack
    from msgui.prediction.bit_facts import measure_bits
    from msgui.training.card_scores import predictions
    from msgui.training.measures import molecule_weights
    from msgui.training.scoreboard import choose_queries

    dataset = arrays.dataset
    keys = np.array(dataset.molecules.inchikey14)[dataset.molecule]
    new = choose_queries(dataset, np.flatnonzero(~np.isin(keys, memory.inchikey14)))
    molecule = dataset.molecule[new]
    compounds = unpack(dataset.molecules.fingerprints[np.unique(dataset.molecule[learned])])
    probability, _ = predictions(predict, arrays, new)
    weight = molecule_weights(molecule)
    truth = arrays.targets(new)
    measure_bits(probability, truth, weight, molecule, compounds, threshold).save(path)


def rows_of(memory: "Memory", dataset: "Dataset") -> npt.NDArray[np.int64]:
    """Return where each remembered spectrum stands in the data.

    Raises
    ------
    MsguiError
        One of them is not there.
    """
    place = {key: row for row, key in enumerate(dataset.accession.tolist())}
    missing = [key for key in memory.accession.tolist() if key not in place]
    if missing:
        raise MsguiError(
            f"{len(missing):,} of the model's {len(memory):,} training spectra are not in the "
            f"data, among them {missing[0]}.",
            "Give the data that the model was trained on.",
        )
    return np.array([place[key] for key in memory.accession.tolist()], np.int64)
