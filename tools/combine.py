"""Combine finished runs into one network, an ensemble: `python -m tools.combine RUN RUN --name NAME`.

The new network has the bodies of all runs and one head, whose logits are the mean of theirs, so its prediction is their
average in log space. It is more accurate than each run alone, because their errors differ. The result is a finished run
like any other, which can be calibrated and converted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

LOGITS = "logits"
"""The name of the last layer of every network in `tools.training.networks`."""


def main(words: list[str] | None = None) -> int:
    """Combine and return the exit code."""
    args = _parser().parse_args(words)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from tools.console import quiet_tensorflow
    from tools.training.trial import TrialError

    quiet_tensorflow()
    try:
        combined = combine(args.runs, args.runs[0].parent / args.name)
    except (TrialError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{combined} is ready; calibrate it before it is converted.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Combine finished runs into one network of several bodies and one head."
    )
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of finished runs, two or more")
    parser.add_argument("--name", required=True, help="the new run's name; it is created beside the first run")
    return parser


def combine(runs: Sequence[Path], target: Path) -> Path:
    """Write the combined network of `runs` and its record into the new folder `target`; return the folder.

    Raises:
        TrialError: a run is not finished, the runs are incompatible, or `target` exists already.
        OSError: the folder cannot be written.
    """
    import keras

    from tools.training.run_folder import RunFolder
    from tools.training.trial import TrialError

    if len(runs) < 2:
        raise TrialError("One run alone is its own network: name two or more.")
    if target.exists():
        raise TrialError(f"{target} is there already: choose another --name, or remove it.")
    records = {run.name: RunFolder(run).record() for run in runs}
    _check_compatible(records)
    networks = [keras.models.load_model(run / "model.keras") for run in runs]
    target.mkdir(parents=True)
    RunFolder(target).finish(combined_network(networks), combined_record(records))
    return target


def combined_network(networks: Sequence[keras.Model]) -> keras.Model:
    """Return one network whose logits are the mean of those of `networks`, which take the same input."""
    import keras
    import numpy as np

    faces = keras.Input(networks[0].input_shape[1:], name="faces")
    heads = [network.get_layer(LOGITS) for network in networks]
    bodies = [
        keras.Model(network.input, head.input, name=f"body_{number}")
        for number, (network, head) in enumerate(zip(networks, heads, strict=True))
    ]
    features = keras.layers.Concatenate(name="found")([body(faces) for body in bodies])
    head = keras.layers.Dense(heads[0].units, dtype="float32", name=LOGITS)
    combined = keras.Model(faces, head(features), name="joined")
    weights, biases = zip(*(each.get_weights() for each in heads), strict=True)
    head.set_weights([np.concatenate(weights) / len(heads), np.mean(biases, axis=0)])
    return combined


def combined_record(records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the record of a network combined from runs with these `records`, which it includes by name."""
    first, count = next(iter(records.values())), len(records)

    def mean(name: str) -> list[float]:
        columns = zip(*(record[name] for record in records.values()), strict=True)
        return [round(sum(column) / count, 6) for column in columns]

    kept: dict[str, Any] = {name: first[name] for name in ("trial", "emotions", "faces") if name in first}
    return {**kept, "prior": mean("prior"), "offsets": mean("offsets"), "figures": {}, "joined": records}


def _check_compatible(records: dict[str, dict[str, Any]]) -> None:
    from tools.training.trial import TrialError

    def requirements(record: dict[str, Any]) -> str:
        network = record["trial"]["network"]
        return json.dumps((record["emotions"], record["trial"]["faces"], network["size"], network["scaling"]))

    first, *others = records
    for name in others:
        if requirements(records[name]) != requirements(records[first]):
            raise TrialError(
                f"{name} and {first} do not fit together: emotions, faces held out, size and scaling must be the same."
            )
    if len({record["trial"]["network"]["name"] for record in records.values()} - {"residual_se"}):
        raise TrialError("Only networks that end in one dense layer can be joined (residual_se).")


if __name__ == "__main__":
    sys.exit(main())
