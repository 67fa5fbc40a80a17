"""Calibration: fits on simulated viewers, and the calibrated network with its card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from training_help import make_fer

from coach.base.types import EMOTIONS
from coach.core.reading.card import ModelCard
from tools.calibrate import calibrate, main
from tools.datasets.fer import FaceSet
from tools.evaluation.metrics import log_odds, recall_per_class
from tools.training.calibration import (
    LEAST_RECALL,
    choose_power,
    fit_calibration,
    fit_curve,
    fit_evidence,
    fit_floor,
    fit_temperature,
    recall_and_precision,
)
from tools.training.metrics import card_metrics, even_handed, softmax

# Keras 3 saves TensorFlow's variables through an interface that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PRIOR = np.array([0.09, 0.01, 0.03, 0.27, 0.14, 0.12, 0.34], np.float32)


def simulate_viewers(count: int = 4000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return predicted shares, and for each the shares of ten viewers that are drawn from it."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (count, 7)).astype(np.float32) + np.log(PRIOR)
    shares = softmax(logits)
    votes = np.stack([rng.multinomial(10, row.astype(float) / row.astype(float).sum()) for row in shares])
    return shares, (votes / 10).astype(np.float32)


def test_fit_calibration_recovers_temperature_and_biases() -> None:
    shares, viewers = simulate_viewers()
    bias = np.array([0.5, 0, -0.5, 0, 0.2, 0, -0.2], np.float32)
    temperature, offsets = fit_calibration((np.log(shares) - bias) * 2, viewers)
    assert temperature == pytest.approx(0.5, abs=0.03)
    assert offsets == pytest.approx(bias - bias.mean(), abs=0.1)


def test_fit_temperature_recovers_the_temperature_with_one_viewer_per_face() -> None:
    """With one vote per face, the share of viewers equals the probability of the majority."""
    rng = np.random.default_rng(5)
    shares, _ = simulate_viewers(20_000)
    votes = np.eye(7, dtype=np.float32)[
        [rng.choice(7, p=row.astype(float) / row.astype(float).sum()) for row in shares]
    ]
    assert fit_temperature(np.log(shares) * 2, votes) == pytest.approx(0.5, abs=0.03)


def test_fit_temperature_lies_between_the_optima_of_both_errors() -> None:
    shares, viewers = simulate_viewers()
    assert 1.0 < fit_temperature(np.log(shares), viewers) < 2.0


def test_a_curve_predicts_the_share_of_viewers() -> None:
    shares, viewers = simulate_viewers()
    curve = np.array(fit_curve(log_odds(shares[:, 3]), viewers[:, 3]))
    expected = np.interp(log_odds(shares[:, 3]), *curve.T)
    assert (np.diff(curve[:, 0]) > 0).all()
    assert (np.diff(curve[:, 1]) >= 0).all()
    assert np.abs(expected - shares[:, 3]).mean() < 0.02


def test_a_curve_never_decreases_even_if_viewers_disagree_with_the_model() -> None:
    evidence = np.linspace(-3, 3, 500)
    curve = np.array(fit_curve(evidence, (evidence < 0).astype(np.float32)))
    assert (np.diff(curve[:, 1]) >= 0).all()


def test_the_baseline_is_the_mean_evidence_of_neutral_faces() -> None:
    shares, viewers = simulate_viewers()
    fitted = fit_evidence(shares, viewers, PRIOR, 0.5)
    odds = log_odds(even_handed(shares, PRIOR, 0.5))
    of_neutral = odds[viewers.argmax(1) == EMOTIONS.index("neutral")].mean(0)
    assert [fitted["neutral"][emotion] for emotion in EMOTIONS] == pytest.approx(of_neutral, abs=1e-3)
    for emotion in EMOTIONS:
        low, middle, high = fitted["quartiles"][emotion]
        assert low <= middle == fitted["typical"][emotion] <= high


def test_a_uniform_prior_needs_no_power() -> None:
    shares, viewers = simulate_viewers()
    assert choose_power(shares, viewers, np.full(7, 1 / 7, np.float32)) == 0


def test_the_chosen_power_keeps_a_minimum_recall_for_every_emotion() -> None:
    """The plain reading finds one of four disgusted faces; a high power finds all four but loses many happy ones."""
    happy, disgust = EMOTIONS.index("happy"), EMOTIONS.index("disgust")
    shares = np.full((104, 7), 0.01, np.float32)
    shares[:100, happy], shares[:40, disgust] = 0.6, 0.36
    shares[100:, happy], shares[100:, disgust], shares[103, disgust] = 0.6, 0.3, 0.9
    viewers = np.eye(7, dtype=np.float32)[[happy] * 100 + [disgust] * 4]

    def recalls(power: float) -> tuple[float, float]:
        predicted = even_handed(shares, PRIOR, power).argmax(1)
        recall = np.nan_to_num(recall_per_class(viewers.argmax(1), predicted, 7))[[happy, disgust]]
        return recall.min(), recall.mean() * (predicted == viewers.argmax(1)).mean()

    chosen = choose_power(shares, viewers, PRIOR)
    assert recalls(0)[0] < LEAST_RECALL <= recalls(chosen)[0]
    assert recalls(0)[1] > recalls(chosen)[1]


def test_the_floor_rejects_few_faces_which_are_mostly_wrong() -> None:
    shares, viewers = simulate_viewers()
    floor = fit_floor(shares, viewers, PRIOR, 0.5)
    corrected = even_handed(shares, PRIOR, 0.5)
    below = corrected.max(1) < floor
    assert 0 < below.mean() <= 0.1
    assert (corrected.argmax(1) == viewers.argmax(1))[below].mean() < 0.5


def test_recall_and_precision_are_computed_per_emotion() -> None:
    truth = np.eye(7, dtype=np.float32)[[0, 0, 3, 3, 3, 6]]
    predicted = np.eye(7, dtype=np.float32)[[0, 3, 3, 3, 6, 6]] * 0.93 + 0.01
    metrics = recall_and_precision(predicted, truth, PRIOR, 0.0)
    assert metrics["angry"] == {"recall": 0.5, "precision": 1.0}
    assert metrics["happy"] == {"recall": 0.667, "precision": 0.667}
    assert metrics["neutral"] == {"recall": 1.0, "precision": 0.5}


def test_a_perfect_model_gets_perfect_card_metrics() -> None:
    shares = np.eye(7, dtype=np.float32)
    faces = FaceSet(np.zeros((7, 48, 48), np.uint8), np.arange(7), shares)
    metrics = card_metrics(shares * 0.93 + 0.01, faces, PRIOR, 0.0)
    assert metrics["viewers_majority"] == metrics["macro_recall"] == metrics["labels_even_handed"] == 1
    assert metrics["divergence"] == pytest.approx(-np.log(0.94), abs=1e-3)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a finished run and the faces it was trained on."""
    from tools.training.run import train
    from tools.training.trial import Trial

    fer = make_fer(tmp_path_factory.mktemp("fer"), train=210)
    trial = Trial.model_validate(
        {
            "about": "tiny",
            "epochs": 1,
            "batch": 16,
            "faces": {"held_out": 0.4},
            "targets": {"votes": 1},
            "network": {"name": "residual_se", "stem": 8, "stages": [[8, 1], [16, 1]]},
            "loss": {"prior_power": 1},
        }
    )
    return train(trial, fer, tmp_path_factory.mktemp("runs"), "tiny"), fer


