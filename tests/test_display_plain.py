"""The plain display: one line for each event, deterministic, and safe for hostile scripts."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest
from display_help import HOSTILE, blind, hostile_line, line, news, reading, rehearsal, run_info, timeline

from coach.base.events import CueDue, Event, LineStarted, NoteGiven, TakeStarted
from coach.display.rehearsal.plain import PlainDisplay

if TYPE_CHECKING:
    from coach.core.script.timeline import Timeline


SAME = reading(0.1, "sad", 1, True)


def output_of(script: Timeline, *events: Event, encoding: str = "utf-8", source: str = "", notice: str = "") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    display = PlainDisplay(run_info(script, source_name=source), stream)
    for event in events:
        display.handle(event)
    if notice:
        display.notice(notice)
    display.close()
    return raw.getvalue().decode(encoding)


def test_every_event_is_one_line_with_its_time() -> None:
    assert output_of(news(), *rehearsal(), source="camera:0").splitlines() == [
        "-00:03.0  Waiting for news: 3 lines, 19.0 s, watching camera:0, starts in 3 s",
        "-00:03.0  the camera reads a neutral face (0.70)",
        " 00:00.0  line 1 [sad] They said there would be news by morning.",
        " 00:00.0  the camera reads joy (0.70)",
        " 00:03.0  note on line 1: Deeper. Let it land.",
        " 00:04.1  the camera reads sadness (0.70)",
        " 00:05.0  cue for line 2: A car door. Footsteps.",
        " 00:06.0  line 2 [fear, surprise] What if nobody comes? ÉLODIE, Ștefan, Кириллица, 日本語の台詞。",
        " 00:06.0  the camera reads fear (0.70)",
        " 00:07.1  too dark, more light on the face",
        " 00:07.5  the camera reads fear (0.70)",
        " 00:08.0  paused",
        " 00:10.0  goes on",
        " 00:14.0  (beat 1.0 s)",
        " 00:14.0  the camera reads joy (0.70)",
        " 00:15.0  line 3 [sad > happy @30% 0.5-1] She is alive. She is alive!",
        " 00:21.0  end of the take: end of the script",
    ]


def test_the_same_events_print_the_same_lines() -> None:
    assert output_of(news(), *rehearsal()) == output_of(news(), *rehearsal())


def test_a_blink_is_not_reported() -> None:
    blink = [reading(0.0, "sad", 1, True), blind(0.1, "no face"), blind(0.5, "no face"), reading(0.6, "sad", 1, True)]
    assert output_of(news(), *blink).count("\n") == 1


def test_several_blinks_do_not_add_up_to_a_missing_face() -> None:
    blinks = [blind(i / 10, "no face") if i % 3 else reading(i / 10, "sad", 1, True) for i in range(30)]
    assert output_of(news(), *blinks).count("\n") == 1


def test_an_unchanged_reading_costs_one_call() -> None:
    """There is a reading for every frame, and most equal the previous one, so they must be cheap."""
    display = PlainDisplay(run_info(), io.StringIO())
    display.handle(reading(0.0, "sad", 1, True))
    calls: list[str] = []
    sys.setprofile(lambda frame, event, _: calls.append(frame.f_code.co_name) if event == "call" else None)
    try:
        display.handle(SAME)
    finally:
        sys.setprofile(None)
    assert calls == ["handle"]


def test_a_missing_face_and_its_return_are_each_reported_once() -> None:
    away = [blind(i / 10, "no face") for i in range(30)]
    assert output_of(news(), *away, reading(3.0, "sad", 1, True)).splitlines() == [
        " 00:00.5  no face in the picture",
        " 00:03.0  the camera reads sadness (0.70)",
    ]


def test_a_second_attempt_is_numbered() -> None:
    assert "line 1 (attempt 2) [sad]" in output_of(news(), LineStarted(0.0, 1, 6.0, attempt=2))


def test_a_take_without_lead_in_does_not_announce_one() -> None:
    assert "starts in" not in output_of(news(), TakeStarted(0.0))


def test_an_announcement_is_worded_differently_from_a_cue() -> None:
    events = [
        CueDue(1.0, 2, "A car door.", "cue", 6.0),
        CueDue(2.0, 2, "fear", "emotion", 6.0),
        CueDue(2.0, 2, "What if nobody comes?", "line", 6.0),
        CueDue(5.6, 2, "", "tone", 6.0),
    ]
    assert output_of(news(), *events).splitlines() == [
        " 00:01.0  cue for line 2: A car door.",
        " 00:02.0  announced for line 2: fear",
        " 00:02.0  announced for line 2: What if nobody comes?",
        " 00:05.6  tone before line 2",
    ]


def test_a_missing_camera_is_reported_once() -> None:
    ticks = [blind(i / 10, "no camera") for i in range(20)]
    assert output_of(news(), TakeStarted(0.0), *ticks).splitlines() == [
        " 00:00.0  Waiting for news: 3 lines, 19.0 s, cues only, no camera"
    ]


def test_text_of_a_script_is_sanitised_for_the_stream() -> None:
    script = timeline(hostile_line(), title=HOSTILE)
    text = output_of(
        script,
        TakeStarted(0.0),
        LineStarted(0.0, 1, 6.0),
        CueDue(1.0, 1, HOSTILE, "cue", 6.0),
        NoteGiven(2.0, 1, HOSTILE, 6.0),
        source=HOSTILE,
        notice=HOSTILE,
    )
    assert not set(text) & set("\x1b\x07\x9b\r\u202e")
    assert len(text.splitlines()) == 5
    assert "[/b][link=file:///etc/passwd]" in text, "markup is printed literally"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437"])
def test_an_unencodable_character_becomes_a_question_mark_and_a_romanian_one_a_plain_letter(encoding: str) -> None:
    text = output_of(news(), *rehearsal(), encoding=encoding)
    assert "Stefan, ?????????, ???????" in text


def test_a_long_line_is_printed_in_full() -> None:
    text = "word " * 300
    assert output_of(timeline(line(text, "sad")), LineStarted(0.0, 1, 6.0)).count("word") == 300
