"""Information about models: card, size, and speed on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.core.reading.card import NetworkCard

Progress = Callable[[str], Callable[[tuple[int, int]], None]]
"""Called with the name of a model to be timed. Its result is called with the runs done and all runs."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model with its card and its measured speed.

    Attributes:
        kind: ``classifier`` or ``detector``.
        default: whether it is used if no model is named.
        size: of the model file, in bytes.
        ms: measured milliseconds per face (classifier) or per frame (detector).
    """

    kind: str
    default: bool
    path: Path
    card: NetworkCard
    size: int
    ms: float

    @property
    def per(self) -> str:
        """The unit of work that `ms` refers to."""
        return "face" if self.kind == "classifier" else "frame"

    def field(self, name: str) -> object:
        """An optional field of the card; None if it is missing."""
        return getattr(self.card, name, None)


def shipped_models(progress: Progress) -> list[Model]:
    """Load and time every shipped model: the default first, the detectors last.

    Raises:
        ModelError: a model cannot be used.
    """
    from coach.perception.models import MODELS, classifiers

    detectors = [name for name, shipped in MODELS.items() if shipped.kind == "detector"]
    return [open_model(name, progress) for name in (*classifiers(), *detectors)]


def open_model(wanted: str, progress: Progress) -> Model:
    """Load a model as a rehearsal does, and time it.

    Raises:
        ModelError: it cannot be used.
        UsageError: no model has that name.
    """
    from coach.perception.models import CLASSIFIER, DETECTOR, find_any

    kind, path = find_any(wanted)
    default = wanted in (CLASSIFIER, DETECTOR)
    return (
        _detector(path, progress, default=default)
        if kind == "detector"
        else _classifier(path, progress, default=default)
    )


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
