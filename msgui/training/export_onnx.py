"""A trained network as one ONNX file that runs without torch."""

import copy
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from msgui.errors import MsguiError
from msgui.prediction.molecule_encoder import MoleculeEncoder
from msgui.training.calibrate import Calibration
from msgui.training.networks import BinnedVectors, SpectrumNetwork
from msgui.training.train import INPUTS

OPSET = 18
# Largest difference between torch and onnxruntime that is put down to the order of additions.
TOLERANCE = 1e-4
OUTPUTS = ("probability", "embedding")
# Matrices smaller than this gain nothing from being stored in fewer bytes.
_SMALL = 20_000
Arrays = dict[str, npt.NDArray[Any]]
# From a model's inputs to probabilities (n, bits) and embeddings (n, size).
Predictor = Callable[[Arrays], tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]
# Shapes that were not traced: one spectrum, a full batch, one peak, all peaks.
CHECKED_SHAPES = ((1, 1), (1, 64), (5, 33), (32, 7), (17, 64))


def _in_bytes(table: Tensor) -> tuple[Tensor, Tensor]:
    """Return a matrix as int8 and the scale of each row."""
    scale = table.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127.0
    return (table / scale).round().to(torch.int8), scale.float()


class _ByteLinear(nn.Module):
    """A linear layer stored as one byte a weight and one scale an output, used in float32."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        stored, scale = _in_bytes(linear.weight.detach())
        self.register_buffer("stored", stored)
        self.register_buffer("scale", scale)
        self.register_buffer("bias", linear.bias.detach().float())

    def forward(self, x: Tensor) -> Tensor:
        stored: Tensor = self.stored
        scale: Tensor = self.scale
        bias: Tensor = self.bias
        return functional.linear(x, stored.float() * scale, bias)


class _ByteVectors(BinnedVectors):
    """Bin vectors stored as one byte a number and one scale a vector."""

    def __init__(self, vectors: BinnedVectors) -> None:
        nn.Module.__init__(self)
        self.lowest = vectors.lowest
        stored, scale = _in_bytes(vectors.table.detach())
        self.register_buffer("rows", vectors.rows.to(torch.int32))
        self.register_buffer("scale", scale)
        self.register_buffer("stored", stored)

    def lookup(self, row: Tensor) -> Tensor:
        row = row.long()
        stored: Tensor = self.stored
        scale: Tensor = self.scale
        return stored[row].float() * scale[row]


def _compact(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, BinnedVectors):
            setattr(module, name, _ByteVectors(child))
        elif isinstance(child, nn.Linear) and child.weight.numel() > _SMALL:
            setattr(module, name, _ByteLinear(child))
        else:
            _compact(child)


class ShippedNetwork(nn.Module):
    """What the ONNX file computes: calibrated probabilities and embeddings.

    Large matrices are stored in one byte a weight, unless ``in_bytes`` is False.
    """

    def __init__(
        self, network: SpectrumNetwork, calibration: Calibration, *, in_bytes: bool = True
    ) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).cpu().eval()
        self.register_buffer("scale", torch.from_numpy(calibration.scale))
        self.register_buffer("shift", torch.from_numpy(calibration.shift))
        if in_bytes:
            _compact(self.network)
        self.eval()

    def forward(
        self,
        mz: Tensor,
        intensity: Tensor,
        fragment: Tensor,
        precursor_mz: Tensor,
        formula: Tensor,
        adduct: Tensor,
        instrument: Tensor,
        energy: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return probabilities (batch, bits) and embeddings (batch, embedding)."""
        logits, embedding = self.network(
            mz, intensity, fragment, precursor_mz, formula, adduct, instrument, energy
        )
        return torch.sigmoid(logits * self.scale + self.shift), embedding

    def predict(self, inputs: Arrays) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return probabilities and embeddings as arrays."""
        with torch.inference_mode():
            bits, vectors = self(*(torch.from_numpy(inputs[name]) for name in INPUTS))
        return bits.numpy(), vectors.numpy()


def molecule_encoder(network: SpectrumNetwork) -> MoleculeEncoder:
    """Return the molecule's half of a network as arrays that NumPy runs."""
    layers = network.molecules
    stored = [_in_bytes(layer.weight.detach().cpu()) for layer in (layers.first, layers.second)]
    (first, first_scale), (second, second_scale) = stored
    return MoleculeEncoder(
        first.numpy(),
        first_scale.ravel().numpy(),
        layers.first.bias.detach().cpu().numpy(),
        second.numpy(),
        second_scale.ravel().numpy(),
        layers.second.bias.detach().cpu().numpy(),
    )


