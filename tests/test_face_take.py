"""The face in a take: measures against rest, eyes on the page and troubles, line by line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from face_help import CORNERS, IRISES, UPPER_LIDS, kept, mesh, move, turned

from coach.base.events import LineStarted, Reading
from coach.base.types import Box, Face, FacePoints, Observation, Probabilities
from coach.core.face.measures import MEASURES
from coach.core.face.take import FaceTake, FaceTakeBuilder

NEUTRAL: Probabilities = (0.02, 0.0, 0.01, 0.02, 0.03, 0.02, 0.9)
HAPPY: Probabilities = (0.0, 0.0, 0.0, 0.99, 0.0, 0.0, 0.01)

STRAIGHT, PAGE = kept(mesh()), kept(mesh(move(IRISES, down=6)))


def reading(t: float, line: int | None, points: FacePoints | None, shares: Probabilities = NEUTRAL) -> Reading:
    face = Face(0, Box(0, 0, 100, 100), shares, points=points)
    return Reading(t, Observation(t, (face,)), shares, None, line, None, shares, 1.0)


def take_of(points: Callable[[int], FacePoints | None], count: int = 50, line: int | None = 1) -> FaceTake:
    """A take of one line with five readings a second."""
    builder = FaceTakeBuilder()
    builder.handle(LineStarted(0.0, 1, count / 5))
    for n in range(count):
        builder.handle(reading(n / 5, line, points(n)))
    return builder.take()


def test_a_smile_shows_in_the_corners_of_the_mouth_against_rest() -> None:
    builder = FaceTakeBuilder()
    smile = kept(mesh(move(CORNERS, down=-6)))
    for n in range(40):
        builder.handle(reading(n / 5, 1, smile if n >= 20 else STRAIGHT, HAPPY if n >= 20 else NEUTRAL))
    take = builder.take()
    place = [each.key for each in MEASURES].index("lip_corners")
    values = [moment.measures[place] for moment in take.moments if moment.measures]
    assert values[5] == pytest.approx(0.0, abs=0.005)
    assert values[30] == pytest.approx(0.06, abs=0.01)


def test_the_share_of_a_line_with_eyes_on_the_page_is_a_share_of_time() -> None:
    (line,) = take_of(lambda n: PAGE if n < 20 else STRAIGHT).lines
    assert line.page == pytest.approx(0.4, abs=0.03)
    assert line.lens == pytest.approx(0.6, abs=0.03)
    assert line.troubles == {}


def test_a_blink_is_no_glance_at_the_page() -> None:
    (line,) = take_of(lambda n: PAGE if n % 10 == 5 else STRAIGHT).lines
    assert line.page == 0.0


def test_lowered_lids_count_as_the_page() -> None:
    down = kept(mesh(move(UPPER_LIDS, down=8)))
    (line,) = take_of(lambda n: down if n < 10 else STRAIGHT).lines
    assert line.page == pytest.approx(0.2, abs=0.03)


def test_a_covered_face_is_told_and_does_not_look_anywhere() -> None:
    hidden = kept(mesh(), 0.2)
    (line,) = take_of(lambda n: hidden if n < 25 else STRAIGHT).lines
    assert line.troubles["covered"] == pytest.approx(0.5, abs=0.03)
    assert line.lens == 1.0


def test_a_turned_and_an_upside_down_face_are_told_apart() -> None:
    over, aside = kept(turned(mesh(), roll=175)), kept(turned(mesh(), yaw=55))
    (line,) = take_of(lambda n: over if n < 10 else aside if n < 20 else STRAIGHT).lines
    assert line.troubles == {
        "upside down": pytest.approx(0.2, abs=0.03),
        "profile": pytest.approx(0.2, abs=0.03),
    }


def test_moments_between_lines_belong_to_no_line() -> None:
    take = take_of(lambda n: STRAIGHT, line=None)
    assert take.lines == ()
    assert len(take.moments) == 50


def test_a_repeated_line_counts_by_its_last_attempt() -> None:
    builder = FaceTakeBuilder()
    for attempt, points in ((1, PAGE), (2, STRAIGHT)):
        start = 5.0 * attempt
        builder.handle(LineStarted(start, 1, start + 5, attempt))
        for n in range(25):
            builder.handle(reading(start + n / 5, 1, points))
    (line,) = builder.take().lines
    assert line.page < 0.05


def test_readings_without_landmarks_are_left_out() -> None:
    take = take_of(lambda n: STRAIGHT if n % 3 == 0 else None, count=30)
    assert len(take.moments) == 10
    assert take_of(lambda n: None).moments == ()
