"""`python -m tools.evaluate` on every kind of dataset: printed tables, JSON, Markdown and plots."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from evaluation_help import fer_faces, ten_votes, write_ck, write_clip, write_folders, write_mosaic, write_portraits
from perception_help import tiny_classifier, write_model

from coach.base.types import EMOTIONS
from tools.evaluate import main

PRIOR = (0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.7)
PROBABILITIES = (0.05, 0.05, 0.05, 0.30, 0.05, 0.05, 0.45)
"""Neutral as viewers vote, and happy once the prior is taken out."""


@pytest.fixture
def neutral_model(tmp_path: Path) -> Path:
    """Return a model that predicts `PROBABILITIES` for every face."""
    folder = tmp_path / "model"
    folder.mkdir()
    return write_model(folder, tiny_classifier(PROBABILITIES), meaning="viewers", prior=PRIOR, power=1.0)


def write_fer(parent: Path) -> Path:
    """Write six faces, all labelled happy; viewers saw neutral three times, happy twice, and no face once."""
    votes = [ten_votes(neutral=10)] * 3 + [ten_votes(happiness=5, neutral=5, sadness=1), ten_votes(happiness=10)]
    folder = parent / "fer"
    folder.mkdir()
    return write_mosaic(folder, fer_faces(6), [3] * 6, [*votes, ten_votes(NF=10)])


@pytest.fixture
def fer(tmp_path: Path) -> Path:
    return write_fer(tmp_path)


@pytest.fixture(scope="module")
def neutral_evaluation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is written of a model that predicts `PROBABILITIES`."""
    folder = tmp_path_factory.mktemp("neutral")
    model = write_model(folder, tiny_classifier(PROBABILITIES), meaning="viewers", prior=PRIOR, power=1.0)
    data = write_fer(folder)
    assert main([str(model), "--data", str(data), "--out", str(folder / "out"), "--resamples", "50"]) == 0
    return read_evaluation(folder / "out")


