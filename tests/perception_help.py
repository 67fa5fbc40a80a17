"""Tiny ONNX classifiers with cards, and images with faces, for the tests of perception."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from coach.base.files import sample_take
from coach.base.types import EMOTIONS, Box, Detection, Frame, Observation
from coach.perception.blazeface import BlazeFace
from coach.perception.models import WIDE_DETECTOR, shipped_path
from coach.perception.pipeline import FacePipeline
from coach.perception.tracker import Tracker

SHARES = (0.4, 0.2, 0.15, 0.1, 0.08, 0.05, 0.02)
"""The probabilities of the tiny classifier, in the order of its labels."""


def tiny_classifier(
    shares: tuple[float, ...] = SHARES,
    shape: tuple[int, ...] = (8, 8, 1),
    last: str = "Softmax",
    name: str = "probabilities",
    batch: str | int = "batch",
    dark_is_nan: bool = False,
) -> onnx.ModelProto:
    """A classifier that always returns `shares`; with `dark_is_nan` it returns NaN for inputs with a mean below 0."""
    pixels = int(np.prod(shape))
    weights = np.zeros((pixels, len(shares)), np.float32)
    nodes = [helper.make_node("Flatten", ["input"], ["flat"], axis=1)]
    entry = "flat"
    if dark_is_nan:
        nodes.append(helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1))
        nodes.append(helper.make_node("Sqrt", ["mean"], ["root"]))
        weights, entry = np.zeros((1, len(shares)), np.float32), "root"
    nodes.append(helper.make_node("MatMul", [entry, "weights"], ["weighed"]))
    nodes.append(helper.make_node("Add", ["weighed", "bias"], ["logits"]))
    nodes.append(helper.make_node(last, ["logits"], [name]))
    bias = np.log(np.asarray(shares, np.float32))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, len(shares)])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write_model(folder: Path, model: onnx.ModelProto | bytes, name: str = "tiny", **fields: object) -> Path:
    """Write `model` and a matching card with `fields` replaced; None omits a field. Returns the model's path."""
    data = model if isinstance(model, bytes) else model.SerializeToString()
    card: dict[str, object] = {
        "name": name,
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "labels": EMOTIONS,
        "input": {"width": 8, "height": 8, "channels": 1, "layout": "NHWC", "scaling": "minus1_1"},
    }
    card |= fields
    path = folder / f"{name}.onnx"
    path.write_bytes(data)
    path.with_suffix(".json").write_text(json.dumps({key: value for key, value in card.items() if value is not None}))
    return path


def input_card(**fields: object) -> dict[str, object]:
    """The `input` of the tiny classifier's card, with `fields` replaced."""
    return {"width": 8, "height": 8, "channels": 1, "layout": "NHWC", "scaling": "minus1_1"} | fields


def take_frames(every: int = 1) -> Iterator[Frame]:
    """Every Nth frame of the sample take."""
    capture = cv2.VideoCapture(str(sample_take()))
    number = 0
    while capture.grab():
        if number % every == 0:
            yield Frame(number * 1001 / 24000, capture.retrieve()[1].astype(np.uint8, copy=False))
        number += 1
    capture.release()


@cache
def face_picture() -> NDArray[np.uint8]:
    """The first frame of the sample take, 640 x 360; its face is 212 pixels wide, at about (370, 134)."""
    image = next(take_frames()).image
    image.flags.writeable = False
    return image


@cache
def sad_picture() -> NDArray[np.uint8]:
    """A frame of the sample take that is read as sad with every detector; the first frame is nearly a tie."""
    image = next(frame.image for number, frame in enumerate(take_frames()) if number == 30)
    image.flags.writeable = False
    return image


def face(x: float, y: float, size: float = 100, score: float = 0.9) -> Detection:
    """A frontal face centred on (x, y)."""
    points = ((-0.2, -0.15), (0.2, -0.15), (0, 0.05), (0, 0.25), (-0.45, -0.1), (0.45, -0.1))
    landmarks = tuple((x + size * dx, y + size * dy) for dx, dy in points)
    return Detection(Box(x - size / 2, y - size / 2, size, size), score, landmarks)


def picture(width: int = 640, height: int = 360, grey: int = 128) -> NDArray[np.uint8]:
    """A plain grey image."""
    return np.full((height, width, 3), grey, np.uint8)


def scaled_into_corner(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """A plain image of 1280 x 720 with a scaled-down `image` in its corner."""
    canvas = picture(1280, 720, 40)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas


STEP = 0.1
"""Seconds between two moments of `tracks`."""

FPS = 24
"""Frames per second of `observe`."""


def one_actor() -> Tracker:
    """A tracker of one actor."""
    return Tracker(actor_only=True)


def tracks(tracker: Tracker, moments: list[list[Detection]], start: float = 0.0) -> list[dict[int, Detection]]:
    """The tracked faces by number, for one list of detections every tenth of a second."""
    return [
        dict(tracker.update(start + i * STEP, sorted(faces, key=lambda detection: -detection.box.area)))
        for i, faces in enumerate(moments)
    ]


def follow(tracker: Tracker, moments: list[list[Detection]]) -> list[Detection | None]:
    """The actor's face, for one list of detections every tenth of a second."""
    return [faces.get(0) for faces in tracks(tracker, moments)]


def alive(x: float, size: float, count: int) -> list[Detection]:
    """A face that moves a little, as that of a living person always does."""
    return [face(x + size * 0.03 * math.sin(2.5 * i), 180, size) for i in range(count)]


def observe(crowd: FacePipeline, images: Sequence[NDArray[np.uint8]], start: float = 0.0) -> list[Observation]:
    """The faces of everyone in `images`, which follow each other at `FPS`."""
    return [crowd.observe(Frame(start + i / FPS, image)) for i, image in enumerate(images)]


def track_numbers(observation: Observation) -> list[int]:
    """The numbers of the faces in sight."""
    return [f.track for f in observation.faces]


def head() -> NDArray[np.uint8]:
    """A tight crop of the sample take's face, 120 pixels wide."""
    box = BlazeFace(shipped_path(WIDE_DETECTOR)).detect(face_picture())[0].box
    x, y, side = round(box.x - box.width * 0.15), max(round(box.y - box.height * 0.45), 0), round(box.width * 1.3)
    return cv2.resize(face_picture()[y : y + side, x : x + side], (120, 120)).astype(np.uint8)
