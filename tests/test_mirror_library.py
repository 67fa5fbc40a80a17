"""The mirror as a library: an iterator over all moments of a source."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import cv2
import pytest
from perception_help import face_picture, picture, tiny_classifier, write_model

from coach.app.mirror import mirror, views
from coach.base.errors import ModelError, SourceError, UsageError
from coach.base.files import sample_take
from coach.base.types import Box, Frame, Tick
from coach.perception.pipeline import Crowd, FacePipeline
from coach.testing.perception import FakeClassifier, FakeDetector
from coach.testing.sources import FakeSource
from tools.benchmarks.clips import write_crowd_clip


def decoders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "decoder" in thread.name]


def test_the_sample_take_has_one_person_and_its_source_is_closed() -> None:
    moments = list(mirror(sample_take(), model="mini_xception"))
    assert len(moments) == 236, "every second one of 24 frames per second"
    assert {tuple(face.track for face in view.faces) for view in moments} == {(0,)}
    assert [view.t for view in moments] == sorted({view.t for view in moments})
    assert [face.label for view in (moments[30], moments[100], moments[200]) for face in view.faces] == [
        "sad",
        "fear",
        "happy",
    ]
    assert decoders() == []


def test_leaving_the_loop_early_closes_the_source() -> None:
    watching = mirror(str(sample_take()))
    assert next(watching).frame is not None
    assert len(decoders()) == 1
    watching.close()  # as the end of a loop left by `break` does
    assert decoders() == []


def test_an_open_source_stays_open() -> None:
    source = FakeSource([Frame(0, picture()), Tick(0.1, "frozen"), Frame(0.2, picture())], live=True)
    moments = list(mirror(source))
    assert [(view.t, view.reason) for view in moments] == [(0, "no face"), (0.1, "frozen"), (0.2, "no face")]
    assert [view.frame is None for view in moments] == [False, True, False]
    assert source.close_calls == 0


def test_the_frame_of_the_source_is_unchanged() -> None:
    image = face_picture().copy()
    (view,) = mirror(FakeSource([Frame(0, image)]))
    assert view.frame is not None
    assert view.frame.image is image
    assert (image == face_picture()).all()


def test_five_people_in_a_video_file(tmp_path: Path) -> None:
    write_crowd_clip(tmp_path / "five.mp4", 5, 0.5)
    moments = list(mirror(tmp_path / "five.mp4", every=2))
    assert len(moments) == 6
    assert {tuple(face.track for face in view.faces) for view in moments} == {(0, 1, 2, 3, 4)}
    only = list(mirror(tmp_path / "five.mp4", max_faces=2))
    assert {tuple(face.track for face in view.faces) for view in only} == {(0, 1)}
    nobody = list(mirror(tmp_path / "five.mp4", region=Box(0, 0, 60, 60)))
    assert {view.faces for view in nobody} == {()}


def test_pictures_of_a_folder_are_independent(tmp_path: Path) -> None:
    """The same face in two sizes: no tracking or smoothing between pictures."""
    for i, scale in enumerate((0.5, 1.0)):
        image = cv2.resize(face_picture(), None, fx=scale, fy=scale)
        cv2.imwrite(str(tmp_path / f"{i}.png"), image)
    cv2.imwrite(str(tmp_path / "2.png"), picture())
    moments = list(mirror(tmp_path))
    assert [[face.track for face in view.faces] for view in moments] == [[0], [0], []]
    widths = [face.box.width for view in moments for face in view.faces]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.1)


def test_views_before_a_source_error_are_valid() -> None:
    source = FakeSource([Frame(0, picture()), SourceError("gone")])
    watching = mirror(source)
    assert next(watching).t == 0
    with pytest.raises(SourceError, match="gone"):
        next(watching)


def test_another_model_is_used_and_invalid_arguments_are_refused(tmp_path: Path) -> None:
    labels = ("sad", "neutral", "angry", "surprise", "disgust", "happy", "fear")
    path = write_model(tmp_path, tiny_classifier(), labels=labels)
    (view,) = mirror(FakeSource([Frame(0, face_picture())]), model=path)
    assert view.faces[0].label == "sad"
    with pytest.raises(SourceError, match="no such file"):
        list(mirror(tmp_path / "none.mp4"))
    with pytest.raises(ModelError, match="model not found"):
        list(mirror(FakeSource([]), model=tmp_path / "none.onnx"))
    with pytest.raises(UsageError, match="unknown detector"):
        list(mirror(FakeSource([]), detector="dlib"))


def test_the_source_is_closed_if_the_model_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        list(mirror(sample_take(), model=tmp_path / "none.onnx"))
    assert decoders() == []


def test_views_accepts_any_perceiver() -> None:
    crowd = FacePipeline(FakeDetector(), FakeClassifier(["fear"]), Crowd())
    (view,) = views(FakeSource([Frame(0, picture())]), crowd)
    assert view.faces[0].label == "fear"


def test_the_import_loads_no_heavy_library() -> None:
    code = "import sys, coach.app.mirror; print({'cv2', 'numpy', 'onnxruntime', 'av'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
