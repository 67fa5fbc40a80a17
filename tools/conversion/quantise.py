"""Smaller copies of an ONNX model: whole numbers of 8 bits, or floats of 16, measured before they are kept."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import InputCard, ModelCard

Kind = Literal["int8", "fp16"]
KINDS: Final[tuple[Kind, ...]] = ("int8", "fp16")

CALIBRATION_FACES: Final = 512
"""So many at most show the range of every activation."""

LEAST_AGREEMENT: Final = 0.95
"""A copy that names another emotion on more than one face in twenty is not kept (seen: 0.98 int8, 0.999 fp16)."""

LARGEST_LOSS: Final = 0.01
"""A copy that is right on a point less, by labels or viewers, is not kept."""

_BATCH: Final = 32
_REPEATS: Final = 200
_FLOAT_OPERATORS: Final = frozenset({"Softmax"})
"""Left in float: in steps of 1/256 seven probabilities do not sum to 1."""


@dataclass(frozen=True)
class Faces:
    """Faces for calibrating and for measuring.

    Attributes:
        title: what the measured ones are, in words.
        calibration: (N, height, width) uint8 grey, of the card's size.
        measured: (M, height, width), none of them among those.
        labels: (M,) index into the card's labels; None where unknown.
        shares: (M, 7) of viewers in the order of the card's labels, NaN where nobody voted; None where nobody did.
    """

    title: str
    calibration: NDArray[np.uint8]
    measured: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None
    shares: NDArray[np.float32] | None = None


def shrink(path: Path, kind: Kind, faces: Faces, name: str) -> tuple[Path, dict[str, Any]]:
    """Write the copy `name`.onnx with its card beside the model at `path`; gives its path and what was measured.

    Raises:
        ConversionError: it cannot be made, or answers too differently; then nothing was written.
    """
    from tools.conversion.model_files import checked_card, publish, read_fields

    fields = read_fields(path.with_suffix(".json"))
    card = checked_card(fields, str(path.with_suffix(".json")))
    whole = path.read_bytes()
    small = to_int8(whole, card, faces.calibration) if kind == "int8" else to_fp16(whole)
    found = compare(whole, small, card, faces)
    objection = _objection(found)
    if objection:
        raise ConversionError(f"{kind}: {objection}")
    made = f"{kind} of {fields['name']}" + (f", calibrated on {len(faces.calibration)} faces" * (kind == "int8"))
    kept = {key: value for key, value in fields.items() if key not in ("file", "sha256", "parity")}
    kept |= {"name": name, "made": made}
    kept["measured"] = {**fields.get("measured", {}), kind: found}
    return publish(small, kept, path.parent), found


def to_int8(data: bytes, card: ModelCard, crops: NDArray[np.uint8]) -> bytes:
    """The model in `data` with weights and activations of 8 bits, ranges as on grey `crops` of the card's size.

    Static, in QDQ form: weights signed, one scale a channel, activations unsigned, one scale a tensor. Weights keep to
    7 bits, because processors without VNNI would overflow where two products are added in 16 bits; so every processor
    gives the same answers.

    Raises:
        ConversionError: there are no faces, or ONNX Runtime cannot quantise it.
    """
    import onnx

    if not len(crops):
        raise ConversionError("int8 needs faces to calibrate on; name some with --faces")
    with tempfile.TemporaryDirectory(prefix="coach-int8-") as folder:
        target = Path(folder) / "int8.onnx"
        try:
            _quantise(data, target, _batches(crops, card.input))
        except Exception as error:  # the quantiser raises whatever it meets
            raise ConversionError(f"int8: {type(error).__name__}: {str(error)[:300]}") from error
        return _finished(onnx.load(target), data)


def _quantise(data: bytes, target: Path, batches: Sequence[NDArray[np.float32]]) -> None:
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime comes without types
        def __init__(self) -> None:
            self._left = iter(batches)

        def get_next(self) -> dict[str, Any] | None:
            batch = next(self._left, None)
            return None if batch is None else {entry: batch}

    source, ready = target.with_name("float.onnx"), target.with_name("ready.onnx")
    source.write_bytes(data)
    quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
    graph = onnx.load(ready).graph
    entry = graph.input[0].name
    quantize_static(
        str(ready),
        str(target),
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=sorted({node.op_type for node in graph.node} - _FLOAT_OPERATORS),
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def _batches(crops: NDArray[np.uint8], card: InputCard) -> list[NDArray[np.float32]]:
    from coach.perception.classifier import scale_crops

    return [scale_crops(crops[at : at + _BATCH], card) for at in range(0, len(crops), _BATCH)]


def to_fp16(data: bytes) -> bytes:
    """The model in `data` with weights and sums of 16 bits, what goes in and out still float32.

    By ONNX Runtime's own converter, which grew from `onnxconverter-common` and gets the fixes.

    Raises:
        ConversionError: it cannot be converted.
    """
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    try:
        return _finished(convert_float_to_float16(onnx.load_from_string(data), keep_io_types=True), data)
    except ConversionError:
        raise
    except Exception as error:  # the converter raises whatever it meets
        raise ConversionError(f"fp16: {type(error).__name__}: {str(error)[:300]}") from error


def _finished(model: Any, source: bytes) -> bytes:  # noqa: ANN401 - an `onnx.ModelProto`, whose fields have no types
    """Bytes of a shrunk `model`: tidy, with the metadata of its `source`, made of nothing that the coach refuses."""
    import onnx

    from tools.conversion.onnx_export import check_operators, tidy

    tidy(model)
    del model.metadata_props[:]
    model.metadata_props.extend(onnx.load_from_string(source).metadata_props)
    data: bytes = model.SerializeToString(deterministic=True)
    check_operators(data)
    return data


def compare(whole: bytes, small: bytes, card: ModelCard, faces: Faces) -> dict[str, Any]:
    """How the `small` copy of a model answers beside the `whole` one on the measured `faces`, and how fast."""
    import numpy as np

    from coach.perception.onnx_session import open_session
    from tools.conversion import parity
    from tools.conversion.timing import medians_ms

    asked = [parity.ask_onnx(each, card, faces.measured) for each in (whole, small)]
    (first,) = _batches(faces.measured[:1], card.input)
    sessions = {name: open_session(each, name) for name, each in (("float", whole), ("small", small))}
    times = medians_ms({name: _one(session, first) for name, session in sessions.items()}, _REPEATS)
    even = [_evenly(answers, card).argmax(1) for answers in asked]
    return {
        "faces": len(faces.measured),
        "of": faces.title,
        "same_top": _share(asked[0].argmax(1) == asked[1].argmax(1)),
        "same_top_even_handed": _share(even[0] == even[1]),
        "mean_probability_difference": _round(np.abs(asked[0] - asked[1]).mean()),
        **_right(asked[0], faces, "float_"),
        **_right(asked[1], faces, ""),
        "float_ms_per_face": _round(times["float"]),
        "ms_per_face": _round(times["small"]),
        "float_bytes": len(whole),
        "bytes": len(small),
    }


def _evenly(answers: NDArray[np.float32], card: ModelCard) -> NDArray[Any]:
    """Even-handed but for a factor a face, (N, 7) in the order of the card's labels."""
    import numpy as np

    return answers / np.power(card.prior, card.power) if card.prior else answers


