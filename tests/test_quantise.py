"""Smaller copies: nearly the same outputs, measurements on the card, rejection if the outputs differ too much."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import onnx
import pytest
from perception_help import face_picture
from training_run_help import face_take, noise, tiny_run, write_faces

from coach.base.types import EMOTIONS
from coach.perception.model_file import check_safe
from coach.perception.pipeline import load_model
from tools.conversion.calibration_faces import CalibrationFaces, open_faces, open_take_faces
from tools.conversion.model_files import ConversionError, write_model
from tools.conversion.quantise import PRECISIONS, Precision, to_fp16, to_int8, write_smaller_copy
from tools.conversion.training_run import convert_run
from tools.convert_keras import main

# Keras 3.15 on numpy 2.4, whenever it saves or loads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return face_take(tmp_path_factory.mktemp("take") / "face.avi")


@pytest.fixture(scope="module")
def converted(take: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a converted model with its card."""
    folder = tmp_path_factory.mktemp("made")
    return convert_run(tiny_run(folder / "run"), folder, "small", take)


@pytest.fixture
def model(converted: Path, tmp_path: Path) -> Path:
    """Return a copy of the model in a folder that may be changed."""
    return copy_of(converted, tmp_path)


class SmallerCopy(NamedTuple):
    precision: Precision
    model: Path
    path: Path
    measured: dict[str, Any]


def copy_of(converted: Path, folder: Path) -> Path:
    card = json.loads(converted.with_suffix(".json").read_text())
    return write_model(converted.read_bytes(), card, folder / "models")


