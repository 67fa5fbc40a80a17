"""Turn a Keras emotion model into ONNX with its card, proven equal before anything is written.

    pip install 'coach[convert]'
    python tools/convert_keras.py emotion_model.hdf5 card.json

MODEL is a .h5, .hdf5 or .keras file or a SavedModel folder; CARD says what the model takes and gives (docs/model.md),
and the card of an earlier conversion serves again. Nothing in the model is trusted: what carries code is refused.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OPSET = 17


def main(argv: Sequence[str] | None = None) -> int:
    """Convert as the command line says; 0 when the files were written, 1 with a reason when not."""
    from tools.model_files import ConversionError
    from tools.quiet import quiet_tensorflow

    args = _parser().parse_args(argv)
    quiet_tensorflow()
    try:
        path, worst = convert(args.model, args.card, args.models, args.take, args.opset)
    except ConversionError as error:
        print(f"not converted: {error}", file=sys.stderr)
        return 1
    print(f"largest difference of a probability: {worst:.1e}\nwritten: {path} and its card")
    return 0


def _parser() -> argparse.ArgumentParser:
    from coach.assets import sample_take

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help=".h5, .hdf5, .keras or a SavedModel folder")
    parser.add_argument("card", type=Path, help="the card as JSON; file and sha256 are filled in")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder to write to (default: models)")
    parser.add_argument("--take", type=Path, default=sample_take(), help="a video on whose faces the two are compared")
    parser.add_argument("--opset", type=int, default=OPSET, help=f"ONNX operator set (default: {OPSET})")
    return parser


def convert(source: Path, draft: Path, models: Path, take: Path, opset: int = OPSET) -> tuple[Path, float]:
    """Convert `source` with the card `draft` into the folder `models`, comparing the two on faces of `take`.

    Returns the written model and the largest difference of a probability.

    Raises:
        ConversionError: with the reason; then nothing was written.
    """
    import numpy as np

    from tools import parity
    from tools.keras_source import load_keras
    from tools.model_files import ConversionError, publish, read_draft
    from tools.to_onnx import to_onnx, with_softmax

    fields, card = read_draft(draft)
    network = load_keras(source)
    model = to_onnx(network, card, opset)  # before the source first runs: it holds nothing now that ONNX could not
    crops = np.concatenate([parity.random_crops(card), parity.face_crops(card, take)])
    answers = parity.ask_keras(network.call, card, crops)
    kind = parity.answer_kind(answers)
    if kind == "scores":
        raise ConversionError(
            "the model gives a score from 0 to 1 for each label, not shares of 1; train it with a softmax"
        )
    if kind == "logits":
        network = with_softmax(network)
        model, answers = to_onnx(network, card, opset), parity.ask_keras(network.call, card, crops)
    worst = parity.largest_difference(answers, parity.ask_onnx(model, card, crops))
    proof = {"max_probability_difference": worst, "random": parity.RANDOM, "faces": len(crops) - parity.RANDOM}
    return publish(model, fields | {"parity": proof}, models), worst


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # found from any folder, also uninstalled
    raise SystemExit(main())
