"""Export a Keras network to ONNX with fixed names and a free batch size; reproducible byte for byte."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeAlias

from coach.base.errors import ModelError
from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coach.core.reading.card import ModelCard
    from tools.conversion.keras_model import Network, Tensor

ModelProto: TypeAlias = Any
"""An `onnx.ModelProto`, whose fields have no types."""

OPSETS = range(9, 19)
"""What tf2onnx 1.17 writes and ONNX Runtime was seen to run; tf2onnx does not support 19 and later."""


def to_onnx(network: Network, card: ModelCard, opset: int) -> bytes:
    """ONNX bytes with input ``input`` and output ``probabilities``; its metadata carries the card's label order.

    Raises:
        ConversionError: it does not fit the card, tf2onnx cannot convert it, or it needs what the coach will not run.
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
    tidy(model)
    model.metadata_props.add(key="labels", value=",".join(card.labels))
    data: bytes = model.SerializeToString(deterministic=True)
    check_operators(data)
    return data


def with_softmax(network: Network) -> Network:
    """`network` with a softmax behind it."""
    from tools.conversion.keras_model import Network

    def call(picture: Tensor) -> Tensor:
        import tensorflow as tf

        return tf.nn.softmax(network.call(picture))

    return Network(call, network.shape, network.classes)


def _convert(call: Callable[[Tensor], Tensor], shape: tuple[int, ...], opset: int) -> ModelProto:
    """The ONNX model. `from_function` and a named dict, because `from_keras` fails on Sequential models."""
    import tensorflow as tf
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    signature = [tf.TensorSpec((None, *shape), tf.float32, name="input")]
    function = tf.function(lambda picture: {"probabilities": call(picture)}, input_signature=signature)
    try:
        model, beside = tf2onnx.convert.from_function(function, input_signature=signature, opset=opset)
    except Exception as error:  # tf2onnx raises whatever it meets
        raise ConversionError(f"tf2onnx cannot convert it: {type(error).__name__}: {str(error)[:300]}") from error
    if beside:
        raise ConversionError("the model is too large for one file")
    return model


def check_operators(data: bytes) -> None:
    """Refuse what the coach would not run.

    Raises:
        ConversionError: the model in `data` needs it.
    """
    from coach.perception.model_file import check_safe

    try:
        check_safe(data, "the converted model")
    except ModelError as error:
        raise ConversionError(str(error)) from None


Part: TypeAlias = Any


def tidy(model: ModelProto) -> None:
    """Put the nodes and weights of `model` in the order in which its outputs need them, and number their names.

    What no output needs is dropped, as are notes that running does not need, and every Reshape that changes nothing, of
    which tf2onnx leaves now more, now fewer. Names of inputs and outputs stay.
    """
    graph = model.graph
    _pass_by(graph, _idle_reshapes(model))
    nodes = list(_in_order(graph))
    names = {each.name: each.name for each in (*graph.input, *graph.output)}
    weights = {each.name: each for each in graph.initializer}
    for number, node in enumerate(nodes):
        for at, name in enumerate(node.output):
            names.setdefault(name, f"{node.op_type}_{number}" + (f".{at}" if at else "") if name else "")
    kept: list[Part] = []
    for name in dict.fromkeys(name for node in nodes for name in node.input):
        if name in weights:
            names[name] = weights[name].name = f"weight_{len(kept)}"
            kept.append(weights[name])
    for number, node in enumerate(nodes):
        node.name, node.doc_string = f"{node.op_type}_{number}", ""
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names[name] for name in node.output]
        _sort_attributes(node)
    _replace(graph.node, nodes)
    _replace(graph.initializer, kept)
    del graph.value_info[:]
    graph.name, graph.doc_string, model.doc_string = "faces", "", ""


def _idle_reshapes(model: ModelProto) -> dict[str, str]:
    """From the output to the input of every Reshape to the shape that its input has already, whatever the batch."""
    import onnx

    shapes = {
        each.name: [dim.dim_value for dim in each.type.tensor_type.shape.dim]
        for each in onnx.shape_inference.infer_shapes(model).graph.value_info
    }
    wanted = {each.name: each for each in model.graph.initializer}
    idle = {}
    for node in model.graph.node:
        if node.op_type != "Reshape" or node.input[1] not in wanted:
            continue
        there, target = shapes.get(node.input[0], []), onnx.numpy_helper.to_array(wanted[node.input[1]]).tolist()
        if target[:1] == [-1] and target[1:] == there[1:] and all(there[1:]):
            idle[node.output[0]] = node.input[0]
    return idle


def _pass_by(graph: Part, idle: dict[str, str]) -> None:
    """Let every node that takes the output of an idle one take its input instead; an output of the graph stays."""
    for node in graph.node:
        for at, name in enumerate(node.input):
            source = name
            while source in idle:
                source = idle[source]
            node.input[at] = source


def _in_order(graph: Part) -> Iterator[Part]:
    """The nodes that the outputs need, each after what it needs, always in the same order."""
    makers = {name: number for number, node in enumerate(graph.node) for name in node.output}
    given: set[int] = set()
    waiting = [makers[each.name] for each in reversed(graph.output) if each.name in makers]
    while waiting:
        number = waiting[-1]
        needed = [makers[name] for name in graph.node[number].input if name in makers and makers[name] not in given]
        if number not in given and needed:
            waiting += reversed(needed)
            continue
        waiting.pop()
        if number not in given:
            given.add(number)
            yield graph.node[number]


def _sort_attributes(node: Part) -> None:
    _replace(node.attribute, sorted(node.attribute, key=lambda each: str(each.name)))


def _replace(parts: Part, wanted: list[Part]) -> None:
    copies = [type(each).FromString(each.SerializeToString()) for each in wanted]
    del parts[:]
    parts.extend(copies)
