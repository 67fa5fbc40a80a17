"""Models made to do harm: operators hidden from the scan, sizes computed from the picture, runs without an end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from perception_help import SHARES, tiny_classifier, write_model

from coach.base.errors import ModelError
from coach.core.reading.card import ModelCard
from coach.perception import classifier
from coach.perception.classifier import OnnxClassifier
from coach.perception.model_file import OPERATORS, ModelFile, read_card, read_model
from coach.perception.onnx_scan import NotOnnxError, UnusualFormError, scan

OP_TYPE, GRAPH, NODE = 4, 7, 1


def varint(value: int) -> bytes:
    """`value` in its shortest form."""
    groups = []
    while True:
        groups.append(value & 0x7F)
        value >>= 7
        if not value:
            return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


def part(number: int, content: bytes, *, bit: int = 0) -> bytes:
    """The field `number` with `content`; `bit` is set in its key too."""
    return varint(number << 3 | 2 | bit) + varint(len(content)) + content


def with_first_node(model: onnx.ModelProto, more: bytes) -> bytes:
    """The bytes of `model` with `more` at the end of its first node."""
    graph = onnx.GraphProto()
    graph.CopyFrom(model.graph)
    first, *others = graph.node
    nodes = part(NODE, first.SerializeToString() + more)
    nodes += b"".join(part(NODE, node.SerializeToString()) for node in others)
    del graph.node[:]
    rest = onnx.ModelProto()
    rest.CopyFrom(model)
    rest.ClearField("graph")
    return rest.SerializeToString() + part(GRAPH, nodes + graph.SerializeToString())


def test_a_model_written_by_hand_is_read_like_any_other() -> None:
    written = with_first_node(tiny_classifier(), part(OP_TYPE, b"Flatten"))
    assert scan(written).operators == {"Flatten", "MatMul", "Add", "Softmax"}


@pytest.mark.parametrize(
    "hidden",
    [
        part(OP_TYPE, b"Loop", bit=1 << 32),
        part(OP_TYPE, b"Loop", bit=1 << 34),
        b"\xa2\x00" + part(OP_TYPE, b"Loop")[1:],
        part(OP_TYPE, b"")[:1] + b"\x84\x00" + b"Loop",
    ],
    ids=["bit 32", "bit 34", "long key", "long size"],
)
def test_numbers_in_an_unusual_form_are_refused(hidden: bytes, tmp_path: Path) -> None:
    data = with_first_node(tiny_classifier(), hidden)
    with pytest.raises(UnusualFormError):
        scan(data)
    with pytest.raises(ModelError, match=r"tiny\.onnx was refused: .* can hide what the model does"):
        read_model(write_model(tmp_path, data), ModelCard)


def test_a_number_is_not_taken_for_the_name_of_an_operator() -> None:
    """A parser that knows the types skips it, so that the name before it counts."""
    eight_letters = bytes([OP_TYPE << 3 | 1]) + b"Identity"
    with pytest.raises(NotOnnxError, match="a number where a part belongs"):
        scan(with_first_node(tiny_classifier(), part(OP_TYPE, b"Loop") + eight_letters))


def test_the_runtime_reads_the_format_that_was_scanned(tmp_path: Path) -> None:
    """These bytes are an ONNX model whose beginning is also that of ONNX Runtime's own format."""
    producer = 2
    data = part(producer, b"\0\0ORTM and another model") + tiny_classifier(SHARES).SerializeToString()
    file = read_model(write_model(tmp_path, data), ModelCard)
    np.testing.assert_allclose(OnnxClassifier(file).classify(np.zeros((1, 8, 8), np.uint8)), [SHARES], rtol=1e-5)


def test_weights_in_other_files_are_seen_in_any_form_of_the_number() -> None:
    model = tiny_classifier()
    location = bytes([14 << 3]) + varint(1 + (1 << 32))
    hidden = part(5, model.graph.initializer[0].SerializeToString() + location)
    del model.graph.initializer[0]
    graph = part(GRAPH, model.graph.SerializeToString() + hidden)
    model.ClearField("graph")
    assert scan(model.SerializeToString() + graph).external


def test_two_results_of_one_name_are_refused() -> None:
    model = tiny_classifier()
    model.graph.node[1].output[0] = model.graph.node[0].output[0]
    with pytest.raises(UnusualFormError, match="same name"):
        scan(model.SerializeToString())


def test_no_allowed_operator_loops_or_makes_values_of_any_size() -> None:
    forbidden = {
        "Loop", "Scan", "If", "SequenceMap", "Range", "ConstantOfShape", "Expand", "Tile", "Resize", "Upsample",
        "NonZero", "Compress", "Unique", "OneHot", "RandomUniform", "RandomNormal", "Multinomial", "NonMaxSuppression",
        "EyeLike", "TopK", "CenterCropPad", "AffineGrid", "GridSample", "RoiAlign", "MaxUnpool", "Col2Im",
    }  # fmt: skip
    assert not OPERATORS & forbidden


