"""Smaller copies of an ONNX model, in int8 or float16, which are kept only if their outputs are nearly the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import InputCard, ModelCard
    from tools.conversion.calibration_faces import CalibrationFaces

Precision = Literal["int8", "fp16"]
PRECISIONS: Final[tuple[Precision, ...]] = ("int8", "fp16")

LEAST_AGREEMENT: Final = 0.95
"""A copy must name the same emotion on at least this share of the faces (measured: 0.98 for int8, 0.999 for fp16)."""

LARGEST_LOSS: Final = 0.01
"""A copy may lose at most this much accuracy, by labels and by the viewers' majority."""

_BATCH: Final = 32
_REPEATS: Final = 200
_FLOAT_OPERATORS: Final = frozenset({"Softmax"})
"""Operators that stay in float: in steps of 1/256, seven probabilities do not sum to 1."""


def write_smaller_copy(
    path: Path, precision: Precision, faces: CalibrationFaces, name: str
) -> tuple[Path, dict[str, Any]]:
    """Write the copy `name`.onnx and its card beside the model at `path`; return its path and its measurements.

    Raises:
        ConversionError: the copy cannot be made, or its outputs differ too much; then nothing was written.
    """
    from tools.conversion.model_files import checked_card, read_fields, write_model

    fields = read_fields(path.with_suffix(".json"))
    card = checked_card(fields, str(path.with_suffix(".json")))
    original = path.read_bytes()
    copy = to_int8(original, card, faces.calibration) if precision == "int8" else to_fp16(original)
    measured = measure_copy(original, copy, card, faces)
    reason = _rejection_reason(measured)
    if reason:
        raise ConversionError(f"{precision}: {reason}")
    note = f", calibrated on {len(faces.calibration)} faces" * (precision == "int8")
    copied = {key: value for key, value in fields.items() if key not in ("file", "sha256", "parity")}
    copied |= {"name": name, "made": f"{precision} of {fields['name']}{note}"}
    copied["measured"] = {**fields.get("measured", {}), precision: measured}
    return write_model(copy, copied, path.parent), measured