def test_the_calibration_is_folded_into_the_network_and_the_card_is_valid(
    run: tuple[Path, Path],
) -> None:
    import keras

    folder, fer = run
    card = calibrate(folder, fer, "tiny")
    record = json.loads((folder / "run.json").read_text())
    faces = np.random.default_rng(0).normal(0, 1, (5, 48, 48, 1)).astype(np.float32)
    plain = keras.models.load_model(folder / "model.keras").predict(faces, verbose=0)
    folded = keras.models.load_model(folder / "calibrated.keras").predict(faces, verbose=0)
    by_hand = (plain + record["offsets"]) * card["calibration"]["temperature"] + card["calibration"]["bias"]
    assert softmax(folded) == pytest.approx(softmax(by_hand.astype(np.float32)), abs=2e-3)
    card_fields = json.loads((folder / "card.json").read_text()) | {"file": "tiny.onnx", "sha256": "0" * 64}
    checked = ModelCard.model_validate_json(json.dumps(card_fields))
    assert checked.meaning == "viewers"
    assert checked.evidence is not None
    assert checked.prior is not None


def test_keep_balance_fits_no_biases(run: tuple[Path, Path]) -> None:
    folder, fer = run
    assert main([str(folder), "--data", str(fer), "--keep-balance"]) == 0
    calibration = json.loads((folder / "card.json").read_text())["calibration"]
    assert calibration["bias"] == [0.0] * 7
    assert calibration["temperature"] > 0


def test_a_missing_run_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none"), "--data", str(tmp_path)]) == 2
    assert "run.json" in capsys.readouterr().err
