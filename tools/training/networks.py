"""The network architectures, each ending in logits (N, emotions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

if TYPE_CHECKING:
    from tools.training.trial import NetworkConfig

SQUEEZE = 4
"""Reduction ratio of squeeze-and-excitation gates (Hu and others 2018 use 16 in far wider blocks)."""


def build(network: NetworkConfig, emotions: int) -> keras.Model:
    """Build the network for faces (N, size, size, 1) float32, with logits (N, `emotions`) float32 as output."""
    faces = keras.Input((network.size, network.size, 1), name="faces")
    bodies = {"mini_xception": _mini_xception, "residual_se": _residual_se, "dexpression": _dexpression}
    body = bodies[network.name]
    return keras.Model(faces, body(faces, network, emotions), name=network.name)


def _residual_se(x: Any, network: NetworkConfig, emotions: int) -> Any:  # noqa: ANN401 - Keras tensors have no public type
    """Residual blocks of two 3×3 convolutions with a squeeze-and-excitation gate.

    The first block of each stage halves the feature map, except in the first stage after a stem with stride 2.
    """
    x = layers.ReLU()(_convolve(x, network.stem, 3, network.stride))
    for number, (channels, blocks) in enumerate(network.stages):
        for block in range(blocks):
            halves = block == 0 and (number > 0 or network.stride == 1)
            x = _residual_block(x, channels, 2 if halves else 1)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(network.dropout)(x)
    return layers.Dense(emotions, dtype="float32", name="logits")(x)


def _residual_block(x: Any, channels: int, stride: int) -> Any:  # noqa: ANN401
    y = layers.ReLU()(_convolve(x, channels, 3, stride))
    y = _convolve(y, channels, 3, 1)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(y)
    gate = layers.Conv2D(channels // SQUEEZE, 1, activation="relu")(gate)
    gate = layers.Conv2D(channels, 1, activation="sigmoid")(gate)
    y = layers.Multiply()([y, gate])
    if stride != 1 or x.shape[-1] != channels:
        x = _convolve(x, channels, 1, stride)
    return layers.ReLU()(layers.Add()([x, y]))


def _convolve(x: Any, channels: int, size: int, stride: int) -> Any:  # noqa: ANN401
    x = layers.Conv2D(channels, size, stride, "same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.95)(x)


def _mini_xception(x: Any, network: NetworkConfig, emotions: int) -> Any:  # noqa: ANN401, ARG001 - one signature for all
    """Mini-XCEPTION (Arriaga and others 2017): separable residual blocks of 16 to 128 channels."""
    for _ in range(2):
        x = layers.Conv2D(8, 3, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    for channels in (16, 32, 64, 128):
        shortcut = layers.BatchNormalization()(layers.Conv2D(channels, 1, 2, "same", use_bias=False)(x))
        x = layers.ReLU()(_separable(x, channels))
        x = _separable(x, channels)
        x = layers.Add()([layers.MaxPooling2D(3, 2, "same")(x), shortcut])
    x = layers.Conv2D(emotions, 3, padding="same")(x)
    return layers.Activation("linear", dtype="float32", name="logits")(layers.GlobalAveragePooling2D()(x))


def _separable(x: Any, channels: int) -> Any:  # noqa: ANN401
    return layers.BatchNormalization()(layers.SeparableConv2D(channels, 3, padding="same", use_bias=False)(x))


def _dexpression(x: Any, network: NetworkConfig, emotions: int) -> Any:  # noqa: ANN401, ARG001 - one signature for all
    """DeXpression (Burkert, Trier, Afzal, Dengel and Liwicki 2015): convolution, pooling, and two FeatEx blocks.

    Filters and sizes are those of the paper, whose faces had 224 pixels. Batch normalisation stands for its local
    response normalisation, which Keras does not have.
    """
    x = layers.Conv2D(64, 7, 2, "same", activation="relu")(x)
    x = layers.BatchNormalization()(layers.MaxPooling2D(3, 2, "same")(x))
    for _ in range(2):
        x = layers.MaxPooling2D(3, 2, "same")(_feature_extraction(x))
    return layers.Dense(emotions, dtype="float32", name="logits")(layers.Flatten()(x))


def _feature_extraction(x: Any) -> Any:  # noqa: ANN401
    """A FeatEx block: one way sees details (1×1, 3×3), the other what is strongest nearby (pooling, 1×1)."""
    details = layers.Conv2D(96, 1, activation="relu")(x)
    details = layers.Conv2D(208, 3, padding="same", activation="relu")(details)
    strongest = layers.MaxPooling2D(3, 1, "same")(x)
    strongest = layers.Conv2D(64, 1, activation="relu")(strongest)
    return layers.Concatenate()([details, strongest])
