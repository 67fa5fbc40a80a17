"""The speaker: order, barge-in, time limits, engine faults, and clean-up."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from voice_help import (
    DEADLINE_S,
    Log,
    cue,
    descendants,
    is_alive,
    linux_only,
    note,
    speaker,
    stub_engine,
    stub_player,
    temporary_folder,
    wait_for,
)

from coach.voice.job_runner import Timeouts
from coach.voice.notices import ON_SCREEN
from coach.voice.speaker import EngineSpeaker

pytestmark = linux_only

LONG_TIMEOUT = Timeouts(grace_s=600.0)


class Stage:
    """A speaker with a stub engine and player: their log, its notices, its folder."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.log, self.folder = log, folder
        self.notices: list[str] = []
        self.opened: list[EngineSpeaker] = []

    def open(self, **options: object) -> EngineSpeaker:
        self.opened.append(speaker(self.notices, **options))  # type: ignore[arg-type]  # by name
        return self.opened[-1]

    def wait_until_spoken(self, *texts: str) -> None:
        """Wait until exactly these texts have been played to the end."""
        wait_for(lambda: len(self.log.entries("end", "speech.wav")) >= len(texts))
        assert self.log.synthesised_texts() == list(texts)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stub_player(tmp_path, monkeypatch)
    stage = Stage(stub_engine(tmp_path, monkeypatch), temporary_folder(tmp_path, monkeypatch))
    yield stage
    for voice in stage.opened:
        voice.close()
    assert descendants() == []
    assert list(stage.folder.iterdir()) == []


def test_cues_are_spoken_one_after_the_other_in_order(stage: Stage) -> None:
    voice = stage.open()
    for text in ("a car door", "fear", "what if"):
        voice.say(cue(text))
    stage.wait_until_spoken("a car door", "fear", "what if")
    speech = [e for e in stage.log.entries() if e.detail == "speech.wav" and e.action in ("start", "end")]
    assert [e.action for e in speech] == ["start", "end"] * 3


def test_a_cue_is_spoken_before_a_waiting_note(stage: Stage) -> None:
    voice = stage.open()
    voice.say(note("colder"))
    voice.say(cue("a car door"))
    stage.wait_until_spoken("a car door", "colder")


def test_a_cue_cancels_the_note_being_spoken(stage: Stage) -> None:
    voice = stage.open(timeouts=LONG_TIMEOUT)
    voice.say(note("long note"))
    player = stage.log.wait_until_playing().pid
    voice.say(cue("a car door"))
    wait_for(lambda: stage.log.entries("end", "speech.wav"))
    assert stage.log.synthesised_texts() == ["long note", "a car door"]
    assert stage.log.entries("end", "speech.wav")[0].pid != player


def test_a_note_never_cancels_a_cue(stage: Stage) -> None:
    voice = stage.open()
    voice.say(cue("long cue"))
    player = stage.log.wait_until_playing().pid
    voice.say(note("colder"))
    voice.hush()
    entry_count = len(stage.log.entries("sounds"))
    wait_for(lambda: len(stage.log.entries("sounds")) > entry_count + 10)
    assert stage.log.entries()[-1].pid == player


@pytest.mark.row(21)
def test_hush_silences_a_note_within_50_ms(stage: Stage) -> None:
    voice = stage.open(timeouts=LONG_TIMEOUT)
    late = []
    for i in range(5):
        voice.say(note(f"long note {i}"))
        wait_for(lambda i=i: len(stage.log.entries("start", "speech.wav")) == i + 1)  # type: ignore[misc]  # bound now
        player = psutil.Process(stage.log.entries("start", "speech.wav")[-1].pid)
        hushed = time.monotonic()
        voice.hush()
        wait_for(lambda player=player: not is_alive(player))  # type: ignore[misc]  # bound now
        late.append(stage.log.entries()[-1].t - hushed)
    assert statistics.median(late) <= 0.05
    assert not stage.log.entries("end", "speech.wav")


def test_hush_drops_the_waiting_note_but_no_cue(stage: Stage) -> None:
    voice = stage.open()
    voice.say(cue("first"))
    voice.say(cue("second"))
    voice.say(note("colder"))
    voice.hush()
    stage.wait_until_spoken("first", "second")
    wait_for(lambda: len(descendants()) == 1)  # only the spare is left: nothing is being spoken
    voice.say(cue("third"))
    stage.wait_until_spoken("first", "second", "third")


