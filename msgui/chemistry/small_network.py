"""A small network of fully connected layers, kept as plain arrays."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SmallNetwork:
    """Layers with rectified activations between them.

    Parameters
    ----------
    center, scale : float64 arrays, shape (n_inputs,)
        Inputs are centered and scaled with these.
    weights, biases : tuples of float64 arrays
        One of each for every layer, shapes (before, after) and (after,).
    """

    center: FloatArray
    scale: FloatArray
    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the arrays ``center``, ``scale``, ``weight_0``, ``bias_0`` ... of an npz file."""
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name].astype(np.float64) for name in file.files}
        layers = range(sum(name.startswith("weight_") for name in arrays))
        return cls(
            arrays["center"],
            arrays["scale"],
            tuple(arrays[f"weight_{layer}"] for layer in layers),
            tuple(arrays[f"bias_{layer}"] for layer in layers),
        )

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Return the outputs, shape (n, n_outputs), for inputs of shape (n, n_inputs)."""
        values = (inputs - self.center) / self.scale
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = values @ weight + bias
            if layer < last:
                values = np.maximum(values, 0.0)
        return values
