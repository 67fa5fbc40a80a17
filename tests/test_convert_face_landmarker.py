"""The converter of the face landmarker: other files are refused, and the shipped networks match their cards."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from coach.perception.models import shipped_path
from coach.perception.onnx_session import open_session
from tools.conversion.tflite import TOLERANCE
from tools.convert_face_landmarker import CARDS, TASK, main

pytestmark = pytest.mark.filterwarnings("ignore:\\s*Warning. tf.lite.Interpreter is deprecated:UserWarning")

EXPECTED_LANDMARKS = [155.6481, 119.5416, 0.0366, -7.5873]
"""Means of x, y and z, and the presence, on one picture of noise."""

EXPECTED_BLENDSHAPES = [0.161703, 0.963649]
"""Mean and largest on random points."""


def refusal(folder: Path, source: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([str(source), "--models", str(folder / "models")]) == 1
    assert not (folder / "models").exists()
    return capsys.readouterr().err


def test_another_task_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(tmp_path / "other.task", "w") as task:
        task.writestr("face_blendshapes.tflite", b"junk")
    assert "another task file" in refusal(tmp_path, tmp_path / "other.task", capsys)


def test_a_wheel_with_another_task_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr(TASK, b"junk")
    assert "another task file" in refusal(tmp_path, tmp_path / "other.whl", capsys)


def test_a_wheel_without_the_task_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(tmp_path / "empty.whl", "w"):
        pass
    assert TASK in refusal(tmp_path, tmp_path / "empty.whl", capsys)
    assert "none.task" in refusal(tmp_path, tmp_path / "none.task", capsys)


@pytest.mark.parametrize("name", sorted(CARDS))
def test_the_shipped_card_matches_the_converter_and_records_parity(name: str) -> None:
    card = json.loads(shipped_path(name).with_suffix(".json").read_text())
    assert {key: card[key] for key in CARDS[name]} == CARDS[name]
    assert 0 < card["parity"]["max_relative_difference"] <= TOLERANCE


def test_the_shipped_landmark_network_gives_the_recorded_outputs() -> None:
    """The outputs on one picture of noise show whether the file or ONNX Runtime has changed."""
    session = open_session(shipped_path("face_landmarks").read_bytes(), "face_landmarks")
    picture = np.random.default_rng(0).uniform(0, 1, (1, 256, 256, 3)).astype(np.float32)
    points, presence = session.run(["landmarks", "presence"], {"input": picture})
    points = points.reshape(478, 3)
    assert [*points.mean(axis=0), presence.item()] == pytest.approx(EXPECTED_LANDMARKS, rel=1e-3)


def test_the_shipped_blendshape_network_gives_the_recorded_outputs() -> None:
    session = open_session(shipped_path("face_blendshapes").read_bytes(), "face_blendshapes")
    points = np.random.default_rng(0).uniform(100, 300, (1, 146, 2)).astype(np.float32)
    (shapes,) = session.run(["blendshapes"], {"points": points})
    assert shapes.shape == (52,)
    assert [shapes.mean(), shapes.max()] == pytest.approx(EXPECTED_BLENDSHAPES, rel=1e-3)
