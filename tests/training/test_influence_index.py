"""The index of training spectra holds what tells their influence, in the order of the rows."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("torch")

from msgui.training.influence_index import write_influence_index
from msgui.trust.influence import InfluenceIndex, logits


def test_features_give_back_the_logits(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    hidden, layer = random.normal(0, 3, (60, 6)), random.normal(0, 1, (6, 300))
    probability = (1 / (1 + np.exp(-(hidden @ layer - 3)))).astype(np.float32)
    arrays = SimpleNamespace(
        inputs=lambda rows, _peaks: rows, dataset=SimpleNamespace(offsets=np.arange(61))
    )

    def predict(rows):
        return probability[rows], np.zeros((len(rows), 1), np.float32)

    rows = np.array([5, 3, 40, *range(10, 40)])
    path = tmp_path / "influence.npz"
    list(write_influence_index(predict, arrays, rows, path))
    index = InfluenceIndex.load(path)
    again = index.features @ index.directions.T * index.step + index.center
    assert len(index) == rows.size
    assert np.abs(again - logits(probability[rows])).mean() < 0.1
    curvature = probability[rows] * (1 - probability[rows])
    assert np.allclose(index.curvature, curvature.mean(0), atol=1e-4)
