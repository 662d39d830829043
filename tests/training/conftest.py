"""A made-up data set; what needs torch is left out where torch is not installed."""

import importlib.util
import sys
from pathlib import Path

import pytest

from msgui.training.dataset import Dataset, _Builder

sys.path.insert(0, str(Path(__file__).parent))

from training_records import SMILES, record

NEEDS_TORCH = (
    "test_ensemble.py",
    "test_export_onnx.py",
    "test_learned_split.py",
    "test_model_folder.py",
    "test_networks.py",
    "test_parallel.py",
    "test_pretraining.py",
    "test_simulate.py",
    "test_train.py",
    "test_forward_ranking.py",
    "test_forward_recipe.py",
    "test_forward_training.py",
)
collect_ignore = list(NEEDS_TORCH) if importlib.util.find_spec("torch") is None else []


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """Return 140 spectra of 35 molecules."""
    builder = _Builder(only_free=True)
    for smiles in SMILES:
        for energy in (10.0, 20.0, 40.0):
            builder.add(record(smiles, energy=energy))
        tof = "TripleTOF 6600 SCIEX"
        builder.add(record(smiles, "[M+Na]+", 30.0, instrument=tof))
    return builder.dataset([])
