"""What is refused before anything opens it."""

import io
import pickle
import zipfile
from typing import Any

import pytest

from msgui.errors import MsguiError
from msgui.prediction.onnx_file import read_onnx
from tests.tiny_models import graph


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", b"x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"  <html>", "web page"),
        (pickle.dumps({"weights": [1.0]}), "pickle"),
        (zipped(), "ZIP archive"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b"just words\n", "text file"),
        (bytes(range(128, 256)) * 4, "damaged"),
        (b"\x08\x09\x12\x04test", "no graph"),
    ],
)
def test_what_is_no_model_is_refused_with_its_kind(data: bytes, said: str) -> None:
    with pytest.raises(MsguiError, match=said) as refusal:
        read_onnx(data, "folder/model.onnx")
    assert refusal.value.file == "folder/model.onnx"
    assert refusal.value.action


def test_header_is_read_without_a_runtime() -> None:
    header = read_onnx(graph().SerializeToString(), "m")
    assert str(header.inputs[0]) == "mz: float32 [any, any]"
    assert [t.name for t in header.outputs] == ["probability", "embedding"]
    assert header.outputs[0].shape == (None, 4096)
    assert header.opsets == (("", 18),)
    assert header.ir_version == 9
    assert header.producer == "test"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_cut_off_model_is_refused(share: float) -> None:
    data = graph().SerializeToString()
    with pytest.raises(MsguiError):
        read_onnx(data[: int(len(data) * share)], "m")


def outside(tensor: Any, location: str) -> None:
    tensor.data_location = 1
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location


@pytest.mark.parametrize(
    "location",
    ["../secret", "/etc/passwd", "file:///etc/passwd", r"\\host\share\w", "", "*/_ORT_MEM_ADDR_/*"],
)
def test_data_in_another_file_is_refused(location: str) -> None:
    made = graph()
    outside(made.graph.initializer[0], location)
    with pytest.raises(MsguiError, match="keeps data in another file"):
        read_onnx(made.SerializeToString(), "m")


def hide_in_attribute(made: Any) -> Any:
    attribute = made.graph.node[0].attribute.add()
    attribute.name = "value"
    return attribute.t


def hide_in_sub_graph(made: Any) -> Any:
    attribute = made.graph.node[0].attribute.add()
    attribute.name = "body"
    return attribute.g.initializer.add()


def hide_in_function(made: Any) -> Any:
    attribute = made.functions.add().node.add().attribute.add()
    attribute.name = "value"
    return attribute.tensors.add()


def hide_in_sparse(made: Any) -> Any:
    return made.graph.sparse_initializer.add().values


def hide_in_training(made: Any) -> Any:
    return made.training_info.add().algorithm.initializer.add()


@pytest.mark.parametrize(
    "hide",
    [hide_in_attribute, hide_in_sub_graph, hide_in_function, hide_in_sparse, hide_in_training],
)
def test_data_in_another_file_is_found_wherever_it_hides(hide: Any) -> None:
    made = graph()
    outside(hide(made), "weights.bin")
    with pytest.raises(MsguiError, match=r"weights\.bin"):
        read_onnx(made.SerializeToString(), "m")
