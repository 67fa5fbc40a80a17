"""ONNX Runtime as the coach runs it: one thread on the CPU, no log output, no telemetry.

From 1.29 on its official builds report each session to their maker. With the variable set before the import they send
nothing, and leave no identifier in the user's cache folder either (microsoft/onnxruntime, pull request 27379). The call
below turns off what is collected on Windows. No other module of the coach imports onnxruntime.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from coach.base.errors import ModelError
from coach.base.text import clean

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort  # only after the line above

ort.disable_telemetry_events()

if TYPE_CHECKING:
    from collections.abc import Sequence

_FATAL_ONLY: Final = 4


def open_session(data: bytes, name: str) -> ort.InferenceSession:
    """A session on the ONNX model in `data`.

    One thread: two were three times slower at eight faces and more, and idle threads that spin slow the decoder down.

    Raises:
        ModelError: ONNX Runtime cannot load the model; the message calls it `name`.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _FATAL_ONLY
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's exceptions have no common base
        raise ModelError(f"{name} cannot be loaded: {first_line(error)}") from error


def check_shape(what: str, found: Sequence[object], wanted: Sequence[int]) -> None:
    """Check a tensor's `found` shape: a free batch dimension, then `wanted`.

    Raises:
        ModelError: the shapes differ, or the batch size is fixed.
    """
    batch = found[0] if found else None
    if list(found[1:]) != list(wanted) or isinstance(batch, int):
        shape = f"({', '.join(map(str, found))})"
        raise ModelError(f"{what} must have the shape (batch, {', '.join(map(str, wanted))}), it has {shape}.")


def first_line(error: Exception) -> str:
    """The first line of an exception of the runtime, cleaned and shortened for a message."""
    return clean(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)
