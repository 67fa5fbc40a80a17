"""Turn a Keras emotion model into ONNX with its card, proven equal before anything is written.

    pip install 'coach[convert]'
    python tools/convert_keras.py emotion_model.hdf5 card.json
    python -m tools.convert_keras runs/audience --name audience_float --int8 audience --faces fer2013.csv

MODEL is a .h5, .hdf5 or .keras file or a SavedModel folder; CARD says what the model takes and gives (docs/model.md),
and the card of an earlier conversion serves again. Or MODEL is the folder of a finished training run, which needs no
card. With --int8 or --fp16 a smaller copy is made beside it, called NAME-int8 where it gets no name, if it answers as
the float model does. Nothing in the model is trusted: what carries code is refused.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OPSET = 17


def main(argv: Sequence[str] | None = None) -> int:
    """Convert as the command line says; 0 when the files were written, 1 with a reason when not."""
    from tools.console import quiet_tensorflow
    from tools.conversion.model_files import ConversionError

    args = _parser().parse_args(argv)
    quiet_tensorflow()
    try:
        path = _whole(args)
        print(f"written: {path} and its card")
        for copy, found in _smaller(path, args):
            print(f"written: {copy} and its card\n{_told(found)}")
    except ConversionError as error:
        print(f"not converted: {error}", file=sys.stderr)
        return 1
    return 0


def _whole(args: argparse.Namespace) -> Path:
    """The float model, converted as the command line says."""
    from tools.conversion.model_files import ConversionError, read_fields
    from tools.conversion.training_run import convert_run, is_run

    if is_run(args.model):
        if args.card:
            raise ConversionError(f"{args.model} is a training run, whose card follows from it; leave {args.card} out")
        path = convert_run(args.model, args.models, args.name or args.model.resolve().name, args.take, args.opset)
        worst = read_fields(path.with_suffix(".json"))["parity"]["max_probability_difference"]
    elif args.card:
        path, worst = convert(args.model, args.card, args.models, args.take, args.opset, args.name)
    else:
        raise ConversionError(f"{args.model} is no training run (it has no run.json); give its card, see docs/model.md")
    print(f"largest difference of a probability: {worst:.1e}")
    return path


def _smaller(path: Path, args: argparse.Namespace) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The smaller copies asked for, each written and measured."""
    from tools.conversion.calibration_faces import faces_of_take, open_faces
    from tools.conversion.model_files import ConversionError, read_draft
    from tools.conversion.quantise import KINDS, shrink

    kinds = [kind for kind in KINDS if getattr(args, kind) is not None]
    if "int8" in kinds and not args.faces:
        raise ConversionError("int8 needs faces to calibrate on; name some with --faces")
    if kinds:
        _, card = read_draft(path.with_suffix(".json"))
        faces = open_faces(args.faces, card) if args.faces else faces_of_take(card, args.take)
        for kind in kinds:
            yield shrink(path, kind, faces, getattr(args, kind) or f"{path.stem}-{kind}")


def _told(found: dict[str, Any]) -> str:
    return "\n".join(f"  {name.replace('_', ' ')}: {value}" for name, value in found.items())


def _parser() -> argparse.ArgumentParser:
    from coach.base.assets import sample_take

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help=".h5, .hdf5, .keras, a SavedModel folder, or a training run's folder")
    parser.add_argument("card", type=Path, nargs="?", help="the card as JSON; file and sha256 are filled in")
    parser.add_argument("--name", help="the model's name (default: the card's, or the run's folder)")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder to write to (default: models)")
    parser.add_argument("--take", type=Path, default=sample_take(), help="a video on whose faces the two are compared")
    parser.add_argument("--opset", type=int, default=OPSET, help=f"ONNX operator set (default: {OPSET})")
    for kind, what in (
        ("int8", "in whole numbers, calibrated on --faces"),
        ("fp16", "of half the size, in floats of 16 bits"),
    ):
        parser.add_argument(f"--{kind}", nargs="?", const="", metavar="NAME", help=f"also a copy {what}")
    parser.add_argument("--faces", type=Path, help="FER-2013, LABEL/*.jpg or a folder of pictures, for the copies")
    return parser


def convert(
    source: Path, draft: Path, models: Path, take: Path, opset: int = OPSET, name: str | None = None
) -> tuple[Path, float]:
    """Convert `source` with the card `draft` into the folder `models`, comparing the two on faces of `take`.

    `name` replaces the card's.

    Returns the written model and the largest difference of a probability.

    Raises:
        ConversionError: with the reason; then nothing was written.
    """
    import numpy as np

    from tools.conversion import parity
    from tools.conversion.keras_model import load_keras
    from tools.conversion.model_files import ConversionError, publish, read_draft
    from tools.conversion.onnx_export import to_onnx, with_softmax

    fields, card = read_draft(draft)
    fields |= {"name": name} if name else {}
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
