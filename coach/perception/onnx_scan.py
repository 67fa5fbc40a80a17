"""Scan an ONNX file before native code parses it.

ONNX files are protocol buffers. A few fields show what a model would do. They are parsed in plain Python, which cannot
crash on a malicious file, instead of the `onnx` package (large, native, not needed to run models).
A number that is written in another form than the shortest is refused, because two parsers may read it differently:
ONNX Runtime takes the lower 32 bits of a field's key, so that a longer key would hide a field from a scan.
Field numbers: onnx/onnx.proto of ONNX 1.17; wire format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from coach.base.messages import tr

_MAX_NODES = 20_000

# Wire types, then field numbers by message.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_MODEL_GRAPH, _MODEL_OPSET, _MODEL_METADATA, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 8, 14, 20, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_NODE_INPUT, _NODE_OUTPUT, _NODE_OP, _NODE_ATTRIBUTE, _NODE_DOMAIN = 1, 2, 4, 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS = 5, 10
_ATTRIBUTE_GRAPHS = (6, 11)
_ATTRIBUTE_SPARSE = (22, 23)
_TENSOR_NAME, _TENSOR_EXTERNAL_DATA, _TENSOR_LOCATION = 8, 13, 14
_LOCATION_EXTERNAL = 1  # a value of _TENSOR_LOCATION
_SPARSE_PARTS = (1, 2)  # the values, whose name is that of the whole, and the indices
_OPSET_VERSION, _OPSET_DOMAIN = 2, 1

_MAX_KEY = 2**32 - 1
_MAX_NUMBER = 2**64 - 1

_TAKING_SIZES = frozenset(
    {"Pad", "ReduceMax", "ReduceMean", "ReduceSum", "Reshape", "Slice", "Split", "Squeeze", "Unsqueeze"}
)
"""Operators whose further inputs say how large the output is. `coach.perception.model_file` allows no others."""

_SIZES = "Shape"
"""Its output depends on the size of the input only."""

_RANDOM = "Dropout"
"""Its output may be random."""

Value = int | memoryview


class NotOnnxError(Exception):
    """The bytes are not an ONNX model; the text says why parsing failed."""


class UnusualFormError(NotOnnxError):
    """The bytes can be read in two ways; no program that writes models does that by accident."""


@dataclass(slots=True)
class Scan:
    """What an ONNX file contains.

    Attributes:
        operators: names such as ``Conv``, or ``domain.Name`` if the operator is not a standard one.
        opset: version of the standard operator set; 0 if the file names none.
        external: whether a tensor is stored in another file.
        functions: whether the model defines its own operators or training graphs.
        subgraphs: whether a node contains a graph, such as a loop or a branch.
        sized_by_picture: operators whose output is as large as the values of the picture say, not only its size.
        metadata: the model's metadata, values by key.
        nodes: number of operators in the graph.
    """

    operators: set[str] = field(default_factory=set)
    opset: int = 0
    external: bool = False
    functions: bool = False
    subgraphs: bool = False
    sized_by_picture: set[str] = field(default_factory=set)
    metadata: dict[str, str] = field(default_factory=dict)
    nodes: int = 0


def scan(data: bytes) -> Scan:
    """Scan the ONNX model in `data`.

    Raises:
        NotOnnxError: the data is empty, truncated or not an ONNX model; `UnusualFormError` if it may hide something.
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
        raise NotOnnxError(tr("no graph in it"))
    return result


def _scan_graph(data: memoryview, result: Scan) -> None:
    fields = list(_fields(data))
    constants = set[str]()
    for number, value in fields:
        if number == _GRAPH_INITIALIZER:
            constants.add(_scan_tensor(_bytes(value), result))
        elif number == _GRAPH_SPARSE:
            constants.add(_scan_sparse(_bytes(value), result))
    values = _Values(constants)
    for number, value in fields:
        if number == _GRAPH_NODE:
            node = _scan_node(_bytes(value), result)
            if values.add(node):
                result.sized_by_picture.add(node.operator)


@dataclass(slots=True)
class _Node:
    """An operator with the names of its inputs and outputs."""

    operator: str
    inputs: list[str]
    outputs: list[str]