@pytest.fixture(scope="module", params=PRECISIONS)
def smaller(converted: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> SmallerCopy:
    """Return a model, its smaller copy in each precision, and what was measured."""
    model, precision = copy_of(converted, tmp_path_factory.mktemp("smaller")), request.param
    path, measured = write_smaller_copy(model, precision, faces(model), f"{model.stem}-{precision}")
    return SmallerCopy(precision, model, path, measured)


def faces(model: Path) -> CalibrationFaces:
    """Return blobs that the float model classifies confidently, with its predictions as labels and votes."""
    crops = noise(200)
    answers = load_model(model).classify(crops)
    lesser, top = np.sort(answers, axis=1)[:, -2:].T
    sure = np.flatnonzero(top - lesser > 0.3)[:60]
    return CalibrationFaces("blobs", crops[:60], crops[sure], answers[sure].argmax(1), answers[sure])


def test_a_copy_predicts_similar_probabilities_and_is_smaller(smaller: SmallerCopy) -> None:
    _, model, path, measured = smaller
    crops = noise(50, seed=9)
    original, copy = load_model(model).classify(crops), load_model(path).classify(crops)
    assert np.abs(original - copy).mean() < 0.02
    assert original.std(axis=0).max() > 0.01
    assert path.stat().st_size < model.stat().st_size
    assert (measured["bytes"], measured["float_bytes"]) == (path.stat().st_size, model.stat().st_size)


def test_the_card_has_the_measurements(smaller: SmallerCopy) -> None:
    precision, _, path, measured = smaller
    card = json.loads(path.with_suffix(".json").read_text())
    assert (path.name, card["name"], card["file"]) == (
        f"small-{precision}.onnx",
        f"small-{precision}",
        f"small-{precision}.onnx",
    )
    assert card["measured"][precision] == measured
    assert card["measured"]["held_out"] == {"val_accuracy": 0.5}  # the values of the float model are kept
    assert card["made"].startswith(f"{precision} of small")
    assert "parity" not in card
    assert (measured["faces"], measured["of"], measured["float_labels"], measured["float_viewers_majority"]) == (
        60,
        "blobs",
        1,
        1,
    )
    assert measured["labels"] == measured["viewers_majority"] == measured["same_top"] >= 0.95
    assert min(measured["ms_per_face"], measured["float_ms_per_face"]) > 0


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_float_model_is_unchanged(model: Path, precision: Precision) -> None:
    before = {item.name: item.read_bytes() for item in model.parent.iterdir()}
    write_smaller_copy(model, precision, faces(model), f"{model.stem}-{precision}")
    assert {name: (model.parent / name).read_bytes() for name in before} == before


def test_int8_weights_have_a_scale_per_channel(model: Path) -> None:
    data = to_int8(model.read_bytes(), load_model(model).card, noise(40))
    graph = onnx.load_from_string(data).graph
    kinds = {node.op_type for node in graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    weights = {item.name: item for item in graph.initializer}
    kernels = [w for w in weights.values() if w.data_type == onnx.TensorProto.INT8 and len(w.dims) == 4]
    assert len(kernels) == 10
    values = [onnx.numpy_helper.to_array(item) for item in kernels]
    assert max(int(np.abs(item.astype(int)).max()) for item in values) <= 64  # 7 bits, for processors without VNNI
    scales = {node.input[0]: weights[node.input[1]] for node in graph.node if node.op_type == "DequantizeLinear"}
    assert all(list(scales[item.name].dims) == [item.dims[0]] for item in kernels)


def test_fp16_inputs_and_outputs_are_float32(model: Path) -> None:
    graph = onnx.load_from_string(to_fp16(model.read_bytes())).graph
    ends = [item.type.tensor_type.elem_type for item in (*graph.input, *graph.output)]
    assert ends == [onnx.TensorProto.FLOAT] * 2
    big = [item for item in graph.initializer if len(item.dims) == 4]
    assert {item.data_type for item in big} == {onnx.TensorProto.FLOAT16}


def test_a_copy_passes_the_safety_check_and_keeps_its_labels(smaller: SmallerCopy) -> None:
    data = smaller.path.read_bytes()
    scanned = check_safe(data, "copy")
    assert scanned.metadata == {"labels": ",".join(EMOTIONS)}
    onnx.checker.check_model(onnx.load_from_string(data))


def test_copies_are_reproducible_byte_for_byte(model: Path) -> None:
    card = load_model(model).card
    first, second = (to_int8(model.read_bytes(), card, noise(40)) for _ in range(2))
    assert first == second
    assert to_fp16(model.read_bytes()) == to_fp16(model.read_bytes())


# --- rejected copies -----------------------------------------------------------------------------------------------


def test_a_copy_calibrated_on_black_images_is_rejected(model: Path) -> None:
    """The activation ranges of black images are far off."""
    black = replace(faces(model), calibration=np.zeros((8, 32, 32), np.uint8))
    before = sorted(model.parent.iterdir())
    with pytest.raises(ConversionError, match=r"names another emotion than the float model on .*; not kept"):
        write_smaller_copy(model, "int8", black, "small")
    assert sorted(model.parent.iterdir()) == before


def test_a_less_accurate_copy_is_rejected(model: Path) -> None:
    """On faces between two emotions, which the float model barely gets right, the copy often flips."""
    crops = noise(3000)
    answers = load_model(model).classify(crops)
    tops, gaps = answers.argmax(1), np.diff(np.sort(answers, axis=1)[:, -2:], axis=1)[:, 0]
    close = np.argsort(gaps)
    chosen = np.concatenate([close[:60], close[-600:]])
    with pytest.raises(ConversionError, match=r"is right on [1-5]\.\d% fewer faces than the float model \(labels\)"):
        write_smaller_copy(model, "int8", CalibrationFaces("blobs", crops[:16], crops[chosen], tops[chosen]), "small")


def test_int8_without_faces_is_refused(model: Path) -> None:
    with pytest.raises(ConversionError, match="needs faces"):
        to_int8(model.read_bytes(), load_model(model).card, noise(1)[:0])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_damaged_model_is_refused(model: Path, precision: Precision) -> None:
    model.write_bytes(b"no model")
    with pytest.raises(ConversionError, match=precision):
        write_smaller_copy(model, precision, CalibrationFaces("blobs", noise(4), noise(4)), "small")


# --- faces ------------------------------------------------------------------------------------------------------


def test_labelled_folders_are_split_in_half_in_the_cards_label_order(model: Path, tmp_path: Path) -> None:
    order = ("neutral", *EMOTIONS[:-1])
    card = load_model(model).card.model_copy(update={"labels": order})
    write_faces(tmp_path / "faces", per_emotion=4)
    sets = open_faces(tmp_path / "faces", card)
    assert (sets.calibration.shape, sets.test.shape) == ((14, 32, 32), (14, 32, 32))
    assert not {item.tobytes() for item in sets.calibration} & {item.tobytes() for item in sets.test}
    pictures = {
        cv2.imread(str(file), cv2.IMREAD_GRAYSCALE).tobytes(): file.parent.name  # type: ignore[union-attr]
        for file in (tmp_path / "faces").glob("*/*.png")
    }
    assert sets.labels is not None
    assert [order[label] for label in sets.labels] == [pictures[item.tobytes()] for item in sets.test]


def test_a_folder_of_pictures_is_cropped_to_faces_without_labels(model: Path, tmp_path: Path) -> None:
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"{number}.png"), face_picture())
    sets = open_faces(tmp_path, load_model(model).card)
    assert (sets.labels, sets.shares, sets.calibration.shape) == (None, None, (2, 32, 32))
    full_picture = cv2.resize(cv2.cvtColor(face_picture(), cv2.COLOR_BGR2GRAY), (32, 32))
    assert np.abs(sets.test[0].astype(int) - full_picture.astype(int)).mean() > 10  # the face, not the whole picture


