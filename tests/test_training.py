from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.training_help import make_fer
from tools.datasets import FaceSet, load_fer
from tools.train import main
from tools.training.batches import NEAR_COPY, blend_targets, split_faces
from tools.training.trial import TRIALS, Targets, TrialError, changed, read_trial

# Keras 3 saves TensorFlow's variables through an interface that NumPy 2 asks to be changed.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ROOT = Path(__file__).parents[1]
LINEAGE = sorted(path.stem for path in TRIALS.glob("lineage_*.toml"))
TINY = """
about = "A tiny trial."
epochs = 4
batch = 16
seed = 3

[targets]
votes = 1.0

[network]
name = "residual_se"
stem = 8
stages = [[8, 1], [16, 1]]

[loss]
name = "cross_entropy"
prior_power = 1.0

[optimizer]
name = "sgd"
rate = 0.05
schedule = "cosine"
average = 0.9

[[augment]]
name = "affine"

[[augment]]
name = "mixup"
"""


@pytest.fixture(scope="module")
def fer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_fer(tmp_path_factory.mktemp("fer"))


def rows(run: Path) -> list[dict[str, str]]:
    with (run / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_all_eleven_trials_of_the_lineage_are_there_and_every_trial_can_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert len(LINEAGE) == 11
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    for path in TRIALS.glob("*.toml"):
        assert path.stem in shown


@pytest.mark.parametrize("name", LINEAGE)
def test_a_trial_of_the_lineage_starts_and_learns(name: str, fer: Path, tmp_path: Path) -> None:
    """At a gentle rate: the lineage's 0.1 needs more steps than a test has until it recovers from its first ones."""
    from tools.training.run import train

    quick = changed(read_trial(name), {"epochs": 3, "batch": 8, "copies": 2, "optimizer": {"rate": 0.003}})
    run = train(quick, fer, tmp_path, name)
    losses = [float(row["loss"]) for row in rows(run)]
    assert min(losses[1:]) < losses[0]
    record = json.loads((run / "run.json").read_text())
    assert len(record["prior"]) == {"lineage_09": 6, "lineage_10": 6, "lineage_11": 2}.get(name, 7)


def child(trial: Path, fer: Path, runs: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tools.train", str(trial), "--data", str(fer), "--runs", str(runs), "--name", "run"]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)


def test_a_killed_training_goes_on_as_if_it_had_not_been_killed(fer: Path, tmp_path: Path) -> None:
    trial = tmp_path / "tiny.toml"
    trial.write_text(TINY)
    whole = child(trial, fer, tmp_path / "whole")
    broken = child(trial, fer, tmp_path / "broken")
    until = time.monotonic() + 120
    while not list((tmp_path / "broken" / "run").glob("epoch-*.keras")) and time.monotonic() < until:
        time.sleep(0.01)
    broken.send_signal(signal.SIGKILL)
    broken.wait()
    assert not (tmp_path / "broken" / "run" / "model.keras").exists()
    assert child(trial, fer, tmp_path / "broken").wait(120) == 0
    assert whole.wait(120) == 0
    last, unbroken = rows(tmp_path / "broken" / "run")[-1], rows(tmp_path / "whole" / "run")[-1]
    assert last["epoch"] == unbroken["epoch"] == "4"
    assert float(last["loss"]) == pytest.approx(float(unbroken["loss"]), rel=1e-3)
    assert float(last["val_loss"]) == pytest.approx(float(unbroken["val_loss"]), rel=1e-3)


def test_near_copies_of_a_held_out_face_are_not_learnt(fer: Path) -> None:
    faces = load_fer(fer, "train")
    copies = np.clip(faces.faces.astype(int) + 2, 0, 255).astype(np.uint8)
    both = FaceSet(np.concatenate([faces.faces, copies]), np.tile(faces.labels, 2), np.tile(faces.shares, (2, 1)))
    learnt, held = split_faces(both, 0.2, seed=1)
    assert NEAR_COPY > 2
    assert len(held) == round(0.2 * len(both))
    assert not {int(number) % len(faces) for number in learnt} & {int(number) % len(faces) for number in held}


def test_targets_are_blended_and_what_a_face_lacks_is_left_out() -> None:
    shares = np.full((2, 7), np.nan, np.float32)
    shares[0] = [0, 0, 0, 0.6, 0, 0, 0.4]
    faces = FaceSet(np.zeros((2, 48, 48), np.uint8), np.array([3, 4]), shares)
    usable, targets = blend_targets(faces, Targets(votes=0.5, labels=0.5), None)
    assert usable.tolist() == [0, 1]
    assert targets[0] == pytest.approx([0, 0, 0, 0.8, 0, 0, 0.2])
    assert targets[1] == pytest.approx([0, 0, 0, 0, 1, 0, 0])


def test_faces_of_an_emotion_that_is_left_out_are_not_learnt(fer: Path) -> None:
    faces = load_fer(fer, "train")
    usable, targets = blend_targets(faces, Targets(labels=1, only=("fear", "sad")), None)
    assert set(faces.labels[usable].tolist()) == {2, 4}
    assert targets.shape[1] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "Name a trial"),
        (["nothing", "--data", "x"], "There is no trial nothing. There are: audience"),
        (["lineage_05", "--data", "x", "--epochs", "0"], "the command line, epochs"),
        (["lineage_05", "--data", "x", "--drop", "joy"], "the command line, targets.drop.0"),
    ],
)
def test_what_cannot_be_trained_is_told_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "said"), [('about = "x', "cannot be read"), ('[[augment]]\nname = "fog"', "no augmentation fog")]
)
def test_a_wrong_trial_file_is_told_with_its_place(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(TINY.replace('about = "A tiny trial."', line) if "about" in line else TINY + line)
    with pytest.raises(TrialError, match=said):
        read_trial(str(path))
