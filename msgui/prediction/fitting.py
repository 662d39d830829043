"""Does a model file fit its card, and msgui?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgui.errors import MsguiError
from msgui.prediction.card import MODEL_FILE, Card
from msgui.prediction.onnx_file import Tensor

INPUT_TYPES = {
    "mz": "float32",
    "intensity": "float32",
    "precursor_mz": "float32",
    "formula": "float32",
    "adduct": "int64",
    "instrument": "int64",
    "energy": "float32",
}
PROBABILITY, EMBEDDING = "probability", "embedding"


def check_hash(sha256: str, card: Card, path: Path) -> None:
    """Raise MsguiError unless the model file is the one of the card."""
    expected = card.files.get(MODEL_FILE)
    if expected is None:
        raise MsguiError(
            f"The card does not give the SHA-256 of {MODEL_FILE}.",
            "Add it under 'files', so that a changed file is noticed.",
            str(path.parent),
        )
    if sha256 != expected.lower():
        raise MsguiError(
            f"The model is not the one of its card (SHA-256 {sha256[:12]}..., the card says "
            f"{expected[:12]}...).",
            "Take the folder again from where it came, or correct the card if you changed it.",
            str(path),
        )


def check_fingerprint(card: Card) -> None:
    """Raise MsguiError unless the model predicts the fingerprint that msgui compares."""
    from msgui.chemistry.molecule import FINGERPRINT_BITS, FINGERPRINT_RADIUS

    if (card.bits, card.radius) != (FINGERPRINT_BITS, FINGERPRINT_RADIUS):
        raise MsguiError(
            f"The model predicts Morgan fingerprints of radius {card.radius} with {card.bits} "
            f"bits; msgui compares those of radius {FINGERPRINT_RADIUS} with {FINGERPRINT_BITS}.",
            "Train it on that fingerprint.",
            str(card.folder or ""),
        )


def check_fit(
    inputs: Sequence[Tensor], outputs: Sequence[Tensor], card: Card, file: str = ""
) -> None:
    """Raise MsguiError, naming both lists, unless the graph takes and gives what the card says."""
    wanted_out: dict[str, tuple[int | str, ...]] = {PROBABILITY: ("batch", card.bits)}
    if card.embedding_size:
        wanted_out[EMBEDDING] = ("batch", card.embedding_size)
    wrong = [
        *_misfits("input", inputs, card.inputs, INPUT_TYPES),
        *_misfits("output", outputs, wanted_out, {}),
        *(f"input {t.name} is not on the card" for t in inputs if t.name not in card.inputs),
    ]
    if wrong:
        has = "; ".join(str(tensor) for tensor in (*inputs, *outputs)) or "nothing"
        wants = "; ".join(
            f"{name}: {INPUT_TYPES.get(name, 'float32')} {list(shape)}"
            for name, shape in (*card.inputs.items(), *wanted_out.items())
        )
        raise MsguiError(
            f"The model does not fit its card: {'; '.join(wrong)}. "
            f"The model has [{has}]; the card says [{wants}].",
            "Export the model with these names, types and sizes, or correct the card.",
            file,
        )


def _misfits(
    kind: str,
    found: Sequence[Tensor],
    wanted: Mapping[str, tuple[int | str, ...]],
    types: Mapping[str, str],
) -> Iterator[str]:
    by_name = {tensor.name: tensor for tensor in found}
    for name, shape in wanted.items():
        tensor = by_name.get(name)
        if tensor is None:
            yield f"{kind} {name} is missing"
            continue
        element = types.get(name, "float32")
        if tensor.element != element:
            yield f"{kind} {name} is {tensor.element} instead of {element}"
        if tensor.shape is None:
            continue
        if len(tensor.shape) != len(shape):
            yield f"{kind} {name} has {len(tensor.shape)} dimensions instead of {len(shape)}"
            continue
        for size, expected in zip(tensor.shape, shape, strict=True):
            if isinstance(expected, int) and size is not None and size != expected:
                yield f"{kind} {name} is {size} wide instead of {expected}"
            elif isinstance(expected, str) and size is not None:
                yield f"{kind} {name} has a fixed size of {size} where {expected} varies"
