"""Live notes: their wording, and when one is due."""

from __future__ import annotations

import itertools
import re

import pytest

from coach.base.messages import in_each_language
from coach.base.types import EMOTIONS, IntensityMiss
from coach.core.reading.smoothing import GRACE_S
from coach.core.rehearsal.note_policy import MIN_NOTE_GAP_S, SUSTAINED_S, Mismatch, NotePolicy, note_text
from coach.core.scoring.feedback import DRILLS

SAD_READ_HAPPY: Mismatch = ("sad", "happy")

SIDES: tuple[IntensityMiss, ...] = ("too little", "too much")
LIVE_NOTES = sorted({note_text((target, rival)) for target in EMOTIONS for rival in (*EMOTIONS, *SIDES)})


@pytest.mark.parametrize("text", LIVE_NOTES)
def test_a_live_note_has_at_most_four_words_and_no_number_in_any_language(text: str) -> None:
    for words in in_each_language(text):
        assert 1 <= len(words.split()) <= 4
        assert not re.search(r"\d", words)


@pytest.mark.parametrize("text", [*LIVE_NOTES, *DRILLS.values()])
def test_no_note_claims_to_know_what_the_actor_feels(text: str) -> None:
    assert "feel" not in text.lower()


@pytest.mark.parametrize("target", EMOTIONS)
def test_every_emotion_has_a_note_for_every_rival(target: str) -> None:
    for rival in (*EMOTIONS, "too little", "too much"):
        if rival != target:
            assert note_text((target, rival))  # type: ignore[arg-type]  # plain strings for the two literal types


def test_the_same_note_is_not_given_twice_in_a_row_for_two_mismatches() -> None:
    watch = NotePolicy()
    one: Mismatch = ("fear", "disgust")
    other: Mismatch = ("fear", "surprise")
    assert note_text(one) == note_text(other)
    watch.start_line(0)
    assert due_times(one, 0, 3, watch)
    watch.start_line(10)
    assert not due_times(other, 10, 14, watch)


def due_times(thing: Mismatch | None, start: float, end: float, watch: NotePolicy) -> list[float]:
    """The times at which a note was due."""
    due = []
    for i in range(round((end - start) * 25)):
        t = start + i / 25
        watch.update(t, thing)
        if thing is not None and watch.is_due(t, thing):
            watch.record_note(t, thing)
            due.append(t)
    return due


def test_a_mismatch_must_last_before_a_note() -> None:
    watch = NotePolicy()
    watch.start_line(0)
    (t,) = due_times(SAD_READ_HAPPY, 0, 5, watch)
    assert t == pytest.approx(GRACE_S + SUSTAINED_S, abs=0.05)


def test_a_short_mismatch_gets_no_note() -> None:
    watch = NotePolicy()
    watch.start_line(0)
    for start in range(1, 20, 2):
        assert due_times(SAD_READ_HAPPY, start, start + 0.9, watch) == []
        due_times(None, start + 0.9, start + 2, watch)


def test_a_line_gets_at_most_one_note() -> None:
    watch = NotePolicy()
    watch.start_line(0)
    assert len(due_times(SAD_READ_HAPPY, 0, 60, watch)) == 1


@pytest.mark.row(20)
def test_notes_are_far_apart_and_never_repeated() -> None:
    watch = NotePolicy()
    notes = []
    for start, thing in [(0, SAD_READ_HAPPY), (3, ("sad", "angry")), (6, SAD_READ_HAPPY), (9, ("fear", "happy"))]:
        watch.start_line(start)
        notes += [(t, thing) for t in due_times(thing, start, start + 3, watch)]
    times = [t for t, _ in notes]
    assert all(b - a >= MIN_NOTE_GAP_S for a, b in itertools.pairwise(times))
    assert [thing for _, thing in notes] == [SAD_READ_HAPPY, ("fear", "happy")]
