"""Conversion of Keras files: same outputs and a complete card, or a refusal with a reason and no files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from perception_help import face_picture

from coach.base.types import EMOTIONS
from coach.perception.pipeline import load_model
from tools.console import quiet_tensorflow
from tools.conversion.keras_model import load_keras
from tools.conversion.model_files import ConversionError, write_model
from tools.conversion.parity import max_difference, output_kind
from tools.convert_keras import convert, main

LABELS = ("happy", "sad", "angry", "fear", "disgust", "surprise", "neutral")
Model = Any  # Keras has no types

# Keras 3.15 on numpy 2.4, whenever it saves or loads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
        quiet_tensorflow()
        yield


@pytest.fixture(scope="module")
def face_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of nine frames with a face."""
    path = tmp_path_factory.mktemp("take") / "face.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (640, 360))
    for _ in range(9):
        writer.write(face_picture())
    writer.release()
    return path


def layers(last: str | None, classes: int) -> list[Model]:
    from keras import initializers
    from keras import layers as kinds

    return [
        kinds.Conv2D(4, 3, use_bias=False),
        kinds.BatchNormalization(),
        kinds.SeparableConv2D(8, 3, activation="relu"),
        kinds.GlobalAveragePooling2D(),
        kinds.Dense(classes, activation=last, kernel_initializer=initializers.RandomNormal(stddev=30)),
    ]


def sequential(last: str | None = "softmax", classes: int = 7) -> Model:
    import keras

    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((24, 24, 1)), *layers(last, classes)])


def functional() -> Model:
    import keras

    keras.utils.set_random_seed(2)
    entry = keras.Input((24, 24, 1))
    flow: Any = entry
    for layer in layers("softmax", 7):
        flow = layer(flow)
    return keras.Model(entry, flow)


def draft(folder: Path, **fields: object) -> Path:
    """Write a card without file and sha256, with `fields` replaced."""
    size = {"width": 24, "height": 24, "channels": 1, "layout": "NHWC", "scaling": "minus1_1"}
    path = folder / "draft.json"
    path.write_text(json.dumps({"name": "small", "labels": LABELS, "input": size, "licence": "MIT"} | fields))
    return path


def save(model: Model, path: Path) -> Path:
    if path.suffix:
        model.save(path)
    else:
        model.export(path, verbose=False)
    return path


def old_hdf5(model: Model, path: Path) -> Path:
    """Write a file as Keras 2.0 did: its optimizer has `lr`, which Keras 3 cannot read."""
    import h5py
    import keras

    model.compile("adam", "mse")
    save(model, path)
    with h5py.File(path, "r+") as file:
        training = json.loads(file.attrs["training_config"])
        training["optimizer_config"] = {"class_name": "Adam", "config": {"lr": 0.001}}
        file.attrs["training_config"] = json.dumps(training)
    with pytest.raises(ValueError, match="lr"):
        keras.models.load_model(path)
    return path


# --- conversion ------------------------------------------------------------------------------------------------

CONVERTIBLE: dict[str, Callable[[Path], Path]] = {
    "an old HDF5 file with lr": lambda folder: old_hdf5(functional(), folder / "old.hdf5"),
    "a Sequential .h5": lambda folder: save(sequential(), folder / "sequential.h5"),
    "a Sequential .keras": lambda folder: save(sequential(), folder / "sequential.keras"),
    "a SavedModel": lambda folder: save(functional(), folder / "saved"),
}


@pytest.mark.row(34)
@pytest.mark.parametrize("name", CONVERTIBLE)
def test_every_keras_format_converts_with_the_same_outputs(tmp_path: Path, face_video: Path, name: str) -> None:
    source = CONVERTIBLE[name](tmp_path)
    path, worst = convert(source, draft(tmp_path), tmp_path / "models", face_video)
    assert worst <= 1e-4
    crops = np.random.default_rng(5).integers(0, 256, (20, 24, 24), np.uint8)
    expected = load_keras(source).call((crops[..., None] / np.float32(127.5) - 1).astype(np.float32)).numpy()
    outputs = load_model(path).classify(crops)[:, [EMOTIONS.index(label) for label in LABELS]]  # type: ignore[call-overload]
    assert np.abs(expected - outputs).max() < 1e-4
    assert expected.std(axis=0).max() > 1e-3  # the outputs differ between images, so that equality is meaningful


