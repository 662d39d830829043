"""What an ONNX file says about itself, read without running or opening anything else.

An ONNX model may name other files ("external data") that a runtime then opens, and the graph is
only as good as the file that holds it. So the bytes are looked at first, in the protobuf wire
format: https://protobuf.dev/programming-guides/encoding/ and onnx.proto of the ONNX project.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from msgui.errors import MsguiError

LARGEST_BYTES = 2 * 1024**3
DEEPEST_GRAPH = 32
KNOWN_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})

# TensorProto.DataType, the ones that a model of spectra may want.
ELEMENT_TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 5: "int16", 6: "int32", 7: "int64", 8: "string",
    9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16",
}  # fmt: skip

# Field numbers of onnx.proto: where tensors with data, or graphs that hold some, may hide.
MODEL_IR_VERSION, MODEL_PRODUCER, MODEL_GRAPH, MODEL_OPSET, MODEL_FUNCTIONS = 1, 2, 7, 8, 25
MODEL_TRAINING = 20
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_SPARSE = 1, 5, 11, 12, 15
NODE_ATTRIBUTE, FUNCTION_NODE = 5, 7
ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS, ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
TENSOR_EXTERNAL, TENSOR_LOCATION = 13, 14
EXTERNAL = 1


class MalformedError(ValueError):
    """The bytes are not what the protobuf wire format allows."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """Name, element type and shape of an input or output; None for a free dimension."""

    name: str
    element: str
    shape: tuple[int | None, ...] | None

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.name}: {self.element}"
        sizes = ", ".join("any" if size is None else str(size) for size in self.shape)
        return f"{self.name}: {self.element} [{sizes}]"


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """What the header of a model says.

    Parameters
    ----------
    inputs, outputs : tuple of Tensor
        Without those that the graph itself gives a value.
    opsets : tuple of (domain, version)
    ir_version : int
    producer : str
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    opsets: tuple[tuple[str, int], ...]
    ir_version: int
    producer: str


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return the number that starts at ``at`` and the place after it."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise MalformedError("a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield (field number, value) of one message; fixed-width numbers come as their bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise MalformedError("field number 0")
        if kind == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise MalformedError(f"wire type {kind}")
        if at + size > len(data):
            raise MalformedError("a field is longer than the file")
        yield number, data[at : at + size]
        at += size


def _parts(data: memoryview, *numbers: int) -> Iterator[memoryview]:
    for number, value in _fields(data):
        if number in numbers and isinstance(value, memoryview):
            yield value


def _text(value: int | memoryview) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview) else ""


def _first(data: memoryview, number: int) -> int | memoryview | None:
    return next((value for field, value in _fields(data) if field == number), None)


def _location(tensor: memoryview) -> str | None:
    """Return where a tensor keeps its data outside the file, or None when it does not."""
    external, location = False, ""
    for number, value in _fields(tensor):
        if number == TENSOR_LOCATION and value == EXTERNAL:
            external = True
        elif number == TENSOR_EXTERNAL and isinstance(value, memoryview):
            external = True
            if _text(_first(value, 1) or 0) == "location":
                location = _text(_first(value, 2) or 0)
    return (location or "a place without a name") if external else None


def _nodes_outside(nodes: Iterator[memoryview], depth: int) -> Iterator[str]:
    for node in nodes:
        for attribute in _parts(node, NODE_ATTRIBUTE):
            for tensor in _parts(attribute, *ATTRIBUTE_TENSORS):
                if (place := _location(tensor)) is not None:
                    yield place
            yield from _sparse_outside(_parts(attribute, *ATTRIBUTE_SPARSE))
            for graph in _parts(attribute, *ATTRIBUTE_GRAPHS):
                yield from _graph_outside(graph, depth + 1)


def _sparse_outside(tensors: Iterator[memoryview]) -> Iterator[str]:
    for sparse in tensors:
        for tensor in _parts(sparse, 1, 2):
            if (place := _location(tensor)) is not None:
                yield place


def _graph_outside(graph: memoryview, depth: int = 0) -> Iterator[str]:
    """Yield the location of everything that a graph keeps outside its file."""
    if depth > DEEPEST_GRAPH:
        raise MalformedError(f"graphs are nested deeper than {DEEPEST_GRAPH}")
    for tensor in _parts(graph, GRAPH_INITIALIZER):
        if (place := _location(tensor)) is not None:
            yield place
    yield from _sparse_outside(_parts(graph, GRAPH_SPARSE))
    yield from _nodes_outside(_parts(graph, GRAPH_NODE), depth)


