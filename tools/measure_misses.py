"""Count how often a model misses a right expression: `python -m tools.measure_misses MODEL --pictures P --features F`.

    python -m tools.measure_misses audience --pictures portraits --features actors.npz
    python -m tools.measure_misses audience --pictures portraits --features actors.npz --write

Each face is judged under its own tag, at standard strictness, as a line that consists of this face alone. A miss is
the verdict *miss*. `--write` puts the counts and their source into the model's card, from which reports quote them.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.core.reading.card import Misses, ModelCard
    from coach.perception.classifier import OnnxClassifier

FIELDS: Final = ("probabilities", "label", "actor")
"""Arrays that a file of features must have."""


@dataclass(frozen=True)
class LabelledReadings:
    """Even-handed probabilities (N, 7) of N faces, their labels (N,) as indices into `EMOTIONS`, and their source."""

    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]
    source: str


def main(words: list[str] | None = None) -> int:
    """Count, print, and return the exit code."""
    args = _parser().parse_args(words)
    from coach.base.errors import CoachError
    from coach.perception.models import find_model
    from coach.perception.pipeline import load_model
    from tools.datasets.fer import DataError

    try:
        path = find_model(args.model)
        model = load_model(path)
        sets = [read_pictures(args.pictures, model)] if args.pictures else []
        sets += [read_features(args.features, model.card)] if args.features else []
        if not sets:
            raise DataError("There is nothing to measure; give --pictures, --features or both.")
        misses = count_misses(model.card, sets)
    except CoachError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for emotion, (missed, faces) in misses.counts.items():
        print(f"{emotion:<9} {missed:>3} of {faces:>3} missed")
    print(f"counted on {misses.source}")
    if args.write:
        _write(path.with_suffix(".json"), misses)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Count how often a model misses a right expression.")
    parser.add_argument("model", metavar="MODEL", help="path of an .onnx file with its card, or a name in models/")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="pictures in folders by label: LABEL/*.jpg")
    parser.add_argument(
        "--features",
        type=Path,
        metavar="FILE.npz",
        help="what the model said of faces: probabilities (N, 7), label (N,), actor (N,)",
    )
    parser.add_argument("--write", action="store_true", help="put the counts into the model's card")
    return parser


def read_pictures(folder: Path, model: OnnxClassifier) -> LabelledReadings:
    """Read labelled pictures by the coach's own detector, crop and model.

    Raises:
        DataError, OSError: the pictures cannot be read.
    """
    from tools.datasets.evaluation_set import open_set
    from tools.evaluation.predictions import predict_crops, to_even_handed

    faces = open_set(folder, model, "folders", "public", False)
    probabilities = to_even_handed(predict_crops(model, faces.crops), model.card)
    return LabelledReadings(probabilities, faces.labels, f"{len(faces)} portraits labelled by one person")


def read_features(path: Path, card: ModelCard) -> LabelledReadings:
    """Read what the model of `card` said of faces, before its prior is taken out.

    Raises:
        DataError, OSError: the file cannot be read.
    """
    from coach.base.types import EMOTIONS
    from tools.datasets.fer import DataError
    from tools.evaluation.predictions import to_even_handed

    try:
        with np.load(path, allow_pickle=False) as arrays:
            probabilities, labels, actors = (arrays[name] for name in FIELDS)
    except (ValueError, KeyError, EOFError) as error:
        raise DataError(f"{path} is no file of features: it needs the arrays {', '.join(FIELDS)}.") from error
    rows, people = len(labels), len(set(actors.tolist()))
    if probabilities.shape != (rows, len(EMOTIONS)) or not np.isin(labels, range(len(EMOTIONS))).all():
        raise DataError(f"{path}: probabilities must be (N, {len(EMOTIONS)}), and labels 0 to {len(EMOTIONS) - 1}.")
    readings = to_even_handed(probabilities.astype(np.float64), card)
    return LabelledReadings(readings, labels.astype(np.int64), f"{rows} posed pictures of {people} people")


def count_misses(card: ModelCard, sets: list[LabelledReadings]) -> Misses:
    """Count the faces and the misses of each emotion.

    Raises:
        DataError: the card has no evidence, so there are no verdicts by viewers.
    """
    from coach.base.types import EMOTIONS
    from coach.core.reading.card import Misses
    from tools.datasets.fer import DataError

    if card.evidence is None:
        raise DataError(f"The card of {card.name} has no evidence, so it gives no verdicts by viewers.")
    counts = {emotion: [0, 0] for emotion in EMOTIONS}
    for each in sets:
        for probabilities, label in zip(each.probabilities.tolist(), each.labels.tolist(), strict=True):
            count = counts[EMOTIONS[label]]
            count[0] += _is_missed(card, probabilities, label)
            count[1] += 1
    known = {emotion: (missed, faces) for emotion, (missed, faces) in counts.items() if faces}
    return Misses(counts=known, source=" and ".join(each.source for each in sets))


def _is_missed(card: ModelCard, probabilities: list[float], label: int) -> bool:
    """Whether a line that is this face alone is a miss under its own tag."""
    from coach.base.types import EMOTIONS
    from coach.core.scoring.evidence import log_odds_each, weigh
    from coach.core.scoring.norms import threshold
    from coach.core.scoring.verdict import verdict_of
    from coach.core.script.targets import Part

    assert card.evidence is not None
    if max(probabilities) < card.floor:
        return False  # the model abstains: such a line is not scored
    emotion, odds = EMOTIONS[label], log_odds_each(probabilities)
    baseline = [card.evidence.neutral[each] for each in EMOTIONS]
    evidence = weigh(card.evidence, baseline, Part((emotion,)), odds, odds[label])
    read = max(range(len(EMOTIONS)), key=lambda index: probabilities[index])
    return verdict_of(evidence, threshold(card.evidence, emotion), float(read == label)) == "miss"


def _write(path: Path, misses: Misses) -> None:
    from tools.conversion.model_files import card_text

    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(card_text(card | {"misses": misses.model_dump(mode="json")}), encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    sys.exit(main())
