"""Convert a TFLite network to ONNX, and compare the two on the same inputs."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

Runner: TypeAlias = Any
"""A TFLite interpreter or an ONNX Runtime session; neither has types."""

OPSET = 17

TOLERANCE = 1e-4
"""Largest difference allowed between a TFLite and an ONNX output, relative to the output's largest value."""


def tflite_bytes(source: Path, *members: str) -> bytes:
    """Read a file from `source`: the file itself, or an archive that holds it.

    Args:
        source: the file, or an archive such as a wheel.
        *members: the path in the archive; further ones are the paths in that archive, and so on.

    Raises:
        ConversionError: the file cannot be read, or an archive lacks a member.
    """
    try:
        data = source.read_bytes()
        for member in members:
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    data = archive.read(member)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ConversionError(f"{source}: {error}") from error
    return data


def to_onnx(tflite: bytes) -> bytes:
    """Convert with tf2onnx at `OPSET`.

    Raises:
        ConversionError: tf2onnx cannot convert the model.
    """
    import tf2onnx

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.tflite"), Path(folder, "out.onnx")
        source.write_bytes(tflite)
        try:
            tf2onnx.convert.from_tflite(str(source), opset=OPSET, output_path=str(target))
        except Exception as error:
            raise ConversionError(f"tf2onnx cannot convert it: {type(error).__name__}: {error}") from error
        return target.read_bytes()


def interpreter(tflite: bytes) -> Runner:
    """TensorFlow Lite's interpreter of the model, ready to run.

    Raises:
        ConversionError: these bytes are no TFLite model.
    """
    import tensorflow as tf

    try:
        loaded = tf.lite.Interpreter(model_content=tflite)
        loaded.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise ConversionError(f"TensorFlow Lite cannot load it: {error}") from error
    return loaded


def worst_difference(
    tflite: bytes, model: bytes, outputs: Sequence[tuple[str, str]], inputs: Iterable[NDArray[np.float32]]
) -> float:
    """The largest relative difference between the TFLite model and its ONNX copy over all `inputs`.

    Args:
        tflite: the source.
        model: the ONNX copy, with one input.
        outputs: pairs of an output's name in the TFLite model and in the copy.
        inputs: each is the input of one run.
    """
    from coach.perception.onnx_session import open_session

    source, copy = interpreter(tflite), open_session(model, "the converted model")
    return max(_difference(source, copy, outputs, tensor) for tensor in inputs)


def _difference(source: Runner, copy: Runner, outputs: Sequence[tuple[str, str]], tensor: NDArray[np.float32]) -> float:
    import numpy as np

    source.set_tensor(source.get_input_details()[0]["index"], tensor)
    source.invoke()
    expected = {detail["name"]: source.get_tensor(detail["index"]) for detail in source.get_output_details()}
    actual = copy.run([name for _, name in outputs], {copy.get_inputs()[0].name: tensor})
    return max(
        float(np.abs(expected[name] - value).max() / max(1.0, np.abs(expected[name]).max()))
        for (name, _), value in zip(outputs, actual, strict=True)
    )


def check_tolerance(worst: float) -> None:
    """Refuse a copy that differs by more than `TOLERANCE`.

    Raises:
        ConversionError: it does.
    """
    if not worst <= TOLERANCE:
        raise ConversionError(f"ONNX and TFLite differ by {worst:.1e} (allowed {TOLERANCE:.0e})")
