"""The shipped models and detectors by name. A new model needs a row in `MODELS` and its two files in `models/`.

The command line imports this module for its help, so it imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, Literal

from coach.base.errors import UsageError
from coach.base.files import models_folder
from coach.base.messages import mark, tr
from coach.base.text import clean

ModelKind = Literal["classifier", "detector", "landmarks", "blendshapes"]


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipped model.

    Attributes:
        kind: a ``classifier`` predicts the emotions of a face, a ``detector`` finds faces, ``landmarks`` finds the
            points of a face, ``blendshapes`` estimates from points how much each part of a face moves.
        file: file name in the models folder; its card is the .json beside it.
        sha256: hash of the file. The tools converted it and compared it with its source, so it needs no trial in a
            child process.
    """

    kind: ModelKind
    file: str
    sha256: str


MODELS: Final[dict[str, Shipped]] = {
    "audience": Shipped(
        "classifier", "audience.onnx", "c5834052c86cc36a18674e5aab1d7ddef5b8e4fca705c92d2f88256f97421461"
    ),
    "mini_xception": Shipped(
        "classifier", "mini_xception.onnx", "c423c76b7f5f0b6074108d009b4c0afa6a1138515cd09e733f0d97d845cb5c16"
    ),
    "blazeface_short": Shipped(
        "detector", "blazeface_short.onnx", "18b9eb92f6d9af5f13aa778ae1c70fb8004bba317f7756f9a2cdd69ea6adaab4"
    ),
    "blazeface_back": Shipped(
        "detector", "blazeface_back.onnx", "ce7a13cb89f5616ad655a6a102012a9839d7ebcfd81ae03d0ec6ad6dd11a0d88"
    ),
    "face_landmarks": Shipped(
        "landmarks", "face_landmarks.onnx", "a5209a66de44e8485f08f5470b020b408305d08b13c218036790895c504a7c4d"
    ),
    "face_blendshapes": Shipped(
        "blendshapes", "face_blendshapes.onnx", "85451ad4268ecd54e4e2fcc3bb42a1c4a7d9c7820350523288a58bc94b200c0c"
    ),
}
"""Every shipped model by name."""

CLASSIFIER: Final = "audience"
"""The default classifier."""

DETECTOR: Final = "blazeface_short"
"""The network of the default detector."""

WIDE_DETECTOR: Final = "blazeface_back"
"""The network of the detectors for crowds, whose faces are further away."""

LANDMARKS: Final = "face_landmarks"
"""The network that finds the points of a face."""

BLENDSHAPES: Final = "face_blendshapes"
"""The network that estimates blendshapes from the points."""

TRUSTED: Final = {model.sha256: name for name, model in MODELS.items()}
"""The name of each shipped model by its sha256."""

DETECTORS: Final = {
    "blazeface": mark("near"),  # one face, or few close by; the quickest
    "wide": mark("many, further off"),  # for films: close-ups down to faces of about a fortieth of the picture's width
    "tiled": mark("small, slow"),  # for pictures: searches each part of them, for faces of about a sixtieth and more
    "haar": "",  # Viola and Jones, 2001; some versions of OpenCV do not have it
}
"""The detectors by name, with the faces that each is for; `coach.perception.detectors` opens them."""

ACTOR_DETECTORS: Final = ("blazeface", "haar")
"""The detectors for a rehearsal, in which one actor stands near the camera."""


def shipped_path(name: str) -> Path:
    """The path of the shipped model `name`.

    Raises:
        KeyError: no model has that name.
    """
    return models_folder() / MODELS[name].file


def classifiers() -> list[str]:
    """The names of the shipped classifiers, the default first."""
    return sorted((name for name, model in MODELS.items() if model.kind == "classifier"), key=lambda n: n != CLASSIFIER)


def find_model(name_or_path: str | Path | None) -> Path:
    """The path of a classifier, given a shipped name or the path of a NAME.onnx; None is the default.

    Text without a folder and without .onnx is a name, and names are looked up only in `MODELS`.

    Raises:
        UsageError: no shipped classifier has that name; the message lists those that exist.
    """
    if name_or_path is None or isinstance(name_or_path, Path):
        return name_or_path or shipped_path(CLASSIFIER)
    if name_or_path in classifiers():
        return shipped_path(name_or_path)
    if is_path(name_or_path):
        return Path(name_or_path)
    if name_or_path in MODELS:
        raise UsageError(_with_known(tr("{name} reads no emotions", name=name_or_path), classifiers()))
    raise UsageError(_with_known(_unknown(name_or_path), classifiers()))


def find_any(name_or_path: str) -> tuple[str, Path]:
    """The kind and path of a model, detectors included; a path is assumed to be a classifier's.

    Raises:
        UsageError: no shipped model has that name; the message lists those that exist.
    """
    if name_or_path in MODELS:
        return MODELS[name_or_path].kind, shipped_path(name_or_path)
    if is_path(name_or_path):
        return "classifier", Path(name_or_path)
    raise UsageError(_with_known(_unknown(name_or_path), list(MODELS)))


def _unknown(name_or_path: str) -> str:
    return tr("unknown model {name}", name=repr(clean(name_or_path, 60)))


def _with_known(problem: str, known: list[str]) -> str:
    return tr(
        "{problem}; known are {known}, or give the path of a NAME.onnx with its card NAME.json beside it",
        problem=problem,
        known=", ".join(known),
    )


def is_path(name_or_path: str) -> bool:
    """Whether `name_or_path` is a path, not a name."""
    return PurePath(name_or_path).name != name_or_path or name_or_path.lower().endswith(".onnx")
