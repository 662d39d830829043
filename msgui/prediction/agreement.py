"""How well the fingerprint of a structure agrees with a predicted one.

``predicted`` is always an array of probabilities, shape (n_bits,), and ``bits`` an array of zeros
and ones, shape (n_structures, n_bits).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError
from msgui.paths import resources

FloatArray = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]
Measure = Callable[[npt.NDArray[np.float32], Bits], FloatArray]

# A calibrated model is never surer than its validation data could show; one wrong bit must not
# outweigh all others.
SUREST = 0.001
KEPT_FINGERPRINTS = 50_000
RARITY_FILE = "bit_rarity.npy"
STEPS_A_NAT = 20


def log_likelihood(predicted: npt.NDArray[np.float32], bits: Bits) -> FloatArray:
    """Return log P(bits), the bits taken as independent, in nats, shape (n_structures,)."""
    probability = np.clip(predicted.astype(np.float64), SUREST, 1 - SUREST)
    absent = np.log1p(-probability)
    gain = np.log(probability) - absent
    result: FloatArray = bits.astype(np.float32) @ gain.astype(np.float32) + absent.sum()
    return result.astype(np.float64)


def cosine(predicted: npt.NDArray[np.float32], bits: Bits) -> FloatArray:
    """Return the cosine of probabilities and bits, 0 to 1, shape (n_structures,)."""
    dot = bits.astype(np.float32) @ predicted
    count = bits.sum(axis=1, dtype=np.int64)
    length = float(np.linalg.norm(predicted)) * np.sqrt(count)
    return _ratio(dot, length)


def weighted_cosine(predicted: npt.NDArray[np.float32], bits: Bits) -> FloatArray:
    """Return the cosine in which rare bits count more, 0 to 1, shape (n_structures,).

    Each bit is weighted by its information among ordinary compounds, -log(share that has it): that
    a molecule has a carbon chain says little, that it has a thiazole says much.
    """
    weight = rarity()
    weighted = predicted * weight
    present = bits.astype(np.float32)
    length = float(np.linalg.norm(weighted)) * np.sqrt(present @ weight**2)
    return _ratio(present @ (weighted * weight), length)


@lru_cache(maxsize=1)
def rarity() -> npt.NDArray[np.float32]:
    """Return how rare each bit is, in nats, shape (4096,).

    Counted on the 58,090 one-piece compounds with six or more heavy atoms that the ``chemicals``
    package lists.
    """
    table = np.load(resources() / RARITY_FILE, allow_pickle=False)
    weight: npt.NDArray[np.float32] = table.astype(np.float32) / STEPS_A_NAT
    weight.setflags(write=False)
    return weight


def soft_jaccard(predicted: npt.NDArray[np.float32], bits: Bits) -> FloatArray:
    """Return sum(min) / sum(max) of probabilities and bits, 0 to 1, shape (n_structures,)."""
    shared = (bits.astype(np.float32) @ predicted).astype(np.float64)
    union = float(predicted.sum(dtype=np.float64)) + bits.sum(axis=1, dtype=np.int64) - shared
    return _ratio(shared, union)


def hard_jaccard(predicted: npt.NDArray[np.float32], bits: Bits, threshold: float) -> FloatArray:
    """Return the Jaccard index of the bits above a threshold, 0 to 1, shape (n_structures,)."""
    return soft_jaccard((predicted > threshold).astype(np.float32), bits)


def _ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> FloatArray:
    above, below = np.asarray(above, np.float64), np.asarray(below, np.float64)
    result: FloatArray = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return result


MEASURES: dict[str, Measure] = {
    "log-likelihood": log_likelihood,
    "weighted cosine": weighted_cosine,
    "cosine": cosine,
    "soft Jaccard": soft_jaccard,
}


@lru_cache(maxsize=KEPT_FINGERPRINTS)
def _packed(smiles: str) -> bytes:
    from msgui.chemistry.molecule import FINGERPRINT_BITS, fingerprint

    try:
        return fingerprint(smiles).tobytes()
    except MsguiError:
        return bytes(FINGERPRINT_BITS // 8)


def bits_of(smiles: Sequence[str]) -> Bits:
    """Return the Morgan fingerprints of structures as zeros and ones, shape (n, 4096).

    A structure that cannot be read has no bits. Fingerprints are kept, because the spectra of one
    compound meet the same candidates.
    """
    if not len(smiles):
        from msgui.chemistry.molecule import FINGERPRINT_BITS

        return np.zeros((0, FINGERPRINT_BITS), np.uint8)
    packed = np.frombuffer(b"".join(map(_packed, smiles)), np.uint8).reshape(len(smiles), -1)
    return np.unpackbits(packed, axis=1)
