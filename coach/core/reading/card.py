"""The card that travels with every model: what it takes, what it gives, where it came from."""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from coach.base.types import EMOTIONS, Emotion


def _the_seven(labels: tuple[str, ...]) -> tuple[str, ...]:
    if sorted(labels) != sorted(EMOTIONS):
        raise ValueError(f"must be these seven words in the model's own order: {', '.join(EMOTIONS)}")
    return labels


def _shares(prior: tuple[float, ...]) -> tuple[float, ...]:
    if len(prior) != len(EMOTIONS) or min(prior) <= 0 or not math.isclose(sum(prior), 1, abs_tol=0.01):
        raise ValueError("must be seven shares above 0 that sum to 1")
    return prior


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


Finite = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]


def _rising(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if len(points) < 2 or any(b[0] <= a[0] or b[1] < a[1] for a, b in itertools.pairwise(points)):
        raise ValueError("must be two or more points, evidence rising and share never falling")
    return points


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


class Reliability(_Part):
    """How far one emotion's even-handed reading can be trusted, measured on faces that were held out."""

    recall: Share
    precision: Share


Curve = Annotated[tuple[tuple[Finite, Share], ...], AfterValidator(_rising)]
"""Points (evidence, share of viewers), both rising; between them a straight line, outside them the ends."""


class EvidenceCard(_Part):
    """What turns a face's evidence for an emotion into the share of viewers to expect; fitted on held-out faces.

    Attributes:
        neutral: even-handed log odds of each emotion on neutral faces, the rest of an actor whose own is not known.
        curves: from evidence (log odds above the rest; for neutral the log odds themselves) to the share of viewers.
        typical: median share that the curve gives to faces on which most viewers saw that emotion.
        quartiles: lower quartile, median and upper quartile of those shares; the yardstick where actors have none.
    """

    neutral: dict[Emotion, Finite]
    curves: dict[Emotion, Curve]
    typical: dict[Emotion, Share]
    quartiles: dict[Emotion, tuple[Share, Share, Share]]

    @model_validator(mode="after")
    def _complete(self) -> EvidenceCard:
        for name in ("neutral", "curves", "typical", "quartiles"):
            if set(getattr(self, name)) != set(EMOTIONS):
                raise ValueError(f"{name} must have all of: {', '.join(EMOTIONS)}")
        return self


class ModelCard(NetworkCard):
    """An emotion classifier's card, `NAME.json` beside `NAME.onnx`; other fields (licence, source, measured) are kept.

    A probability has two readings: as viewers vote, which is what the model gives, and even-handed, with `power` of the
    prior taken out (`coach.core.reading.smoothing.even_handed`).

    Attributes:
        labels: the model's output order; always the coach's seven words.
        prior: share of each label in the training data, in the order of `labels`; None where unknown.
        power: how much of that prior the even-handed reading takes out, 0 to 1.
        meaning: of a probability: ``label`` (that a labeller chose it) or ``viewers`` (the share of viewers who would).
        floor: with the strongest even-handed probability below it the model abstains.
        reliability: per emotion, where measured.
        evidence: what scoring against an audience needs; only models that speak for viewers have it.
    """

    labels: Annotated[tuple[str, ...], AfterValidator(_the_seven)]
    crop: CropCard = CropCard()
    prior: Annotated[tuple[Share, ...], AfterValidator(_shares)] | None = None
    power: Share = 0.0
    meaning: Literal["label", "viewers"] = "label"
    floor: Share = 0.3
    reliability: dict[Emotion, Reliability] = {}
    evidence: EvidenceCard | None = None

    @model_validator(mode="after")
    def _consistent(self) -> ModelCard:
        if self.power and self.prior is None:
            raise ValueError("power needs a prior to take out")
        if self.evidence and self.meaning != "viewers":
            raise ValueError("evidence is for models whose meaning is viewers")
        return self