class _Values:
    """The values of a graph by name: which are the same for every picture of one size."""

    def __init__(self, constants: set[str]) -> None:
        self._all = set(constants)
        self._fixed = set(constants) | {""}  # an input that is left out has no name

    def add(self, node: _Node) -> bool:
        """Add the outputs of `node`; returns whether their size depends on the picture.

        Raises:
            UnusualFormError: a value of that name exists.
        """
        for name in filter(None, node.outputs):
            if name in self._all:
                raise UnusualFormError(tr("two results in it have the same name, which can hide what the model does"))
            self._all.add(name)
        is_fixed = self._fixed.issuperset(node.inputs) and node.operator != _RANDOM
        if is_fixed or node.operator == _SIZES:
            self._fixed.update(node.outputs)
        return node.operator in _TAKING_SIZES and not self._fixed.issuperset(node.inputs[1:])


def _scan_node(data: memoryview, result: Scan) -> _Node:
    result.nodes += 1
    if result.nodes > _MAX_NODES:
        raise NotOnnxError(tr("more than {limit} operators", limit=_MAX_NODES))
    name = domain = ""
    inputs, outputs = list[str](), list[str]()
    for number, value in _fields(data):
        if number == _NODE_INPUT:
            inputs.append(_text(value))
        elif number == _NODE_OUTPUT:
            outputs.append(_text(value))
        elif number == _NODE_OP:
            name = _text(value)
        elif number == _NODE_DOMAIN:
            domain = _text(value)
        elif number == _NODE_ATTRIBUTE:
            _scan_attribute(_bytes(value), result)
    operator = name if domain in ("", "ai.onnx") else f"{domain}.{name}"
    result.operators.add(operator)
    return _Node(operator, inputs, outputs)


def _scan_attribute(data: memoryview, result: Scan) -> None:
    for number, value in _fields(data):
        if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            _scan_tensor(_bytes(value), result)
        elif number in _ATTRIBUTE_SPARSE:
            _scan_sparse(_bytes(value), result)
        elif number in _ATTRIBUTE_GRAPHS:
            result.subgraphs = True


def _scan_tensor(data: memoryview, result: Scan) -> str:
    """Scan a tensor; returns its name."""
    name = ""
    for number, value in _fields(data):
        if number == _TENSOR_NAME:
            name = _text(value)
        elif number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_LOCATION and _is_external(value)):
            result.external = True
    return name


def _is_external(location: Value) -> bool:
    return isinstance(location, int) and location & _MAX_KEY == _LOCATION_EXTERNAL  # protobuf drops the upper bits


def _scan_sparse(data: memoryview, result: Scan) -> str:
    """Scan a sparse tensor; returns its name."""
    names = {number: _scan_tensor(_bytes(value), result) for number, value in _fields(data) if number in _SPARSE_PARTS}
    return names.get(_SPARSE_PARTS[0], "")


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
        key, offset = _varint(data, offset, _MAX_KEY)
        number, wire_type = key >> 3, key & 7
        if not number:
            raise NotOnnxError(tr("field number 0"))
        if wire_type == _VARINT:
            value, offset = _varint(data, offset, _MAX_NUMBER)
            yield number, value
            continue
        size, offset = _size(data, offset, wire_type)
        if size > len(data) - offset:
            raise NotOnnxError(tr("cut off"))
        part = data[offset : offset + size]
        # Eight bytes of a number are no text: ONNX Runtime skips a text that is written as a number.
        yield number, part if wire_type == _BYTES else int.from_bytes(part, "little")
        offset += size


def _size(data: memoryview, offset: int, wire_type: int) -> tuple[int, int]:
    """Size of the value at `offset` in bytes, and the offset after its length."""
    if wire_type == _BYTES:
        return _varint(data, offset, _MAX_NUMBER)
    if wire_type == _FIXED64:
        return 8, offset
    if wire_type == _FIXED32:
        return 4, offset
    raise NotOnnxError(tr("unknown field kind {number}", number=wire_type))


def _varint(data: memoryview, offset: int, largest: int) -> tuple[int, int]:
    """The number at `offset`, at most `largest` and in its shortest form, and the offset after it."""
    value = 0
    for shift in range(0, 70, 7):
        if offset >= len(data):
            raise NotOnnxError(tr("cut off"))
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    else:
        raise NotOnnxError(tr("a number of more than 64 bits"))
    if value > largest or (shift and not byte):
        raise UnusualFormError(tr("a number in it is not in its usual form, which can hide what the model does"))
    return value, offset


def _bytes(value: Value | bytes) -> memoryview:
    if isinstance(value, int):
        raise NotOnnxError(tr("a number where a part belongs"))
    return memoryview(value)


def _text(value: Value) -> str:
    return bytes(_bytes(value)).decode("utf-8", "replace")
