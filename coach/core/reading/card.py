"""Schema of model cards, which describe the input, output and origin of a model."""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

from coach.base.types import EMOTIONS, Emotion


def _check_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    if sorted(labels) != sorted(EMOTIONS):
        raise ValueError(f"must be these seven words in the model's own order: {', '.join(EMOTIONS)}")
    return labels


def _check_prior(prior: tuple[float, ...]) -> tuple[float, ...]:
    if len(prior) != len(EMOTIONS) or min(prior) <= 0 or not math.isclose(sum(prior), 1, abs_tol=0.01):
        raise ValueError("must be seven shares above 0 that sum to 1")
    return prior


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

Finite = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]


def _check_curve(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if len(points) < 2 or any(b[0] <= a[0] or b[1] < a[1] for a, b in itertools.pairwise(points)):
        raise ValueError("must be two or more points, evidence rising and share never falling")
    return points


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)


class InputCard(_Model):
    """Input of a model.

    Attributes:
        width, height: input size in pixels.
        channels: 1 for grey, 3 for RGB.
        layout: axis order of the tensor; N is the batch.
        scaling: how a pixel x in 0..255 is scaled: ``minus1_1`` to (x / 255 - 0.5) * 2, ``standard`` to mean 0 and
            standard deviation 1 over the crop, ``unit`` to x / 255, ``raw`` not at all.
    """

    width: int = Field(gt=0, le=1024)
    height: int = Field(gt=0, le=1024)
    channels: Literal[1, 3]
    layout: Literal["NHWC", "NCHW"]
    scaling: Literal["minus1_1", "standard", "unit", "raw"]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one picture in the tensor, without the batch axis."""
        if self.layout == "NHWC":
            return self.height, self.width, self.channels
        return self.channels, self.height, self.width


class CropCard(_Model):
    """Crop of a face: a square of `scale` times the box's longer side, moved up by `up` times that side."""

    scale: float = Field(default=1.2, gt=0.1, le=4)
    up: float = Field(default=0.1, ge=-1, le=1)


class FileCard(_Model):
    """Card of any model; all fields of a network's card that takes points and no picture."""

    name: str = Field(min_length=1, max_length=60)
    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class NetworkCard(FileCard):
    """Card of a model that takes pictures; all fields of a detector's card."""

    input: InputCard


class Reliability(_Model):
    """Even-handed recall and precision of one emotion on held-out faces."""

    recall: Share
    precision: Share


class Misses(_Model):
    """How often a right expression gets the verdict *miss* (`tools/measure_misses.py`).

    Attributes:
        counts: for each emotion, the number of missed faces and of all faces.
        source: the faces, in words.
    """

    counts: dict[Emotion, tuple[NonNegativeInt, PositiveInt]]
    source: str = Field(min_length=1, max_length=300)

    @model_validator(mode="after")
    def _check_counts(self) -> Misses:
        if any(missed > faces for missed, faces in self.counts.values()):
            raise ValueError("counts must be pairs of missed faces and all faces")
        return self


Curve = Annotated[tuple[tuple[Finite, Share], ...], AfterValidator(_check_curve)]
"""Points (evidence, share of viewers) of a rising curve: linear between the points, constant outside."""


class EvidenceCard(_Model):
    """Calibration from the evidence for an emotion to the expected share of viewers, fitted on held-out faces.

    Evidence is the log odds of the emotion above the actor's baseline; for neutral it is the log odds themselves.

    Attributes:
        neutral: even-handed log odds of each emotion on neutral faces; the baseline until the actor's own is known.
        curves: for each emotion, the curve from evidence to the share of viewers.
        typical: for each emotion, the median share by its curve on faces in which most viewers saw the emotion.
        quartiles: their lower quartile, median and upper quartile; the norm for emotions that no actor played.
    """

    neutral: dict[Emotion, Finite]
    curves: dict[Emotion, Curve]
    typical: dict[Emotion, Share]
    quartiles: dict[Emotion, tuple[Share, Share, Share]]

    @model_validator(mode="after")
    def _check_emotions(self) -> EvidenceCard:
        for name in ("neutral", "curves", "typical", "quartiles"):
            if set(getattr(self, name)) != set(EMOTIONS):
                raise ValueError(f"{name} must have all of: {', '.join(EMOTIONS)}")
        return self


class ModelCard(NetworkCard):
    """Card of an emotion classifier, `NAME.json` beside `NAME.onnx`. Other fields (licence, source, measured) are kept.

    The raw output estimates how viewers vote. The even-handed output is the raw one after prior correction with `power`
    (`coach.core.reading.smoothing.even_handed`).

    Attributes:
        labels: the seven labels in the order of the model's output.
        crop: how faces are cropped.
        prior: share of each label in the training data, in the order of `labels`; None if unknown.
        power: exponent of the prior correction, 0 (none) to 1 (full).
        meaning: what a probability estimates: ``label``, that a labeller chose the label, or ``viewers``, the share of
            viewers who would choose it.
        floor: the model abstains if the strongest even-handed probability is lower.
        reliability: recall and precision by emotion, if measured.
        evidence: calibration to shares of viewers; only for models with the meaning ``viewers``.
        misses: how often a right expression is missed, if counted.
    """

    labels: Annotated[tuple[str, ...], AfterValidator(_check_labels)]
    crop: CropCard = CropCard()
    prior: Annotated[tuple[Share, ...], AfterValidator(_check_prior)] | None = None
    power: Share = 0.0
    meaning: Literal["label", "viewers"] = "label"
    floor: Share = 0.3
    reliability: dict[Emotion, Reliability] = {}
    evidence: EvidenceCard | None = None
    misses: Misses | None = None

    @model_validator(mode="after")
    def _check_consistency(self) -> ModelCard:
        if self.power and self.prior is None:
            raise ValueError("power needs a prior to remove")
        if self.evidence and self.meaning != "viewers":
            raise ValueError("evidence is for models whose meaning is viewers")
        return self
