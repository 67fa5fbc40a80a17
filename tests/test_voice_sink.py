"""Which events are spoken, and when notes are hushed."""

from __future__ import annotations

from pathlib import Path

import pytest
from messages_help import speaking_romanian

from coach.base.events import (
    BeatStarted,
    CueDue,
    Event,
    LineEnded,
    LineStarted,
    NoteGiven,
    PartnerStarted,
    Paused,
    Resumed,
    TakeEnded,
)
from coach.base.protocols import EventSink, Utterance
from coach.testing.sinks import RecordingSpeaker
from coach.voice.speaker import GRACE_S, VoiceSink


def speaker_after(*events: Event) -> RecordingSpeaker:
    speaker = RecordingSpeaker()
    sink: EventSink = VoiceSink(speaker)
    for event in events:
        sink.handle(event)
    return speaker


def test_a_cue_is_spoken_in_its_language_until_just_after_its_line_begins() -> None:
    speaker = speaker_after(CueDue(4.5, 2, "O ușă.", "cue", deadline=6.0, language="ro"))
    assert speaker.spoken == [Utterance("O ușă.", "cue", ttl_s=1.5 + GRACE_S, language="ro")]


def test_cue_and_announcement_for_one_line_are_spoken_in_order() -> None:
    speaker = speaker_after(CueDue(4.5, 2, "A car door.", "cue", 6.0), CueDue(5.2, 2, "fear", "emotion", 6.0))
    assert speaker.texts == ["A car door.", "fear"]
    assert speaker.hush_calls == 0


def test_a_tone_is_a_cue_without_words() -> None:
    (utterance,) = speaker_after(CueDue(5.8, 2, "", "tone", 6.0)).spoken
    assert utterance.tone
    assert utterance.kind == "cue"


@pytest.mark.row(20)
def test_a_note_is_spoken_before_its_deadline_or_not_at_all() -> None:
    assert speaker_after(NoteGiven(3.0, 1, "Colder.", 5.0)).spoken == [Utterance("Colder.", "note", ttl_s=2.0)]
    assert speaker_after(NoteGiven(5.1, 1, "Colder.", 5.0)).spoken == [Utterance("Colder.", "note", ttl_s=0.0)]


def test_a_note_is_spoken_in_the_language_of_the_user_whatever_that_of_the_script(tmp_path: Path) -> None:
    with speaking_romanian(tmp_path, {}):
        (note, cue) = speaker_after(NoteGiven(3.0, 1, "Mai rece.", 5.0), CueDue(4.5, 2, "A door.", "cue", 6.0)).spoken
    assert (note.language, cue.language) == ("ro", "en")


@pytest.mark.row(21)
@pytest.mark.parametrize(
    "event",
    [
        LineStarted(6.0, 2, 9.0),
        PartnerStarted(6.0, 7.0, "BEN", "Yes."),
        Paused(3.0),
        TakeEnded(9.0, "finished"),
        TakeEnded(9.0, "interrupted"),
    ],
)
def test_notes_are_hushed_when_a_line_begins_at_a_pause_and_at_the_end(event: Event) -> None:
    assert speaker_after(event).hush_calls == 1


@pytest.mark.parametrize("event", [LineEnded(6.0, 1), BeatStarted(6.0, 7.0), Resumed(6.0)])
def test_a_note_may_continue_into_the_beat_after_its_line(event: Event) -> None:
    assert speaker_after(event).hush_calls == 0


def test_closing_the_sink_closes_its_speaker() -> None:
    speaker = RecordingSpeaker()
    VoiceSink(speaker).close()
    assert speaker.closed
