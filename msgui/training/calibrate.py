"""Probabilities that mean what they say: bits corrected on validation data."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# Bits are corrected together with bits that are about as frequent in training molecules: a rare
# bit alone has too few positives in validation to be corrected by itself.
PREVALENCE_EDGES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.01)
_NEWTON_STEPS = 12
# Pulls scale to 1 and shift to 0 where a group has little to say (in units of positives).
_PRIOR = 2.0

Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Calibrated logit = scale * logit + shift, for each bit; float32 arrays, shape (n_bits,)."""

    scale: Array32
    shift: Array32

    def probability(self, logits: Array32) -> Array32:
        """Return calibrated probabilities, shape as ``logits``."""
        calibrated = logits * self.scale + self.shift
        return np.asarray(_sigmoid(calibrated), np.float32)


def fit_calibration(
    logits: Array32,
    truth: npt.NDArray[np.uint8],
    weight: Array64,
    prevalence: Array64,
) -> Calibration:
    """Return the Platt scaling of groups of bits of like prevalence.

    Parameters
    ----------
    logits : float32 array, shape (n, bits)
        Of validation spectra.
    truth : uint8 array, shape (n, bits)
    weight : float64 array, shape (n,)
        Of spectra, so that molecules count alike.
    prevalence : float64 array, shape (bits,)
        Share of training molecules that have each bit.

    References
    ----------
    Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    group = np.digitize(prevalence, PREVALENCE_EDGES) - 1
    scale, shift = np.ones(prevalence.size, np.float32), np.zeros(prevalence.size, np.float32)
    per_row = weight / weight.mean()
    for number in np.unique(group):
        bits = np.flatnonzero(group == number)
        x = logits[:, bits].astype(np.float64).ravel()
        y = truth[:, bits].astype(np.float64).ravel()
        a, b = _platt(x, y, np.repeat(per_row, bits.size))
        scale[bits], shift[bits] = a, b
    return Calibration(scale, shift)


def _sigmoid(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    # Beyond 60 the result is 0 or 1 to the last digit, and exp would overflow in float32.
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0))))


def _platt(x: Array64, y: Array64, weight: Array64) -> tuple[float, float]:
    """Return slope and intercept of a logistic regression on one variable, by Newton's method."""
    a, b = 1.0, 0.0
    for _ in range(_NEWTON_STEPS):
        p = _sigmoid(a * x + b)
        residual = weight * (p - y)
        curvature = weight * p * (1.0 - p)
        gradient = np.array([residual @ x + _PRIOR * (a - 1.0), residual.sum() + _PRIOR * b])
        hessian = np.array(
            [
                [curvature @ (x * x) + _PRIOR, curvature @ x],
                [curvature @ x, curvature.sum() + _PRIOR],
            ]
        )
        step = np.linalg.solve(hessian, gradient)
        a, b = a - float(step[0]), b - float(step[1])
        if float(np.abs(step).max()) < 1e-7:
            break
    # A negative slope would turn the model's answer round: then the group is left alone.
    return (a, b) if a > 0 else (1.0, 0.0)
