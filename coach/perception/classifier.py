"""The emotion classifier: crop a face, preprocess it by the model card, run the model, round the probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from coach.base.errors import ModelError
from coach.base.messages import mark, tr
from coach.base.types import EMOTIONS
from coach.perception.onnx_session import check_shape, first_line, open_session, run_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from coach.base.types import Box, Probabilities
    from coach.core.reading.card import CropCard, InputCard, ModelCard
    from coach.perception.model_file import ModelFile

SUM_TOLERANCE: Final = 1e-3
"""Largest difference between the sum of seven probabilities and 1; half-precision weights stay below it."""

PROBABILITIES: Final = "probabilities"
"""Name of a model's first output. Other outputs serve comparisons of models and are never requested in a rehearsal."""


RUN_LIMIT_S: Final = 2.0
"""How long a third-party model may take for one face. Ctrl-C has no effect before a run ends."""


class OnnxClassifier:
    """An `EmotionClassifier` on ONNX Runtime.

    A third-party model was tried with one face, so it always gets one at a time: with another number it could need any
    amount of memory. Each of its runs has a limit.
    """

    def __init__(self, file: ModelFile[ModelCard]) -> None:
        self._card = file.card
        self._trusted = file.trusted
        self._session = open_session(file.data, file.path.name)
        self._input = self._check_shapes(file.path.name)
        order = [file.card.labels.index(emotion) for emotion in EMOTIONS]
        self._order = None if order == sorted(order) else order
        self._check_output(file.path.name)

    @property
    def card(self) -> ModelCard:
        """The model's card."""
        return self._card

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the model's outputs, ``probabilities`` first."""
        return tuple(output.name for output in self._session.get_outputs())

    def classify(self, crops: NDArray[np.uint8], output: str = PROBABILITIES) -> NDArray[np.float32]:
        """Probabilities (N, 7) in the order of `EMOTIONS` for grey `crops` (N, height, width) uint8 of the card's size.

        A row is all-NaN if the model's values are negative, not finite or do not sum to 1. `output` is one of
        `outputs`.

        Raises:
            TimeoutError: a third-party model took more than `RUN_LIMIT_S` seconds for a face.
        """
        if not len(crops):
            return np.empty((0, len(EMOTIONS)), np.float32)
        tensor = scale_crops(crops, self._card.input)
        predictions = self._run(output, tensor) if self._trusted else self._run_singly(output, tensor)
        if self._order:
            predictions = predictions[:, self._order]
        # This also rejects NaN, which is not >= 0, and infinity, whose sum is not near 1.
        valid = (predictions >= 0).all(1) & (np.abs(predictions.sum(1) - 1) <= SUM_TOLERANCE)
        if not valid.all():
            predictions = np.where(valid[:, None], predictions, np.float32(np.nan))
        return predictions

    def _run(self, output: str, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        predictions: NDArray[np.float32] = self._session.run([output], {self._input: tensor})[0]
        return predictions

    def _run_singly(self, output: str, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the model on one face after the other."""
        faces = [tensor[face : face + 1] for face in range(len(tensor))]
        runs = [run_within(self._session, output, {self._input: face}, RUN_LIMIT_S) for face in faces]
        return np.concatenate(runs)

    def _check_shapes(self, name: str) -> str:
        """Check the model's signature against the card; returns the name of its input."""
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)":
            raise ModelError(tr("{name} must take one tensor of float32.", name=name))
        if outputs[0].name != "probabilities" or outputs[0].type != "tensor(float)":
            message = mark("{name}: its first output must be `probabilities` of float32, it is `{output}`.")
            raise ModelError(tr(message, name=name, output=outputs[0].name))
        check_shape(tr("{name}: its input, as the card says,", name=name), inputs[0].shape, self._card.input.shape)
        check_shape(tr("{name}: its output", name=name), outputs[0].shape, [len(EMOTIONS)])
        return str(inputs[0].name)

    def _check_output(self, name: str) -> None:
        """Run the model on plain grey crops, so that a model without softmax is refused now, not during a take."""
        grey = np.full((2, self._card.input.height, self._card.input.width), 128, np.uint8)
        try:
            predictions = self.classify(grey)
        except TimeoutError as error:
            raise ModelError(tr("{name} was refused: {reason}.", name=name, reason=error)) from error
        except Exception as error:  # the runtime's exceptions have no common base
            message = tr("{name} fails on a plain grey picture: {reason}", name=name, reason=first_line(error))
            raise ModelError(message) from error
        if np.isnan(predictions).any():
            message = tr("{name} gives no probabilities: seven numbers, 0 or more, that sum to 1 (softmax).", name=name)
            raise ModelError(message)


# --- preprocessing --------------------------------------------------------------------------------------------------

_MAX_SHRINK: Final = 4
"""Crops are halved until they are at most this many times as large as the model's input, then resized bilinearly. Of
326 news portraits 54.2 % are then classified correctly, with area averaging all the way 53.9 %, in twice the time."""


def crop_face(image: NDArray[np.uint8], box: Box, crop: CropCard, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Crop the face in `box` from `image` into `out`, in grey; returns `out`.

    The crop is the square of `face_square`. Outside the frame the frame's border is replicated.

    Args:
        image: (height, width, 3) uint8 BGR.
        box: the face in pixels of `image`.
        crop: the crop settings of the model's card.
        out: (height, width) uint8, overwritten.
    """
    left, top, right, bottom = face_square(box, crop)
    height, width = image.shape[:2]
    # At least one row and one column, even if the square lies outside the frame.
    rows = slice(min(max(top, 0), height - 1), max(bottom, 1))
    columns = slice(min(max(left, 0), width - 1), max(right, 1))
    grey = cv2.cvtColor(image[rows, columns], cv2.COLOR_BGR2GRAY)
    if top < 0 or left < 0 or bottom > height or right > width:
        border = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
        grey = cv2.copyMakeBorder(grey, *border, borderType=cv2.BORDER_REPLICATE)
    while min(grey.shape) > _MAX_SHRINK * max(out.shape):
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    cv2.resize(grey, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_LINEAR)
    return out


def face_square(box: Box, crop: CropCard) -> tuple[int, int, int, int]:
    """The square to crop for `box`: left, top, right, bottom in whole pixels, at least one wide.

    Its side is `crop.scale` times the box's longer side, and it is shifted up by `crop.up` times that side.
    """
    longer = max(box.width, box.height)
    side = max(1, round(longer * crop.scale))
    left = round(box.x + box.width / 2 - side / 2)
    top = round(box.y + box.height / 2 - longer * crop.up - side / 2)
    return left, top, left + side, top + side


def scale_crops(crops: NDArray[np.uint8], card: InputCard) -> NDArray[np.float32]:
    """Scale grey crops (N, height, width) uint8 to the model's input tensor, in the card's layout and channels."""
    pixels = _SCALINGS[card.scaling](crops.astype(np.float32))
    channel_axis = 3 if card.layout == "NHWC" else 1
    tensor = np.expand_dims(pixels, channel_axis)
    return tensor if card.channels == 1 else np.repeat(tensor, card.channels, axis=channel_axis)


def _minus1_1(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map 0..255 to -1..1."""
    pixels *= 2 / 255
    pixels -= 1
    return pixels


def _standard(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each crop to mean 0 and standard deviation 1; a crop of one grey level becomes all 0."""
    pixels -= pixels.mean(axis=(1, 2), keepdims=True)
    pixels /= np.maximum(pixels.std(axis=(1, 2), keepdims=True), 1e-6)
    return pixels


def _unit(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map 0..255 to 0..1."""
    pixels /= 255
    return pixels


def _raw(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return pixels


_SCALINGS: Final = {"minus1_1": _minus1_1, "standard": _standard, "unit": _unit, "raw": _raw}


# --- rounding -------------------------------------------------------------------------------------------------------

_UNITS: Final = 10_000
"""Units of 0.0001 in a sum of 1."""


def round_shares(shares: Sequence[float]) -> Probabilities:
    """Round seven finite non-negative `shares` to probabilities of four decimals that sum to exactly 1.

    Largest remainder method: all are rounded down, and what is missing from 1 goes to the largest remainders. Each
    value changes by less than 0.0001, and two values keep their order or become equal.
    """
    scale = _UNITS / sum(shares)
    units, losses = [], []  # losses are negative, so that sorting puts the largest remainder first
    for share in shares:
        exact = share * scale
        unit = int(exact)
        units.append(unit)
        losses.append(unit - exact)
    missing = _UNITS - sum(units)
    if missing:
        for i in sorted(range(len(units)), key=losses.__getitem__)[:missing]:
            units[i] += 1
    return cast("Probabilities", tuple([unit / _UNITS for unit in units]))
