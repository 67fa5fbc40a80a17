"""Conversion of training runs: the outputs, the card from the record, and stable bytes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from training_run_help import OFFSETS, PRIOR, face_take, noise, tiny_run

from coach.base.types import EMOTIONS
from coach.perception.classifier import scale_crops
from coach.perception.pipeline import load_model
from tools.conversion.model_files import ConversionError
from tools.conversion.onnx_export import canonicalise
from tools.conversion.training_run import convert_run
from tools.convert_keras import main

# Keras 3.15 causes this warning on numpy 2.4 whenever it saves or loads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return face_take(tmp_path_factory.mktemp("take") / "face.avi")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_run(tmp_path_factory.mktemp("runs") / "small")


@pytest.fixture(scope="module")
def converted(run: Path, take: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return convert_run(run, tmp_path_factory.mktemp("models"), "small", take)


def copy_with(run: Path, to: Path, **fields: object) -> Path:
    """Copy `run` with fields of its record replaced; None removes one."""
    shutil.copytree(run, to)
    record = json.loads((to / "run.json").read_text()) | fields
    new_record = {key: value for key, value in record.items() if value is not None}
    (to / "run.json").write_text(json.dumps(new_record))
    return to


def check_refused(run: Path, take: Path, reason: str) -> None:
    out = run.parent / "models"
    with pytest.raises(ConversionError, match=reason):
        convert_run(run, out, "small", take)
    assert not out.exists()


def logits(path: Path, crops: np.ndarray, card: object) -> np.ndarray:
    import keras

    model = keras.models.load_model(path)
    return np.asarray(model.predict(scale_crops(crops, card.input), verbose=0))  # type: ignore[attr-defined]


def softmax(values: np.ndarray) -> np.ndarray:
    raised = np.exp(values - values.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))


def test_the_outputs_are_the_softmax_of_logits_plus_offsets(run: Path, converted: Path) -> None:
    model, crops = load_model(converted), noise(40)
    expected = softmax(logits(run / "model.keras", crops, model.card) + np.array(OFFSETS))
    outputs = model.classify(crops)
    assert np.abs(outputs - expected).max() < 1e-5
    assert outputs.std(axis=0).max() > 0.01  # the outputs differ between images, so that equality is meaningful


def test_batch_normalisations_are_folded_into_convolutions(converted: Path) -> None:
    model = onnx.load_model(converted)
    kinds = Counter(node.op_type for node in model.graph.node)
    assert kinds["BatchNormalization"] == 0
    assert kinds["Conv"] == 10  # 1 stem, 2 blocks of 2 convolutions and 2 gates, 1 shortcut
    assert [value.name for value in model.graph.output] == ["probabilities"]
    assert [value.name for value in model.graph.input] == ["input"]


def test_the_card_is_derived_from_the_record(run: Path, converted: Path) -> None:
    card = json.loads(converted.with_suffix(".json").read_text())
    assert card["input"] == {"width": 32, "height": 32, "channels": 1, "layout": "NHWC", "scaling": "standard"}
    assert (card["name"], card["meaning"], card["labels"]) == ("small", "viewers", list(EMOTIONS))
    assert card["prior"] == pytest.approx(PRIOR)
    assert card["trained"] == json.loads((run / "run.json").read_text())
    assert card["parity"]["max_probability_difference"] < 1e-5
    assert (card["parity"]["random"], card["parity"]["faces"]) == (200, 2)


def test_conversion_gives_the_same_bytes_in_another_process(
    run: Path, converted: Path, take: Path, tmp_path: Path
) -> None:
    """tf2onnx orders and names nodes differently in every process."""
    code = (
        "import sys; from pathlib import Path; from tools.conversion.training_run import convert_run\n"
        "run, out, take = map(Path, sys.argv[1:])\n"
        "convert_run(run, out, 'small', take)"
    )
    command = [sys.executable, "-c", code, str(run), str(tmp_path), str(take)]
    subprocess.run(command, cwd=Path(__file__).parent.parent, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "small.onnx").read_bytes() == converted.read_bytes()
    assert (tmp_path / "small.json").read_bytes() == converted.with_suffix(".json").read_bytes()


def test_a_model_trained_on_labels_has_the_meaning_label(run: Path, take: Path, tmp_path: Path) -> None:
    trial = json.loads((run / "run.json").read_text())["trial"]
    trial["targets"] |= {"votes": 0.0, "labels": 1.0}
    labels = copy_with(run, tmp_path / "labels", trial=trial)
    assert load_model(convert_run(labels, tmp_path, "labels", take)).card.meaning == "label"
    trial["targets"] |= {"labels": 0.0, "teacher": 1.0, "teachers": ["labels"]}
    pupil = copy_with(run, tmp_path / "pupil", trial=trial)  # it has the meaning of its teacher
    assert load_model(convert_run(pupil, tmp_path, "pupil", take)).card.meaning == "label"


# --- calibrated runs --------------------------------------------------------------------------------------


def calibrated(run: Path, to: Path) -> Path:
    """Write a run as `tools.calibrate` does: a second network with its own bias, and a draft of the card."""
    tiny_run(to, seed=8)
    (to / "model.keras").rename(to / "calibrated.keras")
    shutil.copy(run / "model.keras", to)
    size = {"width": 32, "height": 32, "channels": 1, "layout": "NHWC", "scaling": "standard"}
    trained = json.loads((to / "run.json").read_text())
    draft = {"name": "else", "labels": EMOTIONS, "input": size, "prior": PRIOR, "power": 0.5, "meaning": "viewers"}
    (to / "card.json").write_text(json.dumps(draft | {"trained": trained}))
    return to


def test_a_calibrated_run_uses_its_calibrated_network_and_card(run: Path, take: Path, tmp_path: Path) -> None:
    folder = calibrated(run, tmp_path / "run")
    model, crops = load_model(convert_run(folder, tmp_path, "small", take)), noise(10)
    expected = softmax(logits(folder / "calibrated.keras", crops, model.card))
    assert np.abs(model.classify(crops) - expected).max() < 1e-5
    assert (model.card.name, model.card.power) == ("small", 0.5)


def test_a_calibration_older_than_the_training_is_refused(run: Path, take: Path, tmp_path: Path) -> None:
    folder = calibrated(run, tmp_path / "run")
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"minutes": 2.0}))
    check_refused(folder, take, "calibrate it again")


# --- refused runs ------------------------------------------------------------------------------------------------


def test_an_unfinished_run_is_refused(run: Path, take: Path, tmp_path: Path) -> None:
    folder = copy_with(run, tmp_path / "run")
    (folder / "model.keras").unlink()
    check_refused(folder, take, r"no finished training run: it has no model\.keras")


def test_a_run_without_all_emotions_is_refused(run: Path, take: Path, tmp_path: Path) -> None:
    check_refused(
        copy_with(run, tmp_path / "run", emotions=EMOTIONS[:6]), take, "does not tell the seven emotions apart"
    )


@pytest.mark.parametrize("offsets", [None, [0.0] * 6, [float("nan")] * 7, "seven", ["a"] * 7])
def test_invalid_offsets_are_refused(run: Path, take: Path, tmp_path: Path, offsets: object) -> None:
    check_refused(copy_with(run, tmp_path / "run", offsets=offsets), take, "offsets must be")


@pytest.mark.parametrize("fields", [{"prior": None}, {"prior": ["x"] * 7}, {"trial": {}}, {"prior": [0.0] * 7}])
def test_an_incomplete_record_is_refused(run: Path, take: Path, tmp_path: Path, fields: dict[str, object]) -> None:
    check_refused(copy_with(run, tmp_path / "run", **fields), take, "no whole record")


def test_a_damaged_record_is_refused(run: Path, take: Path, tmp_path: Path) -> None:
    folder = copy_with(run, tmp_path / "run")
    for text, reason in (("{", r"run\.json"), ("[]", "JSON object"), ("{}", "no record of a training run")):
        (folder / "run.json").write_text(text)
        check_refused(folder, take, reason)


# --- the command line -----------------------------------------------------------------------------------------------


def test_the_command_converts_a_run_under_a_name(
    run: Path, take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--models", str(tmp_path), "--take", str(take)]
    assert main([str(run), "--name", "audience", *options]) == 0
    assert "audience.onnx and its card" in capsys.readouterr().out
    assert load_model(tmp_path / "audience.onnx").card.name == "audience"
    assert main([str(run), str(tmp_path / "audience.json"), *options]) == 1
    assert "whose card follows from it" in capsys.readouterr().err
    assert main([str(run / "model.keras"), *options]) == 1
    assert "give its card" in capsys.readouterr().err


# --- canonical graphs --------------------------------------------------------------------------------


def graph_of(target: list[int], extra: bool) -> onnx.ModelProto:
    """Return the mean of four channels, reshaped to `target`; `extra` inserts a Reshape without effect in front."""
    make = onnx.helper.make_node
    shapes = {"same": [-1, 4, 1, 1], "target": target}
    weights = [onnx.numpy_helper.from_array(np.array(shape, np.int64), name) for name, shape in shapes.items()]
    nodes = [make("GlobalAveragePool", ["input"], ["mean"]), make("Relu", ["mean"], ["left"])]
    nodes += [make("Reshape", ["left", "same"], ["idle"])] * extra
    nodes += [
        make("Reshape", ["idle" if extra else "left", "target"], ["shaped"]),
        make("Softmax", ["shaped"], ["out"]),
    ]
    value = onnx.helper.make_tensor_value_info
    entry, answer = (
        value("input", onnx.TensorProto.FLOAT, ["batch", 4, 3, 3]),
        value("out", onnx.TensorProto.FLOAT, None),
    )
    graph = onnx.helper.make_graph(nodes, "any", [entry], [answer], weights)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])


def kinds_of(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def test_a_no_op_reshape_is_removed() -> None:
    with_it, without = graph_of([-1, 4], extra=True), graph_of([-1, 4], extra=False)
    canonicalise(with_it)
    canonicalise(without)
    assert kinds_of(with_it) == ["GlobalAveragePool", "Relu", "Reshape", "Softmax"]
    assert with_it.SerializeToString(deterministic=True) == without.SerializeToString(deterministic=True)


@pytest.mark.parametrize("target", [[-1, 2, 2, 1], [-1, 4], [1, 4, 1, 1], [-1, 1, 4, 1]])
def test_a_reshape_with_an_effect_is_kept(target: list[int]) -> None:
    model = graph_of(target, extra=False)
    canonicalise(model)
    assert kinds_of(model) == ["GlobalAveragePool", "Relu", "Reshape", "Softmax"]


@pytest.mark.parametrize(
    ("target", "axes", "kept"),
    [
        ([-1, 1, 1, 4], [0, 3, 1, 2], []),
        ([-1, 4, 1, 1], [0, 1, 3, 2], []),
        ([-1, 2, 2, 1], [0, 2, 1, 3], ["Reshape", "Transpose"]),
        ([-1, 1, 1, 4], [0, 1, 3, 2], ["Reshape", "Transpose"]),
        ([-1, 1, 1, 4], [3, 0, 1, 2], ["Reshape", "Transpose"]),
    ],
)
def test_a_reshape_and_a_transpose_that_undo_each_other_are_removed(
    target: list[int], axes: list[int], kept: list[str]
) -> None:
    """tf2onnx removes them in some processes and leaves them in others."""
    model = graph_of(target, extra=False)
    moved = onnx.helper.make_node("Transpose", ["shaped"], ["moved"], perm=axes)
    model.graph.node[-1].input[0] = "moved"
    model.graph.node.insert(len(model.graph.node) - 1, moved)
    canonicalise(model)
    assert kinds_of(model) == ["GlobalAveragePool", "Relu", *kept, "Softmax"]


def test_moves_that_change_the_order_of_numbers_are_kept_even_if_the_shape_is_as_before() -> None:
    model = graph_of([-1, 2, 2, 1], extra=False)
    make = onnx.helper.make_node
    model.graph.node[-1].input[0] = "back"
    at = len(model.graph.node) - 1
    model.graph.node.insert(at, make("Transpose", ["shaped"], ["moved"], perm=[0, 2, 1, 3]))
    model.graph.node.insert(at + 1, make("Reshape", ["moved", "same"], ["back"]))
    canonicalise(model)
    assert kinds_of(model) == ["GlobalAveragePool", "Relu", "Reshape", "Transpose", "Reshape", "Softmax"]


def test_order_and_names_of_nodes_do_not_matter() -> None:
    model, other = graph_of([-1, 4], extra=True), graph_of([-1, 4], extra=True)
    initializers = list(other.graph.initializer)
    del other.graph.initializer[:]
    other.graph.initializer.extend(reversed(initializers))
    for node in other.graph.node:
        node.name = f"else_{node.op_type}"
        node.input[:] = [name.replace("mean", "average") for name in node.input]
        node.output[:] = [name.replace("mean", "average") for name in node.output]
    canonicalise(model)
    canonicalise(other)
    assert model.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)
