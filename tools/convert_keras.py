"""Convert a Keras emotion model to ONNX with its card, after a check that both give the same outputs.

    pip install 'coach[convert]'
    python tools/convert_keras.py emotion_model.hdf5 card.json
    python -m tools.convert_keras runs/audience --name audience_float --int8 audience --faces fer2013.csv

MODEL is a .h5, .hdf5 or .keras file or a SavedModel folder; CARD describes its input and outputs (docs/model.md), and
the card of an earlier conversion can be used again. Or MODEL is the folder of a finished training run, which needs no
card. --int8 and --fp16 also write a smaller copy (default name: NAME-int8), if its outputs nearly match those of
the float model. The model is not trusted: one that contains code is refused.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OPSET = 17


def main(argv: Sequence[str] | None = None) -> int:
    """Convert as the command line says; return 0 when the files were written, 1 with a reason when not."""
    from tools.console import quiet_tensorflow
    from tools.conversion.model_files import ConversionError

    args = _parser().parse_args(argv)
    quiet_tensorflow()
    try:
        path = _convert_model(args)
        print(f"written: {path} and its card")
        for copy, measured in _smaller_copies(path, args):
            print(f"written: {copy} and its card\n{_listed(measured)}")
    except ConversionError as error:
        print(f"not converted: {error}", file=sys.stderr)
        return 1
    return 0


def _convert_model(args: argparse.Namespace) -> Path:
    """Convert the float model and return its path."""
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


def _smaller_copies(path: Path, args: argparse.Namespace) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Write each requested copy; yield its path and its measurements."""
    from tools.conversion.calibration_faces import open_faces, open_take_faces
    from tools.conversion.model_files import ConversionError, read_draft
    from tools.conversion.quantise import PRECISIONS, write_smaller_copy

    wanted = [precision for precision in PRECISIONS if getattr(args, precision) is not None]
    if "int8" in wanted and not args.faces:
        raise ConversionError("int8 needs faces to calibrate on; name some with --faces")
    if wanted:
        _, card = read_draft(path.with_suffix(".json"))
        faces = open_faces(args.faces, card) if args.faces else open_take_faces(card, args.take)
        for precision in wanted:
            yield write_smaller_copy(path, precision, faces, getattr(args, precision) or f"{path.stem}-{precision}")


def _listed(measured: dict[str, Any]) -> str:
    return "\n".join(f"  {name.replace('_', ' ')}: {value}" for name, value in measured.items())


def _parser() -> argparse.ArgumentParser:
    from coach.base.files import sample_take

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help=".h5, .hdf5, .keras, a SavedModel folder, or a training run's folder")
    parser.add_argument("card", type=Path, nargs="?", help="the card as JSON; file and sha256 are filled in")
    parser.add_argument("--name", help="the model's name (default: the card's, or the run's folder)")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder to write to (default: models)")
    parser.add_argument("--take", type=Path, default=sample_take(), help="a video whose faces the models must agree on")
    parser.add_argument("--opset", type=int, default=OPSET, help=f"ONNX operator set (default: {OPSET})")
    for precision, description in (
        ("int8", "with weights and activations of 8 bits, calibrated on --faces"),
        ("fp16", "in float16, half the size"),
    ):
        parser.add_argument(f"--{precision}", nargs="?", const="", metavar="NAME", help=f"also a copy {description}")
    parser.add_argument("--faces", type=Path, help="FER-2013, LABEL/*.jpg or a folder of pictures, for the copies")
    return parser


def convert(
    source: Path, draft: Path, models: Path, take: Path, opset: int = OPSET, name: str | None = None
) -> tuple[Path, float]:
    """Convert `source` with the card `draft` into the folder `models`, and compare the two on faces of `take`.

    `name` replaces the card's name. Returns the path of the model and the largest difference in a probability.

    Raises:
        ConversionError: with the reason; then nothing was written.
    """
    from tools.conversion import parity
    from tools.conversion.keras_model import load_keras, with_softmax
    from tools.conversion.model_files import ConversionError, read_draft, write_model
    from tools.conversion.onnx_export import to_onnx

    fields, card = read_draft(draft)
    fields |= {"name": name} if name else {}
    network = load_keras(source)
    model = to_onnx(
        network, card, opset
    )  # export first, because a network that ONNX can express is safe to run in Keras
    crops = parity.comparison_crops(card, take)
    kind = parity.output_kind(parity.predict_keras(network.call, card, crops))
    if kind == "scores":
        raise ConversionError(
            "the model gives a score from 0 to 1 for each label, not shares of 1; train it with a softmax"
        )
    if kind == "logits":
        network = with_softmax(network)
        model = to_onnx(network, card, opset)
    proof = parity.prove_parity(network, model, card, crops)
    return write_model(model, fields | {"parity": proof}, models), proof["max_probability_difference"]


if __name__ == "__main__":
    raise SystemExit(main())
