"""Two models as one: their probabilities averaged, in one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError
from msgui.prediction.card import MODEL_FILE, Card
from msgui.prediction.onnx_model import Model
from msgui.training.measures import best_threshold, jaccard

SHARES = tuple(round(0.1 * step, 1) for step in range(2, 9))

Array32 = npt.NDArray[np.float32]


def open_partner(folder: str | Path, adducts: tuple[str, ...], split: str) -> Model:
    """Return a model to average with.

    Parameters
    ----------
    folder : path
    adducts : tuple of str
        Of the model that it is averaged with.
    split : str
        SHA-256 of the split that this one was trained on.

    Raises
    ------
    MsguiError
        When it was trained on another split (it may know the molecules that are asked about), or
        tells other adducts apart.
    """
    model = Model.open(folder, provider="cpu")
    if model.card.split.get("sha256") != split:
        raise MsguiError(
            f"{model.name} was trained on another split.",
            "Average models of the same split only: it may know what it is asked about.",
            str(folder),
        )
    if model.card.adducts != adducts:
        raise MsguiError(
            f"{model.name} tells other adducts apart.", "Train both on the same data.", str(folder)
        )
    return model


def best_share(
    first: Array32, second: Array32, truth: npt.NDArray[np.uint8], weight: npt.NDArray[np.float64]
) -> float:
    """Return the share of the first model that gives the highest weighted Jaccard index."""

    def reached(share: float) -> float:
        mean = share * first + (1.0 - share) * second
        values = jaccard(mean, truth, best_threshold(mean, truth, weight))
        return float(np.average(values, weights=weight))

    return max(SHARES, key=reached)


def merge_files(first: str | Path, second: str | Path, share: float) -> None:
    """Rewrite an ONNX file so that it averages its probabilities with those of another one.

    Parameters
    ----------
    first, second : path
        Files with the same inputs; the embedding stays that of the first, which is rewritten.
    share : float
        Weight of the first model's probabilities; the second has the rest.

    Raises
    ------
    MsguiError
        When they do not take the same inputs, or were exported for different operators.
    """
    import onnx
    from onnx import compose, helper, numpy_helper

    files = [onnx.load(str(path)) for path in (first, second)]
    names, opsets = ([_about(file)[part] for file in files] for part in ("inputs", "opsets"))
    if names[0] != names[1] or opsets[0] != opsets[1] or any(file.functions for file in files):
        raise MsguiError(
            "The two models do not take the same inputs or need different operators.",
            "Export both with the same version of msgui.",
            str(second),
        )
    parts = [
        compose.add_prefix(file, f"{place}/", rename_inputs=False)
        for place, file in zip(("first", "second"), files, strict=True)
    ]
    merged = onnx.ModelProto()
    merged.CopyFrom(files[0])
    graph = merged.graph
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    for part, weight in zip(parts, (share, 1.0 - share), strict=True):
        name = "first" if part is parts[0] else "second"
        graph.initializer.extend(part.graph.initializer)
        graph.initializer.append(numpy_helper.from_array(np.float32(weight), f"{name}/share"))
        graph.node.extend(part.graph.node)
        graph.node.append(
            helper.make_node("Mul", [f"{name}/probability", f"{name}/share"], [f"{name}/part"])
        )
    graph.node.append(helper.make_node("Add", ["first/part", "second/part"], ["probability"]))
    graph.node.append(helper.make_node("Identity", ["first/embedding"], ["embedding"]))
    onnx.checker.check_model(merged)
    onnx.save(merged, str(first))


def _about(file: Any) -> Mapping[str, Any]:
    return {
        "inputs": [tensor.name for tensor in file.graph.input],
        "opsets": sorted((item.domain, item.version) for item in file.opset_import),
    }


def partner_facts(model: Model, share: float) -> dict[str, Any]:
    """Return what the card says of the model that was averaged in."""
    card: Card = model.card
    return {
        "model": model.name,
        "sha256": card.files[MODEL_FILE],
        "share": round(1.0 - share, 2),
    }
