"""Loading models: missing, damaged and unsafe files and wrong cards are refused."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from perception_help import SHARES, input_card, tiny_classifier, write_model

from coach.base.errors import ModelError
from coach.base.types import EMOTIONS
from coach.core.reading.card import ModelCard
from coach.perception.model_file import OPERATORS, ModelFile, read_model
from coach.perception.models import CLASSIFIER, DETECTOR, TRUSTED, shipped_path
from coach.perception.onnx_scan import NotOnnxError, scan
from coach.perception.pipeline import load_model
from coach.perception.probe import try_in_child


def check_refused(path: Path, *reasons: str) -> str:
    """Check that the model at `path` is refused in one line that contains all `reasons`; return the message."""
    with pytest.raises(ModelError) as caught:
        load_model(path)
    message = str(caught.value)
    assert "\n" not in message
    assert [reason for reason in reasons if reason not in message] == [], message
    return message


@pytest.mark.parametrize("name", [CLASSIFIER, DETECTOR])
def test_shipped_models_are_trusted(name: str) -> None:
    card = json.loads(shipped_path(name).with_suffix(".json").read_text())
    assert TRUSTED[card["sha256"]] == name
    assert {"name", "file", "sha256", "input", "source", "licence"} <= set(card)


def test_valid_model_with_its_card_is_loaded(tmp_path: Path) -> None:
    assert load_model(write_model(tmp_path, tiny_classifier())).card.name == "tiny"


@pytest.mark.row(15)
@pytest.mark.parametrize(
    ("break_it", "reasons"),
    [
        (lambda path: path.unlink(), ["model not found", "tiny.onnx"]),
        (lambda path: path.with_suffix(".json").unlink(), ["model card not found", "tiny.json", "docs/model.md"]),
        (lambda path: path.with_suffix(".json").write_text("{"), ["tiny.json", "Invalid JSON"]),
        (lambda path: path.with_suffix(".json").write_text("[1]"), ["tiny.json"]),
        (lambda path: path.with_suffix(".json").write_bytes(b"\xff\xfe"), ["tiny.json"]),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), ["changed or damaged", "tiny.onnx"]),
        (lambda path: path.write_bytes(b""), ["changed or damaged"]),
        (lambda path: os.truncate(path, 64 * 2**20 + 1), ["larger than 64 MB"]),
        (lambda path: os.truncate(path.with_suffix(".json"), 2**20 + 1), ["larger than 1 MB"]),
    ],
)
def test_errors_name_missing_and_damaged_files(
    tmp_path: Path, break_it: Callable[[Path], object], reasons: list[str]
) -> None:
    path = write_model(tmp_path, tiny_classifier())
    break_it(path)
    check_refused(path, *reasons)


def test_folder_and_other_file_types_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.onnx").mkdir()
    check_refused(tmp_path / "folder.onnx", "not found")
    check_refused(tmp_path / "model.h5", "not an .onnx file", "docs/model.md")


def test_control_characters_in_names_and_cards_are_not_printed(tmp_path: Path) -> None:
    assert "\x1b" not in check_refused(tmp_path / "a\x1b[31m.onnx")
    assert "\x1b" not in check_refused(write_model(tmp_path, tiny_classifier(), file="\x1b[31m"))


SWAPPED = ("angry", "disgust", "fear", "happy", "sad", "surprise", "calm")


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"labels": SWAPPED}, ["labels", "must be these seven words", "neutral"]),
        ({"labels": EMOTIONS[:6]}, ["labels"]),
        ({"labels": ("fear", *EMOTIONS[1:])}, ["labels"]),
        ({"labels": None}, ["labels", "required"]),
        ({"sha256": "abc"}, ["sha256"]),
        ({"sha256": "0" * 64}, ["changed or damaged"]),
        ({"file": "../tiny.onnx"}, ["is the card of ../tiny.onnx, not of tiny.onnx"]),
        ({"input": input_card(channels=2)}, ["input.channels"]),
        ({"input": input_card(layout="HWC")}, ["input.layout"]),
        ({"input": input_card(scaling="minus_one")}, ["input.scaling"]),
        ({"input": input_card(width=0)}, ["input.width"]),
        ({"input": input_card(height=100_000)}, ["input.height"]),
        ({"input": input_card(width=9)}, ["(batch, 8, 9, 1)", "(batch, 8, 8, 1)"]),
        ({"input": input_card(layout="NCHW")}, ["(batch, 1, 8, 8)"]),
        ({"crop": {"scale": 100}}, ["crop.scale"]),
        ({"prior": [0.5, 0.5]}, ["prior"]),
        ({"prior": [0, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1]}, ["prior"]),
        ({"power": 2}, ["power"]),
        ({"meaning": "feels"}, ["meaning", "'label'", "'viewers'"]),
    ],
)
def test_the_error_for_a_wrong_card_names_the_field(
    tmp_path: Path, fields: dict[str, object], reasons: list[str]
) -> None:
    check_refused(write_model(tmp_path, tiny_classifier(), **fields), *reasons)


@pytest.mark.row(15)
def test_label_order_must_match_the_card(tmp_path: Path) -> None:
    model = tiny_classifier()
    helper.set_model_props(model, {"labels": ",".join(reversed(EMOTIONS))})
    check_refused(
        write_model(tmp_path, model), "its own label order is neutral,surprise", "its card says angry,disgust"
    )
    assert load_model(write_model(tmp_path, model, labels=EMOTIONS[::-1])).card.labels == EMOTIONS[::-1]


@pytest.mark.row(15)
@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        (tiny_classifier(shares=(0.5, 0.5)), ["(batch, 7)", "(batch, 2)"]),
        (tiny_classifier(name="scores"), ["must be `probabilities`", "`scores`"]),
        (tiny_classifier(batch=1), ["(batch, 8, 8, 1)", "(1, 8, 8, 1)"]),
        (tiny_classifier(last="Relu"), ["gives no probabilities"]),
    ],
)
def test_errors_name_wrong_shapes_and_outputs(tmp_path: Path, model: onnx.ModelProto, reasons: list[str]) -> None:
    check_refused(write_model(tmp_path, model), *reasons)


def test_model_must_take_one_float32_tensor(tmp_path: Path) -> None:
    two = tiny_classifier()
    two.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, ["batch", 1]))
    check_refused(write_model(tmp_path, two), "one tensor")
    bytes_in = tiny_classifier()
    bytes_in.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    check_refused(write_model(tmp_path, bytes_in))


# --- unsafe models ------------------------------------------------------------------------------------------------


def external(model: onnx.ModelProto, location: str) -> onnx.ModelProto:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return model


@pytest.mark.parametrize("location", ["weights.bin", "../../etc/passwd", "/etc/passwd"])
def test_external_weights_are_refused(tmp_path: Path, location: str) -> None:
    check_refused(write_model(tmp_path, external(tiny_classifier(), location)), "weights in other files")


def test_external_weights_in_an_attribute_are_refused(tmp_path: Path) -> None:
    model = tiny_classifier()
    tensor = numpy_helper.from_array(np.zeros(7, np.float32))
    tensor.data_location = TensorProto.EXTERNAL
    model.graph.node.append(helper.make_node("Constant", [], ["more"], value=tensor))
    check_refused(write_model(tmp_path, model), "weights in other files")


@pytest.mark.row(15)
@pytest.mark.parametrize("operator", ["Loop", "ConstantOfShape", "Expand", "Tile", "RandomNormal", "StringNormalizer"])
def test_operators_outside_the_list_are_refused(tmp_path: Path, operator: str) -> None:
    model = tiny_classifier()
    model.graph.node.append(helper.make_node(operator, ["flat"], ["more"]))
    check_refused(write_model(tmp_path, model), f"it uses {operator}")


def test_known_operator_of_another_domain_is_refused(tmp_path: Path) -> None:
    model = tiny_classifier()
    model.graph.node.append(helper.make_node("Relu", ["flat"], ["more"], domain="evil\x1b[31m"))
    assert "\x1b" not in check_refused(write_model(tmp_path, model), "it uses evil", ".Relu")


def test_functions_and_subgraphs_are_refused(tmp_path: Path) -> None:
    with_function = tiny_classifier()
    node = helper.make_node("Relu", ["x"], ["y"])
    with_function.functions.append(helper.make_function("own", "Own", ["x"], ["y"], [node], with_function.opset_import))
    check_refused(write_model(tmp_path, with_function), "functions, loops or branches")
    with_graph = tiny_classifier()
    with_graph.graph.node[0].attribute.append(helper.make_attribute("body", tiny_classifier().graph))
    check_refused(write_model(tmp_path, with_graph), "functions, loops or branches")


def memory_hungry(gigabytes: int) -> bytes:
    """A tiny model of allowed operators that pads its input to `gigabytes`."""
    side = int((gigabytes * 2**30 / 4) ** 0.5)
    nodes = [
        helper.make_node("Pad", ["input", "edges"], ["huge"]),
        helper.make_node("GlobalMaxPool", ["huge"], ["most"]),
        helper.make_node("Flatten", ["most"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    edges = np.array([0, 0, side, side, 0, 0, 0, 0], np.int64)
    graph = helper.make_graph(
        nodes,
        "hungry",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 7])],
        [numpy_helper.from_array(edges, "edges"), numpy_helper.from_array(np.zeros((1, 7), np.float32), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


@pytest.mark.row(15)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on a process's memory that a child can set itself")
def test_model_that_exhausts_memory_is_refused(tmp_path: Path) -> None:
    path = write_model(tmp_path, memory_hungry(8), input=input_card(layout="NCHW"))
    assert path.stat().st_size < 1000
    check_refused(path, "tiny.onnx fails on a plain grey picture", "Pad")  # not because of the time limit


def test_model_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    """No child process can answer in 0 s."""
    with pytest.raises(ModelError, match=r"tiny\.onnx was refused: .* longer than 0 s"):
        try_in_child(tiny_file(tmp_path), limit_s=0)


def test_model_that_crashes_the_child_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that cannot start ends like a killed one: with an exit code and without output."""
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    with pytest.raises(ModelError, match=r"tiny\.onnx was refused: it ended the process that tried it"):
        try_in_child(tiny_file(tmp_path))


