"""Loading a Keras model of any format without running code that it may carry."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Tensor: TypeAlias = Any
"""A TensorFlow tensor; TensorFlow comes without types."""

Json: TypeAlias = Any

FORBIDDEN = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc", "ReadFile", "WriteFile", "MatchingFiles"})
"""TensorFlow operators of a SavedModel that run Python or touch files; looked for before TensorFlow loads it."""


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded model.

    Attributes:
        call: from a float32 tensor (N, *shape) to the output tensor (N, classes).
        shape: of one input picture.
        classes: length of the output.
    """

    call: Callable[[Tensor], Tensor]
    shape: tuple[int | None, ...]
    classes: int | None


def load_keras(source: Path) -> Network:
    """Load a .h5, .hdf5 or .keras file or a SavedModel folder.

    The training configuration of old files is left aside: Keras 3 cannot read it (``lr``) and converting needs none.

    Raises:
        ConversionError: it cannot be loaded, or it carries code.
    """
    if not source.exists():
        raise ConversionError(f"{source} not found")
    if not source.is_dir() and source.suffix not in (".h5", ".hdf5", ".keras"):
        raise ConversionError(f"{source}: give a .h5, .hdf5 or .keras file or a SavedModel folder")
    try:
        return _saved_model(source) if source.is_dir() else _keras_file(source)
    except ConversionError:
        raise
    except Exception as error:  # Keras and TensorFlow raise whatever they meet in a damaged or foreign file
        raise ConversionError(f"{source} cannot be loaded: {_first_line(error)}") from error


def _keras_file(source: Path) -> Network:
    import keras

    for layer, kind in _layers(_config(source)):
        if kind == "Lambda":
            raise ConversionError(
                f"{source}: layer {layer!r} is a Lambda, which carries code; build the model without it"
            )
    model = keras.models.load_model(source, compile=False, safe_mode=True)
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConversionError(_one_each(source, len(model.inputs), len(model.outputs)))
    return _network(lambda picture: model(picture, training=False), model.inputs[0].shape, model.outputs[0].shape)


def _config(source: Path) -> Json:
    """The description of the layers, read without Keras."""
    if source.suffix == ".keras":
        with zipfile.ZipFile(source) as archive:
            return json.loads(archive.read("config.json"))
    import h5py

    with h5py.File(source, "r") as file:
        if "model_config" not in file.attrs:
            raise ConversionError(f"{source} holds weights only; save the whole model")
        return json.loads(file.attrs["model_config"])


def _layers(config: Json) -> Iterator[tuple[str, str]]:
    """Name and class of everything described in `config`, at any depth."""
    if isinstance(config, dict):
        inner = config.get("config")
        name = inner.get("name") if isinstance(inner, dict) else None
        yield str(name), str(config.get("class_name"))
    children = config.values() if isinstance(config, dict) else config if isinstance(config, list) else ()
    for child in children:
        yield from _layers(child)


def _saved_model(source: Path) -> Network:
    import tensorflow as tf

    carried = sorted(FORBIDDEN & _operators(source))
    if carried:
        raise ConversionError(f"{source} uses {', '.join(carried)}, which run code or touch files")
    loaded = tf.saved_model.load(str(source))
    signature = loaded.signatures["serving_default"]
    inputs, outputs = signature.structured_input_signature[1], signature.structured_outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise ConversionError(_one_each(source, len(inputs), len(outputs)))
    ((entry, spec),) = inputs.items()
    ((answer, given),) = outputs.items()

    def call(picture: Tensor) -> Tensor:
        return loaded.signatures["serving_default"](**{entry: picture})[answer]  # `loaded` keeps the weights alive

    return _network(call, spec.shape, given.shape)


def _operators(source: Path) -> set[str]:
    from tensorflow.core.protobuf import saved_model_pb2

    path = source / "saved_model.pb"
    if not path.is_file():
        raise ConversionError(f"{source} is no SavedModel folder: it has no saved_model.pb")
    described = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    graphs = [meta.graph_def for meta in described.meta_graphs]
    functions = [function for graph in graphs for function in graph.library.function]
    nodes = [node for graph in graphs for node in graph.node]
    return {node.op for node in [*nodes, *(node for function in functions for node in function.node_def)]}


def _network(call: Callable[[Tensor], Tensor], shape: Iterable[int | None], given: Iterable[int | None]) -> Network:
    answer = tuple(given)
    return Network(call, tuple(shape)[1:], answer[-1] if len(answer) == 2 else None)


def _one_each(source: Path, inputs: int, outputs: int) -> str:
    return f"{source} has {inputs} inputs and {outputs} outputs; one of each is needed"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
