"""Displays, scripts and files in another language: words instead of ids, room for them, letters without marks."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from display_help import line, reading, run_info, timeline
from import_help import refusal
from messages_help import speaking_romanian
from mirror_help import one_face, state

from coach.base.errors import ScriptError, SourceError
from coach.base.events import Event, LineStarted, TakeEnded, TakeStarted
from coach.core.script.targets import target_words
from coach.display.kit.writer import columns, fitting_widths, writable
from coach.display.mirror.bars import bars_width
from coach.display.mirror.texts import emotion_word, tag_texts
from coach.display.rehearsal.plain import PlainDisplay
from coach.display.rehearsal.stage import Stage
from coach.display.rehearsal.wording import state_of
from coach.scripts import load_script
from coach.sources import open_source

WORDS = {
    "fear": "frică",
    "surprise": "surpriză",
    "happy": "bucurie",
    "surprised": "uimire",
    "the camera reads {emotion}": "camera citește {emotion}",
    "off target: {reading}, you want {emotions}": "pe lângă țintă: {reading}, vrei {emotions}",
    "line {number}": "replica {number}",
    "watching {name}": "se privește {name}",
    ("{title}: {count} line, {seconds:.1f} s", "{title}: {count} lines, {seconds:.1f} s"): (
        "{title}: {count} replică, {seconds:.1f} s",
        "{title}: {count} replici, {seconds:.1f} s",
        "{title}: {count} de replici, {seconds:.1f} s",
    ),
    "end of the take: {cause}": "sfârșitul dublei: {cause}",
    "stopped by the actor": "oprit de actor",
    "or": "sau",
    "a colon is missing behind {quoted}; write [{name}: {text}]": "lipsesc două puncte după {quoted}: [{name}: {text}]",
    "this PDF was refused: {reason}": "acest PDF a fost refuzat: {reason}",
    "it is damaged: {reason}": "e stricat: {reason}",
    "there is no such file or folder.": "nu există un asemenea fișier.",
}

EVENTS: tuple[Event, ...] = (
    TakeStarted(0.0),
    LineStarted(0.0, 1, 6.0),
    *(reading(t / 10, "happy", 1, False) for t in range(10)),
    TakeEnded(1.0, "quit"),
)


def test_plain_rows_show_targets_emotions_and_counts_in_the_users_language(tmp_path: Path) -> None:
    stream = io.StringIO()
    with speaking_romanian(tmp_path, {**WORDS, "joy": "bucurie"}):
        display = PlainDisplay(run_info(timeline(line("Hai.", "fear, surprise")), source_name="take.mp4"), stream)
        for event in EVENTS:
            display.handle(event)
    assert [row[10:] for row in stream.getvalue().splitlines()] == [
        "Waiting for news: 1 replică, 6.0 s, se privește take.mp4",
        "replica 1 [frică, surpriză] Hai.",
        "camera citește bucurie (0.70)",
        "sfârșitul dublei: oprit de actor",
    ]


def test_a_reading_off_the_target_is_one_translated_sentence(tmp_path: Path) -> None:
    stage = Stage(run_info(timeline(line("Hai.", "fear, surprise"))))
    for event in EVENTS[:3]:
        stage.handle(event)
    with speaking_romanian(tmp_path, {**WORDS, "joy": "bucurie"}):
        assert state_of(stage) == ("no", "pe lângă țintă: camera citește bucurie, vrei frică sau surpriză")


def test_only_whole_emotions_of_a_target_become_words(tmp_path: Path) -> None:
    with speaking_romanian(tmp_path, WORDS):
        assert target_words("fear > surprise @60% 0.3-0.8") == "frică > surpriză @60% 0.3-0.8"
        assert target_words("fearless, unhappy") == "fearless, unhappy"
    assert target_words("fear > surprise @60%") == "fear > surprise @60%"


def test_tags_and_bars_of_the_mirror_have_room_for_translated_words(tmp_path: Path) -> None:
    face = one_face().faces[0]
    narrow = bars_width(20, state().labels)
    with speaking_romanian(tmp_path, {**WORDS, "happy": "o bucurie foarte mare"}):
        assert tag_texts(face, "plain") == ("0 o bucurie foarte mare 70%", "0 o bucurie foarte mare", "0")
        assert emotion_word("surprise", "classic") == "uimire"
        assert bars_width(20, "plain") > narrow


def test_a_long_heading_widens_its_column() -> None:
    widths = fitting_widths(["take", "spectatori"], [6, 9])
    assert widths == [6, 11]
    assert "spectatori" in columns(["dubla", "spectatori"], widths, "utf-8").plain


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", 'Stii "tara"?'), ("cp1250", "Stii „tara”?")])
def test_romanian_letters_lose_their_marks_where_an_encoding_lacks_them(encoding: str, shown: str) -> None:
    assert writable("Știi „țara”?", encoding) == shown
    assert writable("Știi „țara”? я", "utf-8") == "Știi „țara”? я"
    assert writable("я", encoding) == "?"


def test_a_mistake_in_a_script_quotes_the_text_in_a_translated_sentence(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("[cue A {door}]\n[fear] Who?\n", encoding="utf-8")
    with speaking_romanian(tmp_path / "translations", WORDS), pytest.raises(ScriptError) as caught:
        load_script(script)
    (mistake,) = caught.value.mistakes
    assert mistake.message == "lipsesc două puncte după 'cue': [cue: A {door}]"


def test_what_the_child_says_of_a_pdf_is_translated(tmp_path: Path) -> None:
    pdf = tmp_path / "script.pdf"
    pdf.write_bytes(b"%PDF-1.7 and nothing else")
    with speaking_romanian(tmp_path / "translations", WORDS):
        assert refusal(pdf).startswith("acest PDF a fost refuzat: e stricat: ")


def test_a_refused_source_is_named_before_a_translated_sentence(tmp_path: Path) -> None:
    with speaking_romanian(tmp_path, WORDS), pytest.raises(SourceError, match="nope: nu există un asemenea fișier"):
        open_source("nope")
