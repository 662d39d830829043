"""Model folders made by hand, small enough for a test."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BITS, SIZE = 4096, 8
INPUTS: dict[str, list[int | str]] = {
    "mz": ["batch", "peaks"],
    "intensity": ["batch", "peaks"],
    "precursor_mz": ["batch"],
    "formula": ["batch", 12],
    "adduct": ["batch"],
    "instrument": ["batch"],
    "energy": ["batch", 2],
}
WHOLE_NUMBERS = ("adduct", "instrument")


def card(**changes: Any) -> dict[str, Any]:
    """Return the JSON of a card."""
    record: dict[str, Any] = {
        "name": "tiny",
        "version": "1",
        "task": "fingerprint",
        "fingerprint": {"kind": "morgan", "radius": 2, "bits": BITS},
        "threshold": 0.5,
        "inputs": INPUTS,
        "outputs": {"probability": ["batch", BITS], "embedding": ["batch", SIZE]},
        "embedding_size": SIZE,
        "adducts": ["[M+H]+", "[M-H]-", "other"],
        "instruments": ["orbitrap", "qtof", "other"],
        "files": {},
    }
    return record | changes


def graph(*, sees_peaks: bool = True, ending: str = "Sigmoid", noisy: bool = False) -> Any:
    """Return an ONNX model: peaks, precursor and formula, summed, through one layer.

    Parameters
    ----------
    sees_peaks : bool
        Otherwise the peaks have no influence on the answer.
    ending : str
        Operator that makes the probabilities ("Sigmoid", "Identity", "Sqrt" gives NaN).
    noisy : bool
        Adds random numbers, so that no answer comes twice.
    """
    onnx = pytest.importorskip("onnx", reason="needs the train extra to make a model")
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(7)
    peak_rows = 1.0 if sees_peaks else 0.0
    layer = rng.normal(0, 1, (14, BITS)).astype(np.float32)
    layer[:2] *= 6 * peak_rows
    layer[2:] *= 0.05
    place = rng.normal(0, 1, (14, SIZE)).astype(np.float32)
    place[:2] *= 10 * peak_rows
    constants = {
        "layer": layer,
        "place": place,
        "thousand": np.array(1000, np.float32),
        "peak_axis": np.array([1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Div", ["mz", "thousand"], ["mz_scaled"]),
        node("Mul", ["mz_scaled", "intensity"], ["weighted"]),
        node("ReduceSum", ["weighted", "peak_axis"], ["moment"], keepdims=1),
        node("ReduceSum", ["intensity", "peak_axis"], ["total"], keepdims=1),
        node("Concat", ["moment", "total", "formula"], ["features"], axis=1),
        node("MatMul", ["features", "layer"], ["logits"]),
        node("MatMul", ["features", "place"], ["raw"]),
        node("LpNormalization", ["raw"], ["embedding"], axis=1, p=2),
    ]
    last = "logits"
    if noisy:
        nodes.append(node("RandomNormalLike", ["logits"], ["noise"]))
        nodes.append(node("Add", ["logits", "noise"], ["noisy_logits"]))
        last = "noisy_logits"
    nodes.append(node(ending, [last], ["probability"]))
    inputs = [
        helper.make_tensor_value_info(
            name, TensorProto.INT64 if name in WHOLE_NUMBERS else TensorProto.FLOAT, shape
        )
        for name, shape in INPUTS.items()
    ]
    outputs = [
        helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch", BITS]),
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", SIZE]),
    ]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    made = helper.make_graph(nodes, "tiny", inputs, outputs, initializers)
    return onnx.helper.make_model(
        made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9, producer_name="test"
    )


def write_model(folder: Path, data: bytes | Any, **card_changes: Any) -> Path:
    """Write a model folder and return it; ``data`` is a graph or the bytes of the file."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = data if isinstance(data, bytes) else data.SerializeToString()
    (folder / "model.onnx").write_bytes(raw)
    record = card(**card_changes)
    files = {"model.onnx": hashlib.sha256(raw).hexdigest()} | record["files"]
    record["files"] = files
    (folder / "card.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def write_memory(folder: Path, compounds: list[tuple[str, str, str]], spectra: list[int]) -> None:
    """Write a training memory: compounds are (SMILES, first block, formula), spectra their rows."""
    n = len(spectra)
    rng = np.random.default_rng(3)
    embedding = rng.normal(0, 1, (n, SIZE))
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    np.savez_compressed(
        folder / "memory.npz",
        embedding=np.round(embedding * 127).astype(np.int8),
        structure=np.array(spectra, np.int32),
        smiles=np.array([smiles for smiles, _, _ in compounds]),
        inchikey14=np.array([key for _, key, _ in compounds]),
        formula=np.array([formula for _, _, formula in compounds]),
        accession=np.array([f"T{i:04d}" for i in range(n)]),
        adduct=np.array(["[M+H]+"] * n),
        instrument=np.array(["orbitrap"] * n),
        energy=np.array(["35 NCE"] * n),
    )


def write_seen(folder: Path, formulas: list[str]) -> None:
    """Write the list of seen fragment formulas."""
    with gzip.open(folder / "seen_formulas.txt.gz", "wt", encoding="ascii") as stream:
        stream.write("\n".join(formulas))