@pytest.mark.row(20)
def test_only_the_newest_of_many_notes_is_spoken(stage: Stage) -> None:
    voice = stage.open()
    voice.say(cue("first"))
    for i in range(100):
        voice.say(note(f"note {i}"))
    stage.wait_until_spoken("first", "note 99")


def test_the_same_words_are_not_queued_twice(stage: Stage) -> None:
    voice = stage.open(timeouts=LONG_TIMEOUT)
    voice.say(cue("long cue"))
    player = stage.log.wait_until_playing().pid
    for _ in range(3):
        voice.say(cue("long cue"))
        voice.say(cue("another"))
    os.kill(player, signal.SIGKILL)
    wait_for(lambda: stage.log.entries("end", "speech.wav"))
    assert stage.log.synthesised_texts() == ["long cue", "another"]


@pytest.mark.row(20)
def test_an_utterance_expired_in_the_queue_is_dropped(stage: Stage) -> None:
    voice = stage.open()
    voice.say(note("too late", ttl_s=-1.0))
    voice.say(cue("too late as well", ttl_s=-1.0))
    voice.say(cue("in time"))
    stage.wait_until_spoken("in time")


def test_a_tone_sounds_before_the_words(stage: Stage) -> None:
    voice = stage.open()
    voice.say(cue("fear", tone=True))
    voice.say(cue("", tone=True))
    wait_for(lambda: len(stage.log.entries("end", "tone.wav")) == 2)
    ended = [e.detail for e in stage.log.entries("end") if e.detail != "silence.wav"]
    assert ended == ["tone.wav", "speech.wav", "tone.wav"]


@pytest.mark.row(35)
@pytest.mark.parametrize(
    ("text", "expected"),
    [("x" * 20_000, "x" * 199 + "…"), ("a\udc80b\x1b[2J\x00", "ab[2J"), ("", ""), (" \n\t ", ""), ("\u202e", "")],
    ids=["20,000 characters", "surrogate and escape", "empty", "blank", "bidi"],
)
def test_text_is_truncated_cleaned_or_ignored(stage: Stage, text: str, expected: str) -> None:
    voice = stage.open()
    voice.say(cue(text))
    voice.say(cue("after it"))
    stage.wait_until_spoken(*[t for t in (expected, "after it") if t])


def test_the_voice_follows_the_language_and_the_rate_is_clamped(stage: Stage) -> None:
    voice = stage.open(rate=120)
    voice.say(cue("afară", language="ro-RO"))
    voice.say(cue("outside", language="en"))
    stage.wait_until_spoken("afară", "outside")
    assert [e.detail for e in stage.log.entries("synth")] == ["x/ro|120|afară", "x/en|120|outside"]


def test_a_named_voice_speaks_the_script_and_other_languages_keep_their_voices(stage: Stage) -> None:
    voice = stage.open(name="eve", language="ro")
    for language in ("ro", "en"):
        voice.say(cue(f"in {language}", language=language))
    stage.wait_until_spoken("in ro", "in en")
    assert [e.detail[:4] for e in stage.log.entries("synth")] == ["x/en", "x/en"]


def test_a_language_without_a_voice_gives_one_notice(stage: Stage) -> None:
    voice = stage.open(language="hu")
    for text in ("egy", "kettő"):
        voice.say(cue(text, language="hu"))
    voice.say(cue("after it"))
    stage.wait_until_spoken("after it")
    (notice,) = stage.notices
    assert "hu" in notice
    assert notice.endswith(ON_SCREEN)


def test_an_unknown_voice_name_gives_one_notice_and_the_default_speaks(stage: Stage) -> None:
    voice = stage.open(name="Nobody")
    voice.say(cue("hello"))
    stage.wait_until_spoken("hello")
    assert len(stage.notices) == 1
    assert "Nobody" in stage.notices[0]


@pytest.mark.row(19)
@pytest.mark.parametrize("fault", ["hang", "crash", "quit", "garbage", "refuse", "silent"])
def test_after_a_fault_the_spare_process_speaks_the_next_cue(stage: Stage, fault: str) -> None:
    voice = stage.open()
    voice.say(cue(fault))
    voice.say(cue("after it"))
    wait_for(lambda: stage.log.entries("end", "speech.wav"))
    assert stage.log.synthesised_texts() == [fault, "after it"]
    assert stage.notices == []


