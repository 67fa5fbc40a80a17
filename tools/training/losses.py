"""Losses and optimisers by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tools.training.trial import LossConfig, OptimizerConfig


@keras.saving.register_keras_serializable("coach")
class PriorCrossEntropy(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy against shares, with `offsets` (power × log prior) added to the logits first.

    So the network does not learn this part of the prior (logit adjustment, Menon and others 2021).
    """

    def __init__(self, offsets: list[float], name: str = "prior_cross_entropy", **rest: Any) -> None:  # noqa: ANN401
        super().__init__(name=name, **rest)
        self.offsets = [float(offset) for offset in offsets]

    def call(self, y_true: Any, y_pred: Any) -> Any:  # noqa: ANN401
        """Return the loss per face (N,)."""
        return -ops.sum(y_true * ops.log_softmax(y_pred + ops.convert_to_tensor(self.offsets, y_pred.dtype)), -1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments with which Keras rebuilds it."""
        return {**super().get_config(), "offsets": self.offsets}


@keras.saving.register_keras_serializable("coach")
class OnProbabilities(keras.losses.Loss):  # type: ignore[misc]
    """Mean squared error or squared hinge between the softmax of the logits and the shares."""

    def __init__(self, kind: str, name: str = "on_probabilities", **rest: Any) -> None:  # noqa: ANN401
        super().__init__(name=name, **rest)
        self.kind = kind

    def call(self, y_true: Any, y_pred: Any) -> Any:  # noqa: ANN401
        """Return the loss per face (N,)."""
        return getattr(keras.losses, self.kind)(y_true, ops.softmax(y_pred))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments with which Keras rebuilds it."""
        return {**super().get_config(), "kind": self.kind}


def logit_offsets(loss: LossConfig, targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return power × log prior of the targets (emotions,)."""
    return np.asarray(loss.prior_power * np.log(np.maximum(targets.mean(0), 1e-6)), np.float32)


def make_loss(loss: LossConfig, targets: NDArray[np.float32]) -> keras.losses.Loss:
    """Return the loss on logits."""
    if loss.name == "cross_entropy":
        return PriorCrossEntropy(logit_offsets(loss, targets).tolist())
    return OnProbabilities(loss.name)


def make_optimizer(optimizer: OptimizerConfig, epochs: int, steps: int) -> keras.optimizers.Optimizer:
    """Return the optimiser with its schedule, for `epochs` of `steps` batches; no weight decay of biases and scales."""
    classes = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD}
    made = classes[optimizer.name](
        _schedule(optimizer, epochs, steps),
        weight_decay=optimizer.weight_decay or None,
        use_ema=optimizer.average > 0,
        ema_momentum=optimizer.average or 0.99,
        **({"momentum": 0.9, "nesterov": True} if optimizer.name == "sgd" else {}),
    )
    made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


def _schedule(
    optimizer: OptimizerConfig, epochs: int, steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if optimizer.schedule != "cosine":
        return optimizer.rate
    warmup = optimizer.warmup * steps
    return keras.optimizers.schedules.CosineDecay(
        optimizer.rate / 100 if warmup else optimizer.rate,
        max(1, epochs * steps - warmup),
        warmup_target=optimizer.rate if warmup else None,
        warmup_steps=warmup,
    )
