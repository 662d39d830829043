"""Places of molecules in a model's space of spectra: how well a structure and a spectrum match."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from msgui.prediction.agreement import bits_of
from msgui.prediction.memory import checked_arrays, damaged

Array32 = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class MoleculeEncoder:
    """Two layers from a Morgan fingerprint to a model's space; weights in one byte each.

    Parameters
    ----------
    first : int8 array, shape (n_hidden, n_bits)
    first_scale, first_bias : float32 arrays, shape (n_hidden,)
        A weight is the stored number times the scale of its row.
    second : int8 array, shape (n_dimensions, n_hidden)
    second_scale, second_bias : float32 arrays, shape (n_dimensions,)
    """

    first: npt.NDArray[np.int8]
    first_scale: Array32
    first_bias: Array32
    second: npt.NDArray[np.int8]
    second_scale: Array32
    second_bias: Array32

    @classmethod
    def load(cls, path: str | Path, sha256: str | None = None) -> Self:
        """Return the encoder of a file.

        Raises
        ------
        MsguiError
            The file is damaged, lacks an array, or is not the one of the card (``sha256``).
        """
        path = Path(path)
        with checked_arrays(path, sha256) as arrays:
            encoder = cls(**{name: arrays[name] for name in cls.__dataclass_fields__})
        hidden, size = encoder.first_bias.size, encoder.second_bias.size
        if encoder.first.shape[:1] != (hidden,) or encoder.second.shape != (size, hidden):
            raise damaged(path, "its layers do not fit each other")
        return encoder

    def save(self, path: str | Path) -> None:
        """Write the encoder as a compressed ``.npz``."""
        arrays = {name: getattr(self, name) for name in self.__dataclass_fields__}
        np.savez_compressed(path, allow_pickle=False, **arrays)

    def embed(self, bits: npt.NDArray[np.uint8]) -> Array32:
        """Return places of unit length, shape (n, n_dimensions), of fingerprints (n, n_bits)."""
        hidden = bits.astype(np.float32) @ self.first.T.astype(np.float32)
        hidden = np.maximum(hidden * self.first_scale + self.first_bias, 0.0)
        place = hidden @ self.second.T.astype(np.float32) * self.second_scale + self.second_bias
        length = np.linalg.norm(place, axis=1, keepdims=True)
        return np.asarray(place / np.maximum(length, 1e-12), np.float32)

    def scores(self, embedding: Array32, smiles: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the cosine of a spectrum's place with that of each structure, shape (n,).

        0 for structures that cannot be read.
        """
        bits = bits_of(smiles)
        cosine = (self.embed(bits) @ embedding).astype(np.float64)
        return np.where(bits.any(axis=1), cosine, 0.0)
