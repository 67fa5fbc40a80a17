"""The scene partner: when it speaks, when it has finished, and what happens without sound."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from voice_help import Log, descendants, linux_only, stub_player, temporary_folder, wait_for

from coach.base.errors import VoiceError
from coach.base.events import BeatStarted, CommandTaken, Event, LineStarted, PartnerStarted, Paused, Resumed, TakeEnded
from coach.testing.sources import FakeClock
from coach.testing.speech import SilentEngine
from coach.voice.engines import Speech
from coach.voice.line_sounds import LineSounds, LineToRender, Sound, read_sound, shift_pitch
from coach.voice.partner import Manner, ScenePartner
from coach.voice.playback import Player
from coach.voice.speech_cache import SpeechCache

HELLO = PartnerStarted(10.0, 14.0, "BEN", "Hello.", 1)
LINES = [LineToRender(n, Speech(text, "a", 600), 1.0) for n, text in ((1, "Hello."), (2, "One two three."))]


class Broken(SilentEngine):
    """An engine that cannot say lines with a `No`."""

    def render(self, speech: Speech, path: Path) -> None:
        if "No" in speech.text:
            raise VoiceError("it is broken")
        super().render(speech, path)


def rendered(cache: Path, lines: list[LineToRender], engine: SilentEngine, notices: list[str]) -> LineSounds:
    """The sounds of `lines`, all rendered."""
    sounds = LineSounds(lines, {}, engine, SpeechCache(cache), notices.append)
    sounds.wait()
    return sounds


# Rendering ahead.


def test_each_line_is_rendered_once_and_found_in_the_cache_later(tmp_path: Path) -> None:
    first, second = SilentEngine(), SilentEngine()
    sounds = rendered(tmp_path / "cache", [*LINES, LineToRender(3, LINES[0].speech)], first, [])
    assert [speech.text for speech in first.rendered] == ["Hello.", "One two three."]
    found = sounds.find(2)
    assert found is not None
    assert found.seconds == pytest.approx(0.3, abs=0.01)
    assert sounds.find(1) == sounds.find(3)
    sounds.close()
    again = rendered(tmp_path / "cache", LINES, second, [])
    assert again.find(2) == found
    assert second.rendered == []
    again.close()
    assert second.closed


@pytest.mark.parametrize(
    "other",
    [
        LineToRender(1, Speech("Hello!", "a", 600)),
        LineToRender(1, Speech("Hello.", "b", 600)),
        LineToRender(1, Speech("Hello.", "a", 500)),
        LineToRender(1, Speech("Hello.", "a", 600), 1.2),
    ],
)
def test_other_words_another_voice_speed_or_pitch_are_rendered_anew(tmp_path: Path, other: LineToRender) -> None:
    rendered(tmp_path, LINES[:1], SilentEngine(), []).close()
    engine = SilentEngine()
    rendered(tmp_path, [other], engine, []).close()
    assert engine.rendered == [other.speech]


def test_lines_that_cannot_be_rendered_are_said_once_and_the_others_go_on(tmp_path: Path) -> None:
    notices: list[str] = []
    lines = [LineToRender(n, Speech(text, "a", 600)) for n, text in enumerate(("No.", "Yes.", "No!"), 1)]
    sounds = rendered(tmp_path, lines, Broken(), notices)
    assert [sounds.find(n) is not None for n in (1, 2, 3)] == [False, True, False]
    assert len(notices) == 1
    assert "it is broken" in notices[0]
    sounds.close()
    assert not list(tmp_path.glob(".draft*"))


def test_progress_counts_the_lines_that_are_needed_first(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    sounds = LineSounds(LINES, {}, SilentEngine(), SpeechCache(tmp_path), print, ahead=1)
    sounds.wait(lambda done, total: seen.append((done, total)))
    assert seen[-1] == (1, 1)
    sounds.close()


def test_a_long_play_is_rendered_a_few_lines_ahead_of_the_take(tmp_path: Path) -> None:
    engine = SilentEngine()
    lines = [LineToRender(n, Speech(f"Line {n}.", "a", 6000)) for n in range(1, 41)]
    sounds = LineSounds(lines, {}, engine, SpeechCache(tmp_path), print, ahead=3)
    sounds.wait()
    assert len(engine.rendered) == 3
    assert not sounds.is_coming(2)
    wait_for(lambda: len(engine.rendered) == 4)
    assert sounds.is_coming(30)
    wait_for(lambda: not sounds.is_coming(30))
    assert len(engine.rendered) <= 32
    sounds.close()
    assert len(engine.rendered) <= 32


def test_what_was_used_longest_ago_leaves_the_cache_first(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path / "speech")
    for number, name in enumerate("abc"):
        draft = cache.draft()
        draft.write_bytes(bytes(100))
        os.utime(cache.keep(draft, name * 64), (number, number))
    (tmp_path / "speech" / "mine.txt").write_bytes(bytes(1000))
    assert cache.find("a" * 64) is not None
    cache.trim(250)
    assert [cache.find(name * 64) is not None for name in "abc"] == [True, False, True]
    assert (tmp_path / "speech" / "mine.txt").exists()
    assert (tmp_path / "speech").stat().st_mode & 0o077 == 0


def test_a_higher_pitch_keeps_the_samples_and_shortens_the_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    SilentEngine().render(Speech("one two", "a", 120), path)
    before = path.read_bytes()[44:]
    shift_pitch(path, 1.25)
    assert read_sound(path).seconds == pytest.approx(0.8)
    assert path.read_bytes()[44:] == before


# Without sound: lines are shown for as long as they take to say.


def shown(manner: Manner, *events: Event) -> tuple[ScenePartner, FakeClock]:
    clock = FakeClock()
    partner = ScenePartner(None, None, manner, clock, print)
    for event in events:
        partner.handle(event)
    return partner, clock


def test_a_line_without_sound_is_finished_after_its_time_the_delay_and_at_its_speed() -> None:
    partner, clock = shown(Manner(delay_s=1.5, speed=2.0), HELLO)
    clock.sleep(3.4)
    assert partner.poll() == ()
    clock.sleep(0.2)
    assert partner.poll() == ("answered",)
    assert partner.poll() == ()
    assert not partner.speaking


def test_a_line_that_was_skipped_or_ended_is_not_finished_again() -> None:
    skipped = CommandTaken(11.0, "next")
    for event in (LineStarted(11.0, 1, 15.0), BeatStarted(11.0, 12.0), TakeEnded(11.0, "quit"), skipped):
        partner, clock = shown(Manner(), HELLO, event)
        clock.sleep(60)
        assert partner.poll() == ()


def test_a_pause_holds_the_line_and_it_begins_again_without_the_delay() -> None:
    partner, clock = shown(Manner(delay_s=5.0), HELLO)
    clock.sleep(6)
    partner.handle(Paused(16.0))
    clock.sleep(60)
    assert partner.poll() == ()
    partner.handle(Resumed(76.0))
    clock.sleep(3.9)
    assert partner.poll() == ()
    clock.sleep(0.2)
    assert partner.poll() == ("answered",)


# With sound.


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Log, Path]]:
    """The log of a stub player, and a folder."""
    folder = temporary_folder(tmp_path, monkeypatch)
    yield stub_player(tmp_path, monkeypatch), folder
    assert not descendants()


def recording(folder: Path, seconds: float) -> Sound:
    path = folder / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * round(8000 * seconds)))
    return read_sound(path)


def speaking_partner(folder: Path, seconds: float, clock: FakeClock | None = None) -> tuple[ScenePartner, list[str]]:
    """A partner who says line 1 with a sound of `seconds`, and its notices."""
    notices: list[str] = []
    sounds = LineSounds([], {1: recording(folder, seconds)}, None, SpeechCache(folder), notices.append)
    partner = ScenePartner(sounds, Player(folder), Manner(), clock or FakeClock(), notices.append)
    partner.handle(HELLO)
    return partner, notices


def answered(partner: ScenePartner) -> bool:
    return list(partner.poll()) == ["answered"]


@linux_only
def test_a_line_is_finished_when_its_playback_has_ended(player: tuple[Log, Path]) -> None:
    log, folder = player
    partner, notices = speaking_partner(folder, 0.2)
    assert partner.speaking
    wait_for(lambda: answered(partner))
    assert len(log.entries("end", "hello.wav")) == 1
    assert not partner.speaking
    assert not notices
    partner.handle(HELLO)
    wait_for(lambda: answered(partner))
    assert len(log.entries("end", "hello.wav")) == 2
    partner.close()
    partner.close()


@linux_only
@pytest.mark.parametrize("event", [LineStarted(11.0, 1, 15.0), Paused(11.0), TakeEnded(11.0, "quit")])
def test_the_sound_stops_when_the_actor_goes_on_pauses_or_ends_the_take(player: tuple[Log, Path], event: Event) -> None:
    log, folder = player
    partner, _ = speaking_partner(folder, 60.0)
    wait_for(lambda: log.entries("start", "hello.wav"))
    partner.handle(event)
    assert not partner.speaking
    assert partner.poll() == ()
    assert not log.entries("end")
    partner.close()


@linux_only
def test_where_lines_have_their_time_a_reply_is_said_to_its_end(player: tuple[Log, Path]) -> None:
    log, folder = player
    partner, _ = speaking_partner(folder, 0.1)
    partner.by_clock = True
    partner.handle(LineStarted(11.0, 1, 15.0))
    wait_for(lambda: log.entries("end", "hello.wav"))
    partner.close()


@linux_only
def test_without_a_sound_device_a_line_lasts_as_long_as_its_sound_and_one_notice_says_so(
    player: tuple[Log, Path], tmp_path: Path
) -> None:
    (tmp_path / "bin" / "aplay").write_text("#!/bin/sh\necho 'aplay: main:831: audio open error: Busy' >&2\nexit 1\n")
    clock = FakeClock()
    partner, notices = speaking_partner(player[1], 3.0, clock=clock)
    wait_for(lambda: bool(partner.poll()) or notices)
    assert "Busy" in notices[0]
    assert "stay on the screen" in notices[0]
    clock.sleep(2.9)
    assert partner.poll() == ()
    clock.sleep(0.2)
    assert answered(partner)
    partner.handle(HELLO)
    clock.sleep(3.1)
    assert answered(partner)
    assert len(notices) == 1
    partner.close()


@linux_only
def test_a_player_that_never_ends_does_not_hold_the_scene(player: tuple[Log, Path]) -> None:
    log, folder = player
    clock = FakeClock()
    partner, _ = speaking_partner(folder, 60.0, clock=clock)
    wait_for(lambda: log.entries("start", "hello.wav"))
    clock.sleep(62.0)
    assert partner.poll() == ()
    clock.sleep(2.0)
    assert answered(partner)
    partner.close()


@linux_only
def test_a_line_that_is_still_rendered_is_said_as_soon_as_it_is_ready(player: tuple[Log, Path]) -> None:
    log, folder = player
    release = folder / "go"

    class Slow(SilentEngine):
        def render(self, speech: Speech, path: Path) -> None:
            wait_for(release.exists)
            super().render(speech, path)

    sounds = LineSounds(LINES, {}, Slow(), SpeechCache(folder / "cache"), print)
    partner = ScenePartner(sounds, Player(folder), Manner(), FakeClock(), print)
    partner.handle(HELLO)
    assert partner.poll() == ()
    assert not partner.speaking
    release.touch()
    wait_for(lambda: answered(partner))
    assert len(log.entries("end")) == 1
    partner.close()