@dataclass(frozen=True)
class ExportCheck:
    """Largest differences that were found: torch against ONNX, and with and without padding."""

    shapes: tuple[tuple[int, int], ...]
    largest_difference: float
    largest_padding_difference: float


def made_up_inputs(
    batch: int, peaks: int, adducts: int, instruments: int, seed: int = 0
) -> dict[str, npt.NDArray[Any]]:
    """Return inputs of a shape with plausible values, for tracing and checking."""
    random = np.random.default_rng(seed)
    precursor = random.uniform(100, 900, batch)
    counts = random.integers(0, [40, 60, 6, 12, 2, 2, 2, 2, 2, 2, 2, 2], (batch, 12))
    share = np.sort(random.random((batch, peaks)), axis=1)
    return {
        "mz": (share * precursor[:, None]).astype(np.float32),
        "intensity": (random.random((batch, peaks)) * 0.99 + 0.01).astype(np.float32),
        "fragment": np.floor(random.random((batch, peaks, 12)) * counts[:, None]).astype(
            np.float32
        ),
        "precursor_mz": precursor.astype(np.float32),
        "formula": counts.astype(np.float32),
        "adduct": random.integers(0, adducts, batch),
        "instrument": random.integers(0, instruments, batch),
        "energy": np.stack([random.random(batch), np.ones(batch)], 1).astype(np.float32),
    }


def export(
    shipped: ShippedNetwork, path: str | Path, adducts: int, instruments: int
) -> ExportCheck:
    """Write a network as ONNX and return how well the file agrees with torch.

    Raises
    ------
    MsguiError
        When results differ by more than 1e-4 at a shape that was not traced, or with padding.
    """
    example = made_up_inputs(3, 11, adducts, instruments)
    batch, peaks = torch.export.Dim("batch"), torch.export.Dim("peaks")
    shapes = {name: {0: batch} for name in INPUTS}
    shapes["mz"] = shapes["intensity"] = shapes["fragment"] = {0: batch, 1: peaks}
    # The exporter talks of its own deprecations and of torchvision; neither concerns the user.
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                shipped,
                tuple(torch.from_numpy(example[name]) for name in INPUTS),
                str(path),
                input_names=list(INPUTS),
                output_names=list(OUTPUTS),
                dynamic_shapes=shapes,
                dynamo=True,
                external_data=False,
                opset_version=OPSET,
                verbose=False,
            )
    finally:
        logger.setLevel(level)
    return check_export(shipped.predict, path, adducts, instruments)


def check_export(
    predict: Predictor, path: str | Path, adducts: int, instruments: int
) -> ExportCheck:
    """Return how far an ONNX file is from what it was made of (errors as :func:`export`)."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    differs = padded_differs = 0.0
    for number, (batch, peaks) in enumerate(CHECKED_SHAPES):
        inputs = made_up_inputs(batch, peaks, adducts, instruments, number)
        if number % 2:
            inputs["energy"][:] = 0
            inputs["formula"][0] = 0
        expected = predict(inputs)
        found = session.run(list(OUTPUTS), inputs)
        longer = dict(inputs)
        for name in ("mz", "intensity", "fragment"):
            beside = ((0, 0),) * (inputs[name].ndim - 2)
            longer[name] = np.pad(inputs[name], ((0, 0), (0, 9), *beside))
        padded = session.run(list(OUTPUTS), longer)
        for mine, theirs, wide in zip(expected, found, padded, strict=True):
            differs = max(differs, float(np.abs(mine - theirs).max()))
            padded_differs = max(padded_differs, float(np.abs(theirs - wide).max()))
    if max(differs, padded_differs) > TOLERANCE:
        raise MsguiError(
            f"The exported file differs from the network by {differs:.2g}, and by "
            f"{padded_differs:.2g} when spectra are padded.",
            "Do not use it; try another version of torch.",
            str(path),
        )
    return ExportCheck(CHECKED_SHAPES, differs, padded_differs)
