"""What a model says when it is misled, and what is known without a spectrum.

    python benchmarks/card_controls.py RUN MODEL [--structures STORE] [--write]

RUN is a folder of "msgui train" (dataset.npz and split.json are read), MODEL a model folder. Prints
the rows of the controls of each held-out side: the spectrum-blind guess and, for a model that was
trained on this split, intensities in random order and the peaks of another molecule. With --write
they take the place of the rows of the same names in the model's card.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from msgui.prediction.card import Card
from msgui.prediction.inputs import ANALYSERS
from msgui.prediction.onnx_model import Model
from msgui.training.batches import TrainingArrays
from msgui.training.card_page import card_page
from msgui.training.card_scores import controls
from msgui.training.dataset import Dataset
from msgui.training.scoreboard import blind_guess, choose_queries, isomer_pool, score_rows
from msgui.training.splits import Split


def control_rows(model, dataset, split, structures):
    """Return the rows of the controls of each held-out side."""
    arrays = TrainingArrays.of(dataset, model.card.adducts, len(ANALYSERS))
    train = np.flatnonzero(split.mask(dataset, "train"))
    found = []
    for side in ("test", "validation"):
        rows = choose_queries(dataset, np.flatnonzero(split.mask(dataset, side)))
        if not rows.size:
            continue
        guesses = [blind_guess(dataset, train, rows)]
        if model.card.split["sha256"] == split.sha256:
            guesses += controls(model.run, arrays, rows, model.card.threshold)
        formulas = [dataset.molecules.formula[m] for m in np.unique(dataset.molecule[rows])]
        pool = isomer_pool(structures, formulas) if structures else None
        found += score_rows(dataset, rows, guesses, f"{split.kind} {side}", pool)
    return found


def with_rows(card, rows):
    """Return a card in which rows take the place of those of the same data and method."""
    fresh = {(row["data"], row["method"]): dict(row) for row in rows}
    scores, last = [], {}
    for row in card.scores:
        place = row["data"], row["method"]
        scores.append({**row, **fresh.pop(place, {})})
        last[row["data"]] = row["same_formula_coverage"]
    for (data, _), row in fresh.items():
        if data in last:
            at = max(n for n, old in enumerate(scores) if old["data"] == data)
            scores.insert(at, {**row, "same_formula_coverage": last[data]})
    return replace(card, scores=tuple(scores))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--structures")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    model = Model.open(options.model, "cpu")
    dataset = Dataset.load(options.run / "dataset.npz")
    rows = control_rows(model, dataset, Split.load(options.run / "split.json"), options.structures)
    for row in rows:
        hits = f", hit@1 {row['hit_1_of_2']:.3f}" if "hit_1_of_2" in row else ""
        jaccard = f"Jaccard {row['jaccard']:.3f}, per molecule {row['jaccard_molecules']:.3f}"
        print(f"{row['data']}: {row['method']}: {jaccard}{hits}")
    if options.write:
        card = with_rows(Card.load(options.model), rows)
        card.save(options.model)
        (options.model / "README.md").write_text(card_page(card), encoding="utf-8")


if __name__ == "__main__":
    main()
