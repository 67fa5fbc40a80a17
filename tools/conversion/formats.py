"""One network in Keras, TFLite and ONNX, with one interface to run each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard
    from tools.conversion.keras_model import KerasNetwork

Format = Literal["keras", "tflite", "onnx"]
Predict: TypeAlias = "Callable[[NDArray[np.float32]], NDArray[np.float32]]"
"""Maps an input tensor of any batch size to probabilities (N, 7)."""


def load_network(path: Path, card: ModelCard | None = None) -> KerasNetwork:
    """Load the network of a training run's folder, or of a Keras file that `card` describes; outputs probabilities.

    Raises:
        ConversionError: it cannot be loaded, or does not output probabilities or logits.
    """
    from tools.conversion import parity
    from tools.conversion.keras_model import load_keras, with_softmax
    from tools.conversion.training_run import is_run, open_run

    if is_run(path):
        return open_run(path)[1]
    network = load_keras(path)
    if card is None or network.shape != card.input.shape:
        raise ConversionError(f"{path} takes pictures of {network.shape}, which no card describes")
    kind = parity.output_kind(parity.predict_keras(network.call, card, parity.random_crops(card)))
    if kind == "scores":
        raise ConversionError(f"{path} gives a score from 0 to 1 for each label, not shares of 1")
    return with_softmax(network) if kind == "logits" else network


def to_tflite(network: KerasNetwork) -> bytes:
    """Export to TFLite in float32, with a free batch size.

    Raises:
        ConversionError: TensorFlow cannot convert it.
    """
    import tensorflow as tf

    spec = tf.TensorSpec((None, *network.shape), tf.float32, name="input")
    function = tf.function(network.call, input_signature=[spec])
    try:
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], function)
        data: bytes = converter.convert()
    except Exception as error:  # TensorFlow raises any type
        raise ConversionError(f"TFLite: {type(error).__name__}: {str(error)[:300]}") from error
    return data


def load_format(kind: Format, path: Path, card: ModelCard | None, threads: int) -> Predict:
    """Load the model at `path` to run on `threads` threads; Keras uses the threads that TensorFlow was started with."""
    return {"keras": _load_keras, "tflite": _load_tflite, "onnx": _load_onnx}[kind](path, card, threads)


def _load_keras(path: Path, card: ModelCard | None, threads: int) -> Predict:  # noqa: ARG001 - one signature for all
    import tensorflow as tf

    network = load_network(path, card)
    function = tf.function(network.call, input_signature=[tf.TensorSpec((None, *network.shape), tf.float32)])

    def predict(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        outputs: NDArray[np.float32] = function(tf.constant(tensor)).numpy()
        return outputs

    return predict


def _load_tflite(path: Path, card: ModelCard | None, threads: int) -> Predict:  # noqa: ARG001
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(str(path), num_threads=threads)
    entry, output = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    batch: int | None = None

    def predict(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal batch
        if batch != len(tensor):
            batch = len(tensor)
            interpreter.resize_tensor_input(entry, tensor.shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(entry, tensor)
        interpreter.invoke()
        outputs: NDArray[np.float32] = interpreter.get_tensor(output)
        return outputs

    return predict


def _load_onnx(path: Path, card: ModelCard | None, threads: int) -> Predict:  # noqa: ARG001
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as the coach does
    session: Any = ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0].name

    def predict(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        outputs: NDArray[np.float32] = session.run(["probabilities"], {entry: tensor})[0]
        return outputs

    return predict
