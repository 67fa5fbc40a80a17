"""Evaluate the recognition of an actor's own face: `python -m tools.evaluate_actor --features FILE.npz`.

    python -m tools.evaluate_actor --features actors.npz --shots 1
    python -m tools.evaluate_actor --features actors.npz --spread

Compares everybody's model, the same centred on a person's faces, and K examples of each emotion of that person. Prints
tables, and at the end one JSON object a line per group. `tools/datasets/actors.py` describes the file's layout.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from coach.core.reading.card import ModelCard

DRAWS: Final = 200
"""Draws of examples, each with its own seed, of which the mean is reported."""

DEFAULT_SHOTS: Final = 2
"""Examples of each emotion; `coach calibrate` takes two."""


def main(words: list[str] | None = None) -> int:
    """Evaluate and return the exit code."""
    args = _parser().parse_args(words)
    from tools.datasets.fer import DataError

    try:
        return _run(args)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Evaluate the recognition of an actor's own face.")
    parser.add_argument("--features", type=Path, required=True, metavar="FILE.npz", help="faces of people as numbers")
    about = f"examples of each emotion of a person; the rest is judged (default: {DEFAULT_SHOTS})"
    parser.add_argument("--shots", type=_count, default=DEFAULT_SHOTS, metavar="K", help=about)
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="the first seed (default: 0)")
    parser.add_argument("--draws", type=_count, default=DRAWS, metavar="N", help=f"seeds (default: {DRAWS})")
    parser.add_argument("--spread", action="store_true", help="only print the spread of all people, for the coach")
    return parser


def _count(word: str) -> int:
    value = int(word)
    if not 1 <= value <= 10_000:
        raise argparse.ArgumentTypeError("must be from 1 to 10000")
    return value


def _seed(word: str) -> int:
    value = int(word)
    if value < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def _run(args: argparse.Namespace) -> int:
    from tools.datasets.actors import load_actors
    from tools.evaluation.actor_groups import as_row, evaluate_groups, even_odds, tables_of
    from tools.evaluation.own_face import learn_spread
    from tools.evaluation.report import show_tables, wide_console

    faces, card = load_actors(args.features), _card()
    if args.spread:
        spread = learn_spread(faces, even_odds(faces, card))
        print([round(value * 1e6) for value in spread.points.tolist()], round(spread.log_odds, 3))
        return 0
    results = evaluate_groups(faces, card, args.shots, range(args.seed, args.seed + args.draws))
    show_tables([table for result in results for table in tables_of(result)], wide_console())
    for result in results:
        print(json.dumps(as_row(result)))
    return 0


def _card() -> ModelCard:
    """The card of the shipped model, which made the probabilities."""
    from coach.core.reading.card import ModelCard
    from coach.perception.models import CLASSIFIER, shipped_path

    return ModelCard.model_validate_json(shipped_path(CLASSIFIER).with_suffix(".json").read_bytes())


if __name__ == "__main__":
    sys.exit(main())
