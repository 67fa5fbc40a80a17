"""Box errors: scores with shifted or scaled boxes show whether a model needs a perfect crop."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from evaluation_help import fer_faces, write_folders, write_portraits

from coach.base.types import Box
from coach.perception.models import shipped_path
from coach.perception.pipeline import load_model
from tools.datasets.crops import BoxError
from tools.datasets.evaluation_set import open_set
from tools.evaluate import main
from tools.evaluation.robustness import box_errors

BOX = Box(40, 60, 20, 30)


@pytest.mark.parametrize(
    ("error", "box"),
    [
        (BoxError(), BOX),
        (BoxError(right=-0.1), Box(38, 60, 20, 30)),
        (BoxError(down=0.1), Box(40, 63, 20, 30)),
        (BoxError(scale=1.2), Box(38, 57, 24, 36)),
    ],
)
def test_errors_are_relative_to_the_sides_of_the_box(error: BoxError, box: Box) -> None:
    moved = error.applied_to(BOX)
    assert (moved.x, moved.y, moved.width, moved.height) == pytest.approx((box.x, box.y, box.width, box.height))


def test_every_error_but_the_first_changes_the_crops(tmp_path: Path) -> None:
    data, model = write_portraits(tmp_path / "portraits"), load_model(shipped_path("mini_xception"))
    crops = {name: open_set(data, model, "folders", box_error=error).crops for name, error in box_errors(0.1).items()}
    plain = crops.pop("as found")
    assert (plain == open_set(data, model, "folders").crops).all()
    assert len(crops) == 6
    for changed_crops in crops.values():
        assert np.abs(changed_crops.astype(int) - plain).mean() > 2


def test_scores_with_errors_are_reported_beside_those_without(tmp_path: Path) -> None:
    data, out = write_portraits(tmp_path / "portraits"), tmp_path / "out"
    args = ["audience", "--data", str(data), "--boxes-off", "10", "--resamples", "50", "--out", str(out)]
    assert main(args) == 0
    (model,) = json.loads((out / "evaluation.json").read_text())["models"]
    rows = {row["name"]: row for row in model["box_errors"]}
    assert list(rows) == list(box_errors(0.1))
    assert rows["as found"]["accuracy"] == model["scores"]["even-handed"]["labels"]["accuracy"]
    assert "| bigger |" in (out / "evaluation.md").read_text()


def test_sets_of_face_crops_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces = write_folders(tmp_path / "faces", fer_faces(2), [3, 3])
    args = ["mini_xception", "--data", str(faces), "--kind", "fer", "--boxes-off", "10", "--resamples", "50"]
    assert main(args) == 2
    assert "--boxes-off is for pictures in which a face is found" in capsys.readouterr().err