def test_fer_2013_calibrates_on_training_faces_and_tests_on_held_out_ones(model: Path, tmp_path: Path) -> None:
    crops, votes = noise(40, 48), np.zeros((40, 10), np.uint8)
    rows = [f"{n % 7},{' '.join(map(str, crop.ravel()))},Training" for n, crop in enumerate(crops)]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]))
    votes[:, 1] = 10  # all viewers voted for happiness
    names = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    (tmp_path / "fer2013new.csv").write_text("\n".join([names, *(",".join(map(str, row)) for row in votes)]))
    order = ("happy", *(name for name in EMOTIONS if name != "happy"))
    card = load_model(model).card.model_copy(update={"labels": order})
    sets = open_faces(tmp_path / "fer2013.csv", card)
    assert (sets.calibration.shape, sets.test.shape) == ((36, 32, 32), (4, 32, 32))
    assert sets.shares is not None
    assert sets.shares.argmax(1).tolist() == [0] * 4


def test_missing_faces_are_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "none.csv"):
        with pytest.raises(ConversionError, match=path.name):
            open_faces(path, load_model(model).card)


def test_a_single_picture_is_refused_as_too_few(model: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), noise(1)[0])
    with pytest.raises(ConversionError, match="too few pictures"):
        open_faces(tmp_path, load_model(model).card)


def test_faces_of_a_take_are_used_only_for_testing(model: Path, take: Path) -> None:
    sets = open_take_faces(load_model(model).card, take)
    assert (len(sets.calibration), len(sets.test), sets.labels) == (0, 2, None)


# --- the command line -----------------------------------------------------------------------------------------------


def test_the_command_writes_both_copies(
    converted: Path, take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, folder = tiny_run(tmp_path / "run"), tmp_path / "faces"
    folder.mkdir()
    for number, crop in enumerate(faces(converted).test):
        cv2.imwrite(str(folder / f"{number}.png"), crop)
    options = ["--models", str(tmp_path / "models"), "--take", str(take)]
    assert main([str(run), "--name", "small", *options, "--int8", "--fp16", "--faces", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("same top: ") == 2
    assert sorted(item.stem for item in (tmp_path / "models").glob("*.onnx")) == ["small", "small-fp16", "small-int8"]
    assert main([str(run), "--name", "small", *options, "--int8", "quick", "--faces", str(folder)]) == 0
    assert load_model(tmp_path / "models" / "quick.onnx").card.name == "quick"
    capsys.readouterr()
    assert main([str(run), *options, "--int8"]) == 1
    assert "name some with --faces" in capsys.readouterr().err