@pytest.mark.row(19)
def test_three_consecutive_faults_silence_the_speaker_with_one_notice(stage: Stage) -> None:
    voice = stage.open()
    for fault in ("crash", "quit", "refuse"):
        voice.say(cue(fault))
    wait_for(lambda: stage.notices)
    voice.say(cue("after it"))
    voice.close()
    assert stage.log.synthesised_texts() == ["crash", "quit", "refuse"]
    assert len(stage.notices) == 1
    assert "three times" in stage.notices[0]
    assert "no such thing" in stage.notices[0]


def test_faults_that_are_not_consecutive_do_not_silence_the_speaker(stage: Stage) -> None:
    voice = stage.open()
    texts = ["crash 1", "crash 2", "fine 1", "crash 3", "crash 4", "fine 2"]
    for text in texts:
        voice.say(cue(text))
    wait_for(lambda: len(stage.log.entries("end", "speech.wav")) == 2)
    assert stage.log.synthesised_texts() == texts
    assert stage.notices == []


def test_a_cancelled_utterance_does_not_count_as_a_fault(stage: Stage) -> None:
    voice = stage.open()
    for i in range(4):
        voice.say(note(f"long note {i}"))
        wait_for(lambda i=i: len(stage.log.entries("start", "speech.wav")) == i + 1)  # type: ignore[misc]  # bound now
        voice.hush()
    voice.say(cue("after it"))
    wait_for(lambda: stage.log.entries("end", "speech.wav"))
    assert stage.notices == []


def test_a_spare_process_killed_while_idle_is_replaced(stage: Stage) -> None:
    voice = stage.open()
    voice.say(cue("first"))
    stage.wait_until_spoken("first")
    wait_for(lambda: len(descendants()) == 1)
    (spare,) = descendants()
    spare.kill()
    wait_for(lambda: "voice-answers" not in [thread.name for thread in threading.enumerate()])
    voice.say(cue("second"))
    stage.wait_until_spoken("first", "second")


def test_close_cancels_a_cue_and_is_safe_to_call_twice(stage: Stage) -> None:
    voice = stage.open(timeouts=LONG_TIMEOUT)
    voice.say(cue("long cue"))
    player = psutil.Process(stage.log.wait_until_playing().pid)
    voice.close()
    voice.close()
    assert not is_alive(player)
    voice.say(cue("after it"))
    voice.hush()
    assert stage.log.synthesised_texts() == ["long cue"]


def test_close_does_not_wait_for_an_engine_that_hangs_at_start(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_FAULT", "hang")
    voice = stage.open(timeouts=Timeouts(ready_s=600.0))
    wait_for(descendants)
    voice.say(cue("never"))
    voice.close()
    assert stage.notices == []


def test_an_engine_that_hangs_at_start_is_abandoned(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_FAULT", "hang")
    stage.open(timeouts=Timeouts(ready_s=0.5))
    wait_for(lambda: stage.notices)
    assert len(stage.notices) == 1


SESSION = """
import time
from voice_help import cue, speaker
voice = speaker([])
voice.say(cue("long cue"))
time.sleep(600)
"""


def test_engine_and_player_end_with_a_killed_coach_and_the_next_start_removes_its_files(stage: Stage) -> None:
    search = os.pathsep.join([os.environ["PYTHONPATH"], str(Path(__file__).parent), *filter(None, sys.path)])
    coach = subprocess.Popen([sys.executable, "-c", SESSION], env={**os.environ, "PYTHONPATH": search})
    stage.log.wait_until_playing()
    wait_for(lambda: len(descendants(coach.pid)) == 3)
    orphans = descendants(coach.pid)
    coach.send_signal(signal.SIGKILL)
    coach.wait(DEADLINE_S)
    wait_for(lambda: not any(map(is_alive, orphans)))
    assert [folder.name.split("-")[2] for folder in stage.folder.iterdir()] == [str(coach.pid)]
    stage.open()
    wait_for(lambda: [folder.name.split("-")[2] for folder in stage.folder.iterdir()] == [str(os.getpid())])
