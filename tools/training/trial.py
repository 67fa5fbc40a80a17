"""A trial: the whole configuration of a training, read from one small TOML file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from coach.base.types import EMOTIONS, Emotion
from tools.datasets.fer import HELD_OUT
from tools.training.augment import BLENDS, TRANSFORMS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TRIALS = Path(__file__).parents[1] / "trials"

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
RunName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
"""The name of another run, in the same folder of runs."""


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TargetsConfig(_Config):
    """The targets of the network.

    Attributes:
        votes, labels, teacher: weights of the viewers' shares, the challenge's label and the teachers' predictions in
            the target, 0 or more; targets that a face lacks are left out, and the rest is normalised to 1.
        teachers: names of finished runs whose predictions are averaged in log space.
        drop, only: emotions to leave out, or the only ones to keep; faces whose largest target is left out are too.
    """

    votes: Share = 0.0
    labels: Share = 0.0
    teacher: Share = 0.0
    teachers: tuple[RunName, ...] = ()
    drop: tuple[Emotion, ...] = ()
    only: tuple[Emotion, ...] = ()

    @property
    def emotions(self) -> tuple[str, ...]:
        """The emotions that the network distinguishes, in the coach's order."""
        kept = self.only or EMOTIONS
        return tuple(name for name in EMOTIONS if name in kept and name not in self.drop)

    @model_validator(mode="after")
    def _check_targets(self) -> TargetsConfig:
        if not self.votes and not self.labels:
            raise ValueError("votes or labels must count: the faces held out are judged by them")
        if bool(self.teacher) != bool(self.teachers):
            raise ValueError("teacher and teachers belong together")
        if len(self.emotions) < 2:
            raise ValueError("at least two emotions must be left")
        return self


class FacesConfig(_Config):
    """The faces for training and validation.

    Attributes:
        split: ``official`` trains on the training set and validates on the public test; ``all`` joins the training set
            and both test sets, as far as they exist, and holds out `held_out` of them; ``train`` holds out `held_out`
            of the training set and never reads a test set.
        held_out: share of faces kept for validation; their near copies are not trained on either.
        class_weights: give every emotion the same weight in the loss.
        limit: use only this many random faces, for a short run; 0 for all.
    """

    split: Literal["official", "all", "train"] = "train"
    held_out: Annotated[float, Field(gt=0, lt=1)] = HELD_OUT
    class_weights: bool = False
    limit: Annotated[int, Field(ge=0)] = 0


class NetworkConfig(_Config):
    """The network by name, for square grey crops of `size` pixels; the other fields are for ``residual_se``.

    Attributes:
        scaling: ``minus1_1`` for grey values -1 to 1, ``standard`` for mean 0 and deviation 1 of each face.
        stem, stride: channels and stride of the first convolution.
        stages: channels and number of blocks of each stage.
        dropout: dropout rate before the last layer.
    """

    name: Literal["mini_xception", "residual_se", "dexpression"]
    size: Annotated[int, Field(ge=32, le=128)] = 48
    scaling: Literal["minus1_1", "standard"] = "standard"
    stem: Annotated[int, Field(ge=8, le=128)] = 32
    stride: Literal[1, 2] = 2
    stages: tuple[tuple[int, int], ...] = ((32, 1), (64, 3), (128, 3))
    dropout: Share = 0.0


class LossConfig(_Config):
    """The loss by name; `prior_power` is the power of the targets' prior that logit adjustment takes out."""

    name: Literal["cross_entropy", "mean_squared_error", "squared_hinge"] = "cross_entropy"
    prior_power: Share = 0.0


class OptimizerConfig(_Config):
    """The optimiser and its schedule by name.

    Attributes:
        rate: the highest learning rate.
        schedule: ``constant``, or ``cosine`` down to zero.
        warmup: epochs of linear warm-up.
        average: momentum of the moving average of the weights, which replaces them in the end; 0 for none.
    """

    name: Literal["adam", "adamw", "sgd"] = "adam"
    rate: Positive = 0.001
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: Annotated[int, Field(ge=0)] = 0
    average: Annotated[float, Field(ge=0, lt=1)] = 0.0


class AugmentationConfig(_Config):
    """One augmentation by name, its strength (None for the default), and the share of faces that get it."""

    name: str
    probability: Share = 1.0
    strength: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in TRANSFORMS and name not in BLENDS:
            raise ValueError(f"there is no augmentation {name}; there are: {', '.join(sorted([*TRANSFORMS, *BLENDS]))}")
        return name


class Trial(_Config):
    """A whole training.

    Attributes:
        about: a description in one sentence.
        epochs, batch, seed: as usual.
        precision: of the computation in training; the saved weights are always float32.
        start_from: the finished run, of the same network, whose weights it starts with; empty for random weights.
        copies: copies of each training face per epoch (6 in the lineage's sixfold set).
        augment: augmentations in the order of use.
        one_of: apply only the first augmentation to the first copy of each face, only the second to the second copy,
            and so on, whatever their probabilities; further copies are not augmented.
    """

    about: str
    epochs: Annotated[int, Field(gt=0, le=10_000)]
    batch: Annotated[int, Field(gt=1, le=4096)] = 32
    seed: Annotated[int, Field(ge=0)] = 1
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    start_from: RunName | Literal[""] = ""
    copies: Annotated[int, Field(ge=1, le=100)] = 1
    faces: FacesConfig = FacesConfig()
    targets: TargetsConfig
    network: NetworkConfig
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    augment: tuple[AugmentationConfig, ...] = ()
    one_of: bool = False

    @model_validator(mode="after")
    def _check_copies(self) -> Trial:
        if self.one_of and self.copies < len(self.augment):
            raise ValueError(f"one_of needs a copy for each of the {len(self.augment)} augmentations")
        return self


class TrialError(Exception):
    """A trial is invalid or cannot be run; the message says what is wrong and where."""


def read_trial(name: str) -> Trial:
    """Read the trial of that name in `tools/trials`, or from the TOML file at that path.

    Raises:
        TrialError: it does not exist or is invalid.
    """
    path = Path(name) if name.endswith(".toml") else TRIALS / f"{name}.toml"
    try:
        return _checked(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in TRIALS.glob("*.toml")))
        raise TrialError(f"There is no trial {name}. There are: {known}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrialError(f"{path} cannot be read: {error}") from None


def with_changes(trial: Trial, changes: dict[str, Any]) -> Trial:
    """Return `trial` with some fields replaced; of a table only the fields that `changes` names.

    Raises:
        TrialError: the result is invalid.
    """
    fields = trial.model_dump(mode="json")
    for name, value in changes.items():
        fields[name] = {**fields[name], **value} if isinstance(value, dict) else value
    return _checked(fields, "the command line")


def _checked(fields: dict[str, Any], where: str) -> Trial:
    try:
        return Trial.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise TrialError(f"{where}, {place or 'the whole'}: {message}") from None