def test_names_batch_and_label_order_are_fixed_and_the_card_is_complete(tmp_path: Path, face_video: Path) -> None:
    source = save(sequential(), tmp_path / "model.keras")
    path, _ = convert(source, draft(tmp_path), tmp_path / "models", face_video)
    model = onnx.load_model(path)
    onnx.checker.check_model(model, full_check=True)
    (entry,), (answer,) = model.graph.input, model.graph.output
    assert (entry.name, answer.name) == ("input", "probabilities")
    assert [item.type.tensor_type.shape.dim[0].dim_param for item in (entry, answer)] == ["batch", "batch"]
    assert {item.domain: item.version for item in model.opset_import}[""] == 17
    assert {item.key: item.value for item in model.metadata_props} == {"labels": ",".join(LABELS)}
    card = json.loads(path.with_suffix(".json").read_text())
    assert (card["name"], card["file"], card["licence"], card["labels"]) == ("small", "small.onnx", "MIT", list(LABELS))
    assert card["parity"]["random"] == 200
    assert card["parity"]["faces"] == 2
    assert sorted(item.name for item in path.parent.iterdir()) == ["small.json", "small.onnx"]


def test_a_finished_card_can_be_used_as_a_draft(tmp_path: Path, face_video: Path) -> None:
    source = save(sequential(), tmp_path / "model.keras")
    first, _ = convert(source, draft(tmp_path), tmp_path / "models", face_video)
    again, _ = convert(source, first.with_suffix(".json"), tmp_path / "models", face_video)
    assert again == first
    assert load_model(again).card.labels == LABELS


def test_a_softmax_is_added_to_a_model_with_logits(tmp_path: Path, face_video: Path) -> None:
    source = save(sequential(last=None), tmp_path / "logits.keras")
    path, _ = convert(source, draft(tmp_path), tmp_path / "models", face_video)
    crops = np.random.default_rng(5).integers(0, 256, (3, 24, 24), np.uint8)
    assert load_model(path).classify(crops).sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)


# --- refusals ----------------------------------------------------------------------------------------------


def check_refused(source: Path, card: Path, take: Path, *reasons: str, opset: int = 17) -> None:
    """Check that `source` is refused for `reasons` and nothing is written."""
    models = card.parent / "models"
    with pytest.raises(ConversionError) as caught:
        convert(source, card, models, take, opset)
    assert [reason for reason in reasons if reason not in str(caught.value)] == [], str(caught.value)
    assert not models.exists()


def with_lambda(path: Path) -> Path:
    import keras

    model = sequential()
    model.add(keras.layers.Lambda(lambda values: values * 1.0, name="sneaky"))
    return save(model, path)


@pytest.mark.row(34)
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_a_lambda_layer_is_refused(tmp_path: Path, face_video: Path, suffix: str) -> None:
    check_refused(with_lambda(tmp_path / f"lambda{suffix}"), draft(tmp_path), face_video, "'sneaky'", "Lambda", "code")


def test_a_saved_model_that_runs_python_or_reads_files_is_refused_before_loading(
    tmp_path: Path, face_video: Path
) -> None:
    import tensorflow as tf

    class Reader(tf.Module):  # type: ignore[misc]  # TensorFlow has no types
        @tf.function(input_signature=[tf.TensorSpec((None, 24, 24, 1), tf.float32)])  # type: ignore[untyped-decorator]
        def __call__(self, picture: Model) -> Model:
            size = tf.strings.length(tf.io.read_file("/etc/hostname"))
            return tf.nn.softmax(tf.reduce_mean(picture, axis=[1, 2]) * tf.ones((1, 7)) * tf.cast(size, tf.float32))

    module = Reader()
    tf.saved_model.save(module, str(tmp_path / "reader"), signatures=module.__call__)
    check_refused(tmp_path / "reader", draft(tmp_path), face_video, "ReadFile", "touch files")


@pytest.mark.row(34)
@pytest.mark.parametrize("opset", [8, 19, 22])
def test_unsupported_opsets_are_refused(tmp_path: Path, face_video: Path, opset: int) -> None:
    source = save(sequential(), tmp_path / "model.keras")
    check_refused(source, draft(tmp_path), face_video, f"opset {opset}", "9 to 18", opset=opset)


@pytest.mark.row(34)
@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"labels": ("joy", *LABELS[1:])}, ["labels", "must be these seven words"]),
        ({"labels": LABELS[:6]}, ["labels"]),
        ({"input": None}, ["input"]),
        (
            {"input": {"width": 48, "height": 48, "channels": 1, "layout": "NHWC", "scaling": "raw"}},
            ["(24, 24, 1)", "(48, 48, 1)"],
        ),
        (
            {"input": {"width": 24, "height": 24, "channels": 1, "layout": "NCHW", "scaling": "raw"}},
            ["(24, 24, 1)", "(1, 24, 24)"],
        ),
        ({"name": "../up"}, ["'../up'", "a-z"]),
        ({"name": ""}, ["name"]),
    ],
)
def test_a_card_that_does_not_match_is_refused(
    tmp_path: Path, face_video: Path, fields: dict[str, object], reasons: list[str]
) -> None:
    check_refused(save(sequential(), tmp_path / "model.keras"), draft(tmp_path, **fields), face_video, *reasons)