def _outside(model: memoryview) -> Iterator[str]:
    for graph in _parts(model, MODEL_GRAPH):
        yield from _graph_outside(graph)
    for function in _parts(model, MODEL_FUNCTIONS):
        yield from _nodes_outside(_parts(function, FUNCTION_NODE), 0)
    for training in _parts(model, MODEL_TRAINING):
        for graph in _parts(training, 1, 2):
            yield from _graph_outside(graph)


def _dimension(dimension: memoryview) -> int | None:
    size = _first(dimension, 1)
    return size if isinstance(size, int) and size > 0 else None


def _tensor(value_info: memoryview) -> Tensor:
    name, element, shape = "", "unknown", None
    for number, value in _fields(value_info):
        if number == 1:
            name = _text(value)
        elif number == 2 and isinstance(value, memoryview):
            for tensor_type in _parts(value, 1):
                code = _first(tensor_type, 1)
                known = ELEMENT_TYPES.get(code) if isinstance(code, int) else None
                element = known or f"type {code}"
                for sizes in _parts(tensor_type, 2):
                    shape = tuple(_dimension(part) for part in _parts(sizes, 1))
    return Tensor(name, element, shape)


def _looks_like(data: bytes) -> str | None:
    """Return what a file is that is certainly no ONNX model, or None."""
    head = data[:512].lstrip()
    lower = head.lower()
    if not data:
        return "the file is empty"
    if data.startswith(b"version https://git-lfs"):
        return "this is a Git LFS pointer: the model itself was not downloaded"
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return "this is a web page: the download failed"
    if data.startswith(b"PK\x03\x04"):
        return "this is a ZIP archive (a PyTorch checkpoint is one), which may hold code"
    if data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05":
        return "this is a Python pickle, which may hold code"
    if data.startswith(b"\x93NUMPY"):
        return "this is a NumPy file"
    printable = sum(byte in b"\t\n\r" or 32 <= byte < 127 for byte in data[:512])
    if printable == len(data[:512]):
        return "this is a text file"
    return None


def read_onnx(data: bytes, file: str) -> OnnxFile:
    """Return inputs, outputs and versions of a model, having refused what must not be opened.

    Parameters
    ----------
    data : bytes
        The whole file.
    file : str
        Its path, for messages.

    Raises
    ------
    MsguiError
        The bytes are no ONNX model, hold no graph, keep data in another file, or use operators
        of an unknown maker.
    """
    export = "Export the model to ONNX again, as one file."
    if (what := _looks_like(data)) is not None:
        raise MsguiError(f"This is not an ONNX model: {what}.", export, file)
    if len(data) > LARGEST_BYTES:
        raise MsguiError("The model is larger than 2 GB.", "Export a smaller model.", file)
    model = memoryview(data)
    try:
        outside = next(_outside(model), None)
        graph = next(_parts(model, MODEL_GRAPH), None)
        if graph is None:
            raise MalformedError("it holds no graph")
        if outside is None:
            return _checked(_described(model, graph), file)
    except (MalformedError, RecursionError) as problem:
        raise MsguiError(
            f"This is not an ONNX model, or the file is damaged ({problem}).", export, file
        ) from None
    raise MsguiError(
        f"The model keeps data in another file ({outside[:200]!r}), which msgui never opens.",
        "Export it with all data in one file (external_data=False).",
        file,
    )


def _described(model: memoryview, graph: memoryview) -> OnnxFile:
    opsets = []
    for entry in _parts(model, MODEL_OPSET):
        version = _first(entry, 2)
        opsets.append((_text(_first(entry, 1) or 0), version if isinstance(version, int) else 0))
    given = {_text(_first(tensor, 8) or 0) for tensor in _parts(graph, GRAPH_INITIALIZER)}
    inputs = tuple(_tensor(part) for part in _parts(graph, GRAPH_INPUT))
    ir_version = _first(model, MODEL_IR_VERSION)
    return OnnxFile(
        inputs=tuple(tensor for tensor in inputs if tensor.name not in given),
        outputs=tuple(_tensor(part) for part in _parts(graph, GRAPH_OUTPUT)),
        opsets=tuple(opsets),
        ir_version=ir_version if isinstance(ir_version, int) else 0,
        producer=_text(_first(model, MODEL_PRODUCER) or 0),
    )


def _checked(header: OnnxFile, file: str) -> OnnxFile:
    """Return the header, or refuse operators that only somebody's own library could run."""
    used = [domain for domain, _ in header.opsets if domain not in KNOWN_DOMAINS]
    # Exporters list domains of their own (such as "pkg.onnxscript.torch_lib") for functions
    # that the file itself defines, so an unknown domain is refused only by the runtime.
    if not header.outputs or (used and len(used) == len(header.opsets)):
        raise MsguiError(
            "The model has no outputs, or only operators of an unknown maker "
            f"({', '.join(used) or 'none'}).",
            "Export it with standard ONNX operators.",
            file,
        )
    return header
