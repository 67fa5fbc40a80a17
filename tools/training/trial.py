"""A trial: everything that decides a training, read from one small TOML file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from coach.base.types import EMOTIONS
from tools.training.augment import BLENDS, CHANGES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TRIALS = Path(__file__).parents[1] / "trials"

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Run = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
"""The name of a run, which is a folder beside the run that names it."""
Name = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Targets(_Part):
    """What the network is taught.

    Attributes:
        votes, labels, teacher: weights of the viewers' shares, the challenge's label and the teachers' answer in the
            target, from 0 up; what is missing for a face is left out, the rest sums to 1.
        teachers: names of finished runs whose answers, averaged in log space, are the teacher's.
        drop, only: emotions left out, or the only ones kept; faces whose strongest target is left out go.
    """

    votes: Share = 0.0
    labels: Share = 0.0
    teacher: Share = 0.0
    teachers: tuple[Run, ...] = ()
    drop: tuple[Name, ...] = ()
    only: tuple[Name, ...] = ()

    @property
    def emotions(self) -> tuple[str, ...]:
        """Those the network tells apart, in the coach's order."""
        kept = self.only or EMOTIONS
        return tuple(name for name in EMOTIONS if name in kept and name not in self.drop)

    @model_validator(mode="after")
    def _something_to_learn(self) -> Targets:
        if not self.votes and not self.labels:
            raise ValueError("votes or labels must count: the faces held out are judged by them")
        if bool(self.teacher) != bool(self.teachers):
            raise ValueError("teacher and teachers belong together")
        if len(self.emotions) < 2:
            raise ValueError("at least two emotions must be left")
        return self


class Faces(_Part):
    """Which faces are learnt and which are held out.

    Attributes:
        split: ``official`` trains on the training set and watches the public test; ``all`` puts the training set and
            both test sets together, as far as they are there, and holds out `held_out` of them; ``train`` holds
            `held_out` of the training set out and never reads a test set.
        held_out: share of faces kept for validation; their near copies are not trained on either.
        class_weights: every emotion counts the same in the loss.
        limit: only so many faces, drawn by the seed, for a short run; 0 for all.
    """

    split: Literal["official", "all", "train"] = "train"
    held_out: Annotated[float, Field(gt=0, lt=1)] = 0.1
    class_weights: bool = False
    limit: Annotated[int, Field(ge=0)] = 0


class Network(_Part):
    """The network by name, for square grey crops of `size` pixels; the rest is for ``residual_se``.

    Attributes:
        scaling: ``minus1_1`` for grey values -1 to 1, ``standard`` for mean 0 and deviation 1 of each face.
        stem, stride: channels of the first convolution, and 2 where it halves the map.
        stages: channels and number of blocks of each stage.
        dropout: share of the last layer's inputs left out in training.
    """

    name: Literal["mini_xception", "residual_se"]
    size: Annotated[int, Field(ge=32, le=128)] = 48
    scaling: Literal["minus1_1", "standard"] = "standard"
    stem: Annotated[int, Field(ge=8, le=128)] = 32
    stride: Literal[1, 2] = 2
    stages: tuple[tuple[int, int], ...] = ((32, 1), (64, 3), (128, 3))
    dropout: Share = 0.0


class Loss(_Part):
    """The loss by name; `prior_power` of the targets' prior is taken out of what the network must learn."""

    name: Literal["cross_entropy", "mean_squared_error", "squared_hinge"] = "cross_entropy"
    prior_power: Share = 0.0


class Optimizer(_Part):
    """The optimiser and its schedule by name.

    Attributes:
        rate: the highest learning rate.
        schedule: ``constant``, or ``cosine`` down to zero.
        warmup: epochs over which the rate rises to it.
        average: momentum of the moving average of the weights, which is what is kept; 0 for none.
    """

    name: Literal["adam", "adamw", "sgd"] = "adam"
    rate: Positive = 0.001
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: Annotated[int, Field(ge=0)] = 0
    average: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Augmentation(_Part):
    """One augmentation by name, how strong, and the share of faces that get it."""

    name: str
    probability: Share = 1.0
    strength: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in CHANGES and name not in BLENDS:
            raise ValueError(f"there is no augmentation {name}; there are: {', '.join(sorted([*CHANGES, *BLENDS]))}")
        return name


class Trial(_Part):
    """A whole training.

    Attributes:
        about: in a sentence, what is tried.
        epochs, batch, seed: as everywhere.
        precision: of the sums in training; the kept weights are float32 always.
        start_from: the finished run whose weights it begins with, of the same network; empty for a fresh start.
        copies: how often each training face comes per epoch (the lineage's sixfold set has 6).
        augment: in the order of use.
        one_of: the first copy of each face gets only the first of them, the second copy only the second, and so on,
            whatever their probabilities; copies beyond the last of them stay as they are.
    """

    about: str
    epochs: Annotated[int, Field(gt=0, le=10_000)]
    batch: Annotated[int, Field(gt=1, le=4096)] = 32
    seed: Annotated[int, Field(ge=0)] = 1
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    start_from: Run | Literal[""] = ""
    copies: Annotated[int, Field(ge=1, le=100)] = 1
    faces: Faces = Faces()
    targets: Targets
    network: Network
    loss: Loss = Loss()
    optimizer: Optimizer = Optimizer()
    augment: tuple[Augmentation, ...] = ()
    one_of: bool = False

    @model_validator(mode="after")
    def _a_copy_for_each(self) -> Trial:
        if self.one_of and self.copies < len(self.augment):
            raise ValueError(f"one_of needs a copy for each of the {len(self.augment)} augmentations")
        return self


class TrialError(Exception):
    """A trial cannot be read; the message says what and where."""


def read_trial(name: str) -> Trial:
    """The trial of that name in `tools/trials`, or in the TOML file at that path.

    Raises:
        TrialError: there is none, or it is wrong.
    """
    path = Path(name) if name.endswith(".toml") else TRIALS / f"{name}.toml"
    try:
        return _checked(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in TRIALS.glob("*.toml")))
        raise TrialError(f"There is no trial {name}. There are: {known}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrialError(f"{path} cannot be read: {error}") from None


def changed(trial: Trial, changes: dict[str, Any]) -> Trial:
    """`trial` with some of its fields changed, a table of fields only in what `changes` names.

    Raises:
        TrialError: a change is not allowed.
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
        said = first["msg"].removeprefix("Value error, ")
        raise TrialError(f"{where}, {place or 'the whole'}: {said}") from None
