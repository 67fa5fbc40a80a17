"""The card that travels with every model: what it takes, what it gives, where it came from."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from coach.types import EMOTIONS


def _the_seven(labels: tuple[str, ...]) -> tuple[str, ...]:
    if sorted(labels) != sorted(EMOTIONS):
        raise ValueError(f"must be these seven words in the model's own order: {', '.join(EMOTIONS)}")
    return labels


def _shares(prior: tuple[float, ...]) -> tuple[float, ...]:
    if len(prior) != len(EMOTIONS) or min(prior) <= 0 or not math.isclose(sum(prior), 1, abs_tol=0.01):
        raise ValueError("must be seven shares above 0 that sum to 1")
    return prior


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)


class InputCard(_Part):
    """What a model takes.

    Attributes:
        width, height: in pixels.
        channels: 1 grey, 3 RGB.
        layout: of the tensor; N is the batch.
        scaling: of a pixel x in 0..255: ``minus1_1`` (x / 255 - 0.5) * 2, ``standard`` each crop to mean 0 and standard
            deviation 1, ``raw`` as it is.
    """

    width: int = Field(gt=0, le=1024)
    height: int = Field(gt=0, le=1024)
    channels: Literal[1, 3]
    layout: Literal["NHWC", "NCHW"]
    scaling: Literal["minus1_1", "standard", "raw"]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one picture in the tensor, without the batch."""
        if self.layout == "NHWC":
            return self.height, self.width, self.channels
        return self.channels, self.height, self.width


class CropCard(_Part):
    """How a face is cut out: a square of `scale` times the box's longer side, moved up by `up` times that side."""

    scale: float = Field(default=1.2, gt=0.1, le=4)
    up: float = Field(default=0.1, ge=-1, le=1)


class NetworkCard(_Part):
    """What every model's card says; the detector's has no more than this."""

    name: str = Field(min_length=1, max_length=60)
    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    input: InputCard


class ModelCard(NetworkCard):
    """An emotion classifier's card, `NAME.json` beside `NAME.onnx`; other fields (licence, source, measured) are kept.

    Attributes:
        labels: the model's output order; always the coach's seven words.
        prior: share of each label in the training data, in the order of `labels`; None where unknown.
        power: how much of that prior was already taken out of the probabilities, 0 to 1.
        meaning: of a probability: ``label`` (that a labeller chose it) or ``viewers`` (the share of viewers who would).
    """

    labels: Annotated[tuple[str, ...], AfterValidator(_the_seven)]
    crop: CropCard = CropCard()
    prior: Annotated[tuple[Share, ...], AfterValidator(_shares)] | None = None
    power: Share = 0.0
    meaning: Literal["label", "viewers"] = "label"
