"""BlazeFace on ONNX Runtime, and Haar where OpenCV has it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import face_picture, picture, take_frames, write_model

from coach.base.errors import ModelError
from coach.base.types import Box
from coach.perception.blazeface import SIDE, BlazeFace, anchor_centres, letterbox, merge_overlapping
from coach.perception.detectors import Haar
from coach.perception.models import DETECTOR, shipped_path


@pytest.fixture(scope="module")
def blazeface() -> BlazeFace:
    return BlazeFace()


def test_face_is_found_throughout_sample_take(blazeface: BlazeFace) -> None:
    detections = [blazeface.detect(frame.image) for frame in take_frames(every=8)]
    assert [len(faces) for faces in detections] == [1] * 59
    assert min(faces[0].score for faces in detections) > 0.8


def test_left_and_right_landmarks_are_those_of_the_person(blazeface: BlazeFace) -> None:
    """In an unmirrored image the right eye is on the left, the eyes above the nose, the nose above the mouth."""
    right_eye, left_eye, nose, mouth, right_ear, left_ear = blazeface.detect(face_picture())[0].landmarks
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < mouth[1]


def test_landmarks_are_inside_the_box(blazeface: BlazeFace) -> None:
    detection = blazeface.detect(face_picture())[0]
    for x, y in detection.landmarks[:4]:
        assert detection.box.x < x < detection.box.x + detection.box.width
        assert detection.box.y < y < detection.box.y + detection.box.height


@pytest.mark.parametrize("size", [(160, 90), (1280, 720), (3840, 2160), (641, 359)])
def test_box_is_independent_of_image_size(blazeface: BlazeFace, size: tuple[int, int]) -> None:
    reference = blazeface.detect(face_picture())[0].box
    box = blazeface.detect(cv2.resize(face_picture(), size, interpolation=cv2.INTER_AREA))[0].box
    back = Box(*(value * 640 / size[0] for value in (box.x, box.y, box.width, box.height)))
    assert reference.overlap(back) > 0.9


@pytest.mark.parametrize("top", [0, 200])
def test_face_is_found_in_portrait_format(blazeface: BlazeFace, top: int) -> None:
    """The padding is left and right, so both directions of the letterbox are tested."""
    upright = picture(360, 640, 60)
    upright[top : top + 360] = face_picture()[:, 280:640]
    reference = blazeface.detect(face_picture())[0].box
    box = blazeface.detect(upright)[0].box
    assert reference.overlap(Box(box.x + 280, box.y - top, box.width, box.height)) > 0.85


def test_two_faces_are_sorted_by_size(blazeface: BlazeFace) -> None:
    both = picture(800, 360, 60)
    both[:, :360] = face_picture()[:, 280:]
    both[100:352, 500:752] = cv2.resize(face_picture()[:, 280:], (252, 252))
    detections = blazeface.detect(both)
    assert [detection.box.width > 180 for detection in detections] == [True, False]
    assert [detection.box.centre[0] < 360 for detection in detections] == [True, False]


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 3), (36, 64)])
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_plain_images_have_no_detections(blazeface: BlazeFace, shape: tuple[int, int], grey: int) -> None:
    assert blazeface.detect(picture(shape[1], shape[0], grey)) == ()


def test_noise_is_not_a_face(blazeface: BlazeFace) -> None:
    rng = np.random.default_rng(0)
    assert not any(blazeface.detect(rng.integers(0, 256, (360, 640, 3), np.uint8)) for _ in range(10))


def test_non_contiguous_image_gives_the_same_detections(blazeface: BlazeFace) -> None:
    view: NDArray[np.uint8] = np.pad(face_picture(), ((10, 10), (20, 20), (0, 0)))[10:-10, 20:-20]
    assert blazeface.detect(view) == blazeface.detect(face_picture())


def test_letterbox_keeps_aspect_ratio_and_converts_to_rgb() -> None:
    red = picture(64, 32, 0)
    red[:, :, 2] = 255
    out = np.empty((SIDE, SIDE, 3), np.float32)
    assert letterbox(red, out) == (2.0, 0, 32)
    assert (out[32:96] == (1, -1, -1)).all()
    assert (out[:32] == -1).all()
    assert (out[96:] == -1).all()


def test_anchors_are_cell_centres() -> None:
    places = anchor_centres()
    assert places.shape == (896, 2)
    assert places[[0, 1, 2, 511, 512, 517, 518, 895]].tolist() == [
        [4, 4], [4, 4], [12, 4], [124, 124], [8, 8], [8, 8], [24, 8], [120, 120]
    ]  # fmt: skip


def test_overlapping_detections_are_merged_by_weighted_mean() -> None:
    rows = np.array([[10, 10, 4, 4], [11, 10, 4, 4], [50, 50, 4, 4]], np.float32)
    merged = merge_overlapping(rows, np.array([0.9, 0.6, 0.7], np.float32), 0.3)
    assert [round(score, 4) for score, _ in merged] == [0.9, 0.7]
    assert merged[0][1].tolist() == pytest.approx([10.4, 10, 4, 4])
    assert merged[1][1].tolist() == pytest.approx([50, 50, 4, 4])


def test_merging_terminates_for_boxes_without_area() -> None:
    rows = np.zeros((3, 4), np.float32)
    assert len(merge_overlapping(rows, np.ones(3, np.float32), 0.3)) == 3


def test_a_detector_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    other = write_model(tmp_path, shipped_path(DETECTOR).read_bytes() + b"\x72\x00", name="blazeface_short")
    with pytest.raises(ModelError, match="not the face detector that comes with the coach"):
        BlazeFace(other)


def test_haar_works_or_reports_what_is_missing() -> None:
    """OpenCV 4 includes Haar cascades; OpenCV 5 does not."""
    folder = Path(getattr(getattr(cv2, "data", None), "haarcascades", "."))
    if hasattr(cv2, "CascadeClassifier") and (folder / "haarcascade_frontalface_default.xml").is_file():
        (detection,) = Haar().detect(face_picture())
        assert BlazeFace().detect(face_picture())[0].box.overlap(detection.box) > 0.5
        assert Haar().detect(picture()) == ()
    else:
        with pytest.raises(ModelError, match=rf"OpenCV {cv2.__version__}.*blazeface.*opencv-python<5"):
            Haar()
