"""The second head adds an output without changing the first; evaluations list it as a separate reading."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from training_help import make_fer
from training_run_help import tiny_run

from coach.base.types import EMOTIONS
from coach.perception.models import shipped_path
from coach.perception.pipeline import load_model
from tools.conversion.training_run import convert_run
from tools.evaluation.predictions import AS_LABELLED
from tools.label_head import fit, main

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

FACES = np.random.default_rng(2).integers(0, 255, (5, 32, 32), np.uint8)


@pytest.fixture(scope="module")
def two_heads(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NDArray[np.float32], Path]:
    """Return a model with a second head, its predictions without it, and the faces the head was trained on."""
    folder = tmp_path_factory.mktemp("head")
    fer = make_fer(tmp_path_factory.mktemp("fer"), train=210)
    model = convert_run(tiny_run(folder / "run"), folder / "models", "tiny")
    before = load_model(model).classify(FACES)
    assert main([str(model), "--data", str(fer)]) == 0
    return model, before, fer


def test_the_first_output_is_unchanged(two_heads: tuple[Path, NDArray[np.float32], Path]) -> None:
    model = load_model(two_heads[0])
    assert model.outputs == ("probabilities", AS_LABELLED)
    assert model.classify(FACES) == pytest.approx(two_heads[1], abs=1e-6)


def test_the_second_head_predicts_different_probabilities(
    two_heads: tuple[Path, NDArray[np.float32], Path],
) -> None:
    model = load_model(two_heads[0])
    labelled = model.classify(FACES, AS_LABELLED)
    assert labelled.sum(1) == pytest.approx(np.ones(5), abs=1e-5)
    assert np.abs(labelled - two_heads[1]).max() > 0.01


def test_the_card_describes_the_second_output(two_heads: tuple[Path, NDArray[np.float32], Path]) -> None:
    card = json.loads(two_heads[0].with_suffix(".json").read_text())
    assert "comparing" in card["outputs"][AS_LABELLED]
    assert 0 <= card["measured"]["held_out_as_labelled"] <= 1


def test_an_evaluation_includes_the_labelled_reading(
    two_heads: tuple[Path, NDArray[np.float32], Path], tmp_path: Path
) -> None:
    from tools.evaluate import main as evaluate

    args = [
        str(two_heads[0]),
        "--data",
        str(two_heads[2]),
        "--split",
        "train",
        "--resamples",
        "20",
        "--out",
        str(tmp_path),
    ]
    assert evaluate(args) == 0
    (model,) = json.loads((tmp_path / "evaluation.json").read_text())["models"]
    assert "as labelled" in model["scores"]


def test_fit_separates_linearly_separable_classes() -> None:
    rng = np.random.default_rng(4)
    labels = np.arange(700) % len(EMOTIONS)
    features = (rng.normal(0, 0.1, (700, 9)) + np.eye(9)[labels]).astype(np.float32)
    weights, biases = fit(features, labels)
    assert ((features @ weights + biases).argmax(1) == labels).mean() > 0.99


def test_models_with_the_head_or_without_a_dense_layer_are_refused(
    two_heads: tuple[Path, NDArray[np.float32], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(two_heads[0]), "--data", str(two_heads[2])]) == 2
    assert "more than its one answer already" in capsys.readouterr().err
    other = Path(shutil.copy(shipped_path("mini_xception"), tmp_path))
    shutil.copy(shipped_path("mini_xception").with_suffix(".json"), tmp_path)
    assert main([str(other), "--data", str(two_heads[2])]) == 2
    assert "does not end in one dense layer" in capsys.readouterr().err
