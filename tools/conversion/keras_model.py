"""Load a Keras model of any format without running code that it may contain."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

Tensor: TypeAlias = Any
"""A TensorFlow tensor; TensorFlow comes without types."""

Json: TypeAlias = Any

FORBIDDEN = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc", "ReadFile", "WriteFile", "MatchingFiles"})
"""SavedModel operators that run Python or access files; checked before TensorFlow loads the model."""


@dataclass(frozen=True, slots=True)
class KerasNetwork:
    """A loaded network.

    Attributes:
        call: maps a float32 tensor (N, *shape) to the output tensor (N, classes).
        shape: the shape of one input image.
        classes: the number of outputs; None where the output has another rank.
    """

    call: Callable[[Tensor], Tensor]
    shape: tuple[int | None, ...]
    classes: int | None


def load_keras(source: Path) -> KerasNetwork:
    """Load a .h5, .hdf5 or .keras file or a SavedModel folder.

    The training configuration is ignored: Keras 3 cannot read that of old files (``lr``), and conversion needs none.

    Raises:
        ConversionError: it cannot be loaded, or it contains code.
    """
    if not source.exists():
        raise ConversionError(f"{source} not found")
    if not source.is_dir() and source.suffix not in (".h5", ".hdf5", ".keras"):
        raise ConversionError(f"{source}: give a .h5, .hdf5 or .keras file or a SavedModel folder")
    try:
        return _saved_model(source) if source.is_dir() else _keras_file(source)
    except ConversionError:
        raise
    except Exception as error:  # Keras and TensorFlow raise any type for a damaged or foreign file
        raise ConversionError(f"{source} cannot be loaded: {_first_line(error)}") from error


def with_offsets(network: KerasNetwork, offsets: NDArray[np.float32]) -> KerasNetwork:
    """Return `network` with `offsets` (classes,) added to its logits."""

    def call(images: Tensor) -> Tensor:
        import tensorflow as tf

        return network.call(images) + tf.constant(offsets)

    return KerasNetwork(call, network.shape, network.classes)


def with_softmax(network: KerasNetwork) -> KerasNetwork:
    """Return `network` followed by a softmax."""

    def call(images: Tensor) -> Tensor:
        import tensorflow as tf

        return tf.nn.softmax(network.call(images))

    return KerasNetwork(call, network.shape, network.classes)


def _keras_file(source: Path) -> KerasNetwork:
    import keras

    for layer, kind in _layers(_config(source)):
        if kind == "Lambda":
            raise ConversionError(
                f"{source}: layer {layer!r} is a Lambda, which carries code; build the model without it"
            )
    model = keras.models.load_model(source, compile=False, safe_mode=True)
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConversionError(_not_one_each(source, len(model.inputs), len(model.outputs)))
    return _network(lambda images: model(images, training=False), model.inputs[0].shape, model.outputs[0].shape)


def _config(source: Path) -> Json:
    """Read the description of the layers without Keras."""
    if source.suffix == ".keras":
        with zipfile.ZipFile(source) as archive:
            return json.loads(archive.read("config.json"))
    import h5py

    with h5py.File(source, "r") as file:
        if "model_config" not in file.attrs:
            raise ConversionError(f"{source} holds weights only; save the whole model")
        return json.loads(file.attrs["model_config"])


def _layers(config: Json) -> Iterator[tuple[str, str]]:
    """Yield name and class of every object in `config`, at any depth."""
    if isinstance(config, dict):
        options = config.get("config")
        name = options.get("name") if isinstance(options, dict) else None
        yield str(name), str(config.get("class_name"))
    children = config.values() if isinstance(config, dict) else config if isinstance(config, list) else ()
    for child in children:
        yield from _layers(child)


def _saved_model(source: Path) -> KerasNetwork:
    import tensorflow as tf

    forbidden = sorted(FORBIDDEN & _operators(source))
    if forbidden:
        raise ConversionError(f"{source} uses {', '.join(forbidden)}, which run code or touch files")
    loaded = tf.saved_model.load(str(source))
    signature = loaded.signatures["serving_default"]
    inputs, outputs = signature.structured_input_signature[1], signature.structured_outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise ConversionError(_not_one_each(source, len(inputs), len(outputs)))
    ((entry_name, spec),) = inputs.items()
    ((exit_name, output),) = outputs.items()

    def call(images: Tensor) -> Tensor:
        return loaded.signatures["serving_default"](**{entry_name: images})[exit_name]  # `loaded` keeps the weights

    return _network(call, spec.shape, output.shape)


def _operators(source: Path) -> set[str]:
    """Return all operators of a SavedModel, parsed without loading it."""
    from tensorflow.core.protobuf import saved_model_pb2

    path = source / "saved_model.pb"
    if not path.is_file():
        raise ConversionError(f"{source} is no SavedModel folder: it has no saved_model.pb")
    saved_model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    graphs = [meta.graph_def for meta in saved_model.meta_graphs]
    functions = [function for graph in graphs for function in graph.library.function]
    nodes = [node for graph in graphs for node in graph.node]
    return {node.op for node in [*nodes, *(node for function in functions for node in function.node_def)]}


def _network(
    call: Callable[[Tensor], Tensor], input_shape: Iterable[int | None], output_shape: Iterable[int | None]
) -> KerasNetwork:
    output = tuple(output_shape)
    return KerasNetwork(call, tuple(input_shape)[1:], output[-1] if len(output) == 2 else None)


def _not_one_each(source: Path, inputs: int, outputs: int) -> str:
    return f"{source} has {inputs} inputs and {outputs} outputs; one of each is needed"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
