"""How well a model predicts each bit, and how often it met the bit in training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from msgui.prediction.memory import checked_arrays, damaged


@dataclass(frozen=True, eq=False)
class BitFacts:
    """What is known of each bit of a model's fingerprint.

    Parameters
    ----------
    positives : int32 array, shape (n_bits,)
        Training compounds that have the bit.
    f1 : float32 array, shape (n_bits,)
        Harmonic mean of precision and recall at the model's threshold, compounds counted alike, on
        compounds that the model did not learn from; NaN where none of them has the bit.
    tested : int32 array, shape (n_bits,)
        Of these compounds, those that have the bit.
    """

    positives: npt.NDArray[np.int32]
    f1: npt.NDArray[np.float32]
    tested: npt.NDArray[np.int32]

    @classmethod
    def load(cls, path: Path, sha256: str | None = None) -> Self:
        """Return the facts of a file.

        Raises
        ------
        MsguiError
            The file is damaged, or not the one of the card (``sha256``).
        """
        with checked_arrays(path, sha256) as arrays:
            facts = cls(
                arrays["positives"].astype(np.int32),
                arrays["f1"].astype(np.float32),
                arrays["tested"].astype(np.int32),
            )
        if not facts.positives.shape == facts.f1.shape == facts.tested.shape:
            raise damaged(path, "its arrays do not fit together")
        return facts

    def save(self, path: Path) -> None:
        """Write the facts as a compressed ``.npz``."""
        np.savez_compressed(
            path, positives=self.positives, f1=self.f1.astype(np.float16), tested=self.tested
        )


def measure_bits(
    probability: npt.NDArray[np.float32],
    truth: npt.NDArray[np.uint8],
    weight: npt.NDArray[np.float64],
    molecule: npt.NDArray[np.int64],
    training_bits: npt.NDArray[np.uint8],
    threshold: float,
) -> BitFacts:
    """Return the facts of each bit.

    Parameters
    ----------
    probability, truth : arrays, shape (n, n_bits)
        Of spectra of compounds that the model did not learn from.
    weight : float64 array, shape (n,)
        Of these spectra, so that compounds count alike.
    molecule : int64 array, shape (n,)
    training_bits : uint8 array, shape (n_compounds, n_bits)
        Fingerprints of the training compounds.
    threshold : float
        Probability above which a bit counts as set.
    """
    said, has = probability > threshold, truth > 0
    right = weight @ (said & has)
    found, there = weight @ said, weight @ has
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = np.where(there > 0, 2 * right / (found + there), np.nan)
    _, first = np.unique(molecule, return_index=True)
    return BitFacts(
        training_bits.sum(0, dtype=np.int64).astype(np.int32),
        f1.astype(np.float32),
        truth[first].sum(0, dtype=np.int64).astype(np.int32),
    )
