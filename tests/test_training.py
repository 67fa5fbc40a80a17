"""Training: every trial learns, a killed run resumes, and the run folder is complete."""

from __future__ import annotations

import csv
import json
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_help import TINY, make_fer

from tools.train import main
from tools.training.trial import TRIALS, Trial, TrialError, read_trial, with_changes

# Keras 3 saves TensorFlow's variables through an interface that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.stem for path in TRIALS.glob("*.toml"))


@pytest.fixture(scope="module")
def fer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_fer(tmp_path_factory.mktemp("fer"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trial") / "tiny.toml"
    path.write_text(TINY)
    return path


def train_args(trial: Path, fer: Path, runs: Path, *options: str) -> list[str]:
    return [str(trial), "--data", str(fer), "--runs", str(runs), *options]


@pytest.fixture(scope="module")
def finished_run(fer: Path, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run of the tiny trial."""
    runs = tmp_path_factory.mktemp("runs")
    assert main(train_args(tiny, fer, runs)) == 0
    return runs / "tiny"


def rows(run: Path) -> list[dict[str, str]]:
    with (run / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def figures(run: Path) -> list[list[float]]:
    """Return the log without its times."""
    return [[float(value) for name, value in row.items() if name != "seconds"] for row in rows(run)]


def train_briefly(trial: Trial, fer: Path, steps: int = 1) -> tuple[Any, tuple[float, float]]:
    """Train eager steps on the first batch of the first epoch; return the network, and the losses around the last."""
    import keras

    from tools.training.batches import Batches, blend_targets
    from tools.training.run import make_model, split

    keras.utils.set_random_seed(1)
    training = split(trial, fer)[0]
    usable, targets = blend_targets(training, trial.targets, None)
    model = make_model(trial, fer, targets)
    model.run_eagerly = True
    faces, shares = Batches(training.faces[usable], targets, trial)[0]
    for _ in range(steps):
        model.reset_metrics()
        before = float(model.train_on_batch(faces, shares)[0])
    after = model.compute_loss(faces, shares, model(faces, training=True))
    return model, (before, float(after))


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_of_every_trial_falls(name: str, fer: Path) -> None:
    """The learning rate is small: with the lineage's 0.1 the loss first rises and needs more than one step to fall."""
    is_small = read_trial(name).network.name == "mini_xception"
    rate = 0.015 if is_small else 0.01
    small_rate = {"name": "sgd", "rate": rate, "schedule": "constant", "weight_decay": 0.0}
    alone = {"teacher": 0.0, "teachers": []}
    trial = with_changes(read_trial(name), {"batch": 7, "start_from": "", "optimizer": small_rate, "targets": alone})
    if not is_small:
        # A fifth of the work; bfloat16 is slow where oneDNN is off.
        trial = with_changes(trial, {"network": {"size": 32}, "precision": "float32"})
    model, (before, after) = train_briefly(trial, fer)
    assert after < 0.97 * before
    assert model.output_shape == (None, len(trial.targets.emotions))
    if name == "lineage_05":
        assert model.count_params() == 58_423  # like the published weights of the lineage


def test_a_short_run_of_the_command_writes_a_complete_folder(fer: Path, tmp_path: Path) -> None:
    options = ["--epochs", "1", "--limit", "20", "--drop", "disgust", "--name", "short"]
    assert main(train_args(Path("dexpression"), fer, tmp_path, *options)) == 0
    run = tmp_path / "short"
    assert sorted(path.name for path in run.iterdir()) == [
        "accuracy.png",
        "log.csv",
        "loss.png",
        "model.keras",
        "run.json",
    ]
    assert len(rows(run)) == 1
    record = json.loads((run / "run.json").read_text())
    assert record["trial"]["epochs"] == 1
    assert "disgust" not in record["emotions"]
    assert len(record["prior"]) == len(record["offsets"]) == 6
    assert record["faces"]["learnt"] <= 20
    assert {"python", "keras", record["backend"]} <= set(record["versions"])
    assert not [text for text in (str(tmp_path), str(ROOT), platform.node()) if text in json.dumps(record)]
    assert all((run / name).read_bytes().startswith(b"\x89PNG") for name in ("accuracy.png", "loss.png"))


def test_a_killed_run_resumes_with_the_same_results(fer: Path, tiny: Path, finished_run: Path, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tools.train", *train_args(tiny, fer, tmp_path, "--name", "broken")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    run, until = tmp_path / "broken", time.monotonic() + 120
    while not list(run.glob("epoch-*.keras")) and child.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert 1 <= len(rows(run)) < 3
    assert main(train_args(tiny, fer, tmp_path, "--name", "broken")) == 0
    assert [row["epoch"] for row in rows(run)] == ["1", "2", "3"]
    for ours, theirs in zip(figures(run), figures(finished_run), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)
    seconds = [float(row["seconds"]) for row in rows(run)]
    assert seconds == sorted(seconds)


def test_a_finished_run_is_not_changed(fer: Path, tiny: Path, finished_run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished_run.iterdir()}
    assert main(train_args(tiny, fer, finished_run.parent)) == 0
    assert {path: path.stat().st_mtime_ns for path in finished_run.iterdir()} == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--name", "tiny", "--epochs", "9"], "holds a run of another trial: choose another --name"),
        (["--name", "x", "--data", "nowhere"], "nowhere does not exist"),
        (["--name", "x", "--limit", "2", "--only", "disgust,fear"], "No face has the targets"),
    ],
)
def test_errors_of_a_run_are_one_line(
    options: list[str], message: str, fer: Path, tiny: Path, finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(train_args(tiny, fer, finished_run.parent, *options)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_missing_or_incompatible_start_run_is_named(fer: Path, tiny: Path, finished_run: Path) -> None:
    from tools.training.run import make_model

    targets = np.full((20, 7), 1 / 7, np.float32)
    for start, message in (("missing", "missing is no finished run"), ("tiny", "is of another network")):
        trial = with_changes(read_trial(str(tiny)), {"start_from": start, "network": {"stem": 16}})
        with pytest.raises(TrialError, match=message):
            make_model(trial, finished_run.parent, targets)


def test_a_run_uses_the_weights_of_its_start_run_and_the_shares_of_its_teachers(
    fer: Path, tiny: Path, finished_run: Path
) -> None:
    import keras

    from tools.training.run import make_model, train

    trial = with_changes(read_trial(str(tiny)), {"start_from": "tiny", "epochs": 1})
    begun = make_model(trial, finished_run.parent, np.full((20, 7), 1 / 7, np.float32)).get_weights()
    weights = keras.models.load_model(finished_run / "model.keras").get_weights()
    assert all((ours == theirs).all() for ours, theirs in zip(begun, weights, strict=True))
    taught = with_changes(trial, {"targets": {"votes": 0.5, "teacher": 0.5, "teachers": ["tiny"]}})
    prior = json.loads((train(taught, fer, finished_run.parent, "pupil") / "run.json").read_text())["prior"]
    assert prior != pytest.approx(json.loads((finished_run / "run.json").read_text())["prior"], abs=1e-3)
    assert sum(prior) == pytest.approx(1, abs=1e-5)


def test_logged_epochs_without_a_checkpoint_are_run_again(finished_run: Path, tiny: Path, tmp_path: Path) -> None:
    from tools.training.run_folder import RunFolder

    folder = RunFolder(tmp_path / "run")
    assert folder.begin(read_trial(str(tiny))) == 0
    shutil.copy(finished_run / "log.csv", folder.path / "log.csv")
    (folder.path / "epoch-0002.keras").touch()
    assert folder.begin(read_trial(str(tiny))) == 2
    assert [row["epoch"] for row in folder.log_rows()] == ["1", "2"]


def test_new_columns_can_be_added_to_the_log(tmp_path: Path) -> None:
    from tools.training.run_folder import RunFolder

    folder = RunFolder(tmp_path)
    folder.log({"epoch": 1, "loss": 2.0})
    folder.log({"epoch": 2, "loss": 1.0, "accuracy": 0.5})
    assert folder.log_rows() == [
        {"epoch": "1", "loss": "2.0", "accuracy": ""},
        {"epoch": "2", "loss": "1.0", "accuracy": "0.5"},
    ]


def test_a_damaged_checkpoint_is_named(tiny: Path, tmp_path: Path) -> None:
    from tools.training.run import make_model
    from tools.training.run_folder import RunFolder

    (tmp_path / "epoch-0001.keras").write_bytes(b"PK none")
    model = make_model(read_trial(str(tiny)), tmp_path, np.full((20, 7), 1 / 7, np.float32))
    with pytest.raises(TrialError, match=r"epoch-0001\.keras cannot be read; remove"):
        RunFolder(tmp_path).restore(model)


def test_averaged_weights_are_used_only_within_the_block(fer: Path, tiny: Path) -> None:
    from tools.training.callbacks import averaged_weights

    model, _ = train_briefly(read_trial(str(tiny)), fer, 2)
    raw = [np.array(weight) for weight in model.trainable_variables]
    with averaged_weights(model):
        mean = [np.array(weight) for weight in model.trainable_variables]
    after = [np.array(weight) for weight in model.trainable_variables]
    assert any((ours != theirs).any() for ours, theirs in zip(mean, raw, strict=True))
    assert all((ours == theirs).all() for ours, theirs in zip(after, raw, strict=True))


def test_mixed_bfloat16_keeps_weights_and_outputs_in_float32(fer: Path, tiny: Path) -> None:
    import keras

    model, (before, after) = train_briefly(with_changes(read_trial(str(tiny)), {"precision": "mixed_bfloat16"}), fer)
    assert after < before
    assert {layer.compute_dtype for layer in model.layers if layer.name != "logits"} >= {"bfloat16"}
    assert {weight.dtype for weight in model.trainable_variables} == {"float32"}
    assert model.output.dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"


def test_each_epoch_is_trained_once_in_its_own_order(fer: Path, tiny: Path) -> None:
    """Keras calls `on_epoch_end` of a dataset once before the first epoch, which once made runs skip that epoch."""
    from tools.training.batches import Batches, blend_targets
    from tools.training.callbacks import SeedEpoch
    from tools.training.run import make_model, split

    class Watched(Batches):
        def __getitem__(self, number: int) -> tuple[Any, ...]:
            trained.append((self._epoch, number))
            return super().__getitem__(number)

    trial, trained = read_trial(str(tiny)), list[tuple[int, int]]()
    training = split(trial, fer)[0]
    usable, targets = blend_targets(training, trial.targets, None)
    batches = Watched(training.faces[usable], targets, trial)
    model = make_model(trial, fer, targets)
    model.fit(batches, initial_epoch=1, epochs=3, shuffle=False, callbacks=[SeedEpoch(batches)], verbose=0)
    expected = [(epoch, number) for epoch in (1, 2) for number in range(len(batches))]
    assert len(batches) == 3
    assert trained[-len(expected) :] == expected
