"""What happens before and after every epoch of a training."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import keras
import numpy as np

from tools.training.metrics import softmax, watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tools.training.batches import Batches
    from tools.training.run_folder import RunFolder


class BeforeEpoch(keras.callbacks.Callback):  # type: ignore[misc] # Keras has no types
    """Makes what an epoch does depend on the seed and the epoch alone, so that a run can go on at any of them."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras's call
        """Before epoch `epoch`, counted from 0: its order of faces, and its place in the stream of dropout's draws.

        A dropout layer counts its draws, one a batch; Keras does not save that count.
        """
        self._batches.begin(epoch)
        for layer in self.model.layers:
            if hasattr(layer, "seed_generator"):
                seed = keras.ops.convert_to_numpy(layer.seed_generator.state)[0]
                layer.seed_generator.state.assign([seed, epoch * len(self._batches)])


class AfterEpoch(keras.callbacks.Callback):  # type: ignore[misc] # Keras has no types
    """Judges the averaged weights on the faces held out, writes the log, and keeps the run so that it can go on.

    The log comes first: an epoch that is in the log but was not kept is taken out of it again when the run goes on.
    """

    def __init__(self, folder: RunFolder, held: Held) -> None:
        super().__init__()
        self._folder, self._held = folder, held
        before = folder.rows()
        self._began = time.monotonic() - (float(before[-1]["seconds"]) if before else 0)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """After epoch `epoch`, counted from 0; `logs` are what Keras measured on the faces learnt, and get the rest."""
        figures = self._held.figures(self.model)
        learnt = dict(logs or {})
        seconds = round(time.monotonic() - self._began, 1)
        self._folder.log({"epoch": epoch + 1, "seconds": seconds, **learnt, **figures})
        self._folder.keep(self.model, epoch + 1)
        if logs is not None:
            logs.update(figures)  # Keras shows them behind its progress bar


class Held:
    """The faces held out: `inputs` (N, size, size, 1), their targets (N, emotions), and what belongs to the logits."""

    def __init__(
        self,
        inputs: NDArray[np.float32],
        targets: NDArray[np.float32],
        prior: NDArray[np.float32],
        offsets: NDArray[np.float32],
    ) -> None:
        self._inputs, self._targets, self._prior, self._offsets = inputs, targets, prior, offsets

    def figures(self, model: keras.Model) -> dict[str, float]:
        """How well the averaged weights of `model` read these faces."""
        with averaged(model):
            logits = model.predict(self._inputs, batch_size=256, verbose=0)
        return watch(softmax(logits + self._offsets), self._targets, self._prior)


@contextlib.contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """While inside, `model` has the moving average of its weights, where its optimiser keeps one."""
    raw = [keras.ops.convert_to_numpy(weight).copy() for weight in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for weight, value in zip(model.trainable_variables, raw, strict=True):
            weight.assign(value)
