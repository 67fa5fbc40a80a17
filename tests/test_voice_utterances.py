"""The order of the queue, without a clock, a thread or a voice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from voice_help import cue, note

from coach.base.protocols import Utterance
from coach.voice.utterances import CUES_MAX, UtteranceQueue

utterances = st.builds(
    Utterance,
    text=st.sampled_from(["a", "b", "c", "d"]),
    kind=st.sampled_from(["cue", "note"]),
    ttl_s=st.floats(0, 3),
)


def take_all(line: UtteranceQueue, now: float) -> list[str]:
    texts = []
    while waiting := line.take(now):
        texts.append(waiting.utterance.text)
    return texts


def test_cues_keep_their_order_and_precede_the_note() -> None:
    line = UtteranceQueue()
    for utterance in (note("colder"), cue("door"), cue("fear")):
        line.add(utterance, 0.0)
    assert take_all(line, 1.0) == ["door", "fear", "colder"]
    assert take_all(line, 1.0) == []


def test_a_new_note_replaces_the_waiting_one() -> None:
    line = UtteranceQueue()
    line.add(note("colder"), 0.0)
    line.add(note("bigger"), 0.1)
    assert take_all(line, 1.0) == ["bigger"]


def test_the_same_cue_is_queued_once_per_language() -> None:
    line = UtteranceQueue()
    for utterance in (cue("pain"), cue("pain"), cue("pain", language="fr")):
        line.add(utterance, 0.0)
    assert take_all(line, 0.0) == ["pain", "pain"]


def test_expired_utterances_are_skipped() -> None:
    line = UtteranceQueue()
    for utterance in (cue("late", ttl_s=1.0), cue("early", ttl_s=3.0), note("late too", ttl_s=1.5)):
        line.add(utterance, 10.0)
    assert take_all(line, 12.0) == ["early"]


def test_an_utterance_at_its_deadline_is_taken() -> None:
    line = UtteranceQueue()
    line.add(note("now", ttl_s=2.0), 10.0)
    assert take_all(line, 12.0) == ["now"]


def test_dropping_notes_keeps_the_cues() -> None:
    line = UtteranceQueue()
    line.add(cue("door"), 0.0)
    line.add(note("colder"), 0.0)
    line.drop_notes()
    assert take_all(line, 0.0) == ["door"]


def test_a_hundred_notes_in_ten_seconds_leave_at_most_one_waiting_and_none_late() -> None:
    """Each note takes 1.6 s to speak and expires after 1 s; the clock is simulated."""
    line, busy_until, spoken = UtteranceQueue(), 0.0, []
    for i in range(100):
        now = i * 0.1
        line.add(note(f"{i}", ttl_s=1.0), now)
        assert len(line) <= 1
        if now >= busy_until and (waiting := line.take(now)):
            spoken.append((now, float(waiting.utterance.text) * 0.1))
            busy_until = now + 1.6
    assert len(spoken) == 7
    assert all(now - given_at <= 1.0 for now, given_at in spoken)


@given(st.lists(st.tuples(utterances, st.floats(0, 1), st.booleans())))
def test_the_queue_is_bounded_drops_late_utterances_and_returns_cues_before_notes(
    steps: list[tuple[Utterance, float, bool]],
) -> None:
    line, now = UtteranceQueue(), 0.0
    for utterance, later, takes in steps:
        line.add(utterance, now)
        now += later
        if takes and (waiting := line.take(now)):
            assert now <= waiting.expires
            assert waiting.utterance.kind == "cue" or len(line) == 0
        assert len(line) <= CUES_MAX + 1
