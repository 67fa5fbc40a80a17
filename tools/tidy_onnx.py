"""One and the same ONNX file for one and the same network: tf2onnx names and orders parts anew in every process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

ModelProto: TypeAlias = Any
"""An `onnx.ModelProto`, whose fields have no types."""

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
