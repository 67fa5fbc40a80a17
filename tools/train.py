"""Train an emotion model: `python -m tools.train NAME --data PATH`, where NAME is a file in `tools/trials`.

A killed run resumes after its last whole epoch when the same command is given again.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from tools.training.trial import Trial


def main(words: list[str] | None = None) -> int:
    """Train and return the exit code."""
    args = _parser().parse_args(words)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from tools.datasets.fer import DataError
    from tools.training.trial import TrialError

    try:
        return _list_trials() if args.list else _train(args)
    except (DataError, TrialError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _train(args: argparse.Namespace) -> int:
    from tools.console import quiet_tensorflow
    from tools.training.trial import TrialError, read_trial, with_changes

    if args.trial is None or args.data is None:
        raise TrialError("Name a trial and, with --data, the faces to learn from; --list shows the trials.")
    trial = read_trial(args.trial)
    trial = with_changes(trial, _changes(args, trial))
    quiet_tensorflow()
    if trial.precision == "mixed_bfloat16":
        # bfloat16 is slow without oneDNN, which must be enabled before TensorFlow is imported. `quiet_tensorflow` turns
        # it off for other precisions, in which TensorFlow 2.21 was seen to corrupt its heap in separable convolutions.
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
    from tools.training.run import train

    folder = train(trial, args.data, args.runs, args.name or Path(args.trial).stem)
    print(f"{folder / 'model.keras'} is ready; its figures are in {folder / 'run.json'}.")
    return 0


def _list_trials() -> int:
    from tools.training.trial import TRIALS, read_trial

    for name in sorted(path.stem for path in TRIALS.glob("*.toml")):
        print(f"{name:<12} {read_trial(name).about}")
    return 0


def _changes(args: argparse.Namespace, trial: Trial) -> dict[str, Any]:
    """Return the changes that the command line makes to `trial`, in the structure of its TOML."""
    changes: dict[str, Any] = {}
    if args.epochs is not None:
        changes["epochs"] = args.epochs
    if args.limit is not None:
        changes["faces"] = {"limit": args.limit}
    targets: dict[str, Any] = {}
    if args.drop:
        targets["drop"] = [*trial.targets.drop, *_comma_separated(args.drop)]
    if args.only:
        targets["only"] = _comma_separated(args.only)
    return {**changes, "targets": targets}


def _comma_separated(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train an emotion model as a trial says.")
    parser.add_argument("trial", nargs="?", help="a trial's name, or the path of a TOML file")
    parser.add_argument("--list", action="store_true", help="show the trials")
    parser.add_argument("--data", type=Path, help="FER-2013: fer2013.csv, or a folder with it")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="the folder of all runs (default: runs)")
    parser.add_argument("--name", help="the run's name (default: the trial's)")
    parser.add_argument("--epochs", type=int, help="another number of epochs")
    parser.add_argument("--limit", type=int, help="use only this many faces, for a short run")
    parser.add_argument("--drop", default="", help="more emotions to leave out, for example disgust")
    parser.add_argument("--only", default="", help="the only emotions to distinguish, for example sad,fear")
    return parser


if __name__ == "__main__":
    sys.exit(main())
