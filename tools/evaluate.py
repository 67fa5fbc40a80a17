"""Evaluate an emotion model: `python -m tools.evaluate MODEL --data PATH`.

    python -m tools.evaluate mini_xception --data fer2013.csv
    python -m tools.evaluate my_model.onnx --data portraits --out figures
    python -m tools.evaluate my_model.onnx --compare mini_xception --data fer2013 --corruptions

Prints accuracy, precision, recall, F1, confusion, calibration, divergence from viewers' votes and the tag test. `--out`
also writes them as JSON, Markdown and PNG.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from coach.perception.classifier import OnnxClassifier


def main(words: list[str] | None = None) -> int:
    """Evaluate and return the exit code."""
    args = _parser().parse_args(words)
    from coach.base.errors import CoachError
    from tools.datasets.fer import DataError

    try:
        return _run(args)
    except CoachError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _run(args: argparse.Namespace) -> int:
    from tools.datasets.evaluation_set import open_set
    from tools.evaluation.report import show, wide_console, write
    from tools.evaluation.robustness import check_has_boxes, score_box_errors
    from tools.evaluation.scores import compare, evaluate

    if args.boxes_off:
        check_has_boxes(args.data, args.kind)
    evaluations = []
    for model in [_open(name) for name in (args.model, args.compare) if name]:
        dataset = open_set(args.data, model, args.kind, args.split, args.neutral)
        evaluation = evaluate(model, dataset, args.corruptions, args.resamples)
        shifted = score_box_errors(args.data, model, args.kind, args.boxes_off / 100) if args.boxes_off else ()
        evaluations.append(replace(evaluation, box_errors=shifted))
    comparisons = compare(*evaluations) if len(evaluations) == 2 else []
    show(evaluations, comparisons, wide_console())
    for path in write(evaluations, comparisons, args.out) if args.out else ():
        print(path)
    return 0


def _open(name: str) -> OnnxClassifier:
    """Open a model by its path, or by its name if it comes with the coach."""
    from coach.perception.models import find_model
    from coach.perception.pipeline import load_model

    return load_model(find_model(name))


def _parser() -> argparse.ArgumentParser:
    from tools.datasets import KINDS, SPLITS

    parser = argparse.ArgumentParser(description="Evaluate an emotion model on labelled faces or clips.")
    parser.add_argument("model", metavar="MODEL", help="path of an .onnx file with its card, or a name in models/")
    parser.add_argument("--compare", metavar="OTHER", help="a second model to compare with, by McNemar's exact test")
    parser.add_argument("--data", type=Path, required=True, help="FER-2013, CK+, LABEL/*.jpg or LABEL/*.mp4")
    parser.add_argument("--kind", choices=KINDS, help="of the data (default: detected from its files)")
    parser.add_argument("--split", choices=SPLITS, default="public", help="of FER-2013 (default: public)")
    parser.add_argument("--neutral", action="store_true", help="include the first frame of each CK+ sequence")
    parser.add_argument("--corruptions", action="store_true", help="also evaluate with noise, darkness, blur and so on")
    parser.add_argument(
        "--boxes-off",
        type=_percent,
        default=0,
        metavar="PERCENT",
        help="also evaluate pictures with the face's box off by so much",
    )
    parser.add_argument("--resamples", type=_count, default=1000, help="of the bootstrap (default: 1000)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write evaluation.json, evaluation.md and plots")
    return parser


def _percent(word: str) -> int:
    value = int(word)
    if not 0 <= value <= 50:
        raise argparse.ArgumentTypeError("must be from 0 to 50")
    return value


def _count(word: str) -> int:
    value = int(word)
    if not 10 <= value <= 100_000:
        raise argparse.ArgumentTypeError("must be from 10 to 100000")
    return value


if __name__ == "__main__":
    sys.exit(main())