def sized(*nodes: onnx.NodeProto) -> onnx.ModelProto:
    """A classifier that pads its logits by `edges`, which `nodes` compute, and cuts them off again."""
    return helper.make_model(
        helper.make_graph(
            [
                helper.make_node("Flatten", ["input"], ["flat"]),
                helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
                *nodes,
                helper.make_node("Pad", ["logits", "edges"], ["padded"]),
                helper.make_node("Slice", ["padded", "from", "to", "axis"], ["cut"]),
                helper.make_node("Softmax", ["cut"], ["probabilities"]),
            ],
            "sized",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 8, 8, 1])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 7])],
            [
                numpy_helper.from_array(np.zeros((64, 7), np.float32), "weights"),
                numpy_helper.from_array(np.array([0, 0, 0], np.int64), "three"),
                numpy_helper.from_array(np.array([0], np.int64), "from"),
                numpy_helper.from_array(np.array([7], np.int64), "to"),
                numpy_helper.from_array(np.array([1], np.int64), "axis"),
                numpy_helper.from_array(np.array(2, np.int64), "two"),
            ],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def from_picture() -> list[onnx.NodeProto]:
    """Nodes that compute ``number`` from the brightest pixel."""
    return [
        helper.make_node("ReduceMax", ["input"], ["brightest"], keepdims=0),
        helper.make_node("Cast", ["brightest"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["whole", "axis"], ["number"]),
    ]


@pytest.mark.row(15)
def test_sizes_computed_from_the_picture_are_refused(tmp_path: Path) -> None:
    model = sized(*from_picture(), helper.make_node("Concat", ["three", "number"], ["edges"], axis=0))
    assert scan(model.SerializeToString()).sized_by_picture == {"Pad"}
    with pytest.raises(ModelError, match=r"it computes sizes from the picture \(Pad\)"):
        read_model(write_model(tmp_path, model), ModelCard)


def test_random_sizes_are_refused() -> None:
    random = helper.make_node("Dropout", ["three"], ["mask"])
    model = sized(random, helper.make_node("Concat", ["mask", "from"], ["edges"], axis=0))
    assert scan(model.SerializeToString()).sized_by_picture == {"Pad"}


def test_sizes_computed_from_the_size_of_the_picture_are_allowed(tmp_path: Path) -> None:
    """Converters write such arithmetic for a free batch size."""
    model = sized(
        helper.make_node("Shape", ["input"], ["shape"]),
        helper.make_node("Gather", ["shape", "axis"], ["eight"]),
        helper.make_node("Concat", ["three", "eight"], ["edges"], axis=0),
    )
    file = read_model(write_model(tmp_path, model), ModelCard)
    assert OnnxClassifier(file).classify(np.zeros((3, 8, 8), np.uint8)).shape == (3, 7)


def endless() -> onnx.ModelProto:
    """A classifier that copies the picture two million million times before it answers."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["old"], ["new"])],
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("old", TensorProto.FLOAT, ["batch", 64]),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("new", TensorProto.FLOAT, ["batch", 64]),
        ],
    )
    model = tiny_classifier()
    model.graph.node.insert(1, helper.make_node("Loop", ["many", "yes", "flat"], ["copied"], body=body))
    model.graph.node[2].input[0] = "copied"
    model.graph.initializer.append(numpy_helper.from_array(np.array(2**41, np.int64), "many"))
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    return model


def test_a_run_of_a_model_from_outside_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the scan should miss, the runtime ends it, and Ctrl-C has its effect then."""
    monkeypatch.setattr(classifier, "RUN_LIMIT_S", 0.05)
    path = write_model(tmp_path, endless())
    card = read_card(path.with_suffix(".json"), ModelCard)
    with pytest.raises(ModelError, match=r"tiny\.onnx was refused: reading one face took longer than 0\.05 s"):
        OnnxClassifier(ModelFile(path, path.read_bytes(), card, trusted=False))


def test_a_model_from_outside_gets_one_face_at_a_time(tmp_path: Path) -> None:
    """This one reads only the first; with another number a model could need any amount of memory."""
    model = tiny_classifier(SHARES)
    model.graph.node.insert(1, helper.make_node("Slice", ["flat", "zero", "one", "zero"], ["first"]))
    model.graph.node[2].input[0] = "first"
    model.graph.initializer.append(numpy_helper.from_array(np.array([0], np.int64), "zero"))
    model.graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), "one"))
    file = read_model(write_model(tmp_path, model), ModelCard)
    read = OnnxClassifier(file).classify(np.zeros((3, 8, 8), np.uint8))
    np.testing.assert_allclose(read, [SHARES] * 3, rtol=1e-5)