def test_a_model_with_another_number_of_classes_is_refused(tmp_path: Path, face_video: Path) -> None:
    source = save(sequential(classes=8), tmp_path / "eight.keras")
    check_refused(source, draft(tmp_path), face_video, "gives 8 numbers", "7 labels")


def test_a_model_with_independent_scores_is_refused(tmp_path: Path, face_video: Path) -> None:
    source = save(sequential(last="sigmoid"), tmp_path / "scores.keras")
    check_refused(source, draft(tmp_path), face_video, "score from 0 to 1 for each label", "softmax")


def test_files_without_a_model_are_refused(tmp_path: Path, face_video: Path) -> None:
    card = draft(tmp_path)
    (tmp_path / "junk.h5").write_bytes(b"junk")
    (tmp_path / "junk.keras").write_bytes(b"junk")
    (tmp_path / "folder").mkdir()
    check_refused(tmp_path / "none.h5", card, face_video, "none.h5 not found")
    check_refused(tmp_path / "junk.h5", card, face_video, "junk.h5 cannot be loaded")
    check_refused(tmp_path / "junk.keras", card, face_video, "junk.keras cannot be loaded")
    check_refused(tmp_path / "folder", card, face_video, "no SavedModel folder")
    check_refused(card, card, face_video, "give a .h5, .hdf5 or .keras file or a SavedModel folder")


def test_a_file_with_weights_only_is_refused(tmp_path: Path, face_video: Path) -> None:
    sequential().save_weights(tmp_path / "only.weights.h5")
    check_refused(tmp_path / "only.weights.h5", draft(tmp_path), face_video, "holds weights only")


def test_a_missing_or_invalid_card_is_refused(tmp_path: Path, face_video: Path) -> None:
    source = save(sequential(), tmp_path / "model.keras")
    check_refused(source, tmp_path / "none.json", face_video, "none.json")
    for text in ("{", "[]"):
        (tmp_path / "bad.json").write_text(text)
        check_refused(source, tmp_path / "bad.json", face_video, "bad.json")


def test_a_take_without_a_face_is_refused(tmp_path: Path) -> None:
    source = save(sequential(), tmp_path / "model.keras")
    check_refused(source, draft(tmp_path), tmp_path / "none.mp4", "no face found")


# --- parity -----------------------------------------------------------------------------------------------


def test_a_difference_above_the_tolerance_is_refused() -> None:
    a = np.full((2, 7), 1 / 7, np.float32)
    a[:, 0] += 0.1
    assert max_difference(a, a + np.float32(5e-5)) == pytest.approx(5e-5, rel=0.1)
    with pytest.raises(ConversionError, match=r"differ by 2\.0e-04"):
        max_difference(a, a + np.float32(2e-4))
    with pytest.raises(ConversionError, match="differ by nan"):
        max_difference(a, a * np.float32("nan"))


def test_a_different_most_probable_label_is_refused() -> None:
    a, b = (np.array([[0.5 + 1e-5 * s, 0.5 - 1e-5 * s]], np.float32) for s in (1, -1))
    with pytest.raises(ConversionError, match="different emotions"):
        max_difference(a, b)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ([0.5, 0.25, 0.25], "probabilities"),
        ([0.5, 0.25, 0.9], "scores"),
        ([0.5, -0.25, 0.75], "logits"),
        ([3, 0, 0], "logits"),
    ],
)
def test_the_kind_of_outputs_is_detected(row: list[float], kind: str) -> None:
    assert output_kind(np.array([row], np.float32)) == kind


def test_outputs_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ConversionError, match="not finite"):
        output_kind(np.array([[np.nan, 1]], np.float32))


# --- the command line ---------------------------------------------------------------------------------------------


def test_the_command_prints_what_it_wrote_or_why_it_failed(
    tmp_path: Path, face_video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = save(sequential(), tmp_path / "model.keras")
    options = ["--models", str(tmp_path / "models"), "--take", str(face_video)]
    assert main([str(source), str(draft(tmp_path)), *options]) == 0
    assert "written: " in capsys.readouterr().out
    assert main([str(source), str(draft(tmp_path)), *options, "--opset", "19"]) == 1
    assert capsys.readouterr().err == "not converted: opset 19 is not supported by tf2onnx; 9 to 18 are\n"


def test_the_tool_runs_as_a_script_from_any_folder(tmp_path: Path) -> None:
    script = Path(__file__).parent.parent / "tools" / "convert_keras.py"
    command = [sys.executable, str(script), "none.h5", "none.json"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("not converted: none.json")


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConversionError, match="cannot write to"):
        write_model(b"model", {"name": "small"}, tmp_path / "file")
