"""Own recordings of partners' lines: kept by a command, or named by number in a folder."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from cli_help import coach_here

from coach.app.own_cues import keep_recording, own_sounds, partner_lines
from coach.base.errors import UsageError, VoiceError
from coach.core.script.script import Script
from coach.scripts import load_script
from coach.voice.own_recordings import OwnRecordings, numbered_files

SCENE = """\
title: Home
role: ANNA
lines:
  - {role: BEN, text: You are still up.}
  - {role: ANNA, text: I waited.}
  - {role: CARL, text: I see.}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, with a script."""
    for name in ("DATA", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    (tmp_path / "home.yaml").write_text(SCENE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def script(home: Path) -> Script:
    return load_script(home / "home.yaml")


def write_sound(path: Path, seconds: float = 0.5, channels: int = 2) -> Path:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(2 * channels * round(16000 * seconds)))
    return path


def test_a_recording_is_kept_listed_and_removed_by_the_number_of_its_line(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sound = write_sound(home / "see.wav")
    assert coach_here("record-cue", home / "home.yaml", "2", "--from", sound) == 0
    assert "Kept 0.5 s for line 2, CARL: I see." in capfd.readouterr().out
    assert coach_here("record-cue", home / "home.yaml") == 0
    assert [row.split() for row in capfd.readouterr().out.splitlines()] == [
        ["1", "BEN:", "You", "are", "still", "up."],
        ["2", "recorded", "CARL:", "I", "see."],
    ]
    assert coach_here("record-cue", home / "home.yaml", "2", "--remove") == 0
    assert coach_here("record-cue", home / "home.yaml", "2", "--remove") == 0
    assert capfd.readouterr().out.splitlines() == [
        "Removed the recording of line 2, CARL: I see.",
        "There is no recording of line 2, CARL: I see.",
    ]


def test_a_recording_stays_with_its_words_when_lines_are_added(script: Script, home: Path) -> None:
    store = OwnRecordings(home / "partner")
    first = partner_lines(script)[1]
    assert keep_recording(first, write_sound(home / "a.wav"), store) == pytest.approx(0.5)
    (home / "home.yaml").write_text(SCENE.replace("lines:", "lines:\n  - {role: BEN, text: Well.}"), encoding="utf-8")
    turns = partner_lines(load_script(home / "home.yaml"))
    assert list(own_sounds(turns, store, None, print)) == [3]
    assert (home / "partner").stat().st_mode & 0o077 == 0


def test_files_of_a_folder_come_before_kept_recordings_and_are_converted_once(script: Script, home: Path) -> None:
    store = OwnRecordings(home / "partner")
    turns = partner_lines(script)
    for turn in turns:
        keep_recording(turn, write_sound(home / "a.wav"), store)
    write_sound(home / "mine" / "02 a whole second.WAV", 1.0)
    sounds = own_sounds(turns, store, home / "mine", print)
    assert {number: sound.seconds for number, sound in sounds.items()} == {
        1: pytest.approx(0.5),
        2: pytest.approx(1.0),
    }
    again = own_sounds(turns, store, home / "mine", print)
    assert again[2] == sounds[2]
    with wave.open(str(sounds[2].path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)


def test_numbers_begin_the_names_of_files(tmp_path: Path) -> None:
    for name in ("3.wav", "03 again.wav", "12_late.m4a", "0.wav", "take 4.wav", "5.txt", "1234567.wav"):
        (tmp_path / name).touch()
    assert {number: path.name for number, path in numbered_files(tmp_path).items()} == {
        3: "03 again.wav",
        12: "12_late.m4a",
    }


def test_a_recording_that_cannot_be_read_is_said_and_its_line_is_spoken(script: Script, home: Path) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "1.mp3").write_text("no sound")
    notices: list[str] = []
    assert own_sounds(partner_lines(script), OwnRecordings(home / "partner"), home / "mine", notices.append) == {}
    assert len(notices) == 1
    assert "1.mp3" in notices[0]


def test_a_folder_without_recordings_is_refused(script: Script, home: Path) -> None:
    store = OwnRecordings(home / "partner")
    with pytest.raises(UsageError, match="no such file"):
        own_sounds(partner_lines(script), store, home / "gone", print)
    (home / "mine").mkdir()
    with pytest.raises(UsageError, match=r"such as 3\.wav"):
        own_sounds(partner_lines(script), store, home / "mine", print)


def test_a_recording_that_is_too_long_empty_or_missing_is_refused(
    script: Script, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, store = partner_lines(script)[0], OwnRecordings(home / "partner")
    monkeypatch.setattr("coach.app.own_cues.LONGEST_S", 0.4)
    for path, reason in (
        (write_sound(home / "a.wav"), "longer than 0.4 s"),
        (write_sound(home / "b.wav", 0.0), "it is empty|no sound"),
        (home / "gone.wav", "no such file"),
    ):
        with pytest.raises(VoiceError, match=reason):
            keep_recording(turn, path, store)
    assert not store.all_files()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["3", "--from", "a.wav"], "the others have 2 lines; there is no line 3"),
        (["--remove"], "which line?"),
        (["1"], "name the recording of line 1 with --from FILE"),
    ],
)
def test_what_is_missing_is_named(
    home: Path, words: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach_here("record-cue", home / "home.yaml", *words) == 2
    assert message in capfd.readouterr().err


def test_forget_erases_recordings_too(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sound = write_sound(home / "see.wav")
    assert coach_here("record-cue", home / "home.yaml", "2", "--from", sound) == 0
    assert coach_here("forget", "--older-than", "1d") == 0
    assert coach_here("forget", "--all", "--yes") == 0
    assert "1 recording of partners' lines" in capfd.readouterr().out
    assert not OwnRecordings().all_files()
