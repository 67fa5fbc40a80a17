"""The emotion classifier: any ONNX model that fits its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.errors import ModelError
from coach.base.types import EMOTIONS
from coach.core.reading.card import ModelCard
from coach.perception.crop import scale_crops
from coach.perception.model_file import ModelFile, read_model
from coach.perception.probe import try_in_child
from coach.perception.session import check_shape, first_line, open_session

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SUM_TOLERANCE = 1e-3
"""How far seven probabilities may sum from 1; half-precision weights stay below it."""

ANSWER: Final = "probabilities"
"""The first output; further ones are for comparing models and are never asked for in a rehearsal."""


def load_model(path: Path) -> OnnxClassifier:
    """The classifier NAME.onnx at `path` with its card NAME.json beside it, checked and tried.

    A model that did not come with the coach is first tried in a child process with limited memory and time.

    Raises:
        ModelError: it is missing, damaged, unsafe or does not fit its card.
    """
    file = read_model(path, ModelCard)
    if not file.trusted:
        try_in_child(file)
    return OnnxClassifier(file)


class OnnxClassifier:
    """An `EmotionClassifier` on ONNX Runtime."""

    def __init__(self, file: ModelFile[ModelCard]) -> None:
        self._card = file.card
        self._session = open_session(file.data, file.path.name)
        self._input = self._check_shapes(file.path.name)
        order = [file.card.labels.index(emotion) for emotion in EMOTIONS]
        self._order = None if order == sorted(order) else order
        self._check_answer(file.path.name)

    @property
    def card(self) -> ModelCard:
        """The model's card."""
        return self._card

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its answers, ``probabilities`` first."""
        return tuple(each.name for each in self._session.get_outputs())

    def classify(self, crops: NDArray[np.uint8], output: str = ANSWER) -> NDArray[np.float32]:
        """Probabilities (N, 7) in the order of `EMOTIONS` for grey `crops` (N, height, width) uint8 of the card's size.

        A row is all-NaN where the model has no finite answer that sums to 1. `output` is one of `outputs`.
        """
        if not len(crops):
            return np.empty((0, len(EMOTIONS)), np.float32)
        tensor = scale_crops(crops, self._card.input)
        answer: NDArray[np.float32] = self._session.run([output], {self._input: tensor})[0]
        if self._order:
            answer = answer[:, self._order]
        fits = np.isfinite(answer).all(1) & (answer >= 0).all(1) & (np.abs(answer.sum(1) - 1) <= SUM_TOLERANCE)
        if not fits.all():
            answer = np.where(fits[:, None], answer, np.float32(np.nan))
        return answer

    def _check_shapes(self, name: str) -> str:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)":
            raise ModelError(f"{name} must take one tensor of float32.")
        if outputs[0].name != "probabilities" or outputs[0].type != "tensor(float)":
            raise ModelError(f"{name}: its first output must be `probabilities` of float32, it is `{outputs[0].name}`.")
        check_shape(f"{name}: its input, as the card says,", inputs[0].shape, self._card.input.shape)
        check_shape(f"{name}: its output", outputs[0].shape, [len(EMOTIONS)])
        return str(inputs[0].name)

    def _check_answer(self, name: str) -> None:
        """Ask once, for two plain grey faces: a model that does not give probabilities is told now, not in the take."""
        grey = np.full((2, self._card.input.height, self._card.input.width), 128, np.uint8)
        try:
            answer = self.classify(grey)
        except Exception as error:  # the runtime's exceptions have no common base
            raise ModelError(f"{name} fails on a plain grey picture: {first_line(error)}") from error
        if np.isnan(answer).any():
            raise ModelError(f"{name} gives no probabilities: seven numbers, 0 or more, that sum to 1 (softmax).")
