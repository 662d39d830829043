"""Training spectra that made an answer are found, and named with what they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.prediction.agreement import bits_of
from msgui.prediction.memory import Memory
from msgui.prediction.onnx_model import Model
from msgui.prediction.values import Prediction
from msgui.trust.influence import InfluenceIndex, influences, logits
from tests.tiny_models import graph, write_memory, write_model
from tests.trust.test_verdict import PURINES, caffeine

ETHANOL = "CCO"
COMPOUNDS = [
    (PURINES[0], "RYYVLZVUVIJVGH", "C8H10N4O2"),
    (PURINES[1], "PURINEONEONEON", "C8H10N4O2"),
    (ETHANOL, "LFQSCWFLJHTTHZ", "C2H6O"),
]


def memory_of(tmp_path: Path, rows: list[int]) -> Memory:
    folder = write_model(tmp_path / "model", graph())
    write_memory(folder, COMPOUNDS, rows)
    memory = Model.open(folder, "cpu").memory
    assert memory is not None
    return memory


def small_index(probability: np.ndarray, features: int = 3) -> InfluenceIndex:
    """Return an index of spectra with these probabilities: directions by singular values."""
    found = logits(probability)
    center = found.mean(0)
    _, _, axes = np.linalg.svd(found - center, full_matrices=False)
    directions = axes[:features].T.astype(np.float32)
    placed = (found - center) @ directions
    step = 0.01
    return InfluenceIndex(
        center,
        directions,
        np.round(placed / step).astype(np.int16),
        step,
        (placed**2).mean(0),
        (probability * (1 - probability)).mean(0),
    )


def predicted(rows: list[int], seed: int = 1) -> np.ndarray:
    """Return unsure probabilities that lean to the structures of the rows."""
    bits = bits_of([smiles for smiles, _, _ in COMPOUNDS])[rows]
    noise = np.random.default_rng(seed).normal(0, 0.5, bits.shape)
    return (1 / (1 + np.exp(-(-9.0 + 8.0 * bits + noise)))).astype(np.float32)


def test_spectra_of_the_same_compound_help_and_of_another_hurt(tmp_path: Path) -> None:
    rows = [0, 0, 0, 1, 1, 2, 2]
    memory, probability = memory_of(tmp_path, rows), predicted(rows)
    answer = replace(
        caffeine(None),
        prediction=Prediction(predicted([2], 9)[0], np.zeros(0, np.float32), 0.3, "CPU"),
    )
    found = influences(answer, memory, small_index(probability))
    first, last = found[0], found[-1]
    assert (first.value, first.same_compound, first.helped) == (1.0, True, True)
    assert (first.adduct, first.collision_energy) == ("[M+H]+", "35 NCE")
    assert first.accession in ("T0000", "T0001", "T0002")
    assert "same compound in training" in first.sentence
    assert last.smiles == ETHANOL
    assert not last.helped
    assert len({one.smiles for one in found}) == len(found)


def test_scores_are_the_formula_of_the_docstring(tmp_path: Path) -> None:
    rows = [0, 1, 2, 0, 1, 2]
    memory, probability = memory_of(tmp_path, rows), predicted(rows)
    index = small_index(probability, features=5)
    asked, bits = predicted([1], 4)[0], bits_of([PURINES[0]])[0]
    found = index.scores(asked, bits, memory)
    features, own = index.features_of(probability), index.features_of(asked[None])[0]
    damped = index.variance + 100.0 * index.variance.mean()
    near = 1 + features @ (own / damped)
    truth = bits_of([COMPOUNDS[row][0] for row in rows])
    weight = 1 / (index.curvature + 1e-3)
    agree = (truth - probability) @ ((bits - asked) * weight)
    assert np.allclose(found, near * agree, rtol=0.05, atol=0.02 * np.abs(found).max())


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    rows = [0, 1, 2]
    memory, index = memory_of(tmp_path, rows), small_index(predicted(rows), features=2)
    index.save(tmp_path / "influence.npz")
    again = InfluenceIndex.load(tmp_path / "influence.npz")
    bits, asked = bits_of([PURINES[0]])[0], predicted([1], 4)[0]
    scores = index.scores(asked, bits, memory)
    assert np.allclose(again.scores(asked, bits, memory), scores, rtol=0.02, atol=0.05)
    assert len(again) == 3


def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "influence.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(MsguiError, match="cannot be used"):
        InfluenceIndex.load(path)
    small_index(predicted([0, 1, 2]), features=2).save(path)
    with pytest.raises(MsguiError, match="SHA-256"):
        InfluenceIndex.load(path, "0" * 64)


def test_nothing_is_said_of_another_memory_or_without_a_prediction(tmp_path: Path) -> None:
    memory = memory_of(tmp_path, [0, 1, 2])
    other = small_index(predicted([0, 1]), features=1)
    assert influences(caffeine(None), memory, other) == ()
    prediction = Prediction(predicted([0], 9)[0], np.zeros(0, np.float32), 0.3, "CPU")
    assert influences(replace(caffeine(None), prediction=prediction), memory, other) == ()
