"""Trials: every shipped TOML file is valid, and errors name their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.train import main
from tools.training.trial import TRIALS, Trial, TrialError, read_trial, with_changes

NAMES = sorted(path.stem for path in TRIALS.glob("*.toml"))
LINEAGE = [name for name in NAMES if name.startswith("lineage_")]
SMALL = """
about = "A small trial."
epochs = 4

[targets]
labels = 1.0

[network]
name = "residual_se"
"""
FIVE_WAYS = ("fixed_noise", "multiply", "salt_and_pepper", "fixed_blur", "clouds")


@pytest.mark.parametrize("name", NAMES)
def test_shipped_trials_are_valid_and_depend_only_on_shipped_ones(name: str) -> None:
    trial = read_trial(name)
    assert {trial.start_from, *trial.targets.teachers} - {""} <= set(NAMES)
    assert Trial.model_validate(trial.model_dump(mode="json")) == trial


def test_the_lineage_trials_differ_as_documented() -> None:
    """1 all images; 2 training images; 3 rate; 4-5 squared error; 6-7 hinge; 8 augmented; 9-11 fewer emotions."""
    trials = [read_trial(name) for name in LINEAGE]
    assert [t.faces.split for t in trials] == ["all", *["train"] * 10]
    assert [t.loss.name for t in trials[:3]] == ["cross_entropy"] * 3
    assert [t.loss.name for t in trials[3:7]] == ["mean_squared_error"] * 2 + ["squared_hinge"] * 2
    assert [t.optimizer.rate for t in trials[:8]] == [0.1, 0.1, 0.01, 0.01, 0.1, 0.1, 0.01, 0.1]
    assert [len(t.targets.emotions) for t in trials] == [*[7] * 8, 6, 6, 2]
    assert [t.copies for t in trials] == [1, 1, 1, 1, 1, 1, 1, 6, 1, 6, 1]
    assert [tuple(step.name for step in t.augment) for t in trials if t.one_of] == [FIVE_WAYS] * 2
    for trial in trials:
        assert (trial.network.name, trial.network.size, trial.network.scaling) == ("mini_xception", 64, "minus1_1")
        assert (trial.optimizer.name, trial.batch, trial.epochs, trial.faces.held_out) == ("adam", 32, 110, 0.2)


def test_the_list_option_prints_every_trial_with_its_description(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == NAMES
    assert all(read_trial(line.split()[0]).about in line for line in lines)


def test_emotions_can_be_dropped_or_selected() -> None:
    trial = read_trial("lineage_05")
    assert "disgust" not in with_changes(trial, {"targets": {"drop": ["disgust"]}}).targets.emotions
    only = with_changes(trial, {"targets": {"only": ["sad", "fear"]}})
    assert only.targets.emotions == ("fear", "sad")
    assert only.targets.labels == 1


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("epoch = 3\n", "wrong.toml, epoch: Extra inputs"),
        ("epochs = 0\n", "wrong.toml, epochs: Input should be greater than 0"),
        ("one_of = true\ncopies = 1\n", "wrong.toml, the whole: one_of needs a copy for each of the 2 augmentations"),
        ("[loss]\nname = 'hinge'\n", "wrong.toml, loss.name: Input should be 'cross_entropy'"),
        ("[optimizer]\nrate = -1\n", "wrong.toml, optimizer.rate"),
        ("[[augment]]\nname = 'fog'\n", "wrong.toml, augment.2.name: there is no augmentation fog; there are: affine"),
        ("[faces]\nheld_out = 1.0\n", "wrong.toml, faces.held_out"),
        ("targets.labels = 0\n", "wrong.toml, targets: votes or labels must count"),
        ("targets.teacher = 0.5\n", "wrong.toml, targets: teacher and teachers belong together"),
        ("targets.only = ['sad']\n", "wrong.toml, targets: at least two emotions"),
        ("targets.drop = ['joy']\n", "wrong.toml, targets.drop.0: Input should be 'angry', 'disgust'"),
        ("start_from = '../other'\n", "wrong.toml, start_from"),
        ("about = 'x\n", "wrong.toml cannot be read: "),
    ],
)
def test_errors_in_a_trial_name_their_place(addition: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(_with(addition))
    with pytest.raises(TrialError) as caught:
        read_trial(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def _with(addition: str) -> str:
    """Add two augmentations to SMALL, and `more` at its top or, if it is a table, at its end."""
    steps = "\n[[augment]]\nname = 'flip'\n[[augment]]\nname = 'clouds'\n"
    if addition.startswith("["):
        return SMALL + steps + addition
    key = addition.split(" = ", maxsplit=1)[0]
    if key.startswith("targets."):
        addition = addition.removeprefix("targets.")
        return (
            SMALL.replace("labels = 1.0\n", addition if "labels" in addition else "labels = 1.0\n" + addition) + steps
        )
    settings = "\n".join(line for line in SMALL.splitlines() if not line.startswith(f"{key} "))
    return addition + settings + steps


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Name a trial"),
        (["nothing"], "Name a trial"),
        (["nothing", "--data", "x"], "There is no trial nothing. There are: audience"),
        (["other.toml", "--data", "x"], "There is no trial other.toml. There are: audience"),
        (["lineage_05", "--data", "x", "--epochs", "0"], "the command line, epochs"),
        (["lineage_05", "--data", "x", "--limit", "-1"], "the command line, faces.limit"),
        (["lineage_05", "--data", "x", "--drop", "joy"], "the command line, targets.drop.0"),
        (["lineage_11", "--data", "x", "--drop", "sad"], "at least two emotions"),
    ],
)
def test_command_errors_are_one_line(args: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
