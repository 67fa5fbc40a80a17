"""Calibrate a finished run on the faces it held out: `python -m tools.calibrate runs/NAME --data PATH`.

Beside `model.keras` it writes `calibrated.keras`, whose softmax is the share of viewers to expect, and `card.json`, the
draft of its card with everything that scoring needs. `tools/convert_keras.py` turns the two into a model of the coach.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def main(words: list[str] | None = None) -> int:
    """Calibrate; gives the exit code."""
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
    figures = card["measured"]["held_out"]
    print(f"power {card['power']}, temperature {card['calibration']['temperature']}, held out: {json.dumps(figures)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Calibrate a finished training and draft its card.")
    parser.add_argument("run", type=Path, help="the folder of a finished run")
    parser.add_argument("--data", type=Path, required=True, help="FER-2013 with votes, as it was trained on")
    parser.add_argument("--name", help="the model's name (default: the run's)")
    parser.add_argument(
        "--keep-balance",
        action="store_true",
        help="fit the temperature alone: the balance of the emotions stays as the run's targets taught it",
    )
    return parser


def calibrate(run: Path, data: Path, name: str, keep_balance: bool = False) -> dict[str, Any]:
    """Write `calibrated.keras` and `card.json` into `run`, and give the card's draft.

    Raises:
        DataError, OSError, ValueError: the run or the faces cannot be read, or nobody voted on them.
    """
    import keras

    from tools.training.batches import scale
    from tools.training.calibration import choose_power, fit_evidence, floor_of, reliability_of
    from tools.training.metrics import softmax, summary
    from tools.training.run import split
    from tools.training.run_folder import MODEL, RECORD
    from tools.training.trial import Trial

    record = json.loads((run / RECORD).read_text(encoding="utf-8"))
    trial = Trial.model_validate(record["trial"])
    learnt, held = split(trial, data)
    held, learnt = held.pick(held.voted), learnt.pick(learnt.voted)
    if not len(held) or not len(learnt):
        raise ValueError(f"{data} has no votes: a model is calibrated against viewers")
    model = keras.models.load_model(run / MODEL)
    inputs = scale(held.faces, trial.network.size, trial.network.scaling)
    logits = model.predict(inputs, batch_size=256, verbose=0) + np.array(record["offsets"], np.float32)
    temperature, bias = _fitted(logits, held.shares, keep_balance)
    shares = softmax(logits * temperature + bias)
    prior = learnt.shares.mean(0)
    power = choose_power(shares, held.shares, prior)
    _fold(model, np.array(record["offsets"], np.float32), temperature, bias)
    model.save(run / "calibrated.keras")
    card = {
        "name": name,
        "labels": record["emotions"],
        "input": _input(trial.network.size, trial.network.scaling),
        "prior": [round(float(share), 4) for share in prior],
        "power": power,
        "meaning": "viewers",
        "floor": floor_of(shares, held.shares, prior, power),
        "reliability": reliability_of(shares, held.shares, prior, power),
        "evidence": fit_evidence(shares, held.shares, prior, power),
        "calibration": {
            "temperature": round(temperature, 4),
            "bias": [round(float(each), 4) for each in bias],
            "faces": len(held),
        },
        "trained": record,
        "measured": {"held_out": summary(shares, held, prior, power)},
    }
    (run / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card


def _fitted(
    logits: NDArray[np.float32], viewers: NDArray[np.float32], keep_balance: bool
) -> tuple[float, NDArray[np.float32]]:
    from tools.training.calibration import fit_calibration, fit_temperature

    if keep_balance:
        return fit_temperature(logits, viewers), np.zeros(logits.shape[1], np.float32)
    return fit_calibration(logits, viewers)


def _input(size: int, scaling: str) -> dict[str, Any]:
    return {"width": size, "height": size, "channels": 1, "layout": "NHWC", "scaling": scaling}


def _fold(model: Any, offsets: NDArray[np.float32], temperature: float, bias: NDArray[np.float32]) -> None:  # noqa: ANN401
    """Put the calibration into the weights of the last layer: temperature × (logits + offsets) + bias."""
    layer = model.get_layer("logits")
    weights, old = layer.get_weights()
    layer.set_weights([weights * temperature, (old + offsets) * temperature + bias])


if __name__ == "__main__":
    sys.exit(main())
