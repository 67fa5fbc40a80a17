"""The emotion classifier: label order, scaling, layout, invalid answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from perception_help import SHARES, input_card, take_frames, tiny_classifier, write_model

from coach.base.errors import ModelError
from coach.base.types import EMOTIONS
from coach.core.reading.card import InputCard
from coach.core.reading.smoothing import even_handed
from coach.perception.blazeface import BlazeFace
from coach.perception.classifier import crop_face, scale_crops
from coach.perception.models import shipped_path
from coach.perception.pipeline import load_model

GREY = np.full((1, 8, 8), 128, np.uint8)


def test_probabilities_are_reordered_to_the_coachs_labels(tmp_path: Path) -> None:
    labels = ("happy", "neutral", "angry", "surprise", "disgust", "sad", "fear")
    model = load_model(write_model(tmp_path, tiny_classifier(), labels=labels))
    by_label = dict(zip(EMOTIONS, model.classify(GREY)[0].tolist(), strict=True))
    assert by_label == pytest.approx(dict(zip(labels, SHARES, strict=True)), abs=1e-6)


@pytest.mark.parametrize(
    ("layout", "shape"), [("NHWC", (6, 8, 3)), ("NCHW", (3, 6, 8)), ("NHWC", (6, 8, 1)), ("NCHW", (1, 6, 8))]
)
def test_every_layout_and_channel_count_is_supported(tmp_path: Path, layout: str, shape: tuple[int, ...]) -> None:
    card = input_card(width=8, height=6, layout=layout, channels=sorted(shape)[0])
    model = load_model(write_model(tmp_path, tiny_classifier(shape=shape), input=card))
    assert model.classify(np.zeros((2, 6, 8), np.uint8))[1].tolist() == pytest.approx(SHARES, abs=1e-6)


def tensor(crops: NDArray[np.uint8], **fields: object) -> NDArray[np.float32]:
    height, width = crops.shape[1:]
    return scale_crops(crops, InputCard.model_validate(input_card(width=width, height=height, **fields)))


def test_pixels_are_scaled_as_the_card_says() -> None:
    crops = np.array([[[0, 255], [51, 204]]], np.uint8)
    assert tensor(crops).ravel().tolist() == pytest.approx([-1, 1, -0.6, 0.6])
    assert tensor(crops, scaling="raw").ravel().tolist() == [0, 255, 51, 204]
    standard = tensor(crops, scaling="standard")
    assert standard.mean() == pytest.approx(0, abs=1e-6)
    assert standard.std() == pytest.approx(1, abs=1e-6)


def test_each_crop_is_standardised_by_itself_and_a_plain_one_becomes_zero() -> None:
    crops = np.stack([np.full((2, 2), 200), np.array([[0, 10], [0, 10]])]).astype(np.uint8)
    assert tensor(crops, scaling="standard").reshape(2, -1).tolist() == [[0] * 4, [-1, 1, -1, 1]]


def test_grey_is_copied_to_three_channels() -> None:
    crops = np.arange(4, dtype=np.uint8).reshape(1, 2, 2)
    for layout, axis in (("NHWC", 3), ("NCHW", 1)):
        repeated = tensor(crops, channels=3, layout=layout, scaling="raw")
        assert [part.ravel().tolist() for part in np.moveaxis(repeated, axis, 0)] == [[0, 1, 2, 3]] * 3


def test_a_non_finite_output_becomes_nan_for_its_crop_only(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path, tiny_classifier(dark_is_nan=True)))
    answer = model.classify(np.stack([GREY[0], GREY[0] // 4, GREY[0]]))
    assert np.isfinite(answer).all(axis=1).tolist() == [True, False, True]


def test_an_output_that_does_not_sum_to_one_becomes_nan(tmp_path: Path) -> None:
    """The model passes the check on a grey crop when it is loaded, and fails on a brighter one."""
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "axis"], ["column"]),
        helper.make_node("Relu", ["column"], ["bright"]),
        helper.make_node("Add", ["bright", "base"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "sums",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 8, 8, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 7])],
        [
            onnx.numpy_helper.from_array(np.array([1], np.int64), "axis"),
            onnx.numpy_helper.from_array(np.full(7, 1 / 7 - 0.0039, np.float32), "base"),
        ],
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model = load_model(write_model(tmp_path, network))
    answer = model.classify(np.concatenate([GREY, GREY + 100]))
    assert np.isfinite(answer).all(axis=1).tolist() == [True, False]


@pytest.mark.parametrize("last", ["Identity", "Sigmoid"])
def test_model_without_softmax_is_refused_on_loading(tmp_path: Path, last: str) -> None:
    with pytest.raises(ModelError, match="gives no probabilities"):
        load_model(write_model(tmp_path, tiny_classifier(last=last)))


@pytest.mark.parametrize(("name", "least"), [("mini_xception", 0.6), ("audience", 0.3)])
def test_shipped_models_read_sample_take(name: str, least: float) -> None:
    """Sad, then fear, then happy, without tracking or smoothing."""
    model, detector = load_model(shipped_path(name)), BlazeFace()
    correct, size = even_handed(model.card), model.card.input
    crops: list[NDArray[np.uint8]] = []
    times = []
    for frame in take_frames(every=6):
        crop = np.empty((size.height, size.width), np.uint8)
        crops.append(crop_face(frame.image, detector.detect(frame.image)[0].box, model.card.crop, crop))
        times.append(frame.t)
    answers, t = np.array([correct(tuple(row)) for row in model.classify(np.stack(crops)).tolist()]), np.array(times)
    for emotion, start, end in (("sad", 0.0, 5.8), ("fear", 6.7, 8.7), ("happy", 10.2, 19.7)):
        mean = answers[(t >= start) & (t < end)].mean(axis=0)
        assert EMOTIONS[int(mean.argmax())] == emotion
        assert mean.max() > least
