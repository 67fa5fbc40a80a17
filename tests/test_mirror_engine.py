"""The views and totals of the mirror."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.base.types import EMOTIONS, Box, Emotion, Face, Observation, Probabilities, Reason, Tick, top_emotion
from coach.core.mirror.engine import KEEP_READING_S, MirrorEngine
from coach.core.mirror.tally import MAX_PEOPLE, MirrorSummary, MirrorTally
from coach.core.mirror.view import MirrorFace, MirrorView
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import MAX_HOLD_S, RESET_GAP_S, Smoother, even_handed
from coach.perception.models import shipped_path
from coach.perception.pipeline import load_model
from coach.testing.perception import fake_card, probabilities_for
from coach.testing.sources import grey

BOX = Box(10, 10, 100, 100)


def face(track: int = 0, emotion: Emotion | None = "sad", reason: Reason | None = None, weight: float = 1.0) -> Face:
    """A face that is clearly `emotion`; unreadable if None."""
    return Face(track, BOX, None if emotion is None else shares(emotion), reason, weight)


def shares(emotion: Emotion, share: float = 0.94) -> Probabilities:
    a, b, c, d, e, f, g = probabilities_for(emotion, share)
    return a, b, c, d, e, f, g


def engine(**card: object) -> MirrorEngine:
    return MirrorEngine(fake_card().model_copy(update=card))


def step(engine: MirrorEngine, t: float, *faces: Face) -> dict[int, MirrorFace]:
    return {f.track: f for f in engine.step(Observation(t, faces, None)).faces}


# --- the engine -------------------------------------------------------------------------------------------------------


def test_faces_are_in_the_order_of_their_tracks_with_raw_probabilities() -> None:
    frame = grey(0.5)
    observation = Observation(0.5, (face(3, "happy", weight=0.4), face(0)), None)
    view = engine().step(observation, frame)
    assert (view.t, view.frame, view.reason) == (0.5, frame, None)
    assert [f.track for f in view.faces] == [0, 3]
    assert [f.label for f in view.faces] == ["sad", "happy"]
    assert [f.raw for f in view.faces] == [shares("sad"), shares("happy")]
    assert [f.weight for f in view.faces] == [1.0, 0.4]
    assert view.faces[0].box == BOX


def test_each_track_is_smoothed_separately() -> None:
    mirror, alone = engine(), Smoother()
    emotions: list[Emotion] = ["sad", "sad", "happy", "happy", "angry"]
    for i, emotion in enumerate(emotions):
        t = i / 10
        view = step(mirror, t, face(0, emotion), face(1, "fear"))
        assert (view[0].smoothed, view[0].label) == alone.update(t, shares(emotion))
        assert view[1].label == "fear"


def test_smoothed_probabilities_are_corrected_for_the_prior_and_raw_ones_are_not() -> None:
    prior = (0.05, 0.05, 0.05, 0.2, 0.1, 0.05, 0.5)
    card = fake_card().model_copy(update={"prior": prior, "power": 1.0})
    answer: Probabilities = (0.02, 0.02, 0.3, 0.02, 0.02, 0.02, 0.6)
    (face_seen,) = MirrorEngine(card).step(Observation(0, (Face(0, BOX, answer),))).faces
    assert face_seen.raw == answer
    assert face_seen.smoothed == even_handed(card)(answer)
    assert (top_emotion(answer), face_seen.label) == ("neutral", "fear")


def test_a_face_below_the_floor_has_probabilities_but_no_label() -> None:
    unsure = shares("sad", 0.4)
    for floor, label in ((0.39, "sad"), (0.41, None)):
        (face_seen,) = engine(floor=floor).step(Observation(0, (Face(0, BOX, unsure),))).faces
        assert face_seen.label == label
        assert face_seen.smoothed == unsure


def test_a_briefly_unreadable_face_keeps_its_label_and_has_a_reason() -> None:
    mirror = engine()
    step(mirror, 0, face(0), face(1))
    for t, is_kept in ((KEEP_READING_S, True), (KEEP_READING_S + 0.01, False)):
        face_seen = step(mirror, t, face(0, None, "profile"))[0]
        assert (face_seen.raw, face_seen.reason) == (None, "profile")
        assert (face_seen.label == "sad", face_seen.smoothed is not None) == (is_kept, is_kept)
    assert step(mirror, KEEP_READING_S + 0.02, face(0))[0].label == "sad"


def test_a_face_never_read_has_no_label() -> None:
    face_seen = step(engine(), 0, face(0, None, "too small"))[0]
    assert (face_seen.smoothed, face_seen.label, face_seen.reason) == (None, None, "too small")


def test_a_track_that_returns_later_restarts_smoothing() -> None:
    mirror = engine()
    step(mirror, 0, face(0, "sad"))
    assert step(mirror, RESET_GAP_S, face(0, "happy"))[0].label is None  # hysteresis: not at once
    mirror = engine()
    step(mirror, 0, face(0, "sad"))
    assert step(mirror, RESET_GAP_S + 0.1, face(0, "happy"))[0].label == "happy"


def test_stills_are_not_smoothed() -> None:
    mirror = MirrorEngine(fake_card(), stills=True)
    for t, emotion in enumerate(EMOTIONS):
        face_seen = step(mirror, t * 0.1, face(0, emotion))[0]
        assert (face_seen.label, face_seen.smoothed) == (emotion, shares(emotion))


@pytest.mark.parametrize("reason", ["camera lost", None])
def test_a_view_without_a_picture_has_a_reason(reason: Reason | None) -> None:
    assert engine().step(Tick(2.5, reason)) == MirrorView(2.5, (), None, reason)


def test_a_view_has_the_reason_no_face_only_if_nobody_is_in_the_picture() -> None:
    """The reason of an observation is about track 0; the reason of a view is about everyone."""
    assert engine().step(Observation(0, (), "no face")).reason == "no face"
    assert engine().step(Observation(0, (face(1),), "no face")).reason is None


@pytest.mark.parametrize("name", ["mini_xception", "audience"])
def test_the_engine_works_with_the_shipped_cards(name: str) -> None:
    card = load_model(shipped_path(name)).card
    assert isinstance(card, ModelCard)
    (face_seen,) = MirrorEngine(card).step(Observation(0, (face(0, "happy"),))).faces
    assert face_seen.label == "happy"


# --- the tally --------------------------------------------------------------------------------------------------------


def view(t: float, *people: tuple[int, Emotion | None], is_read: bool = True) -> MirrorView:
    """A view with `people` as (track, label); with None the model abstains."""
    raw = shares("sad") if is_read else None
    faces = tuple(MirrorFace(track, BOX, raw, raw, label) for track, label in people)
    return MirrorView(t, faces, grey(t))


def tally_of(*views: MirrorView) -> MirrorSummary:
    tally = MirrorTally()
    for v in views:
        tally.add(v)
    return tally.summary()


def test_the_tally_counts_seconds_and_shares_for_everyone() -> None:
    happy = [view(i / 10, (0, "happy"), (4, "fear")) for i in range(30)]
    sad = [view(3 + i / 10, (0, "sad")) for i in range(10)]
    unsure = [view(4 + i / 10, (0, None)) for i in range(10)]
    summary = tally_of(*happy, *sad, *unsure)
    first, other = summary.people
    assert (summary.frames, summary.seconds, summary.others) == (50, pytest.approx(5.0), 0)
    assert (first.track, first.first_t, first.last_t, first.frames) == (0, 0.0, 4.9, 50)
    assert (first.seen_s, first.read_s) == (pytest.approx(5.0), pytest.approx(5.0))
    assert first.shares["happy"] == pytest.approx(0.6)
    assert first.shares["sad"] == pytest.approx(0.2)
    assert first.unsure == pytest.approx(0.2)
    assert (other.track, other.seen_s, other.shares["fear"]) == (4, pytest.approx(3.0), pytest.approx(1.0))


def test_shares_are_weighted_by_time_not_frames() -> None:
    """Uneven frame rates do not bias the shares."""
    slow = [view(i * 0.5, (0, "sad")) for i in range(4)]
    fast = [view(2 + i * 0.01, (0, "happy")) for i in range(200)]
    assert tally_of(*slow, *fast).people[0].shares["sad"] == pytest.approx(0.5, abs=0.01)


def test_a_gap_counts_for_at_most_a_second() -> None:
    summary = tally_of(view(0, (0, "sad")), view(60, (0, "sad")), view(60.1, (0, "sad")))
    assert summary.people[0].seen_s == pytest.approx(MAX_HOLD_S + 0.1 + 0.1)
    assert summary.seconds == pytest.approx(60.2)


def test_an_unread_face_counts_as_seen_but_has_no_shares() -> None:
    (only,) = tally_of(*[view(i / 10, (0, "sad"), is_read=False) for i in range(10)]).people
    assert (only.seen_s, only.read_s, only.unsure) == (pytest.approx(1.0), 0, 0)
    assert set(only.shares.values()) == {0}


def test_a_single_still_has_shares_but_no_seconds() -> None:
    summary = tally_of(view(0, (0, "happy"), (1, "sad")))
    assert [person.seen_s for person in summary.people] == [0, 0]
    assert [person.shares["happy"] for person in summary.people] == [1, 0]
    assert summary.frames == 1


def test_an_empty_tally_has_no_people() -> None:
    assert MirrorTally().summary() == MirrorSummary(0, 0.0, ())


def test_a_view_without_a_picture_does_not_count_as_a_frame() -> None:
    assert tally_of(view(0, (0, "sad")), MirrorView(0.5, (), None, "camera lost")).frames == 1


def test_above_the_limit_the_briefest_people_except_track_0_are_only_counted() -> None:
    tally = MirrorTally()
    tally.add(view(0, (0, "sad"), (1, "sad")))
    tally.add(view(0.01, (1, "sad")))
    for i in range(2 * MAX_PEOPLE):
        tally.add(view(1 + i / 10, (2 + i, "sad"), (1, "sad")))
    summary = tally.summary()
    assert len(summary.people) == MAX_PEOPLE
    assert summary.others == MAX_PEOPLE + 2
    assert {person.track for person in summary.people} > {0, 1, 2 * MAX_PEOPLE + 1}


def test_people_in_sight_are_kept_above_the_limit_until_they_leave() -> None:
    tally = MirrorTally()
    crowd = [(track, "sad") for track in range(MAX_PEOPLE + 20)]
    tally.add(view(0, *crowd))
    tally.add(view(0.1, *crowd))
    assert (len(tally.summary().people), tally.summary().others) == (MAX_PEOPLE + 20, 0)
    tally.add(view(0.2, *crowd[:10]))
    summary = tally.summary()
    assert (len(summary.people), summary.others) == (MAX_PEOPLE, 20)
    assert {person.track for person in summary.people} >= set(range(10))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 3),
            st.booleans(),
            st.dictionaries(st.integers(0, 4), st.sampled_from([*EMOTIONS, None])),
        ),
        max_size=20,
    )
)
def test_every_track_is_tallied_and_summaries_change_nothing(
    moments: list[tuple[float, bool, dict[int, Emotion | None]]],
) -> None:
    tally, often_asked, t = MirrorTally(), MirrorTally(), 0.0
    for gap, is_read, people in moments:
        t += gap
        tally.add(view(t, *people.items(), is_read=is_read))
        often_asked.add(view(t, *people.items(), is_read=is_read))
        often_asked.summary()
    summary = tally.summary()
    assert summary == often_asked.summary()
    assert {person.track for person in summary.people} == {track for _, _, people in moments for track in people}
    for person in summary.people:
        assert 0 <= person.read_s <= person.seen_s <= summary.seconds + MAX_HOLD_S + 1e-9
        assert 0 <= person.first_t <= person.last_t <= t
        total = sum(person.shares.values()) + person.unsure
        assert total == pytest.approx(1) or (total == 0 and person.read_s == 0)
