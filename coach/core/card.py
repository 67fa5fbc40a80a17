"""The card that travels with every model: what it takes, what it gives, where it came from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


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


class CropCard(_Part):
    """How a face is cut out: a square of `scale` times the box's longer side, moved up by `up` times that side."""

    scale: float = Field(default=1.2, gt=0.1, le=4)
    up: float = Field(default=0.1, ge=-1, le=1)


class ModelCard(_Part):
    """An emotion classifier's card, `NAME.json` beside `NAME.onnx`; further fields (licence, source, measured) are kept.

    Attributes:
        labels: the model's output order; always the coach's seven words.
        prior: share of each label in the training data, in the order of `labels`; None where unknown.
        power: how much of that prior was already taken out of the probabilities, 0 to 1.
        meaning: of a probability: ``label`` (that a labeller chose it) or ``viewers`` (the share of viewers who would).
    """

    name: str
    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    labels: tuple[str, ...]
    input: InputCard
    crop: CropCard = CropCard()
    prior: tuple[float, ...] | None = None
    power: float = 0.0
    meaning: Literal["label", "viewers"] = "label"
