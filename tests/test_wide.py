"""The detector for wide shots: which scans it runs, and closer crops for missed faces."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import face, face_picture, picture

from coach.base.files import sample_take
from coach.base.types import Detection, Frame
from coach.perception.blazeface import BlazeFace
from coach.perception.detectors import FAR, FARTHEST, FULL_EVERY, MAX_RETRIES, NEAR, UNSURE, Wide, open_detector
from coach.perception.models import WIDE_DETECTOR, shipped_path
from coach.perception.pipeline import open_crowd
from coach.sources.opening import SourceOptions, open_source

CLOSER = 0
"""Stands for a closer crop in a list of scans."""


class Network:
    """A fake that records its scans and returns scripted detections: one list per search, none for closer crops."""

    def __init__(self, *moments: Sequence[Detection]) -> None:
        self.moments = moments
        self.scans: list[list[int]] = []

    def detect_at(self, image: NDArray[np.uint8], longer: int) -> tuple[Detection, ...]:
        self.scans[-1].append(longer)
        return tuple(self.moments[min(len(self.scans), len(self.moments)) - 1])

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        assert image.shape[0] == image.shape[1]
        self.scans[-1].append(CLOSER)
        return ()


def scans(
    *moments: Sequence[Detection], searches: int = FULL_EVERY, size: tuple[int, int] = (1280, 720)
) -> list[list[int]]:
    """The scans that `Wide` runs in each of the first `searches` searches."""
    network = Network(*moments)
    wide = Wide(network)  # type: ignore[arg-type]  # it has the methods in use
    for _ in range(searches):
        network.scans.append([])
        wide.detect(picture(*size))
    return network.scans


@pytest.mark.parametrize(
    ("faces", "usual", "later"),
    [
        ([face(640, 360, 300)], [NEAR], [NEAR, FAR]),
        ([face(640, 360, 60)], [FAR], [NEAR, FARTHEST]),
        ([face(640, 360, 30)], [FARTHEST], [NEAR, FARTHEST]),
        ([face(300, 360, 300), face(900, 360, 60)], [NEAR, FAR], [NEAR, FARTHEST]),
    ],
    ids=["big", "small", "tiny", "both"],
)
def test_scans_are_chosen_by_the_sizes_of_the_known_faces(
    faces: list[Detection], usual: list[int], later: list[int]
) -> None:
    """The first search and every `FULL_EVERY`th run both scans, for newcomers."""
    assert scans(faces, searches=FULL_EVERY + 1) == [[NEAR, FARTHEST], *[usual] * (FULL_EVERY - 1), later]


def test_every_third_search_without_faces_runs_the_far_scan() -> None:
    assert scans([], searches=5) == [[NEAR, FARTHEST], [NEAR], [NEAR], [NEAR, FAR], [NEAR]]


def test_small_image_gets_no_far_scan() -> None:
    assert scans([], searches=3, size=(NEAR, 100)) == [[NEAR]] * 3


def test_each_missed_face_gets_one_closer_crop() -> None:
    people = [face(100 + 110 * i, 100, 60) for i in range(MAX_RETRIES + 3)]
    assert scans(people, people[:-1], searches=4)[1:] == [[FAR, CLOSER], [FAR], [FAR]]
    assert scans(people, people[:1], searches=3)[1:] == [[FAR, *[CLOSER] * MAX_RETRIES], [FAR]]


def test_a_change_of_image_size_starts_a_full_search_and_a_closer_one_for_known_faces() -> None:
    network = Network([face(100, 100, 60)], [])
    wide = Wide(network)  # type: ignore[arg-type]  # it has the methods in use
    for size in ((1280, 720), (720, 1280)):
        network.scans.append([])
        wide.detect(picture(*size))
    assert network.scans == [[NEAR, FARTHEST], [NEAR, FARTHEST, CLOSER]]


class Blind(BlazeFace):
    """The real network, but scans of the whole frame find nothing after the first search."""

    searches = 0

    def detect_at(self, image: NDArray[np.uint8], longer: int) -> tuple[Detection, ...]:
        self.searches += 1
        return super().detect_at(image, longer) if self.searches <= 2 else ()


def test_face_missed_by_the_scans_is_found_in_closer_crop() -> None:
    small = picture(1280, 720, 60)
    small[300:372, 500:628] = cv2.resize(face_picture(), (128, 72), interpolation=cv2.INTER_AREA)
    wide = Wide(Blind(shipped_path(WIDE_DETECTOR)))
    (first,) = wide.detect(small)
    for _ in range(3):
        (again,) = wide.detect(small)
        assert again.box.overlap(first.box) > 0.6


@pytest.mark.parametrize("width", [60, 120, 200, 400, 700])
def test_face_is_found_and_kept_at_any_size(width: int) -> None:
    """In frames of 1280 x 720, from the back row to a close-up."""
    face_box = BlazeFace().detect(face_picture())[0].box
    scale = width / face_box.width
    view = cv2.resize(face_picture(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    padded = cv2.copyMakeBorder(view, 720, 720, 1280, 1280, cv2.BORDER_REPLICATE)
    left, top = (round(value * scale) for value in face_box.centre)
    image = padded[top + 360 : top + 1080, left + 640 : left + 1920].astype(np.uint8)
    detector = open_detector("wide")
    for _ in range(4):
        (detection,) = detector.detect(image)
        assert detection.box.width == pytest.approx(width, rel=0.25)
        assert detection.box.centre == pytest.approx((640, 360), abs=0.2 * width)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 360), (260, 360)])
@pytest.mark.parametrize("longer", [128, 192, 256])
def test_the_box_does_not_depend_on_the_aspect_ratio_of_the_input(longer: int, width: int, height: int) -> None:
    network = BlazeFace(shipped_path(WIDE_DETECTOR))
    image = np.ascontiguousarray(face_picture()[:height, 640 - width :])
    (square,) = network.detect(image)
    (free,) = network.detect_at(image, longer)
    assert free.box.overlap(square.box) > 0.6


def cartoon_tree(width: int, seed: int) -> NDArray[np.uint8]:
    """A drawn tree with eyes, a nose and a mouth in its trunk."""
    rng, image = np.random.default_rng(seed), np.full((300, 300, 3), (235, 206, 135), np.uint8)
    cv2.ellipse(image, (150, 170), (80, 135), 0, 0, 360, (45, 75, 120), -1)
    for x, y in rng.integers((75, 60), (225, 270), (30, 2)):
        cv2.line(image, (int(x), int(y)), (int(x), int(y) + 20), (15, 25, 40), 1)
    for x, y in rng.integers((0, 0), (300, 84), (25, 2)):
        cv2.circle(image, (int(x), int(y)), 28, (30, 130, 40), -1)
    for x in (115, 185):
        cv2.ellipse(image, (x, 135), (17, 12), 0, 0, 360, (240, 240, 240), -1)
        cv2.circle(image, (x, 135), 8, (20, 20, 20), -1)
    cv2.ellipse(image, (150, 168), (9, 18), 0, 0, 360, (36, 60, 96), -1)
    cv2.ellipse(image, (150, 205), (30, 15), 0, 0, 180, (15, 25, 40), -1)
    return cv2.resize(image, (width, width), interpolation=cv2.INTER_AREA).astype(np.uint8)


def test_drawn_faces_get_no_box() -> None:
    boxes, believed = 0, 0
    network, detector = Wide(BlazeFace(shipped_path(WIDE_DETECTOR))), open_detector("wide")
    for seed in range(12):
        image = np.full((720, 1280, 3), 120, np.uint8)
        image[200:320, 500:620] = cartoon_tree(120, seed)
        boxes += any(face.score >= UNSURE for face in network.detect(image))
        believed += any(face.score >= UNSURE for face in detector.detect(image))
    assert boxes >= 6, "otherwise the trees are too easy"
    assert believed <= 1


def upright_take(seconds: float) -> list[Frame]:
    """Frames of the sample take, twelve per second."""
    source = open_source(str(sample_take()), SourceOptions(frames_per_s=12))
    return [frame for frame in iter(source.read, None) if isinstance(frame, Frame) and frame.t < seconds]


def turned_over(frame: Frame) -> Frame:
    return Frame(frame.t, np.ascontiguousarray(frame.image[::-1, ::-1]))


def test_a_face_that_hangs_upside_down_is_not_read() -> None:
    crowd = open_crowd()
    reasons = [face.reason for frame in upright_take(6) for face in crowd.observe(turned_over(frame)).faces]
    assert len(reasons) > 40
    assert set(reasons) == {"upside down"}


def test_a_face_that_turns_over_in_mid_film_is_no_longer_read() -> None:
    crowd, frames = open_crowd(), upright_take(6)
    seen = [crowd.observe(frame if frame.t < 2 else turned_over(frame)) for frame in frames]
    assert {face.reason for face in seen[20].faces} == {None}
    assert [face.reason for face in seen[-1].faces] == ["upside down"]


def test_without_faces_every_other_full_search_looks_for_the_farthest() -> None:
    seen = scans([], searches=2 * FULL_EVERY + 1)
    assert [seen[0], seen[FULL_EVERY], seen[2 * FULL_EVERY]] == [[NEAR, FARTHEST], [NEAR, FAR], [NEAR, FARTHEST]]
