"""Scan an ONNX file before native code parses it.

ONNX files are protocol buffers. A few fields show what a model would do. They are parsed in plain Python, which no file
can crash, rather than with the `onnx` package (large, native, not needed to run models).
Field numbers: onnx/onnx.proto of ONNX 1.17; wire format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_NODES = 20_000
_EXTERNAL = 1

_MODEL_GRAPH, _MODEL_OPSET, _MODEL_METADATA, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 8, 14, 20, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_NODE_OP, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS = 5, 10
_ATTRIBUTE_GRAPHS = (6, 11)
_ATTRIBUTE_SPARSE = (22, 23)
_TENSOR_EXTERNAL_DATA, _TENSOR_LOCATION = 13, 14
_SPARSE_PARTS = (1, 2)
_OPSET_VERSION, _OPSET_DOMAIN = 2, 1

Value = int | memoryview


class NotOnnxError(Exception):
    """The bytes are not an ONNX model; the text says why parsing failed."""


@dataclass(slots=True)
class Scan:
    """What an ONNX file contains.

    Attributes:
        operators: names such as ``Conv``, or ``domain.Name`` of another domain.
        opset: version of the standard operator set; 0 if there is none.
        external: whether a tensor is stored in another file.
        functions: whether the model defines its own operators or training graphs.
        subgraphs: whether a node contains a graph, as loops and branches do.
        metadata: the model's key and value pairs.
        nodes: number of operators in the graph.
    """

    operators: set[str] = field(default_factory=set)
    opset: int = 0
    external: bool = False
    functions: bool = False
    subgraphs: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    nodes: int = 0


def scan(data: bytes) -> Scan:
    """Scan the ONNX model in `data`.

    Raises:
        NotOnnxError: it is empty, truncated or something else.
    """
    found = Scan()
    graphs = 0
    for number, value in _fields(memoryview(data)):
        if number == _MODEL_GRAPH:
            graphs += 1
            _graph(_part(value), found)
        elif number in _MODEL_READERS:
            _MODEL_READERS[number](_part(value), found)
        elif number in (_MODEL_TRAINING, _MODEL_FUNCTIONS):
            found.functions = True
    if graphs != 1 or not found.nodes:
        raise NotOnnxError("no graph in it")
    return found


def _graph(data: memoryview, found: Scan) -> None:
    for number, value in _fields(data):
        if number == _GRAPH_NODE:
            _node(_part(value), found)
        elif number == _GRAPH_INITIALIZER:
            _tensor(_part(value), found)
        elif number == _GRAPH_SPARSE:
            _sparse(_part(value), found)


def _node(data: memoryview, found: Scan) -> None:
    found.nodes += 1
    if found.nodes > _MAX_NODES:
        raise NotOnnxError(f"more than {_MAX_NODES} operators")
    name = domain = ""
    for number, value in _fields(data):
        if number == _NODE_OP:
            name = _text(value)
        elif number == _NODE_DOMAIN:
            domain = _text(value)
        elif number == _NODE_ATTRIBUTE:
            _attribute(_part(value), found)
    found.operators.add(name if domain in ("", "ai.onnx") else f"{domain}.{name}")


def _attribute(data: memoryview, found: Scan) -> None:
    for number, value in _fields(data):
        if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            _tensor(_part(value), found)
        elif number in _ATTRIBUTE_SPARSE:
            _sparse(_part(value), found)
        elif number in _ATTRIBUTE_GRAPHS:
            found.subgraphs = True


def _tensor(data: memoryview, found: Scan) -> None:
    for number, value in _fields(data):
        if number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_LOCATION and value == _EXTERNAL):
            found.external = True


def _sparse(data: memoryview, found: Scan) -> None:
    for number, value in _fields(data):
        if number in _SPARSE_PARTS:
            _tensor(_part(value), found)


def _opset(data: memoryview, found: Scan) -> None:
    entry = dict(_fields(data))
    domain, version = entry.get(_OPSET_DOMAIN, b""), entry.get(_OPSET_VERSION, 0)
    if bytes(_part(domain)) in (b"", b"ai.onnx") and isinstance(version, int):
        found.opset = version


def _metadata(data: memoryview, found: Scan) -> None:
    entry = {number: _text(value) for number, value in _fields(data)}
    found.metadata[entry.get(1, "")] = entry.get(2, "")


_MODEL_READERS: dict[int, Callable[[memoryview, Scan], None]] = {_MODEL_OPSET: _opset, _MODEL_METADATA: _metadata}


def _fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """The fields of a message as (number, value); an int, or the bytes of a string, message or packed list."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if not number:
            raise NotOnnxError("field number 0")
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        size, at = _size(data, at, kind)
        if size > len(data) - at:
            raise NotOnnxError("cut off")
        yield number, data[at : at + size]
        at += size


def _size(data: memoryview, at: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _varint(data, at)
    if kind == _FIXED64:
        return 8, at
    if kind == _FIXED32:
        return 4, at
    raise NotOnnxError(f"unknown field kind {kind}")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            raise NotOnnxError("cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise NotOnnxError("a number of more than 64 bits")


def _part(value: Value | bytes) -> memoryview:
    if isinstance(value, int):
        raise NotOnnxError("a number where a part belongs")
    return memoryview(value)


def _text(value: Value) -> str:
    return bytes(_part(value)).decode("utf-8", "replace")
