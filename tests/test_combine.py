"""Combined runs predict their average in log space, and the result is a run like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from training_run_help import tiny_run

from tools.combine import combine, main
from tools.training.metrics import softmax
from tools.training.trial import TrialError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def logits_of(run: Path, faces: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    import keras

    offsets = json.loads((run / "run.json").read_text())["offsets"]
    answers = keras.models.load_model(run / "model.keras").predict(faces, verbose=0)
    return np.asarray(answers + np.array(offsets, np.float32))


def test_the_combined_network_predicts_the_average_in_log_space(tmp_path: Path) -> None:
    first = tiny_run(tmp_path / "first")
    second = tiny_run(tmp_path / "second", seed=8, offsets=[0.5, 0.1, -0.3, 0.0, 0.2, -0.6, 0.1])
    combined = combine([first, second], tmp_path / "both")
    faces = np.random.default_rng(4).normal(size=(9, 32, 32, 1)).astype(np.float32)
    log_shares = [np.log(softmax(logits_of(run, faces))) for run in (first, second)]
    assert np.abs(log_shares[0] - log_shares[1]).max() > 0.1
    expected = softmax((log_shares[0] + log_shares[1]) / 2)
    assert softmax(logits_of(combined, faces)) == pytest.approx(expected, abs=1e-5)


def test_the_combined_record_includes_the_record_of_each_run(tmp_path: Path) -> None:
    runs = [tiny_run(tmp_path / "first"), tiny_run(tmp_path / "second", seed=8, minutes=7)]
    record = json.loads((combine(runs, tmp_path / "both") / "run.json").read_text())
    assert list(record["joined"]) == ["first", "second"]
    assert record["joined"]["second"]["minutes"] == 7
    assert record["trial"] == record["joined"]["first"]["trial"]
    assert sum(record["prior"]) == pytest.approx(1, abs=1e-5)


def test_a_combined_run_can_be_converted(tmp_path: Path) -> None:
    from coach.perception.pipeline import load_model
    from tools.conversion.training_run import convert_run

    runs = [tiny_run(tmp_path / "first"), tiny_run(tmp_path / "second", seed=8)]
    path = convert_run(combine(runs, tmp_path / "both"), tmp_path / "models", "both")
    card = load_model(path).card
    assert (card.name, card.input.width) == ("both", 32)


def test_incompatible_runs_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, other = tiny_run(tmp_path / "first"), tiny_run(tmp_path / "other")
    record = json.loads((other / "run.json").read_text())
    record["trial"]["network"]["size"] = 40
    (other / "run.json").write_text(json.dumps(record))
    assert main([str(first), str(other), "--name", "both"]) == 2
    assert "other and first do not fit together" in capsys.readouterr().err
    assert not (tmp_path / "both").exists()
    with pytest.raises(TrialError, match="name two or more"):
        combine([first], tmp_path / "both")
    with pytest.raises(TrialError, match="there already"):
        combine([first, first], other)
    with pytest.raises(TrialError, match="is no finished run"):
        combine([first, tmp_path / "none"], tmp_path / "both")
