"""Two processes train one network: equal weights in both, and those that one process would find."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from msgui.training.dataset import Dataset
from msgui.training.recipe import Recipe
from msgui.training.splits import make_split
from msgui.training.train import TrainedNetwork, train

pytestmark = pytest.mark.train
# Nothing random and no loss over pairs within a batch: then a batch in two halves is the batch.
CHANGES = (
    *("calibration_ppm", "peak_ppm", "intensity_power", "intensity_noise", "drop_peaks"),
    *("mix_spectra", "hide_energy", "hide_formula", "hide_instrument", "hide_adduct"),
    "hide_fragments",
)
PLAIN = {
    "name": "tiny",
    "size": {"width": 16, "heads": 2, "hidden": 32, "blocks": 1, "embedding": 8, "dropout": 0.0},
    "training": {
        "passes": 2,
        "batch": 16,
        "threads": 1,
        "half_precision": False,
        "metric_weight": 0.0,
        "spectra_per_molecule": 4,
    },
    "augmentation": dict.fromkeys(CHANGES, 0.0),
}
MEMBER = """
import json, sys
import torch
from msgui.training.dataset import Dataset
from msgui.training.parallel import joined
from msgui.training.recipe import Recipe
from msgui.training.splits import Split
from msgui.training.train import TrainedNetwork, train
data, split, recipe, out = sys.argv[1:]
with joined() as team:
    assert team.size == 2
    run = train(Dataset.load(data), Split.load(split), Recipe.from_dict(json.loads(recipe)), out)
    trained = [item for item in run if isinstance(item, TrainedNetwork)][0]
    torch.save(trained.network.state_dict(), f"{out}/member-{team.place}.pt")
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_two_processes_train_one_network(dataset: Dataset, tmp_path: Path) -> None:
    import json

    split = make_split(dataset, "molecule", validation=0.2, test=0.1, seed=1)
    dataset.save(tmp_path / "data.npz")
    split.save(tmp_path / "split.json")
    out = tmp_path / "team"
    shared = {**os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    shared |= {"MASTER_PORT": str(free_port()), "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", MEMBER, str(tmp_path / "data.npz")]
    command += [str(tmp_path / "split.json"), json.dumps(PLAIN), str(out)]
    members = [
        subprocess.Popen(command, env={**shared, "RANK": str(place), "LOCAL_RANK": str(place)})
        for place in range(2)
    ]
    assert [member.wait(timeout=240) for member in members] == [0, 0]

    one, other = (torch.load(out / f"member-{place}.pt") for place in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert len((out / "log.jsonl").read_text().splitlines()) == 2
    alone = list(train(dataset, split, Recipe.from_dict(PLAIN), tmp_path / "alone"))[-1]
    assert isinstance(alone, TrainedNetwork)
    for name, value in alone.network.state_dict().items():
        assert torch.allclose(value.float(), one[name].float(), atol=2e-3), name
