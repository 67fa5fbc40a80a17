"""The detector's converter: what is no short-range BlazeFace is refused, and nothing is written."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from coach.perception.shipped import DETECTOR, shipped
from tools.convert_blazeface import CARD, MEMBER, TOLERANCE, main
from tools.quiet import quiet_tensorflow

# TensorFlow 2.21 announces the end of its TFLite reader; another package for this one conversion is not worth it yet.
pytestmark = pytest.mark.filterwarnings("ignore:\\s*Warning. tf.lite.Interpreter is deprecated:UserWarning")


@pytest.fixture(scope="module")
def other_tflite() -> bytes:
    """A small TFLite model that is no face detector."""
    quiet_tensorflow()
    import tensorflow as tf

    module = tf.Module()
    module.double = tf.function(lambda x: x * 2, input_signature=[tf.TensorSpec((1, 4), tf.float32)])
    concrete = module.double.get_concrete_function()
    made: bytes = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert()
    return made


def refused(folder: Path, source: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([str(source), "--models", str(folder / "models")]) == 1
    assert not (folder / "models").exists()
    return capsys.readouterr().err


def test_another_model_is_refused(tmp_path: Path, other_tflite: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.tflite").write_bytes(other_tflite)
    assert "not short-range BlazeFace: its outputs are" in refused(tmp_path, tmp_path / "other.tflite", capsys)


def test_another_model_in_a_wheel_is_refused(
    tmp_path: Path, other_tflite: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr(MEMBER, other_tflite)
    assert "not short-range BlazeFace" in refused(tmp_path, tmp_path / "other.whl", capsys)


def test_what_is_no_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "junk.tflite").write_bytes(b"junk")
    with zipfile.ZipFile(tmp_path / "empty.whl", "w"):
        pass
    assert "cannot load it" in refused(tmp_path, tmp_path / "junk.tflite", capsys)
    assert MEMBER in refused(tmp_path, tmp_path / "empty.whl", capsys)
    assert "none.tflite" in refused(tmp_path, tmp_path / "none.tflite", capsys)


def test_the_shipped_card_is_the_converters_and_records_its_comparison() -> None:
    card = json.loads(shipped(DETECTOR).with_suffix(".json").read_text())
    assert {key: card[key] for key in CARD} == CARD
    assert 0 < card["parity"]["max_relative_difference"] <= TOLERANCE


def test_the_shipped_detector_answers_as_it_did_when_it_was_compared() -> None:
    """On one picture of noise, so that neither the file nor a newer ONNX Runtime changes it unseen."""
    from coach.perception.session import open_session

    picture = np.random.default_rng(0).uniform(-1, 1, (1, 128, 128, 3)).astype(np.float32)
    session = open_session(shipped(DETECTOR).read_bytes(), DETECTOR)
    regressors, logits = session.run(list(CARD["outputs"]), {"input": picture})
    assert regressors.shape == (1, 896, 16)
    assert logits.shape == (1, 896, 1)
    means = [float(each) for each in (logits.mean(), regressors.mean(), regressors.std())]
    assert means == pytest.approx([-3.4587, 4.6253, 21.2027], rel=1e-3)
