"""`coach models`: the models that came with the coach, how right and how fast they are; or the whole card of one."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from coach.core.reading.card import NetworkCard


@dataclass(frozen=True, slots=True)
class Model:
    """A model as it is shown.

    Attributes:
        kind: ``classifier`` or ``detector``.
        default: whether it is used where none is named.
        ms: milliseconds per face (a classifier) or per frame (a detector), just measured.
    """

    kind: str
    default: bool
    path: Path
    card: NetworkCard
    size: int
    ms: float

    @property
    def per(self) -> str:
        """What `ms` is spent on."""
        return "face" if self.kind == "classifier" else "frame"

    def field(self, name: str) -> object:
        """A field that not every card has; None where this one lacks it."""
        return getattr(self.card, name, None)


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = "List the models that came with the coach: how right, how fast and how big they are, and what they mean."
    parser = commands.add_parser(
        "models", help="list the models that came with the coach, or show the card of one", description=about
    )
    parser.add_argument(
        "model", nargs="?", metavar="NAME|PATH", help="show the whole card of this one; a path is a NAME.onnx"
    )
    parser.add_argument("--json", action="store_true", help="everything there is, as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List the models, or show one.

    Raises:
        ModelError: a model cannot be used.
        UsageError: no model that came with the coach has that name.
    """
    from coach.cli import card_page
    from coach.display.kit.console import open_console
    from coach.perception.models import MODELS, classifiers

    if args.model is not None:
        model = _opened(args.model)
        if args.json:
            _print_json({**_plain(model), "card": json.loads(model.card.model_dump_json())})
        else:
            card_page.print_page(model, open_console())
        return 0
    detectors = [name for name, shipped in MODELS.items() if shipped.kind == "detector"]
    models = [_opened(name) for name in (*classifiers(), *detectors)]
    if args.json:
        _print_json([_plain(model) for model in models])
    else:
        card_page.print_list(models, open_console())
    return 0


def _opened(wanted: str) -> Model:
    """Load a model as a rehearsal does it, and time it."""
    from coach.perception.models import CLASSIFIER, DETECTOR, find_any

    kind, path = find_any(wanted)
    default = wanted in (CLASSIFIER, DETECTOR)
    return _detector(path, default=default) if kind == "detector" else _classifier(path, default=default)


def _classifier(path: Path, *, default: bool) -> Model:
    from coach.perception.probe import load_model
    from coach.perception.speed import ms_per_face

    loaded = load_model(path)
    ms = ms_per_face(loaded, _progress(loaded.card.name))
    return Model("classifier", default, path, loaded.card, path.stat().st_size, ms)


def _detector(path: Path, *, default: bool) -> Model:
    from coach.core.reading.card import NetworkCard
    from coach.perception.blazeface import BlazeFace
    from coach.perception.model_file import read_card
    from coach.perception.speed import ms_per_frame

    loaded, card = BlazeFace(path), read_card(path.with_suffix(".json"), NetworkCard)
    ms = ms_per_frame(loaded, _progress(card.name))
    return Model("detector", default, path, card, path.stat().st_size, ms)


def _progress(name: str) -> Callable[[tuple[int, int]], None]:
    from coach.base.text import clean

    def tell(done: tuple[int, int]) -> None:
        text = f"coach: timing {clean(name, 60)}, {done[0]} of {done[1]} runs"
        print(text, file=sys.stderr, flush=True)  # noqa: T201

    return tell


def _plain(model: Model) -> dict[str, Any]:
    """What the list says of a model, for programs."""
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


def _print_json(value: object) -> None:
    sys.stdout.writelines((_json(value), "\n"))


def _json(value: object) -> str:
    """ASCII, so that no terminal can be steered by it and no encoding lacks a letter."""
    return json.dumps(value, indent=2)
