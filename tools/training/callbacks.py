"""Keras callbacks that make a training resumable, and its validation on held-out faces."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import keras
import numpy as np

from tools.training.metrics import softmax, validation_metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tools.training.batches import Batches
    from tools.training.run_folder import RunFolder


class SeedEpoch(keras.callbacks.Callback):  # type: ignore[misc] # Keras has no types
    """Makes each epoch depend only on the seed and its number, so that a run can be resumed at any epoch."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras's call
        """Set the order of faces and the dropout state for `epoch`, counted from 0.

        A dropout layer counts its draws, one per batch; Keras does not save that count.
        """
        self._batches.begin(epoch)
        for layer in self.model.layers:
            if hasattr(layer, "seed_generator"):
                seed = keras.ops.convert_to_numpy(layer.seed_generator.state)[0]
                layer.seed_generator.state.assign([seed, epoch * len(self._batches)])


class SaveEpoch(keras.callbacks.Callback):  # type: ignore[misc] # Keras has no types
    """Validates the averaged weights after each epoch, then writes the log and a checkpoint.

    The log is written first: when a run is resumed, epochs in the log without a checkpoint are removed from it.
    """

    def __init__(self, folder: RunFolder, validation: Validation) -> None:
        super().__init__()
        self._folder, self._validation = folder, validation
        before = folder.log_rows()
        self._start = time.monotonic() - (float(before[-1]["seconds"]) if before else 0)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Save `epoch`, counted from 0; `logs` holds Keras's training metrics and receives the validation metrics."""
        metrics = self._validation.metrics(self.model)
        training_metrics = dict(logs or {})
        seconds = round(time.monotonic() - self._start, 1)
        self._folder.log({"epoch": epoch + 1, "seconds": seconds, **training_metrics, **metrics})
        self._folder.save_checkpoint(self.model, epoch + 1)
        if logs is not None:
            logs.update(metrics)  # Keras shows them behind its progress bar


class Validation:
    """The held-out faces: `inputs` (N, size, size, 1), their targets (N, emotions), and prior and logit offsets."""

    def __init__(
        self,
        inputs: NDArray[np.float32],
        targets: NDArray[np.float32],
        prior: NDArray[np.float32],
        offsets: NDArray[np.float32],
    ) -> None:
        self._inputs, self._targets, self._prior, self._offsets = inputs, targets, prior, offsets

    def metrics(self, model: keras.Model) -> dict[str, float]:
        """Return the metrics of `model` with its averaged weights."""
        with averaged_weights(model):
            logits = model.predict(self._inputs, batch_size=256, verbose=0)
        return validation_metrics(softmax(logits + self._offsets), self._targets, self._prior)


@contextlib.contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Replace the weights of `model` by their moving average within the block, if its optimiser keeps one."""
    raw = [keras.ops.convert_to_numpy(weight).copy() for weight in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for weight, value in zip(model.trainable_variables, raw, strict=True):
            weight.assign(value)
