"""Export a Keras network to ONNX with fixed names and a free batch size; the bytes are reproducible."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeAlias

from coach.base.errors import ModelError
from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coach.core.reading.card import ModelCard
    from tools.conversion.keras_model import KerasNetwork, Tensor

ModelProto: TypeAlias = Any
"""An `onnx.ModelProto`, whose fields have no types."""

Proto: TypeAlias = Any
"""A graph, a node, or a list of nodes or weights."""

OPSETS = range(9, 19)
"""The opsets that tf2onnx 1.17 writes and ONNX Runtime was seen to run; tf2onnx does not support 19 and later."""


def to_onnx(network: KerasNetwork, card: ModelCard, opset: int) -> bytes:
    """Export with input ``input`` and output ``probabilities``; the metadata holds the card's label order.

    Raises:
        ConversionError: the network does not match the card, tf2onnx cannot convert it, or it needs an operator that
            the coach does not run.
    """
    if opset not in OPSETS:
        raise ConversionError(f"opset {opset} is not supported by tf2onnx; {OPSETS[0]} to {OPSETS[-1]} are")
    if network.shape != card.input.shape:
        raise ConversionError(f"the model takes pictures of {network.shape}, the card says {card.input.shape}")
    if network.classes != len(card.labels):
        raise ConversionError(f"the model gives {network.classes} numbers, the card has {len(card.labels)} labels")
    model = _convert(network.call, card.input.shape, opset)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    model.metadata_props.add(key="labels", value=",".join(card.labels))
    return canonical_bytes(model)


def _convert(call: Callable[[Tensor], Tensor], shape: tuple[int, ...], opset: int) -> ModelProto:
    """Convert with `from_function` and a named dict, because `from_keras` fails on Sequential models."""
    import tensorflow as tf
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    signature = [tf.TensorSpec((None, *shape), tf.float32, name="input")]
    function = tf.function(lambda images: {"probabilities": call(images)}, input_signature=signature)
    try:
        model, external_weights = tf2onnx.convert.from_function(function, input_signature=signature, opset=opset)
    except Exception as error:  # tf2onnx raises any type
        raise ConversionError(f"tf2onnx cannot convert it: {type(error).__name__}: {str(error)[:300]}") from error
    if external_weights:
        raise ConversionError("the model is too large for one file")
    return model


def canonical_bytes(model: ModelProto) -> bytes:
    """Canonicalise `model` in place, serialise it, and check that the coach would run it.

    Raises:
        ConversionError: it needs an operator that the coach does not run.
    """
    from coach.perception.model_file import check_safe

    canonicalise(model)
    data: bytes = model.SerializeToString(deterministic=True)
    try:
        check_safe(data, "the converted model")
    except ModelError as error:
        raise ConversionError(str(error)) from None
    return data


def canonicalise(model: ModelProto) -> None:
    """Sort the nodes and weights of `model` in the order of use and number their names.

    tf2onnx names and orders them differently in every process. This also removes doc strings, nodes that no output
    needs, and Reshapes and Transposes without effect, of which tf2onnx leaves a varying number. Names of inputs and
    outputs are kept.
    """
    graph = model.graph
    _bypass(graph, _no_ops(model))
    nodes = list(_topological_order(graph))
    names = {each.name: each.name for each in (*graph.input, *graph.output)}
    weights = {each.name: each for each in graph.initializer}
    for number, node in enumerate(nodes):
        for at, name in enumerate(node.output):
            names.setdefault(name, f"{node.op_type}_{number}" + (f".{at}" if at else "") if name else "")
    used_weights: list[Proto] = []
    for name in dict.fromkeys(name for node in nodes for name in node.input):
        if name in weights:
            names[name] = weights[name].name = f"weight_{len(used_weights)}"
            used_weights.append(weights[name])
    for number, node in enumerate(nodes):
        node.name, node.doc_string = f"{node.op_type}_{number}", ""
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names[name] for name in node.output]
        _replace_all(node.attribute, sorted(node.attribute, key=lambda each: str(each.name)))
    _replace_all(graph.node, nodes)
    _replace_all(graph.initializer, used_weights)
    del graph.value_info[:]
    graph.name, graph.doc_string, model.doc_string = "faces", "", ""


def _no_ops(model: ModelProto) -> dict[str, str]:
    """Map the output of Reshapes and Transposes in a row to their first input, where both have the same numbers.

    That is so if both have the same shape, for any batch, and no Transpose changes the order of the numbers.
    """
    import onnx

    shapes = {
        each.name: [dim.dim_value for dim in each.type.tensor_type.shape.dim]
        for each in onnx.shape_inference.infer_shapes(model).graph.value_info
    }
    constants = {each.name: each for each in model.graph.initializer}
    origins: dict[str, str] = {}
    no_ops = {}
    for node in _topological_order(model.graph):
        if not _keeps_order(node, constants, shapes):
            continue
        origin = origins[node.output[0]] = origins.get(node.input[0], node.input[0])
        shape = shapes.get(node.output[0], [])
        if shape == shapes.get(origin) and all(shape[1:]):
            no_ops[node.output[0]] = origin
    return no_ops


def _keeps_order(node: Proto, constants: dict[str, Proto], shapes: dict[str, list[int]]) -> bool:
    """Whether `node` is a Reshape that leaves the batch first, or a Transpose that moves only axes of length 1."""
    import onnx

    if node.op_type == "Reshape" and node.input[1] in constants:
        target: list[int] = onnx.numpy_helper.to_array(constants[node.input[1]]).tolist()
        return target[:1] == [-1]
    if node.op_type == "Transpose" and node.input[0] in shapes and node.attribute:
        shape, axes = shapes[node.input[0]], list(node.attribute[0].ints)
        longer = [axis for axis in axes if axis == 0 or shape[axis] != 1]
        return longer == sorted(longer) and axes[:1] == [0]
    return False


def _bypass(graph: Proto, no_ops: dict[str, str]) -> None:
    """Connect the consumers of a no-op node to its input; a node that is an output of the graph is kept."""
    for node in graph.node:
        for at, name in enumerate(node.input):
            source = name
            while source in no_ops:
                source = no_ops[source]
            node.input[at] = source


def _topological_order(graph: Proto) -> Iterator[Proto]:
    """Yield the nodes that the outputs need, each after its inputs, in an order that depends on the graph alone."""
    makers = {name: number for number, node in enumerate(graph.node) for name in node.output}
    done: set[int] = set()
    stack = [makers[each.name] for each in reversed(graph.output) if each.name in makers]
    while stack:
        number = stack[-1]
        missing = [makers[name] for name in graph.node[number].input if name in makers and makers[name] not in done]
        if number not in done and missing:
            stack += reversed(missing)
            continue
        stack.pop()
        if number not in done:
            done.add(number)
            yield graph.node[number]


def _replace_all(protos: Proto, replacements: list[Proto]) -> None:
    copies = [type(each).FromString(each.SerializeToString()) for each in replacements]
    del protos[:]
    protos.extend(copies)
