"""ONNX Runtime sessions with one thread on the CPU, without log output and telemetry.

Since 1.29 the official builds of ONNX Runtime send telemetry about each session. If the variable is set before the
import they send nothing, and store no identifier in the user's cache folder (microsoft/onnxruntime, pull request
27379). The call below turns off telemetry on Windows. No other module of the coach imports onnxruntime.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

from coach.base.errors import ModelError
from coach.base.messages import mark, tr
from coach.base.text import clean

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort  # must follow the line above

ort.disable_telemetry_events()

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_FATAL_ONLY: Final = 4


def open_session(data: bytes, name: str) -> ort.InferenceSession:
    """Open a session for the ONNX model in `data`.

    One thread: two were three times slower at eight faces and more, and idle threads that spin slow the decoder down.

    Raises:
        ModelError: ONNX Runtime cannot load the model; the message calls it `name`.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Otherwise the runtime would also load its own format, which the scan of a model does not read.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.log_severity_level = _FATAL_ONLY
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's exceptions have no common base
        raise ModelError(tr("{name} cannot be loaded: {reason}", name=name, reason=first_line(error))) from error


def run_within(
    session: ort.InferenceSession, output: str, inputs: dict[str, NDArray[np.float32]], limit_s: float
) -> NDArray[np.float32]:
    """Run the model and return `output`; the runtime ends it between two operators after `limit_s` seconds.

    Raises:
        TimeoutError: the run took longer.
    """
    options = ort.RunOptions()
    timer = threading.Timer(limit_s, lambda: setattr(options, "terminate", True))
    timer.daemon = True
    timer.start()
    try:
        result: NDArray[np.float32] = session.run([output], inputs, options)[0]
    except Exception as error:
        if options.terminate:
            raise TimeoutError(tr("reading one face took longer than {seconds:g} s", seconds=limit_s)) from error
        raise
    finally:
        timer.cancel()
    return result


def check_shape(tensor: str, actual: Sequence[object], expected: Sequence[int]) -> None:
    """Check the shape of a tensor: a free batch dimension, then `expected`.

    Raises:
        ModelError: the shapes differ, or the batch size is fixed; the message calls the tensor `tensor`.
    """
    batch = actual[0] if actual else None
    if list(actual[1:]) != list(expected) or isinstance(batch, int):
        shape = f"({', '.join(map(str, actual))})"
        needed = f"(batch, {', '.join(map(str, expected))})"
        message = mark("{tensor} must have the shape {needed}, it has {shape}.")
        raise ModelError(tr(message, tensor=tensor, needed=needed, shape=shape))


def first_line(error: Exception) -> str:
    """The first line of an ONNX Runtime exception, cleaned and shortened for a message."""
    return clean(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)
