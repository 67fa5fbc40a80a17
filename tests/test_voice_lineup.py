"""Who speaks next, without a clock, a thread or a voice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from voice_help import cue, note

from coach.base.protocols import Utterance
from coach.voice.lineup import CUES_MAX, Lineup

utterances = st.builds(
    Utterance,
    text=st.sampled_from(["a", "b", "c", "d"]),
    kind=st.sampled_from(["cue", "note"]),
    ttl_s=st.floats(0, 3),
)


def taken(lineup: Lineup, now: float) -> list[str]:
    found = []
    while waiting := lineup.take(now):
        found.append(waiting.utterance.text)
    return found


def test_cues_keep_their_order_and_go_before_the_note() -> None:
    lineup = Lineup()
    for utterance in (note("colder"), cue("door"), cue("fear")):
        lineup.add(utterance, 0.0)
    assert taken(lineup, 1.0) == ["door", "fear", "colder"]
    assert taken(lineup, 1.0) == []


def test_a_new_note_takes_the_place_of_the_old() -> None:
    lineup = Lineup()
    lineup.add(note("colder"), 0.0)
    lineup.add(note("bigger"), 0.1)
    assert taken(lineup, 1.0) == ["bigger"]


def test_the_same_cue_waits_once_and_the_same_words_in_two_languages_twice() -> None:
    lineup = Lineup()
    for utterance in (cue("pain"), cue("pain"), cue("pain", language="fr")):
        lineup.add(utterance, 0.0)
    assert taken(lineup, 0.0) == ["pain", "pain"]


def test_what_has_expired_is_skipped() -> None:
    lineup = Lineup()
    for utterance in (cue("late", ttl_s=1.0), cue("early", ttl_s=3.0), note("late too", ttl_s=1.5)):
        lineup.add(utterance, 10.0)
    assert taken(lineup, 12.0) == ["early"]


def test_what_is_exactly_in_time_is_said() -> None:
    lineup = Lineup()
    lineup.add(note("now", ttl_s=2.0), 10.0)
    assert taken(lineup, 12.0) == ["now"]


def test_dropping_notes_leaves_cues() -> None:
    lineup = Lineup()
    lineup.add(cue("door"), 0.0)
    lineup.add(note("colder"), 0.0)
    lineup.drop_notes()
    assert taken(lineup, 0.0) == ["door"]


def test_a_hundred_mismatches_in_ten_seconds_leave_at_most_one_waiting_and_none_is_late() -> None:
    """Each note takes 1.6 s to say and may wait 1 s; the clock is the test's."""
    lineup, busy_until, said = Lineup(), 0.0, []
    for i in range(100):
        now = i * 0.1
        lineup.add(note(f"{i}", ttl_s=1.0), now)
        assert len(lineup) <= 1
        if now >= busy_until and (waiting := lineup.take(now)):
            said.append((now, float(waiting.utterance.text) * 0.1))
            busy_until = now + 1.6
    assert len(said) == 7
    assert all(now - given_at <= 1.0 for now, given_at in said)


@given(st.lists(st.tuples(utterances, st.floats(0, 1), st.booleans())))
def test_it_stays_short_and_never_gives_what_is_late_or_a_note_before_a_cue(
    steps: list[tuple[Utterance, float, bool]],
) -> None:
    lineup, now = Lineup(), 0.0
    for utterance, later, takes in steps:
        lineup.add(utterance, now)
        now += later
        if takes and (waiting := lineup.take(now)):
            assert now <= waiting.expires
            assert waiting.utterance.kind == "cue" or len(lineup) == 0
        assert len(lineup) <= CUES_MAX + 1
