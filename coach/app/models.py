"""Information about models: card, size, and speed on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.core.reading.card import FileCard

Progress = Callable[[str], Callable[[tuple[int, int]], None]]
"""Called with the name of a model to be timed. Its result is called with the runs done and all runs."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model with its card and its measured speed.

    Attributes:
        kind: see `coach.perception.models.Shipped`.
        default: whether it is used if no model is named.
        size: of the model file, in bytes.
        ms: measured milliseconds per frame for a detector, else per face.
    """

    kind: str
    default: bool
    path: Path
    card: FileCard
    size: int
    ms: float

    @property
    def per(self) -> str:
        """The unit of work that `ms` refers to."""
        return "frame" if self.kind == "detector" else "face"

    def field(self, name: str) -> object:
        """An optional field of the card; None if it is missing."""
        return getattr(self.card, name, None)


def shipped_models(progress: Progress) -> list[Model]:
    """Load and time every shipped model: the default classifier first, then the other classifiers.

    Raises:
        ModelError: a model cannot be used.
    """
    from coach.perception.models import MODELS, classifiers

    others = [name for name, shipped in MODELS.items() if shipped.kind != "classifier"]
    return [open_model(name, progress) for name in (*classifiers(), *others)]


def open_model(wanted: str, progress: Progress) -> Model:
    """Load a model as a rehearsal does, and time it.

    Raises:
        ModelError: it cannot be used.
        UsageError: no model has that name.
    """
    from coach.perception.models import CLASSIFIER, DETECTOR, find_any

    kind, path = find_any(wanted)
    default = wanted in (CLASSIFIER, DETECTOR)
    if kind == "detector":
        return _detector(path, progress, default=default)
    if kind == "classifier":
        return _classifier(path, progress, default=default)
    return _of_points(kind, path, progress)


def _classifier(path: Path, progress: Progress, *, default: bool) -> Model:
    from coach.perception.pipeline import load_model
    from coach.perception.speed import ms_per_face

    loaded = load_model(path)
    ms = ms_per_face(loaded, progress(loaded.card.name))
    return Model("classifier", default, path, loaded.card, path.stat().st_size, ms)


def _detector(path: Path, progress: Progress, *, default: bool) -> Model:
    from coach.core.reading.card import NetworkCard
    from coach.perception.blazeface import BlazeFace
    from coach.perception.model_file import read_card
    from coach.perception.speed import ms_per_frame

    loaded, card = BlazeFace(path), read_card(path.with_suffix(".json"), NetworkCard)
    ms = ms_per_frame(loaded, progress(card.name))
    return Model("detector", default, path, card, path.stat().st_size, ms)


def _of_points(kind: str, path: Path, progress: Progress) -> Model:
    """The model that finds points, or the one that takes them."""
    from coach.perception.landmarks import FaceLandmarker
    from coach.perception.model_file import read_card
    from coach.perception.speed import ms_of_blendshapes, ms_of_landmarks

    loaded, card = FaceLandmarker(), read_card(path.with_suffix(".json"), FileCard)
    measure = ms_of_landmarks if kind == "landmarks" else ms_of_blendshapes
    return Model(kind, False, path, card, path.stat().st_size, measure(loaded, progress(card.name)))


def model_json(model: Model) -> dict[str, Any]:
    """The entry of a model in the list, as JSON."""
    return {
        "name": model.card.name,
        "kind": model.kind,
        "default": model.default,
        "path": str(model.path),
        "bytes": model.size,
        f"ms_per_{model.per}": round(model.ms, 3),
        "meaning": model.field("meaning"),
        "licence": model.field("licence"),
        "measured": model.field("measured"),
    }
