"""The emotion classifier: cuts faces out of a frame, scales them as the model's card says, and reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from coach.base.errors import ModelError
from coach.base.types import EMOTIONS
from coach.core.reading.card import ModelCard
from coach.perception.model_file import ModelFile
from coach.perception.onnx_session import check_shape, first_line, open_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from coach.base.types import Box, Probabilities
    from coach.core.reading.card import CropCard, InputCard

_UNITS = 10_000


def four_decimals(shares: Sequence[float]) -> Probabilities:
    """Seven finite `shares`, none negative, as probabilities of four decimals that sum to exactly 1.

    What rounding down leaves over goes to the largest remainders (the method by which seats are shared out), so each
    value moves by less than 0.0001 and the order of any two is kept or becomes a tie.
    """
    scale = _UNITS / sum(shares)
    exact = [share * scale for share in shares]
    units = [int(value) for value in exact]
    left_over = _UNITS - sum(units)
    if left_over:
        by_remainder = sorted(range(len(exact)), key=lambda i: units[i] - exact[i])
        for i in by_remainder[:left_over]:
            units[i] += 1
    return cast("Probabilities", tuple(unit / _UNITS for unit in units))


_COARSE: Final = 4
"""Faces are halved until they are less than so many times the model's size, then fitted linearly. That reads 326 news
portraits a little better than averaging all the way down (54.2 against 53.9 % right) in half the time."""


def cut_face(image: NDArray[np.uint8], box: Box, crop: CropCard, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut the face in `box` out of `image` into `out`, grey, and return it.

    The square is `crop.scale` times the box's longer side, moved up by `crop.up` times that side. Where it reaches over
    the frame's edge the edge is repeated.

    Args:
        image: (height, width, 3) uint8 BGR.
        box: in pixels of `image`.
        crop: from the model's card.
        out: (height, width) uint8, written to.
    """
    left, top, right, bottom = face_square(box, crop)
    height, width = image.shape[:2]
    rows = slice(min(max(top, 0), height - 1), max(bottom, 1))  # at least one row and column, wherever the square is
    columns = slice(min(max(left, 0), width - 1), max(right, 1))
    inside = image[rows, columns]
    grey = cv2.cvtColor(inside, cv2.COLOR_BGR2GRAY)
    over = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
    if any(over):
        grey = cv2.copyMakeBorder(grey, *over, borderType=cv2.BORDER_REPLICATE)
    while min(grey.shape) > _COARSE * max(out.shape):
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    cv2.resize(grey, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_LINEAR)
    return out


def face_square(box: Box, crop: CropCard) -> tuple[int, int, int, int]:
    """The square that is cut out for `box`: left, top, right, bottom in whole pixels, at least one wide."""
    longer = max(box.width, box.height)
    side = max(1, round(longer * crop.scale))
    x, y = box.centre
    left, top = round(x - side / 2), round(y - longer * crop.up - side / 2)
    return left, top, left + side, top + side


def scale_crops(crops: NDArray[np.uint8], card: InputCard) -> NDArray[np.float32]:
    """Grey crops (N, height, width) uint8 as the tensor that the model takes: scaled, laid out, grey repeated."""
    pixels = _SCALINGS[card.scaling](crops.astype(np.float32))
    tensor = np.expand_dims(pixels, 3 if card.layout == "NHWC" else 1)
    if card.channels == 1:
        return tensor
    return np.repeat(tensor, card.channels, axis=3 if card.layout == "NHWC" else 1)


def _minus1_1(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    pixels *= 2 / 255
    pixels -= 1
    return pixels


def _standard(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each crop to mean 0 and standard deviation 1; a crop of one grey level becomes all 0."""
    pixels -= pixels.mean(axis=(1, 2), keepdims=True)
    pixels /= np.maximum(pixels.std(axis=(1, 2), keepdims=True), 1e-6)
    return pixels


def _raw(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return pixels


_SCALINGS = {"minus1_1": _minus1_1, "standard": _standard, "raw": _raw}


SUM_TOLERANCE = 1e-3
"""How far seven probabilities may sum from 1; half-precision weights stay below it."""

ANSWER: Final = "probabilities"
"""The first output; further ones are for comparing models and are never asked for in a rehearsal."""


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
