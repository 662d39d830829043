"""The exported file agrees with torch, and a file that does not is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch

from msgui.errors import MsguiError
from msgui.training.calibrate import Calibration
from msgui.training.export_onnx import (
    TOLERANCE,
    ShippedNetwork,
    check_export,
    export,
    made_up_inputs,
)
from msgui.training.networks import BINS, SpectrumNetwork, make_network
from msgui.training.train import to_tensors

pytestmark = pytest.mark.train


def network(name: str) -> SpectrumNetwork:
    torch.manual_seed(0)
    rows = np.zeros(BINS, np.int64)
    rows[2000:20000] = np.arange(1, 18001)
    size = {"width": 16, "heads": 2, "hidden": 32, "blocks": 1, "embedding": 8}
    return make_network(name, (rows, rows), 4, 6, **size).eval()


def calibration(shift: float = 0.0) -> Calibration:
    return Calibration(np.ones(4096, np.float32), np.full(4096, shift, np.float32))


@pytest.mark.parametrize("name", ["mlp", "transformer"])
def test_onnx_agrees_with_torch_at_unseen_shapes(name: str, tmp_path: Path) -> None:
    check = export(ShippedNetwork(network(name), calibration()), tmp_path / "m.onnx", 4, 6)
    assert check.largest_difference < TOLERANCE
    assert check.largest_padding_difference < TOLERANCE
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]
    wrong = ShippedNetwork(network(name), calibration(1.0))
    with pytest.raises(MsguiError, match="differs"):
        check_export(wrong.predict, tmp_path / "m.onnx", 4, 6)


def test_storing_in_fewer_bytes_changes_little() -> None:
    whole = network("mlp")
    inputs = to_tensors(made_up_inputs(8, 20, 4, 6))
    with torch.inference_mode():
        logits, embedding = whole(*inputs)
        probability, vectors = ShippedNetwork(whole, calibration())(*inputs)
    assert (probability - logits.sigmoid()).abs().max() < 0.02
    assert (vectors - embedding).abs().max() < 0.02
