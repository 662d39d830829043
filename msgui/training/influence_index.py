"""What a model keeps of its training spectra to tell later which of them made an answer."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from msgui.progress import Step
from msgui.training.batches import TrainingArrays
from msgui.training.card_scores import predictions
from msgui.training.export_onnx import Predictor
from msgui.trust.influence import InfluenceIndex, logits

FEATURES = 64
# Tells logits to a few hundredths; finer steps only make the file larger.
FEATURE_STEP = 1.0
# Spectra from which the directions are found.
LOOKED_AT = 3000
_AT_ONCE = 2048

Rows = npt.NDArray[np.int64]
Array32 = npt.NDArray[np.float32]


def build_influence_index(
    predict: Predictor, arrays: TrainingArrays, rows: Rows
) -> Iterator[Step | InfluenceIndex]:
    """Yield steps, and at the end the index of some training spectra, in the order of ``rows``."""
    center, directions = _directions(predict, arrays, rows)
    parts, curvature = [], np.zeros(center.size)
    for start in range(0, rows.size, _AT_ONCE):
        probability, _ = predictions(predict, arrays, rows[start : start + _AT_ONCE])
        parts.append((logits(probability) - center) @ directions)
        curvature += (probability * (1 - probability)).sum(0, dtype=np.float64)
        yield Step(start, rows.size, "influence")
    features = np.concatenate(parts)
    yield InfluenceIndex(
        center,
        directions,
        np.round(features / FEATURE_STEP).astype(np.int16),
        FEATURE_STEP,
        (features**2).mean(0, dtype=np.float64).astype(np.float32),
        (curvature / rows.size).astype(np.float32),
    )


def write_influence_index(
    predict: Predictor, arrays: TrainingArrays, rows: Rows, path: Path
) -> Iterator[Step]:
    """Write the index of some training spectra into a file."""
    for event in build_influence_index(predict, arrays, rows):
        if isinstance(event, InfluenceIndex):
            event.save(path)
        else:
            yield event


def _directions(predict: Predictor, arrays: TrainingArrays, rows: Rows) -> tuple[Array32, Array32]:
    """Return mean logits and the orthonormal directions in which they differ most."""
    random = np.random.default_rng(0)
    chosen = np.sort(random.permutation(rows.size)[:LOOKED_AT])
    sample = logits(predictions(predict, arrays, rows[chosen])[0]).astype(np.float64)
    center = sample.mean(0)
    sample -= center
    variance, vectors = np.linalg.eigh(sample @ sample.T)
    # Directions beyond the number of the network's last features are noise of single precision.
    strong = np.argsort(-variance, kind="stable")[: min(FEATURES, sample.shape[0] - 1)]
    strong = strong[variance[strong] > 1e-9 * variance.max()]
    directions = sample.T @ (vectors[:, strong] / np.sqrt(variance[strong]))
    # Rounded as they are stored, so that a saved index gives the features it was made with.
    return _as_stored(center), _as_stored(directions)


def _as_stored(array: npt.NDArray[np.float64]) -> Array32:
    return array.astype(np.float16).astype(np.float32)
