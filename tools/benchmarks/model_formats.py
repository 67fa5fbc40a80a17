"""Accuracy and time per face of one network in every format, with mini_xception as the reference."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.conversion.timing import TimedModel, child_times_ms, read_card

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard
    from tools.conversion.calibration_faces import CalibrationFaces, TestSplit

REFERENCE: Final = "mini_xception"
THREADS: Final = (1, 2)
BATCHES: Final = (1, 8, 20)
_PREDICT_BATCH: Final = 128


@dataclass(frozen=True)
class AccuracyFaces:
    """Faces to measure accuracy on: `split` of FER-2013 or another set at `data`; without it, the `take`."""

    data: Path | None
    split: TestSplit
    take: Path


@dataclass(frozen=True)
class FormatResult:
    """The measurements of one model in one format.

    Attributes:
        name: name of the format; for the reference, name of the model.
        size: size of its file in bytes.
        ms: milliseconds per face, by threads and batch size.
        ratio: time per face relative to the reference, at batch size 1 on one thread.
        agreement: share of faces on which it names the same emotion as Keras; None for the reference.
        labels, viewers: accuracy by labels and by the viewers' majority; None where unknown.
    """

    name: str
    size: int
    ms: dict[int, dict[int, float]]
    ratio: float
    agreement: float | None
    labels: float | None
    viewers: float | None


def measure_formats(
    source: Path, onnx: Path | None, test_faces: AccuracyFaces, repeats: int
) -> tuple[list[FormatResult], str]:
    """Measure the network at `source` in every format, the reference last; also return the title of the test faces.

    Raises:
        ConversionError: it is no model, or cannot be converted to a format.
        RuntimeError: a timing process failed.
    """
    from coach.perception.models import shipped_path

    with tempfile.TemporaryDirectory(prefix="coach-bench-") as folder:
        float_onnx = _float_onnx(source, onnx, Path(folder), test_faces.take)
        card = read_card(float_onnx.with_suffix(".json"))
        faces = _open_faces(test_faces, card)
        models = _in_all_formats(source, float_onnx, card, faces, Path(folder))
        reference = shipped_path(REFERENCE)
        models.append(TimedModel(REFERENCE, "onnx", str(reference), str(reference.with_suffix(".json"))))
        times = child_times_ms(models, THREADS, BATCHES, repeats)
        return _results(models, times, faces, test_faces), faces.title


def _float_onnx(source: Path, onnx: Path | None, folder: Path, take: Path) -> Path:
    from tools.conversion.model_files import ConversionError
    from tools.conversion.training_run import convert_run, is_run

    if onnx:
        return onnx
    if is_run(source):
        return convert_run(source, folder, "converted", take)
    raise ConversionError(f"{source} is no training run; name the ONNX model that it became with --onnx")


def _open_faces(test_faces: AccuracyFaces, card: ModelCard) -> CalibrationFaces:
    """Open faces for testing and calibrating; without `data`, the take's faces are used for both."""
    from tools.conversion.calibration_faces import open_faces, open_take_faces

    if test_faces.data:
        return open_faces(test_faces.data, card, test_faces.split)
    faces = open_take_faces(card, test_faces.take)
    return replace(faces, calibration=faces.test)


def _in_all_formats(
    source: Path, float_onnx: Path, card: ModelCard, faces: CalibrationFaces, folder: Path
) -> list[TimedModel]:
    """Return the network in every format, Keras first; formats without a file are created in `folder`."""
    from tools.conversion.formats import load_network, to_tflite
    from tools.conversion.quantise import to_fp16, to_int8

    made = {"TFLite": folder / "float.tflite", "ONNX int8": folder / "int8.onnx", "ONNX fp16": folder / "fp16.onnx"}
    made["TFLite"].write_bytes(to_tflite(load_network(source, card)))
    made["ONNX int8"].write_bytes(to_int8(float_onnx.read_bytes(), card, faces.calibration))
    made["ONNX fp16"].write_bytes(to_fp16(float_onnx.read_bytes()))
    card_path = str(float_onnx.with_suffix(".json"))
    return [
        TimedModel("Keras", "keras", str(source), card_path),
        TimedModel("TFLite", "tflite", str(made["TFLite"]), card_path),
        TimedModel("ONNX", "onnx", str(float_onnx), card_path),
        *(TimedModel(name, "onnx", str(made[name]), card_path) for name in ("ONNX int8", "ONNX fp16")),
    ]


def _results(
    models: list[TimedModel],
    times: dict[int, dict[str, dict[int, float]]],
    faces: CalibrationFaces,
    test_faces: AccuracyFaces,
) -> list[FormatResult]:
    cards = {model.name: read_card(Path(model.card)) for model in models}
    own_faces = {name: _open_faces(test_faces, card) if name == REFERENCE else faces for name, card in cards.items()}
    top = {model.name: _top_emotions(model, cards[model.name], own_faces[model.name]) for model in models}
    return [
        FormatResult(
            model.name,
            _file_size(Path(model.path)),
            {threads: {b: ms / b for b, ms in each[model.name].items()} for threads, each in times.items()},
            times[1][model.name][1] / times[1][REFERENCE][1],
            None if model.name == REFERENCE else float((top[model.name] == top[models[0].name]).mean()),
            *_accuracies(top[model.name], own_faces[model.name]),
        )
        for model in models
    ]


def _top_emotions(model: TimedModel, card: ModelCard, faces: CalibrationFaces) -> NDArray[np.int64]:
    """Return the index of the most probable emotion for each test face."""
    import numpy as np

    from coach.perception.classifier import scale_crops
    from tools.conversion.formats import load_format

    predict = load_format(model.kind, Path(model.path), card, 1)
    parts = [faces.test[at : at + _PREDICT_BATCH] for at in range(0, len(faces.test), _PREDICT_BATCH)]
    return np.concatenate([predict(scale_crops(part, card.input)).argmax(1) for part in parts])


def _accuracies(top: NDArray[np.int64], faces: CalibrationFaces) -> tuple[float | None, float | None]:
    """Return the accuracy by labels and by the viewers' majority."""
    import numpy as np

    labels = None if faces.labels is None else float((top == faces.labels).mean())
    if faces.shares is None or not (voted := np.isfinite(faces.shares).all(1)).any():
        return labels, None
    return labels, float((top[voted] == faces.shares[voted].argmax(1)).mean())


def _file_size(path: Path) -> int:
    from tools.conversion.training_run import MODEL

    return (path / MODEL if path.is_dir() else path).stat().st_size