def _one(session: Any, face: NDArray[np.float32]) -> Any:  # noqa: ANN401 - ONNX Runtime comes without types
    entry = session.get_inputs()[0].name
    return lambda: session.run(["probabilities"], {entry: face})


def _right(answers: NDArray[np.float32], faces: Faces, which: str) -> dict[str, float]:
    """The share of faces on which the answers are right, as far as it is known what is."""
    import numpy as np

    found = {}
    if faces.labels is not None:
        found[f"{which}labels"] = _share(answers.argmax(1) == faces.labels)
    if faces.shares is not None:
        voted = np.isfinite(faces.shares).all(1)
        if voted.any():
            found[f"{which}viewers_majority"] = _share(answers[voted].argmax(1) == faces.shares[voted].argmax(1))
    return found


def _objection(found: Mapping[str, Any]) -> str | None:
    least = min(found["same_top"], found["same_top_even_handed"])
    if not least >= LEAST_AGREEMENT:
        return f"names another emotion than the float model on {1 - least:.1%} of the faces; not kept"
    for truth in ("labels", "viewers_majority"):
        loss = found.get(f"float_{truth}", 0.0) - found.get(truth, 0.0)
        if loss > LARGEST_LOSS:
            return f"is right on {loss:.1%} fewer faces than the float model ({truth.replace('_', ' ')}); not kept"
    return None


def _share(right: NDArray[np.bool_]) -> float:
    return _round(right.mean())


def _round(value: Any) -> float:  # noqa: ANN401 - any number of numpy's
    return round(float(value), 4)
