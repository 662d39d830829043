"""What a model says about itself: the card that stands beside its weights."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from msgui.errors import MsguiError

CARD_FILE = "card.json"
MODEL_FILE = "model.onnx"
MEMORY_FILE = "memory.npz"
SEEN_FORMULAS_FILE = "seen_formulas.txt.gz"
MOLECULES_FILE = "molecules.npz"
INFLUENCE_FILE = "influence.npz"
BITS_FILE = "bits.npz"
# What was measured of answers; made after the model, so the card does not name it.
TRUST_FILE = "trust.json"
# A folder with these weights predicts intensities (prediction/forward.py), not fingerprints.
FORWARD_FILE = "forward.npz"

# Every input that msgui knows how to fill; a card may name fewer, never others.
KNOWN_INPUTS = (
    "mz",
    "intensity",
    "fragment",
    "precursor_mz",
    "formula",
    "adduct",
    "instrument",
    "energy",
)
NEEDED = ("name", "version", "task", "inputs", "fingerprint", "threshold", "files")
TASK = "fingerprint"
OTHER = "other"

Shape = tuple[int | str, ...]


@dataclass(frozen=True)
class Card:
    """A model's card.

    Parameters
    ----------
    name, version, title, description, licence : str
        ``licence`` is that of the weights.
    task : str
        ``"fingerprint"``: the model predicts the bits of a molecular fingerprint.
    inputs, outputs : mapping of str to tuple
        Name and shape of each tensor; a shape holds numbers and the words ``batch`` and ``peaks``.
    bits, radius : int
        The Morgan fingerprint that is predicted.
    embedding_size : int
        Length of the ``embedding`` output; 0 when the model has none.
    threshold : float
        Probability above which a bit counts as set, chosen on validation data.
    elements : tuple of str
        Columns of the ``formula`` input.
    adducts, instruments : tuple of str
        Classes that the model tells apart; the last is ``other``.
    max_peaks : int
    min_relative_intensity : float
        Peaks below this share of the base peak are not shown to the model.
    above_precursor_da : float
        Peaks more than this above the precursor are not shown to the model.
    training, split, histograms, calibration : mapping
        What it was trained on (``data``, ``sha256``, ``licences``, ``spectra``, ``structures``),
        how held-out data were chosen, how often each adduct, instrument and energy was seen, and
        predicted against observed frequency of bits.
    scores : tuple of mapping
        One row for each measurement: data, method, metric values; the baselines stand beside it.
    files : mapping of str to str
        SHA-256 of every file of the folder.
    folder : Path or None
        Where the card was read from.
    """

    name: str
    version: str
    task: str
    inputs: Mapping[str, Shape]
    threshold: float
    bits: int = 4096
    radius: int = 2
    outputs: Mapping[str, Shape] = field(default_factory=dict)
    embedding_size: int = 0
    title: str = ""
    description: str = ""
    licence: str = ""
    elements: tuple[str, ...] = ()
    adducts: tuple[str, ...] = (OTHER,)
    instruments: tuple[str, ...] = (OTHER,)
    max_peaks: int = 64
    min_relative_intensity: float = 0.001
    above_precursor_da: float = 2.0
    training: Mapping[str, Any] = field(default_factory=dict)
    split: Mapping[str, Any] = field(default_factory=dict)
    histograms: Mapping[str, Any] = field(default_factory=dict)
    calibration: Mapping[str, Any] = field(default_factory=dict)
    scores: tuple[Mapping[str, Any], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Return the card of a model folder.

        Raises
        ------
        MsguiError
            When the card is missing, is not JSON, lacks a key, or asks for inputs that msgui
            cannot fill (both lists are named).
        """
        folder = Path(folder)
        path = folder / CARD_FILE
        if not path.is_file():
            raise MsguiError(
                f"There is no {CARD_FILE} in this folder, so it is not a model.",
                f"A model is a folder with {MODEL_FILE} and {CARD_FILE}.",
                str(folder),
            )
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as fault:
            raise MsguiError(
                f"The card cannot be read as JSON ({fault}).",
                "Take the model folder again from where it came.",
                str(path),
            ) from fault
        return cls.from_dict(record, path)

    @classmethod
    def from_dict(cls, record: object, path: Path | None = None) -> Self:
        """Return the card that a JSON object describes (errors as :meth:`load`)."""
        file = str(path or "")
        if not isinstance(record, dict):
            raise MsguiError("The card is not a JSON object.", "Take the model again.", file)
        missing = [key for key in NEEDED if key not in record]
        if missing:
            raise MsguiError(
                f"The card lacks {', '.join(missing)}.",
                f"A card needs {', '.join(NEEDED)}.",
                file,
            )
        try:
            return cls(**_fields(record), folder=path.parent if path else None)
        except (TypeError, ValueError, KeyError, AttributeError) as fault:
            raise MsguiError(
                f"A value of the card has the wrong form ({fault}).",
                "Compare it with the card of a bundled model.",
                file,
            ) from fault

    def __post_init__(self) -> None:
        file = str(self.folder or "")
        if self.task != TASK:
            raise MsguiError(
                f"The model's task is {self.task!r}.", f"msgui runs {TASK!r} models.", file
            )
        unknown = [name for name in self.inputs if name not in KNOWN_INPUTS]
        if unknown:
            raise MsguiError(
                f"The model asks for inputs that msgui cannot fill: {', '.join(unknown)}.",
                f"It asks for {', '.join(self.inputs)}; msgui fills {', '.join(KNOWN_INPUTS)}.",
                file,
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of the card, in the order in which a person reads it."""
        return {
            "name": self.name,
            "version": self.version,
            "title": self.title,
            "description": self.description,
            "licence": self.licence,
            "task": self.task,
            "fingerprint": {
                "kind": "morgan",
                "radius": self.radius,
                "bits": self.bits,
                "structure": "neutral, largest component, without stereochemistry",
            },
            "threshold": self.threshold,
            "inputs": {name: list(shape) for name, shape in self.inputs.items()},
            "outputs": {name: list(shape) for name, shape in self.outputs.items()},
            "embedding_size": self.embedding_size,
            "peaks": {
                "max_peaks": self.max_peaks,
                "min_relative_intensity": self.min_relative_intensity,
                "above_precursor_da": self.above_precursor_da,
            },
            "elements": list(self.elements),
            "adducts": list(self.adducts),
            "instruments": list(self.instruments),
            "training": dict(self.training),
            "split": dict(self.split),
            "histograms": dict(self.histograms),
            "calibration": dict(self.calibration),
            "scores": [dict(row) for row in self.scores],
            "files": dict(self.files),
        }

    def save(self, folder: str | Path) -> Path:
        """Write ``card.json`` into a folder and return its path."""
        path = Path(folder) / CARD_FILE
        text = json.dumps(self.as_dict(), indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        return path


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    fingerprint, peaks = record["fingerprint"], record.get("peaks", {})
    values: dict[str, Any] = {
        "name": str(record["name"]),
        "version": str(record["version"]),
        "task": str(record["task"]),
        "threshold": float(record["threshold"]),
        "bits": int(fingerprint["bits"]),
        "radius": int(fingerprint["radius"]),
        "inputs": {str(name): tuple(shape) for name, shape in record["inputs"].items()},
        "outputs": {str(name): tuple(shape) for name, shape in record.get("outputs", {}).items()},
        "embedding_size": int(record.get("embedding_size", 0)),
        "max_peaks": int(peaks.get("max_peaks", 64)),
        "min_relative_intensity": float(peaks.get("min_relative_intensity", 0.001)),
        "above_precursor_da": float(peaks.get("above_precursor_da", 2.0)),
        "scores": tuple(dict(row) for row in record.get("scores", ())),
        "files": {str(name): str(digest) for name, digest in record["files"].items()},
    }
    for key in ("title", "description", "licence"):
        values[key] = str(record.get(key, ""))
    for key in ("elements", "adducts", "instruments"):
        if key in record:
            values[key] = tuple(str(item) for item in record[key])
    for key in ("training", "split", "histograms", "calibration"):
        values[key] = dict(record.get(key, {}))
    return values
