"""Speech is probed once by playing silence; a failure gives one notice."""

from __future__ import annotations

import tempfile
import wave
from array import array
from pathlib import Path

import pytest
from voice_help import (
    Log,
    cue,
    descendants,
    linux_only,
    needs_aplay,
    needs_espeak,
    speaker,
    stub_engine,
    stub_player,
    temporary_folder,
    wait_for,
)

from coach.voice.notices import ON_SCREEN
from coach.voice.speaker import NullSpeaker, Timeouts, open_speaker

pytestmark = linux_only

TO_A_FILE = 'pcm.!default {{ type file; slave.pcm "null"; file "{file}"; format wav }}\n'
TO_NOTHING = 'pcm.!default { type hw; card "NoSuchCard" }\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return temporary_folder(tmp_path, monkeypatch)


def only_notice(folder: Path) -> str:
    """Open a speaker that cannot speak; return its only notice, and check that it leaves no processes or files."""
    notices: list[str] = []
    voice = speaker(notices)
    voice.say(cue("hello"))
    wait_for(lambda: notices and not descendants() and not list(folder.iterdir()))
    voice.say(cue("hello again"))
    voice.hush()
    voice.close()
    assert len(notices) == 1
    assert notices[0].endswith(ON_SCREEN)
    return notices[0]


def replace_player(commands: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    if commands:
        (tmp_path / "bin" / "aplay").write_text(f"#!/bin/sh\n{commands}\n")
        (tmp_path / "bin" / "aplay").chmod(0o755)


@pytest.mark.row(18)
def test_without_an_engine_one_notice_names_its_package(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_engine(tmp_path, monkeypatch, fault="missing")
    stub_player(tmp_path, monkeypatch)
    notice = only_notice(folder)
    assert "apt install libespeak-ng1." in notice
    assert "you probably do not have eSpeak" in notice


def test_without_engine_and_player_one_notice_names_both(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_engine(tmp_path, monkeypatch, fault="missing")
    replace_player("", tmp_path, monkeypatch)
    assert "apt install libespeak-ng1 alsa-utils." in only_notice(folder)


@pytest.mark.row(18)
def test_without_a_player_one_notice_names_its_package(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_engine(tmp_path, monkeypatch)
    replace_player("", tmp_path, monkeypatch)
    assert "apt install alsa-utils." in only_notice(folder)


def test_the_notice_quotes_the_error_of_a_failing_player(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_engine(tmp_path, monkeypatch)
    replace_player("echo 'audio open error: Device or resource busy' >&2; exit 1", tmp_path, monkeypatch)
    assert "(Device or resource busy)" in only_notice(folder), "the notice contains the end of the player's message"


def test_a_hanging_player_is_abandoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub_engine(tmp_path, monkeypatch)
    replace_player("/bin/sleep 600", tmp_path, monkeypatch)
    notices: list[str] = []
    voice = speaker(notices, timeouts=Timeouts(ready_s=0.7))
    wait_for(lambda: notices and not descendants())
    voice.close()
    assert len(notices) == 1


@pytest.mark.row(18)
@needs_aplay
def test_without_a_sound_device_one_notice_reports_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_engine(tmp_path, monkeypatch)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".asoundrc").write_text(TO_NOTHING)
    notice = only_notice(folder)
    assert notice.startswith("No sound device opens. Connect or choose one, then start again (")
    assert "aplay:" not in notice


@needs_espeak
@needs_aplay
def test_the_users_own_default_device_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real engine, real player, and a sound device that ~/.asoundrc redirects to a file."""
    recorded = tmp_path / "recorded.wav"
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".asoundrc").write_text(TO_A_FILE.format(file=recorded))
    notices: list[str] = []
    voice = speaker(notices, rate=None)
    voice.say(cue("She is alive. She is alive!"))
    wait_for(lambda: recorded.exists() and seconds(recorded) > 1)
    wait_for(lambda: len(descendants()) == 1)  # only the spare is left: the child that spoke has ended
    voice.close()
    assert 1.5 < seconds(recorded) < 5
    assert loudest(recorded) > 3000
    assert notices == []


def seconds(path: Path) -> float:
    """Length of a WAV by its file size, because its header is completed last and it may still be written."""
    return (path.stat().st_size - 44) / 2 / 22050


def loudest(path: Path) -> int:
    with wave.open(str(path)) as sound:
        return max(map(abs, array("h", sound.readframes(sound.getnframes()))))


@needs_espeak
def test_the_real_engine_speaks_two_languages_without_a_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log: Log = stub_player(tmp_path, monkeypatch)
    notices: list[str] = []
    voice = speaker(notices, language="ro")
    voice.say(cue("O ușă de mașină.", language="ro"))
    voice.say(cue("A car door.", language="en"))
    wait_for(lambda: len(log.entries("end", "speech.wav")) == 2)
    voice.close()
    assert notices == []


def test_a_speaker_that_is_off_starts_no_process_and_gives_no_notice() -> None:
    notices: list[str] = []
    voice = open_speaker(mode="off", notify=notices.append)
    assert isinstance(voice, NullSpeaker)
    voice.say(cue("hello"))
    voice.hush()
    voice.close()
    assert descendants() == []
    assert notices == []


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_the_modes_on_and_auto_open_a_speaker_that_speaks(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = stub_engine(tmp_path, monkeypatch)
    stub_player(tmp_path, monkeypatch)
    voice = open_speaker(mode=mode, rate=1000, name=None, language="en", notify=pytest.fail)  # type: ignore[arg-type]
    voice.say(cue("hello"))
    wait_for(lambda: log.entries("end", "speech.wav"))
    voice.close()
    assert [e.detail for e in log.entries("synth")] == ["x/en|400|hello"]  # voice, rate (at most 400), text


def test_an_unwritable_folder_gives_one_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no such folder"))
    notices: list[str] = []
    voice = speaker(notices)
    wait_for(lambda: notices)
    voice.close()
    assert "temporary files" in notices[0]
