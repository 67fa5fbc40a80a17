"""What was seen is told again without the pixels, and only what nobody asked is looked up."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray
from perception_help import face, picture

from coach.base.types import Box, Detection, Frame
from coach.perception.detectors import Wide
from coach.perception.pipeline import Crowd, FacePipeline, OneActor
from coach.perception.recall import NotingSight, RecallingSight, SightNotes, starts_in_step
from coach.perception.search import ActorSearch
from coach.perception.sight import PixelSight
from coach.testing.perception import FakeClassifier, FakeDetector

NEAR, FAR = face(300, 180, 200), face(500, 180, 60)
BLANK = np.broadcast_to(np.zeros(1, np.uint8), picture().shape)


def sight(detector: FakeDetector) -> PixelSight:
    return PixelSight(ActorSearch(detector), FakeClassifier(["sad"]))


def recalling(noting: NotingSight, detector: FakeDetector, asked: list[float]) -> RecallingSight:
    """Recalls what went through JSON; the times of pictures that it needs are added to `asked`."""

    def look(t: float) -> NDArray[np.uint8]:
        asked.append(t)
        return picture()

    notes = SightNotes()
    notes.add_rows(json.loads(json.dumps(noting.notes.rows(since_t=0.0))))
    return RecallingSight(sight(detector), lambda _: notes, look)


def test_searches_are_told_again_whatever_happened_before_the_first_of_them() -> None:
    """Tiles are searched in turns, and a piece does not know which turn it is."""
    detector = FakeDetector([[NEAR]])
    asked: list[float] = []
    noting = NotingSight(sight(detector), looks=False)
    questions: list[tuple[Box | None, bool]] = [(NEAR.box, False), (None, True), (None, True), (NEAR.box, False)]
    told = [noting.find(Frame(t, picture()), *question) for t, question in enumerate(questions)]
    again = recalling(noting, FakeDetector([[NEAR]]), asked)
    again._sight.search.memory = (5, ())
    assert [again.find(Frame(t, BLANK), *question) for t, question in enumerate(questions)] == told
    assert asked == []
    assert again._sight.search.memory == noting._sight.search.memory == (0, ())


def test_a_search_in_another_turn_or_for_another_actor_is_looked_up() -> None:
    noting = NotingSight(sight(FakeDetector([[NEAR]])), looks=False)
    noting.find(Frame(0.0, picture()), None, True)
    noting.find(Frame(1.0, picture()), FAR.box, False)
    asked: list[float] = []
    again = recalling(noting, FakeDetector([[FAR]]), asked)
    again._sight.search.memory = (1, ())
    assert FAR in again.find(Frame(0.0, BLANK), None, True)
    assert FAR in again.find(Frame(1.0, BLANK), face(100, 180, 60).box, False)
    assert NEAR in again.find(Frame(1.0, BLANK), FAR.box, False)
    assert FAR in again.find(Frame(2.0, BLANK), NEAR.box, False)
    assert asked == [0.0, 1.0, 2.0]
    assert again.misses == 3


def test_readings_are_told_again_under_any_number_and_others_are_looked_up() -> None:
    noting = NotingSight(sight(FakeDetector()), looks=True)
    seen = noting.read(Frame(0.0, picture()), {0: NEAR, 1: FAR})
    asked: list[float] = []
    again = recalling(noting, FakeDetector(), asked)
    told = again.read(Frame(0.0, BLANK), {4: FAR, 7: NEAR})
    assert [(one.track, one.probabilities, one.weight, one.box) for one in told] == [
        (4, seen[1].probabilities, seen[1].weight, seen[1].box),
        (7, seen[0].probabilities, seen[0].weight, seen[0].box),
    ]
    assert asked == []
    again.read(Frame(0.0, BLANK), {0: NEAR, 1: face(100, 100, 80)})
    assert asked == [0.0]


def test_looks_are_kept_of_every_face_that_is_found() -> None:
    noting = NotingSight(sight(FakeDetector([[NEAR, FAR]])), looks=True)
    image = np.random.default_rng(1).integers(0, 255, picture().shape, np.uint8)
    noting.find(Frame(0.0, image), None, False)
    again = recalling(noting, FakeDetector(), [])
    assert np.array_equal(again.look(Frame(0.0, BLANK), FAR), noting.look(Frame(0.0, image), FAR))
    assert again.misses == 0


def test_a_picture_that_cannot_be_had_is_told_though_the_pipeline_passes_over_it() -> None:
    def fail(_: float) -> NDArray[np.uint8]:
        raise OSError("it is gone")

    pipeline = FacePipeline(FakeDetector(), FakeClassifier(), OneActor())
    made: list[RecallingSight] = []

    def wrap(pixels: PixelSight) -> RecallingSight:
        made.append(RecallingSight(pixels, lambda _: SightNotes(), fail))
        return made[0]

    pipeline.look_through(wrap)
    assert pipeline.observe(Frame(0.0, BLANK)).reason == "unreadable"
    assert str(made[0].trouble) == "it is gone"


def test_a_crowd_is_in_step_once_all_rhythms_of_its_search_begin_anew() -> None:
    times = [number / 15 for number in range(400)]
    assert starts_in_step(times, OneActor(3))[:4] == [0, 3, 6, 9]
    assert starts_in_step(times, Crowd(3)) == [0, 144, 288]
    assert starts_in_step([number / 5 for number in range(100)], Crowd(3)) == [0, 96]  # at least every quarter second


def test_a_crowd_search_takes_over_what_another_one_knows() -> None:
    class Network(FakeDetector):
        def detect_at(self, image: NDArray[np.uint8], side: int) -> tuple[Detection, ...]:
            return self.detect(image)

    first, second = Network([[NEAR]]), Network([[NEAR]])
    one, other = Wide(first), Wide(second)  # type: ignore[arg-type]  # all that they need of a network
    for _ in range(5):
        one.detect(picture())
    other.memory = one.memory
    one.detect(picture())
    other.detect(picture())
    assert one.memory == other.memory == (5, (NEAR,))
    assert second.sizes == first.sizes[-1:]