def to_int8(data: bytes, card: ModelCard, crops: NDArray[np.uint8]) -> bytes:
    """Quantise weights and activations of the model in `data` to 8 bits, with ranges from grey `crops` (N, h, w).

    Static quantisation in QDQ form: signed weights with one scale per channel, unsigned activations with one scale per
    tensor. Weights use 7 bits, because without VNNI a processor adds two products in 16 bits, which would overflow;
    with 7 bits every processor gives the same outputs.

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
        except Exception as error:  # the quantiser raises any type
            raise ConversionError(f"int8: {type(error).__name__}: {str(error)[:300]}") from error
        return _with_metadata_of(onnx.load(target), data)


def _quantise(data: bytes, target: Path, batches: Sequence[NDArray[np.float32]]) -> None:
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime comes without types
        def __init__(self) -> None:
            self._remaining = iter(batches)

        def get_next(self) -> dict[str, Any] | None:
            batch = next(self._remaining, None)
            return None if batch is None else {entry: batch}

    source, prepared = target.with_name("float.onnx"), target.with_name("prepared.onnx")
    source.write_bytes(data)
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    graph = onnx.load(prepared).graph
    entry = graph.input[0].name
    quantize_static(
        str(prepared),
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
    """Convert weights and sums of the model in `data` to float16; inputs and outputs stay float32.

    Uses ONNX Runtime's own converter, which grew out of `onnxconverter-common` and is the one that is maintained.

    Raises:
        ConversionError: it cannot be converted.
    """
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    try:
        return _with_metadata_of(convert_float_to_float16(onnx.load_from_string(data), keep_io_types=True), data)
    except ConversionError:
        raise
    except Exception as error:  # the converter raises any type
        raise ConversionError(f"fp16: {type(error).__name__}: {str(error)[:300]}") from error


def _with_metadata_of(model: Any, source: bytes) -> bytes:  # noqa: ANN401 - an `onnx.ModelProto` has untyped fields
    """Serialise `model` in canonical form, with the metadata of `source`."""
    import onnx

    from tools.conversion.onnx_export import canonical_bytes

    del model.metadata_props[:]
    model.metadata_props.extend(onnx.load_from_string(source).metadata_props)
    return canonical_bytes(model)


def measure_copy(original: bytes, copy: bytes, card: ModelCard, faces: CalibrationFaces) -> dict[str, Any]:
    """Compare the `copy` of a model with the `original` on the test faces: agreement, accuracy, speed and size."""
    import numpy as np

    from tools.conversion import parity

    before, after = (parity.predict_onnx(each, card, faces.test) for each in (original, copy))
    even_before, even_after = (_even_handed(each, card).argmax(1) for each in (before, after))
    times = _times_ms(original, copy, card, faces)
    return {
        "faces": len(faces.test),
        "of": faces.title,
        "same_top": _share(before.argmax(1) == after.argmax(1)),
        "same_top_even_handed": _share(even_before == even_after),
        "mean_probability_difference": _round(np.abs(before - after).mean()),
        **_accuracies(before, faces, "float_"),
        **_accuracies(after, faces, ""),
        "float_ms_per_face": _round(times["original"]),
        "ms_per_face": _round(times["copy"]),
        "float_bytes": len(original),
        "bytes": len(copy),
    }


def _times_ms(original: bytes, copy: bytes, card: ModelCard, faces: CalibrationFaces) -> dict[str, float]:
    from coach.perception.onnx_session import open_session
    from tools.conversion.timing import medians_ms

    (face,) = _batches(faces.test[:1], card.input)
    sessions = {name: open_session(each, name) for name, each in (("original", original), ("copy", copy))}
    return medians_ms({name: _prediction(session, face) for name, session in sessions.items()}, _REPEATS)


def _prediction(session: Any, face: NDArray[np.float32]) -> Any:  # noqa: ANN401 - ONNX Runtime comes without types
    entry = session.get_inputs()[0].name
    return lambda: session.run(["probabilities"], {entry: face})


def _even_handed(probabilities: NDArray[np.float32], card: ModelCard) -> NDArray[Any]:
    """Divide by the prior (N, 7) without renormalising, which does not change the most probable emotion."""
    import numpy as np

    return probabilities / np.power(card.prior, card.power) if card.prior else probabilities


def _accuracies(probabilities: NDArray[np.float32], faces: CalibrationFaces, prefix: str) -> dict[str, float]:
    """Return the accuracy by labels and by the viewers' majority, as far as they are known."""
    import numpy as np

    accuracies = {}
    if faces.labels is not None:
        accuracies[f"{prefix}labels"] = _share(probabilities.argmax(1) == faces.labels)
    if faces.shares is not None:
        voted = np.isfinite(faces.shares).all(1)
        if voted.any():
            right = probabilities[voted].argmax(1) == faces.shares[voted].argmax(1)
            accuracies[f"{prefix}viewers_majority"] = _share(right)
    return accuracies


def _rejection_reason(measured: Mapping[str, Any]) -> str | None:
    """Return why a copy with these measurements is rejected; None if it is accepted."""
    agreement = min(measured["same_top"], measured["same_top_even_handed"])
    if not agreement >= LEAST_AGREEMENT:
        return f"names another emotion than the float model on {1 - agreement:.1%} of the faces; not kept"
    for truth in ("labels", "viewers_majority"):
        loss = measured.get(f"float_{truth}", 0.0) - measured.get(truth, 0.0)
        if loss > LARGEST_LOSS:
            return f"is right on {loss:.1%} fewer faces than the float model ({truth.replace('_', ' ')}); not kept"
    return None


def _share(right: NDArray[np.bool_]) -> float:
    return _round(right.mean())


def _round(value: Any) -> float:  # noqa: ANN401 - any numpy number
    return round(float(value), 4)
