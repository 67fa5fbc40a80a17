"""From a loaded Keras network to ONNX bytes with fixed names and a free batch."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeAlias

from coach.base.errors import ModelError
from tools.model_files import ConversionError
from tools.tidy_onnx import tidy

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.core.reading.card import ModelCard
    from tools.keras_source import Network, Tensor

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
    from tools.keras_source import Network

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
