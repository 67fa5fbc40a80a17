"""Training data and losses: splits, copies, class weights, targets, logit adjustment."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from training_help import TINY, make_fer

from tools.datasets.fer import DataError, FaceSet, load_fer
from tools.training.trial import TargetsConfig, read_trial, with_changes

# Keras 3 saves TensorFlow's variables through an interface that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def fer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_fer(tmp_path_factory.mktemp("fer"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trial") / "tiny.toml"
    path.write_text(TINY)
    return path


def test_an_epoch_has_every_copy_once_and_each_augmentation_of_the_sixfold_set_once(fer: Path) -> None:
    from tools.training.batches import Batches

    trial = with_changes(read_trial("lineage_08"), {"batch": 6, "network": {"size": 48}})
    faces = np.full((5, 48, 48), 100, np.uint8)
    targets = np.eye(7, dtype=np.float32)[:5]
    batches = Batches(faces, targets, trial)
    parts = [batches[number] for number in range(len(batches))]
    epoch_faces, epoch_targets = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    assert epoch_targets.sum(0).tolist() == [6, 6, 6, 6, 6, 0, 0]
    plain = (np.abs(epoch_faces - (100 / 255 - 0.5) * 2) < 1e-5).all((1, 2, 3))
    even = np.ptp(epoch_faces, axis=(1, 2, 3)) < 1e-5
    assert epoch_targets[plain].sum(0).tolist() == [
        2,
        2,
        2,
        2,
        2,
        0,
        0,
    ]  # unchanged, and blurred, which does not change a uniform face
    assert epoch_targets[even & ~plain].sum(0).tolist() == [1, 1, 1, 1, 1, 0, 0]  # multiplied
    batches.begin(1)
    assert not all(np.array_equal(part[1], batches[number][1]) for number, part in enumerate(parts))


def test_class_weights_give_every_emotion_the_same_total_weight(fer: Path) -> None:
    from tools.training.batches import Batches

    trial = with_changes(
        read_trial("lineage_05"), {"batch": 8, "faces": {"class_weights": True}, "network": {"size": 48}}
    )
    targets = np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 0, 0, 1, 1]]
    weights = Batches(np.zeros((8, 48, 48), np.uint8), targets, trial)[0]
    assert (weights[1] * weights[2][:, None]).sum(0) == pytest.approx([4, 4])


def test_near_copies_of_held_out_faces_are_not_trained_on(fer: Path) -> None:
    from tools.datasets.fer import NEAR_COPY, split_faces

    faces = load_fer(fer, "train")
    brighter = np.clip(faces.faces.astype(int) + 2, 0, 255).astype(np.uint8)
    both = faces.join(FaceSet(brighter, faces.labels, faces.shares))
    training, held_out = split_faces(both, 0.2, seed=1)
    assert NEAR_COPY > 2
    assert len(held_out) == round(0.2 * len(both))
    assert not {int(number) % len(faces) for number in training} & {int(number) % len(faces) for number in held_out}
    assert len(training) > len(faces) / 2


def test_identical_faces_cannot_be_split() -> None:
    from tools.datasets.fer import split_faces

    faces = FaceSet(np.zeros((9, 48, 48), np.uint8), np.zeros(9, np.int64), np.zeros((9, 7), np.float32))
    with pytest.raises(DataError, match="9 faces are too few, or too much alike, to hold 20% of them out"):
        split_faces(faces, 0.2, seed=1)


def test_split_all_uses_every_set_that_exists(fer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tools.training.run import split

    trial = read_trial("lineage_01")
    assert sum(map(len, split(trial, fer))) == 70 + 35
    assert "has no private test set" in capsys.readouterr().out
    shutil.copytree(fer, tmp_path / "whole")
    for path in fer.glob("fer2013_public*"):
        shutil.copy(path, tmp_path / "whole" / path.name.replace("public", "private"))
    faces = split(trial, tmp_path / "whole")
    assert 70 + 35 < sum(map(len, faces)) <= 70 + 2 * 35  # the second 35 are copies; those of held-out faces go
    assert capsys.readouterr().out == ""


def test_a_limit_draws_the_same_random_faces_every_time(fer: Path, tiny: Path) -> None:
    from tools.training.run import split

    trial = with_changes(read_trial(str(tiny)), {"faces": {"limit": 20}})
    first, again = split(trial, fer)[0], split(trial, fer)[0]
    assert len(first) == 20
    assert (first.faces == again.faces).all()
    all_faces = split(read_trial(str(tiny)), fer)[0]
    assert (first.faces != all_faces.faces[:20]).any()


def test_the_official_split_validates_on_the_public_test(fer: Path, tiny: Path) -> None:
    from tools.training.run import split

    training, held_out = split(with_changes(read_trial(str(tiny)), {"faces": {"split": "official"}}), fer)
    assert (len(training), len(held_out)) == (70, 35)


def test_targets_that_a_face_lacks_are_left_out_of_the_blend() -> None:
    from tools.training.batches import blend_targets

    shares = np.full((2, 7), np.nan, np.float32)
    shares[0] = [0, 0, 0, 0.6, 0, 0, 0.4]
    faces = FaceSet(np.zeros((2, 48, 48), np.uint8), np.array([3, 4]), shares)
    usable, targets = blend_targets(faces, TargetsConfig(votes=0.5, labels=0.5), None)
    assert usable.tolist() == [0, 1]
    assert targets[0] == pytest.approx([0, 0, 0, 0.8, 0, 0, 0.2])
    assert targets[1] == pytest.approx([0, 0, 0, 0, 1, 0, 0])


def test_faces_of_dropped_emotions_are_not_usable(fer: Path) -> None:
    from tools.training.batches import blend_targets

    faces = load_fer(fer, "train")
    usable, targets = blend_targets(faces, TargetsConfig(labels=1, only=("fear", "sad")), None)
    assert set(faces.labels[usable].tolist()) == {2, 4}
    assert targets.shape[1] == 2


def test_logit_adjustment_removes_the_prior() -> None:
    """Equal logits then have the lowest possible loss on faces whose target is the prior."""
    import keras

    from tools.training.losses import make_loss
    from tools.training.trial import LossConfig

    targets = np.array([[0.8, 0.2]] * 3, np.float32)
    loss = float(make_loss(LossConfig(prior_power=1.0), targets)(targets, keras.ops.zeros((3, 2))))
    entropy = -(0.8 * np.log(0.8) + 0.2 * np.log(0.2))
    assert loss == pytest.approx(entropy, rel=1e-5)
    assert float(make_loss(LossConfig(), targets)(targets, keras.ops.zeros((3, 2)))) == pytest.approx(
        np.log(2), rel=1e-5
    )


def test_squared_error_and_hinge_use_the_softmax() -> None:
    from tools.training.losses import make_loss
    from tools.training.trial import LossConfig

    targets, logits = np.array([[1, 0]], np.float32), np.log(np.array([[0.7, 0.3]], np.float32))
    squared = float(make_loss(LossConfig(name="mean_squared_error"), targets)(targets, logits))
    hinge = float(make_loss(LossConfig(name="squared_hinge"), targets)(targets, logits))
    assert squared == pytest.approx(0.09, rel=1e-5)
    assert hinge == pytest.approx((0.3**2 + 1.3**2) / 2, rel=1e-5)
