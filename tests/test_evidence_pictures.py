"""Pictures of the face: three per line, only on request, private, and validated when read."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import cv2
import numpy as np
import pytest
from cli_help import Demo, coach
from core_help import probabilities

from coach.base.errors import UsageError
from coach.base.events import Fit, LineEnded, LineStarted, Reading
from coach.base.types import Box, Emotion, Face, Frame, Observation
from coach.core.script.script import Script
from coach.takes.face_pictures import EVIDENCE_NAME, SIDE, FacePictureKeeper, crop_picture, pictures_of

SCRIPT = Script.model_validate({"title": "T", "lines": [{"text": "One.", "emotion": "sad"}, {"text": "Free."}]})

BOX = Box(100.0, 60.0, 80.0, 80.0)


def show(keeper: FacePictureKeeper, t: float, share: float, on: bool, top: Emotion | None = "sad") -> None:
    """A frame at `t`, whose grey level is its time, and its reading."""
    face = Face(0, BOX, probabilities("sad", share))
    keeper.show(Frame(t, np.full((240, 320, 3), round(t * 20), np.uint8)))
    keeper.handle(Reading(t, Observation(t, (face,)), face.probabilities, top, 1, Fit(on)))


def line(keeper: FacePictureKeeper, *shares: float, start: float = 0.0, cut: bool = False) -> None:
    """Line 1 from `start` with one reading per second; shares from a half on are on target."""
    keeper.handle(LineStarted(start, 1, start + len(shares)))
    for n, share in enumerate(shares):
        show(keeper, start + n, share, share >= 0.5)
    keeper.handle(LineEnded(start + len(shares), 1, cut))


@pytest.fixture
def keeper(tmp_path: Path) -> FacePictureKeeper:
    return FacePictureKeeper(tmp_path, SCRIPT, pytest.fail)


def kept_pictures(tmp_path: Path) -> dict[str, float]:
    return {picture.kind: picture.t for picture in pictures_of(tmp_path)}


def test_best_worst_and_turning_point_of_a_line_are_kept(tmp_path: Path, keeper: FacePictureKeeper) -> None:
    line(keeper, 0.3, 0.2, 0.6, 0.9, 0.7)
    assert kept_pictures(tmp_path) == {"worst": 1.0, "turning point": 2.0, "best": 3.0}


def test_each_picture_is_of_its_own_moment(tmp_path: Path, keeper: FacePictureKeeper) -> None:
    line(keeper, 0.3, 0.2, 0.6, 0.9, 0.7)
    for picture in pictures_of(tmp_path):
        pixels = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        assert pixels.shape == (SIDE, SIDE, 3)
        assert abs(float(pixels.mean()) - picture.t * 20) < 2


def test_a_moment_is_kept_once_and_a_line_without_a_turn_has_no_turning_point(
    tmp_path: Path, keeper: FacePictureKeeper
) -> None:
    line(keeper, 0.9)
    assert kept_pictures(tmp_path) == {"best": 0.0}


def test_a_line_that_is_played_again_shows_its_last_whole_attempt(tmp_path: Path, keeper: FacePictureKeeper) -> None:
    line(keeper, 0.3, 0.9)
    line(keeper, 0.4, 0.8, start=4.0)
    line(keeper, 0.9, start=8.0, cut=True)
    assert kept_pictures(tmp_path) == {"worst": 4.0, "best": 5.0}
    files = {path.name for path in (tmp_path / EVIDENCE_NAME).iterdir()}
    assert files == {"index.json", "line-1-worst.jpg", "line-1-best.jpg"}


def test_lines_that_ask_for_nothing_and_moments_between_lines_are_not_kept(
    tmp_path: Path, keeper: FacePictureKeeper
) -> None:
    show(keeper, 0.0, 0.9, on=True)
    keeper.handle(LineStarted(1.0, 2, 2.0))
    show(keeper, 1.0, 0.9, on=True)
    keeper.handle(LineEnded(2.0, 2))
    assert not (tmp_path / EVIDENCE_NAME).exists()


def test_pictures_are_private(tmp_path: Path, keeper: FacePictureKeeper) -> None:
    line(keeper, 0.3, 0.9)
    folder = tmp_path / EVIDENCE_NAME
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_failing_disk_is_reported_once_and_the_run_goes_on(tmp_path: Path) -> None:
    notices: list[str] = []
    keeper = FacePictureKeeper(tmp_path, SCRIPT, notices.append)
    (tmp_path / EVIDENCE_NAME).write_text("in the way")
    line(keeper, 0.3, 0.9)
    line(keeper, 0.3, 0.9, start=4.0)
    assert len(notices) == 1
    assert "the rehearsal goes on" in notices[0]
    assert pictures_of(tmp_path) == []


def test_a_face_at_the_edge_of_the_frame_is_cropped_without_padding() -> None:
    columns = np.tile(np.arange(100, dtype=np.uint8)[None, :, None], (100, 1, 3))
    crop = crop_picture(columns, Box(-20, 20, 60, 60))
    assert crop.shape == (SIDE, round(SIDE * 55 / 90), 3)
    assert (np.diff(crop[0, :, 0].astype(int)) <= 1).all()
    assert (crop[0, 0, 0], crop[0, -1, 0]) == (0, 54)
    assert (crop[0, :, 0] == 0).sum() < 5, "the edge of the frame is not repeated to fill the crop"


@pytest.mark.parametrize("box", [Box(-500, -500, 60, 60), Box(300, 300, 5, 5), Box(-50, -50, 200, 200)])
def test_a_face_outside_the_frame_gives_a_picture(box: Box) -> None:
    high, wide, _ = crop_picture(np.full((100, 100, 3), 77, np.uint8), box).shape
    assert 1 <= high <= SIDE
    assert 1 <= wide <= SIDE


def test_pictures_stand_in_the_same_order_for_every_line(tmp_path: Path, keeper: FacePictureKeeper) -> None:
    line(keeper, 0.3, 0.2, 0.6, 0.9, 0.7)
    assert [picture.kind for picture in pictures_of(tmp_path)] == ["best", "turning point", "worst"]


@pytest.mark.parametrize(
    "damage",
    [
        {"file": "../../journal.jsonl"},
        {"file": "/etc/passwd"},
        {"file": "line-1-best.jpg/../x.jpg"},
        {"kind": "<script>"},
        {"share": 7},
        {"t": "NaN"},
        {"more": 1},
    ],
)
def test_an_index_with_foreign_names_gives_no_pictures(
    tmp_path: Path, keeper: FacePictureKeeper, damage: dict[str, object]
) -> None:
    line(keeper, 0.9)
    index = tmp_path / EVIDENCE_NAME / "index.json"
    plain = json.loads(index.read_text())
    plain["pictures"][0] |= damage
    index.write_text(json.dumps(plain))
    assert pictures_of(tmp_path) == []


def test_a_linked_missing_or_invalid_picture_is_left_out(tmp_path: Path, keeper: FacePictureKeeper) -> None:
    line(keeper, 0.3, 0.2, 0.6, 0.9, 0.7)
    folder = tmp_path / EVIDENCE_NAME
    (folder / "line-1-best.jpg").write_text("<svg onload=alert(1)>")
    (folder / "line-1-worst.jpg").unlink()
    (folder / "line-1-turning-point.jpg").unlink()
    (folder / "line-1-turning-point.jpg").symlink_to("/etc/hostname")
    assert pictures_of(tmp_path) == []


def test_a_run_keeps_no_picture_unless_it_is_asked(demo: Demo, wrong_demo: Demo) -> None:
    assert (demo.take / EVIDENCE_NAME).exists()
    assert not (wrong_demo.take / EVIDENCE_NAME).exists()


def test_evidence_needs_a_source_with_pictures(tmp_path: Path) -> None:
    script = tmp_path / "s.txt"
    script.write_text("[sad 1s] One.\n")
    result = coach(tmp_path, "rehearse", script, "--source", "none", "--evidence")
    assert result.returncode == UsageError("").exit_code
    assert "--evidence keeps pictures of the face" in result.stderr
