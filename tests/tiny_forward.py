"""A forward model with made-up weights, small enough for a test."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from msgui.prediction.forward import ForwardModel, inputs_of_this_version
from msgui.prediction.forward_network import CONDITIONS, SHIFTS, ForwardNetwork
from msgui.prediction.piece_features import ATOM_FEATURES, BOND_FEATURES, SCALARS

ATOMS, WIDTH, HIDDEN = 6, 8, 5


def weights(seed: int = 3) -> dict[str, np.ndarray]:
    """Return random weights of a network with two rounds of messages."""
    rng = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "input.weight": (ATOMS, len(ATOM_FEATURES)),
        "input.bias": (ATOMS,),
        "cut_inner.weight": (ATOMS, ATOMS),
        "cut_inner.bias": (ATOMS,),
        "cut_outer.weight": (ATOMS, ATOMS),
        "cut_bond.weight": (ATOMS, len(BOND_FEATURES)),
        "cut.weight": (WIDTH, ATOMS),
        "piece.weight": (WIDTH, ATOMS),
        "rest.weight": (WIDTH, ATOMS),
        "scalars.weight": (WIDTH, len(SCALARS)),
        "scalars.bias": (WIDTH,),
        "conditions.weight": (WIDTH, len(CONDITIONS)),
        "hidden.weight": (HIDDEN, WIDTH),
        "hidden.bias": (HIDDEN,),
        "output.weight": (len(SHIFTS), HIDDEN),
        "output.bias": (len(SHIFTS),),
    }
    for number in range(2):
        shapes[f"own.{number}.weight"] = (ATOMS, ATOMS)
        shapes[f"own.{number}.bias"] = (ATOMS,)
        shapes[f"neighbor.{number}.weight"] = (ATOMS, ATOMS)
        shapes[f"bond.{number}.weight"] = (ATOMS, len(BOND_FEATURES))
    return {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def forward_model() -> ForwardModel:
    """Return a model that was never on disk."""
    return ForwardModel("tiny-forward", "1", ForwardNetwork(weights()), max_bonds=2)


def write_forward(folder: Path, seen: Sequence[str] = (), **changes: Any) -> Path:
    """Write a model folder; ``seen`` are first InChIKey blocks."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "forward.npz", **weights())
    record = {
        "name": "tiny-forward",
        "version": "1",
        "task": "intensities",
        "max_bonds": 2,
        "inputs": inputs_of_this_version(),
        "files": {"forward.npz": "0" * 64},
    }
    (folder / "card.json").write_text(json.dumps(record | changes), encoding="utf-8")
    with gzip.open(folder / "seen_structures.txt.gz", "wt", encoding="ascii") as file:
        file.write("\n".join(seen) + "\n")
    return folder
