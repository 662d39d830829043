"""Networks: padding and batches change nothing, bins are continuous, sizes are checked."""

import numpy as np
import pytest
import torch

from msgui.errors import MsguiError
from msgui.training.export_onnx import made_up_inputs
from msgui.training.networks import (
    BINS,
    BinnedVectors,
    SpectrumNetwork,
    bin_rows,
    fourier,
    make_network,
)
from msgui.training.train import to_tensors

pytestmark = pytest.mark.train
SIZE = {"width": 16, "heads": 2, "hidden": 32, "blocks": 1, "embedding": 8}


def network(name: str) -> SpectrumNetwork:
    torch.manual_seed(0)
    rows = np.zeros(BINS, np.int64)
    rows[2000:20000] = np.arange(1, 18001)
    return make_network(name, (rows, rows), 4, 6, **SIZE).eval()


@pytest.mark.parametrize("name", ["mlp", "transformer"])
def test_padding_and_batch_size_change_nothing(name: str) -> None:
    net, inputs = network(name), made_up_inputs(6, 9, 4, 6)
    inputs["intensity"][2, 4:] = 0
    inputs["mz"][2, 4:] = 0
    wide = dict(inputs)
    for key in ("mz", "intensity"):
        wide[key] = np.pad(inputs[key], ((0, 0), (0, 13)))
    wide["fragment"] = np.pad(inputs["fragment"], ((0, 0), (0, 13), (0, 0)))
    with torch.inference_mode():
        logits, embedding = net(*to_tensors(inputs))
        padded, _ = net(*to_tensors(wide))
        alone, _ = net(*to_tensors({k: v[2:3] for k, v in inputs.items()}))
    assert torch.allclose(logits, padded, atol=1e-5)
    assert torch.allclose(logits[2], alone[0], atol=1e-5)
    assert torch.allclose(embedding.norm(dim=-1), torch.ones(6), atol=1e-5)


@pytest.mark.parametrize("name", ["mlp", "transformer"])
def test_a_spectrum_without_peaks_gives_finite_numbers(name: str) -> None:
    inputs = made_up_inputs(2, 1, 4, 6)
    inputs["intensity"][:] = 0
    inputs["precursor_mz"][:] = 0
    inputs["formula"][:] = 0
    inputs["energy"][:] = 0
    with torch.inference_mode():
        logits, embedding = network(name)(*to_tensors(inputs))
    assert torch.isfinite(logits).all()
    assert torch.isfinite(embedding).all()


def test_bin_vectors_are_continuous_across_bin_edges() -> None:
    rows = np.arange(BINS, dtype=np.int64)
    vectors = BinnedVectors(rows, 0.0, 4)
    edge = torch.tensor([100.02 - 1e-4, 100.02 + 1e-4])
    left, right = vectors(edge)
    assert (left - right).abs().max() < 0.05
    outside = vectors(torch.tensor([-5.0, 5000.0]))
    assert torch.isfinite(outside).all()


def test_bins_seen_in_one_molecule_share_row_zero() -> None:
    mz = np.array([50.01, 50.011, 60.01, 60.012, 5000.0], np.float32)
    rows = bin_rows(mz, np.array([1, 2, 3, 3, 4]), 0.0)
    assert rows[2500] == 1
    assert rows.sum() == 1


def test_fourier_features_see_mass_defects() -> None:
    a, b = fourier(torch.tensor([500.00, 500.05]))
    assert (a - b).abs().max() > 0.5


def test_an_unknown_network_or_size_is_named() -> None:
    rows = np.zeros(BINS, np.int64)
    with pytest.raises(MsguiError, match="oracle"):
        make_network("oracle", (rows, rows), 4, 6)
    with pytest.raises(MsguiError, match="depth"):
        make_network("mlp", (rows, rows), 4, 6, depth=3)
