"""How often a model misses a right expression: counted by a tool, kept in the card, quoted by reports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from core_help import VIEWERS, frames, line, mixed, play, scored, timeline

from coach.base.types import EMOTIONS, Emotion
from coach.core.reading.card import Misses, ModelCard
from coach.core.scoring.norms import SHARES_CAVEAT, misses_sentence
from coach.perception.models import find_model
from tools.measure_misses import LabelledReadings, count_misses, main

HAPPY, SAD, NEUTRAL = (EMOTIONS.index(emotion) for emotion in ("happy", "sad", "neutral"))


def said(emotion: Emotion, share: float = 0.9) -> list[float]:
    """Even-handed probabilities: `share` for `emotion`, the others equal."""
    return [share if each == emotion else (1 - share) / 6 for each in EMOTIONS]


def write_features(path: Path, faces: list[list[float]], labels: list[int]) -> Path:
    np.savez(path, probabilities=np.array(faces, np.float32), label=np.array(labels), actor=np.arange(len(labels)) // 2)
    return path


def test_a_face_is_missed_if_another_emotion_clearly_leads() -> None:
    faces = [said("happy"), said("sad"), said("sad"), said("sad", 0.45)]
    readings = LabelledReadings(np.array(faces), np.array([HAPPY, HAPPY, SAD, SAD]), "four faces")
    misses = count_misses(VIEWERS, [readings, readings])
    assert misses.counts == {"happy": (2, 4), "sad": (0, 4)}
    assert misses.source == "four faces and four faces"


def test_a_face_of_which_the_model_is_not_sure_is_not_missed() -> None:
    unsure = [1 / 7] * 7
    assert count_misses(VIEWERS, [LabelledReadings(np.array([unsure]), np.array([SAD]), "one face")]).counts == {
        "sad": (0, 1)
    }


def test_the_counts_are_written_into_the_card_and_nothing_else_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = find_model("audience")
    model = Path(shutil.copy(source, tmp_path))
    shutil.copy(source.with_suffix(".json"), tmp_path)
    features = write_features(tmp_path / "f.npz", [said("happy"), said("neutral", 0.99)], [HAPPY, HAPPY])
    assert main([str(model), "--features", str(features), "--write"]) == 0
    assert "happy       1 of   2 missed" in capsys.readouterr().out
    before, after = (json.loads(path.with_suffix(".json").read_text()) for path in (source, model))
    assert after.pop("misses") == {"counts": {"happy": [1, 2]}, "source": "2 posed pictures of 1 people"}
    before.pop("misses")
    assert after == before


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: path.write_text("no arrays"), "is no file of features"),
        (lambda path: np.savez(path, label=np.zeros(2)), "is no file of features"),
        (lambda path: write_features(path, [[0.5, 0.5]], [0]), "must be (N, 7)"),
        (lambda path: write_features(path, [said("sad")], [7]), "must be (N, 7)"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_one_message(
    write: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "f.npz")  # type: ignore[operator]  # each writes a file
    assert main(["audience", "--features", str(tmp_path / "f.npz")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_without_faces_the_tool_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audience"]) == 2
    assert "--pictures, --features or both" in capsys.readouterr().err


def test_the_report_says_how_often_the_camera_misses_the_emotions_of_the_script() -> None:
    card = VIEWERS.model_copy(update={"misses": Misses(counts={"sad": (2, 9), "fear": (1, 3)}, source="ten people")})
    lines = timeline((line(emotion="sad"), 4))
    report = scored(lines, play(lines, frames(4, lambda t: mixed(t, sad=0.7)), card=card), card=card)
    assert report.model is not None
    assert report.model.limit == f"{SHARES_CAVEAT} This camera misses some right faces: sadness in 2 of 9 (ten people)."


def test_a_card_without_counts_says_nothing() -> None:
    assert misses_sentence(VIEWERS, EMOTIONS) == ""


def test_the_shipped_card_has_counts_of_every_emotion() -> None:
    card = ModelCard.model_validate_json(find_model("audience").with_suffix(".json").read_text())
    assert card.misses is not None
    assert set(card.misses.counts) == set(EMOTIONS)


def test_more_misses_than_faces_are_refused() -> None:
    with pytest.raises(ValueError, match="pairs of missed faces and all faces"):
        Misses(counts={"sad": (3, 2)}, source="ten people")
