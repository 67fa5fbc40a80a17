"""ONNX Runtime the way the coach uses it: one quiet thread on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.base.errors import ModelError
from coach.base.text import clean
from coach.perception.runtime import ort

if TYPE_CHECKING:
    from collections.abc import Sequence

_FATAL_ONLY = 4


def open_session(data: bytes, name: str) -> ort.InferenceSession:
    """A session on the ONNX model in `data`.

    One thread: two were three times slower at eight faces and more, and idle threads that spin steal from the decoder.

    Raises:
        ModelError: ONNX Runtime cannot load it; names the model `name`.
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
    """Check a tensor's `found` shape, batch first, against the `wanted` rest.

    Raises:
        ModelError: they differ, or the batch is fixed.
    """
    batch = found[0] if found else None
    if list(found[1:]) != list(wanted) or isinstance(batch, int):
        raise ModelError(f"{what} must have the shape (batch, {', '.join(map(str, wanted))}), it has {_shape(found)}.")


def _shape(found: Sequence[object]) -> str:
    return f"({', '.join(str(each) for each in found)})"


def first_line(error: Exception) -> str:
    """What an exception of the runtime says, short enough for a message."""
    return clean(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)
