"""Calibrate a finished run on the faces it held out: `python -m tools.calibrate runs/NAME --data PATH`.

Writes two files beside `model.keras`: `calibrated.keras`, whose softmax is the expected share of viewers, and
`card.json`, the draft of its card with everything that scoring needs. `tools/convert_keras.py` turns them into a model
for the coach.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def main(words: list[str] | None = None) -> int:
    """Calibrate and return the exit code."""
    args = _parser().parse_args(words)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from tools.console import quiet_tensorflow
    from tools.datasets.fer import DataError

    quiet_tensorflow()
    try:
        card = calibrate(args.run, args.data, args.name or args.run.name, args.keep_balance)
    except (DataError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    metrics = card["measured"]["held_out"]
    print(f"power {card['power']}, temperature {card['calibration']['temperature']}, held out: {json.dumps(metrics)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Calibrate a finished training run and draft its card.")
    parser.add_argument("run", type=Path, help="the folder of a finished run")
    parser.add_argument("--data", type=Path, required=True, help="FER-2013 with votes, as it was trained on")
    parser.add_argument("--name", help="the model's name (default: the run's)")
    parser.add_argument(
        "--keep-balance",
        action="store_true",
        help="fit the temperature alone, so that the balance of the emotions stays as the run's targets taught it",
    )
    return parser


def calibrate(run: Path, data: Path, name: str, keep_balance: bool = False) -> dict[str, Any]:
    """Write `calibrated.keras` and `card.json` into `run` and return the draft of the card.

    Raises:
        DataError, OSError, ValueError: the run or the faces cannot be read, or the faces have no votes.
    """
    import keras

    from tools.training import calibration
    from tools.training.batches import scale
    from tools.training.metrics import card_metrics, softmax
    from tools.training.run import split
    from tools.training.run_folder import MODEL, RECORD
    from tools.training.trial import Trial

    record = json.loads((run / RECORD).read_text(encoding="utf-8"))
    trial = Trial.model_validate(record["trial"])
    training, held_out = (faces.pick(faces.voted) for faces in split(trial, data))
    if not len(held_out) or not len(training):
        raise ValueError(f"{data} has no votes: a model is calibrated against viewers")
    model, offsets = keras.models.load_model(run / MODEL), np.array(record["offsets"], np.float32)
    inputs = scale(held_out.faces, trial.network.size, trial.network.scaling)
    logits = model.predict(inputs, batch_size=256, verbose=0) + offsets
    temperature, bias = _fit(logits, held_out.shares, keep_balance)
    _fold_into_last_layer(model, offsets, temperature, bias)
    model.save(run / "calibrated.keras")

    shares, prior = softmax(logits * temperature + bias), training.shares.mean(0)
    viewers, power = held_out.shares, calibration.choose_power(shares, held_out.shares, prior)
    card = {
        "name": name,
        "labels": record["emotions"],
        "input": _input(trial.network.size, trial.network.scaling),
        "prior": [round(float(share), 4) for share in prior],
        "power": power,
        "meaning": "viewers",
        "floor": calibration.fit_floor(shares, viewers, prior, power),
        "reliability": calibration.recall_and_precision(shares, viewers, prior, power),
        "evidence": calibration.fit_evidence(shares, viewers, prior, power),
        "calibration": {
            "temperature": round(temperature, 4),
            "bias": [round(float(each), 4) for each in bias],
            "faces": len(held_out),
        },
        "trained": record,
        "measured": {"held_out": card_metrics(shares, held_out, prior, power)},
    }
    (run / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card


def _fit(
    logits: NDArray[np.float32], viewers: NDArray[np.float32], keep_balance: bool
) -> tuple[float, NDArray[np.float32]]:
    from tools.training.calibration import fit_calibration, fit_temperature

    if keep_balance:
        return fit_temperature(logits, viewers), np.zeros(logits.shape[1], np.float32)
    return fit_calibration(logits, viewers)


def _input(size: int, scaling: str) -> dict[str, Any]:
    return {"width": size, "height": size, "channels": 1, "layout": "NHWC", "scaling": scaling}


def _fold_into_last_layer(
    model: Any,  # noqa: ANN401 - Keras has no types
    offsets: NDArray[np.float32],
    temperature: float,
    bias: NDArray[np.float32],
) -> None:
    """Change the weights of the last layer so that it gives temperature × (logits + offsets) + bias."""
    layer = model.get_layer("logits")
    weights, old_bias = layer.get_weights()
    layer.set_weights([weights * temperature, (old_bias + offsets) * temperature + bias])


if __name__ == "__main__":
    sys.exit(main())
