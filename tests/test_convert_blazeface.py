"""The BlazeFace converter: other models are refused, and the shipped detectors still match their cards."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from coach.perception.models import shipped_path
from tools.console import quiet_tensorflow
from tools.conversion.tflite import TOLERANCE
from tools.convert_blazeface import CARDS, MEMBERS, main

# TensorFlow 2.21 deprecates its TFLite interpreter; another package for this one conversion is not worth it yet.
pytestmark = pytest.mark.filterwarnings("ignore:\\s*Warning. tf.lite.Interpreter is deprecated:UserWarning")


@pytest.fixture(scope="module")
def other_tflite() -> bytes:
    """Return a small TFLite model that is not a face detector."""
    quiet_tensorflow()
    import tensorflow as tf

    module = tf.Module()
    module.double = tf.function(lambda x: x * 2, input_signature=[tf.TensorSpec((1, 4), tf.float32)])
    concrete = module.double.get_concrete_function()
    model: bytes = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert()
    return model


def check_refused(folder: Path, source: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([str(source), "--models", str(folder / "models")]) == 1
    assert not (folder / "models").exists()
    return capsys.readouterr().err


def test_another_model_is_refused(tmp_path: Path, other_tflite: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.tflite").write_bytes(other_tflite)
    assert "not blazeface_short: its outputs are" in check_refused(tmp_path, tmp_path / "other.tflite", capsys)


def test_another_model_in_a_wheel_is_refused(
    tmp_path: Path, other_tflite: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr(MEMBERS["blazeface_short"], other_tflite)
    assert "not blazeface_short" in check_refused(tmp_path, tmp_path / "other.whl", capsys)


def test_a_file_without_a_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "junk.tflite").write_bytes(b"junk")
    with zipfile.ZipFile(tmp_path / "empty.whl", "w"):
        pass
    assert "cannot load it" in check_refused(tmp_path, tmp_path / "junk.tflite", capsys)
    assert MEMBERS["blazeface_short"] in check_refused(tmp_path, tmp_path / "empty.whl", capsys)
    assert "none.tflite" in check_refused(tmp_path, tmp_path / "none.tflite", capsys)


@pytest.mark.parametrize("name", sorted(CARDS))
def test_the_shipped_card_matches_the_converter_and_records_parity(name: str) -> None:
    card = json.loads(shipped_path(name).with_suffix(".json").read_text())
    assert {key: card[key] for key in CARDS[name]} == CARDS[name]
    assert 0 < card["parity"]["max_relative_difference"] <= TOLERANCE


@pytest.mark.parametrize(
    ("name", "expected"),
    [("blazeface_short", [-3.4587, 4.6253, 21.2027]), ("blazeface_back", [-6.0681, 6.0602, 24.8577])],
)
def test_the_shipped_detector_gives_the_recorded_outputs(name: str, expected: list[float]) -> None:
    """The outputs on one image of noise show whether the file or ONNX Runtime has changed."""
    from coach.perception.onnx_session import open_session

    side = CARDS[name]["input"]["width"]
    picture = np.random.default_rng(0).uniform(-1, 1, (1, side, side, 3)).astype(np.float32)
    session = open_session(shipped_path(name).read_bytes(), name)
    regressors, logits = session.run(list(CARDS[name]["outputs"]), {"input": picture})
    assert regressors.shape == (1, 896, 16)
    assert logits.shape == (1, 896, 1)
    means = [float(value) for value in (logits.mean(), regressors.mean(), regressors.std())]
    assert means == pytest.approx(expected, rel=1e-3)