@pytest.fixture(scope="module")
def shipped_evaluation(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that is written of a shipped model, and what is printed."""
    folder = tmp_path_factory.mktemp("shipped")
    args = ["mini_xception", "--data", str(write_fer(folder)), "--out", str(folder / "out"), "--resamples", "50"]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(args) == 0
    return folder / "out", printed.getvalue()


def read_evaluation(out: Path) -> dict[str, Any]:
    evaluation: dict[str, Any] = json.loads((out / "evaluation.json").read_text())
    return evaluation


def test_both_readings_are_scored_against_viewers_and_labels(neutral_evaluation: dict[str, Any]) -> None:
    scores = neutral_evaluation["models"][0]["scores"]
    accuracy = {
        (reading, by): score["accuracy"] for reading, by_truth in scores.items() for by, score in by_truth.items()
    }
    assert accuracy == {
        ("as viewers vote", "viewers' majority"): 0.6,
        ("as viewers vote", "labels"): 0.0,
        ("even-handed", "viewers' majority"): 0.4,
        ("even-handed", "labels"): 1.0,
    }
    viewers = scores["as viewers vote"]["viewers' majority"]
    assert viewers["count"] == 5
    assert viewers["macro_recall"] == 0.5
    assert viewers["confusion"][3][6] == 2
    assert viewers["calibration"]["error"] == pytest.approx(0.15)
    assert viewers["tags"]["auc"]["happy"] == 0.5
    assert viewers["accuracy_interval"][0] < 0.6 < viewers["accuracy_interval"][1]


def test_the_divergence_is_reported_for_each_reading(neutral_evaluation: dict[str, Any]) -> None:
    divergence = neutral_evaluation["models"][0]["divergence"]
    mixed = 0.5 * np.log(0.5 / 0.3) + 0.5 * np.log(0.5 / 0.45)
    assert divergence["as viewers vote"] == pytest.approx((3 * -np.log(0.45) + mixed - np.log(0.3)) / 5, abs=1e-4)
    assert divergence["even-handed"] > divergence["as viewers vote"]


def test_a_shipped_model_is_found_by_name_and_has_one_reading(shipped_evaluation: tuple[Path, str]) -> None:
    folder, output = shipped_evaluation
    assert list(read_evaluation(folder)["models"][0]["scores"]) == ["even-handed"]
    assert "mini_xception on FER-2013, public" in output
    assert "macro average" in output
    assert str(folder / "evaluation.md") in output


def test_markdown_has_the_tables_and_links_the_plots(shipped_evaluation: tuple[Path, str]) -> None:
    folder, _ = shipped_evaluation
    text = (folder / "evaluation.md").read_text()
    assert text.startswith("# mini_xception on FER-2013, public\n")
    assert "| emotion | count | precision | recall | F1 | tag test |\n|---|---:|---:|---:|---:|---:|" in text
    pictures = sorted(path.name for path in folder.glob("*.png"))
    assert pictures == ["mini_xception-even_handed-labels.png", "mini_xception-even_handed-viewers_majority.png"]
    assert all(f"]({name})" in text for name in pictures)
    assert all(cv2.imread(str(folder / name)) is not None for name in pictures)


def test_the_same_command_writes_the_same_bytes(
    shipped_evaluation: tuple[Path, str], fer: Path, tmp_path: Path
) -> None:
    main(["mini_xception", "--data", str(fer), "--out", str(tmp_path / "out"), "--resamples", "50"])
    for name in ("evaluation.json", "evaluation.md"):
        assert (tmp_path / "out" / name).read_bytes() == (shipped_evaluation[0] / name).read_bytes()


def test_corruptions_are_scored_with_and_without_evened_light(fer: Path, tmp_path: Path) -> None:
    args = ["mini_xception", "--data", str(fer), "--corruptions", "--out", str(tmp_path), "--resamples", "50"]
    assert main(args) == 0
    evaluation = read_evaluation(tmp_path)
    rows = evaluation["models"][0]["corruptions"]
    assert len(rows) == 10
    assert rows[0]["name"] == "none"
    clean = evaluation["models"][0]["scores"]["even-handed"]["labels"]
    assert rows[0]["plain"]["even-handed"]["labels"] == [clean["accuracy"], clean["macro_recall"]]
    for field in ("clahe", "fft", "fft_clahe"):
        assert all(set(row[field]["even-handed"]) == {"viewers' majority", "labels"} for row in rows)
    for treatment in ("CLAHE", "FFT", "FFT and CLAHE"):
        assert f"| occluded eyes, {treatment} |" in (tmp_path / "evaluation.md").read_text()
    assert (tmp_path / "mini_xception-corruptions.png").exists()


def test_two_models_are_compared_by_mcnemars_test(neutral_model: Path, tmp_path: Path) -> None:
    """On eight neutral faces a neutral model beats a happy one 8 to 0, so p is 2 × 1/256."""
    happy = write_model(tmp_path, tiny_classifier((0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1)), "happy")
    faces = write_folders(tmp_path / "faces", fer_faces(8), [6] * 8)
    args = [str(neutral_model), "--compare", str(happy), "--data", str(faces), "--kind", "fer"]
    assert main([*args, "--out", str(tmp_path / "out"), "--resamples", "50"]) == 0
    pairs = {(pair["reading"], pair["truth"]): pair for pair in read_evaluation(tmp_path / "out")["pairs"]}
    viewers = pairs["as viewers vote", "labels"]
    assert (viewers["count"], viewers["first"], viewers["second"]) == (8, 1.0, 0.0)
    assert viewers["test"] == {"only_first": 8, "only_second": 0, "p": pytest.approx(2 / 256, abs=1e-5)}
    assert pairs["even-handed", "labels"]["test"]["p"] == 1.0
    assert "tiny beside happy" in (tmp_path / "out" / "evaluation.md").read_text()


def test_pictures_without_a_face_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_portraits(tmp_path / "portraits", faceless="neutral")
    assert main(["mini_xception", "--data", str(data), "--resamples", "50"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "mini_xception on pictures of portraits" in output
    assert "no face read in 1: neutral/none.jpg" in output


def test_clips_and_ck_can_be_evaluated(tmp_path: Path) -> None:
    write_clip(tmp_path / "clips" / "sad" / "a.mp4", 3)
    write_ck(tmp_path / "ck", {"S005/001": 5, "S005/002": 7})
    for name, count in (("clips", 1), ("ck", 2)):
        out = tmp_path / "out" / name
        assert main(["mini_xception", "--data", str(tmp_path / name), "--out", str(out), "--resamples", "50"]) == 0
        assert read_evaluation(out)["models"][0]["set"]["count"] == count


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["mini_xception", "--data", "nowhere"], "nowhere does not exist"),
        (["no_such_model", "--data", "."], "unknown model 'no_such_model'"),
        (["gone.onnx", "--data", "."], "model not found: gone.onnx"),
        (["blazeface_short", "--data", "."], "reads no emotions"),
    ],
)
def test_invalid_input_gets_a_one_line_message(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(args) != 0
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_a_model_without_usable_output_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = write_model(tmp_path, tiny_classifier(dark_is_nan=True))
    dark = np.zeros((2, 48, 48), np.uint8)
    faces = write_folders(tmp_path / "faces", dark, [0, 1])
    assert main([str(model), "--data", str(faces), "--kind", "fer"]) == 2
    assert "tiny has no usable answer on 2 of 2 faces" in capsys.readouterr().err


def test_a_file_in_place_of_the_output_folder_is_reported(
    fer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("in the way")
    assert main(["mini_xception", "--data", str(fer), "--out", str(tmp_path / "out"), "--resamples", "50"]) == 2
    assert "out" in capsys.readouterr().err


def test_help_loads_no_heavy_modules() -> None:
    code = (
        "import sys; from tools.evaluate import main\n"
        "try:\n main(['--help'])\nexcept SystemExit: pass\n"
        "print([name for name in ('cv2', 'numpy', 'onnxruntime', 'matplotlib', 'keras') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parent.parent
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert "--corruptions" in result.stdout
    assert result.stdout.rstrip().endswith("[]")


def test_the_models_label_order_does_not_matter(tmp_path: Path) -> None:
    labels = (*EMOTIONS[1:], EMOTIONS[0])
    model = tiny_classifier((0.1, 0.1, 0.4, 0.1, 0.1, 0.1, 0.1))
    path = write_model(tmp_path, model, labels=labels, prior=[0.1, 0.1, 0.3, 0.1, 0.1, 0.1, 0.2], power=0.1)
    faces = write_folders(tmp_path / "faces", fer_faces(2), [3, 3])
    assert (
        main([str(path), "--data", str(faces), "--kind", "fer", "--out", str(tmp_path / "out"), "--resamples", "50"])
        == 0
    )
    scores = read_evaluation(tmp_path / "out")["models"][0]["scores"]
    assert {reading: by_truth["labels"]["accuracy"] for reading, by_truth in scores.items()} == {
        "as viewers vote": 1.0,
        "even-handed": 1.0,
    }


def test_a_card_with_evidence_adds_verdicts_and_expected_shares(
    fer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = {
        "neutral": dict.fromkeys(EMOTIONS, -2.0),
        "curves": dict.fromkeys(EMOTIONS, ((-1.0, 0.0), (3.0, 1.0))),
        "typical": dict.fromkeys(EMOTIONS, 0.6),
        "quartiles": dict.fromkeys(EMOTIONS, (0.3, 0.6, 0.8)),
    }
    model = write_model(
        tmp_path, tiny_classifier((0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02)), meaning="viewers", evidence=evidence
    )
    assert main([str(model), "--data", str(fer), "--out", str(tmp_path / "out"), "--resamples", "50"]) == 0
    results = read_evaluation(tmp_path / "out")["models"][0]
    labels, viewers = results["verdicts"]["labels"], results["verdicts"]["viewers' majority"]
    assert labels["rates"]["standard"]["right_tag"] == {"hit": 1.0, "partial": 0.0, "miss": 0.0, "note": 0.0}
    assert labels["rates"]["standard"]["wrong_tag"]["note"] == 1.0
    assert viewers["rates"]["strict"]["right_tag"]["hit"] == 0.4
    # The five predicted shares are 1.0; the shares of viewers are 0.0 three times, 0.5 and 1.0.
    assert results["shares"]["tags"]["happy"]["error"] == pytest.approx(0.7)
    assert (tmp_path / "out" / "tiny-shares.png").exists()
    output = " ".join(capsys.readouterr().out.split())
    assert "Verdicts, tiny, by labels" in output
    assert "Expected share of viewers, tiny" in output