def test_child_does_not_import_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('loaded from the wrong folder')")
    monkeypatch.chdir(tmp_path)
    try_in_child(tiny_file(tmp_path))


def tiny_file(folder: Path) -> ModelFile[ModelCard]:
    return read_model(write_model(folder, tiny_classifier()), ModelCard)


# --- the ONNX scanner ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [CLASSIFIER, DETECTOR])
def test_scan_agrees_with_the_onnx_package(name: str) -> None:
    data = shipped_path(name).read_bytes()
    scanned, model = scan(data), onnx.load_model_from_string(data)
    assert scanned.operators == {node.op_type for node in model.graph.node}
    assert scanned.nodes == len(model.graph.node)
    assert scanned.opset == 17
    assert scanned.metadata == {entry.key: entry.value for entry in model.metadata_props}
    assert (scanned.external, scanned.functions, scanned.subgraphs) == (False, False, False)


def test_shipped_classifier_uses_allowed_operators_and_names_its_labels() -> None:
    scanned = scan(shipped_path(CLASSIFIER).read_bytes())
    assert scanned.operators <= OPERATORS
    assert scanned.metadata["labels"] == ",".join(EMOTIONS)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(NotOnnxError):
        scan(data)


TINY = tiny_classifier(SHARES).SerializeToString()


@given(st.integers(0, len(TINY) - 1), st.integers(0, 255))
def test_corrupt_byte_never_crashes_the_scan(at: int, byte: int) -> None:
    with contextlib.suppress(NotOnnxError):
        scan(TINY[:at] + bytes([byte]) + TINY[at + 1 :])


@given(st.integers(0, len(TINY) - 1))
def test_truncated_model_never_crashes_the_scan(length: int) -> None:
    with contextlib.suppress(NotOnnxError):
        scan(TINY[:length])


def test_a_file_that_is_not_a_model_is_refused_even_with_a_matching_card(tmp_path: Path) -> None:
    for junk in (b"", b"\x89HDF\r\n\x1a\n" + bytes(100), b"PK\x03\x04", TINY[: len(TINY) // 2]):
        check_refused(write_model(tmp_path, junk), "tiny.onnx")


def test_checked_bytes_are_the_bytes_that_run(tmp_path: Path) -> None:
    path = write_model(tmp_path, tiny_classifier())
    file = read_model(path, ModelCard)
    path.write_bytes(b"swapped")
    assert file.data == TINY or onnx.load_model_from_string(file.data) == tiny_classifier()
