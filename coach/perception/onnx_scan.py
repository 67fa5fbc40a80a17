"""Scan an ONNX file before native code parses it.

ONNX files are protocol buffers. A few fields show what a model would do. They are parsed in plain Python, which cannot
crash on a malicious file, instead of the `onnx` package (large, native, not needed to run models).
Field numbers: onnx/onnx.proto of ONNX 1.17; wire format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_MAX_NODES = 20_000

# Wire types, then field numbers by message.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_MODEL_GRAPH, _MODEL_OPSET, _MODEL_METADATA, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 8, 14, 20, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_NODE_OP, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS = 5, 10
_ATTRIBUTE_GRAPHS = (6, 11)
_ATTRIBUTE_SPARSE = (22, 23)
_TENSOR_EXTERNAL_DATA, _TENSOR_LOCATION = 13, 14
_LOCATION_EXTERNAL = 1  # a value of _TENSOR_LOCATION
_SPARSE_PARTS = (1, 2)
_OPSET_VERSION, _OPSET_DOMAIN = 2, 1

Value = int | memoryview


class NotOnnxError(Exception):
    """The bytes are not an ONNX model; the text says why parsing failed."""


@dataclass(slots=True)
class Scan:
    """What an ONNX file contains.

    Attributes:
        operators: names such as ``Conv``, or ``domain.Name`` if the operator is not a standard one.
        opset: version of the standard operator set; 0 if the file names none.
        external: whether a tensor is stored in another file.
        functions: whether the model defines its own operators or training graphs.
        subgraphs: whether a node contains a graph, such as a loop or a branch.
        metadata: the model's metadata, values by key.
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
        NotOnnxError: the data is empty, truncated or not an ONNX model.
    """
    result = Scan()
    graphs = 0
    for number, value in _fields(memoryview(data)):
        if number == _MODEL_GRAPH:
            graphs += 1
            _scan_graph(_bytes(value), result)
        elif number in _MODEL_SCANNERS:
            _MODEL_SCANNERS[number](_bytes(value), result)
        elif number in (_MODEL_TRAINING, _MODEL_FUNCTIONS):
            result.functions = True
    if graphs != 1 or not result.nodes:
        raise NotOnnxError("no graph in it")
    return result


def _scan_graph(data: memoryview, result: Scan) -> None:
    for number, value in _fields(data):
        if number == _GRAPH_NODE:
            _scan_node(_bytes(value), result)
        elif number == _GRAPH_INITIALIZER:
            _scan_tensor(_bytes(value), result)
        elif number == _GRAPH_SPARSE:
            _scan_sparse(_bytes(value), result)


def _scan_node(data: memoryview, result: Scan) -> None:
    result.nodes += 1
    if result.nodes > _MAX_NODES:
        raise NotOnnxError(f"more than {_MAX_NODES} operators")
    name = domain = ""
    for number, value in _fields(data):
        if number == _NODE_OP:
            name = _text(value)
        elif number == _NODE_DOMAIN:
            domain = _text(value)
        elif number == _NODE_ATTRIBUTE:
            _scan_attribute(_bytes(value), result)
    result.operators.add(name if domain in ("", "ai.onnx") else f"{domain}.{name}")


def _scan_attribute(data: memoryview, result: Scan) -> None:
    for number, value in _fields(data):
        if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            _scan_tensor(_bytes(value), result)
        elif number in _ATTRIBUTE_SPARSE:
            _scan_sparse(_bytes(value), result)
        elif number in _ATTRIBUTE_GRAPHS:
            result.subgraphs = True


def _scan_tensor(data: memoryview, result: Scan) -> None:
    for number, value in _fields(data):
        if number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_LOCATION and value == _LOCATION_EXTERNAL):
            result.external = True


def _scan_sparse(data: memoryview, result: Scan) -> None:
    for number, value in _fields(data):
        if number in _SPARSE_PARTS:
            _scan_tensor(_bytes(value), result)


def _scan_opset(data: memoryview, result: Scan) -> None:
    entry = dict(_fields(data))
    domain, version = entry.get(_OPSET_DOMAIN, b""), entry.get(_OPSET_VERSION, 0)
    if bytes(_bytes(domain)) in (b"", b"ai.onnx") and isinstance(version, int):
        result.opset = version


def _scan_metadata(data: memoryview, result: Scan) -> None:
    entry = {number: _text(value) for number, value in _fields(data)}
    result.metadata[entry.get(1, "")] = entry.get(2, "")


_MODEL_SCANNERS: dict[int, Callable[[memoryview, Scan], None]] = {
    _MODEL_OPSET: _scan_opset,
    _MODEL_METADATA: _scan_metadata,
}


def _fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """The fields of a message as (number, value); an int, or the bytes of a string, message or packed list."""
    offset = 0
    while offset < len(data):
        key, offset = _varint(data, offset)
        number, wire_type = key >> 3, key & 7
        if not number:
            raise NotOnnxError("field number 0")
        if wire_type == _VARINT:
            value, offset = _varint(data, offset)
            yield number, value
            continue
        size, offset = _size(data, offset, wire_type)
        if size > len(data) - offset:
            raise NotOnnxError("cut off")
        yield number, data[offset : offset + size]
        offset += size


def _size(data: memoryview, offset: int, wire_type: int) -> tuple[int, int]:
    """Size of the value at `offset` in bytes, and the offset after its length."""
    if wire_type == _BYTES:
        return _varint(data, offset)
    if wire_type == _FIXED64:
        return 8, offset
    if wire_type == _FIXED32:
        return 4, offset
    raise NotOnnxError(f"unknown field kind {wire_type}")


def _varint(data: memoryview, offset: int) -> tuple[int, int]:
    """The number at `offset`, and the offset after it."""
    value = 0
    for shift in range(0, 64, 7):
        if offset >= len(data):
            raise NotOnnxError("cut off")
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
    raise NotOnnxError("a number of more than 64 bits")


def _bytes(value: Value | bytes) -> memoryview:
    if isinstance(value, int):
        raise NotOnnxError("a number where a part belongs")
    return memoryview(value)


def _text(value: Value) -> str:
    return bytes(_bytes(value)).decode("utf-8", "replace")
