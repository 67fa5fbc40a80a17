"""Sound files are in a private folder, removed with its session or by the next one."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from voice_help import temporary_folder

from coach.base.scratch import sweep
from coach.voice.sounds import SOUNDS_PREFIX, sound_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return temporary_folder(tmp_path, monkeypatch)


@pytest.fixture
def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def make_abandoned_folder(temporary: Path, pid: int) -> Path:
    folder = temporary / f"coach-voice-{pid}-abc"
    folder.mkdir()
    (folder / "speech.wav").write_bytes(b"RIFF")
    return folder


def test_the_folder_is_private_and_removed_afterwards(temporary: Path) -> None:
    with sound_folder() as folder:
        assert folder.parent == temporary
        if os.name == "posix":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "speech.wav").write_bytes(b"RIFF")
    assert list(temporary.iterdir()) == []


def test_the_folder_is_removed_after_an_exception(temporary: Path) -> None:
    with pytest.raises(ZeroDivisionError), sound_folder():
        raise ZeroDivisionError
    assert list(temporary.iterdir()) == []


def test_the_next_session_removes_the_folder_of_a_killed_one(temporary: Path, dead_pid: int) -> None:
    abandoned = make_abandoned_folder(temporary, dead_pid)
    with sound_folder():
        assert not abandoned.exists()


def test_a_reused_process_number_does_not_protect_a_folder(temporary: Path) -> None:
    abandoned = make_abandoned_folder(temporary, os.getpid())
    os.utime(abandoned, (1_000_000, 1_000_000))
    sweep(temporary, SOUNDS_PREFIX)
    assert not abandoned.exists()


def test_folders_of_live_sessions_and_of_other_programs_are_kept(temporary: Path, dead_pid: int) -> None:
    mine = make_abandoned_folder(temporary, os.getpid())
    for name in ("coach-voice-notes", f"other-{dead_pid}-abc", f"coach-voice-{dead_pid}x-1"):
        (temporary / name).mkdir()
    sweep(temporary, SOUNDS_PREFIX)
    assert mine.exists()
    assert len(list(temporary.iterdir())) == 4


def test_links_are_not_followed(temporary: Path, tmp_path: Path, dead_pid: int) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "take.mp4").write_bytes(b"x")
    try:
        (temporary / f"coach-voice-{dead_pid}-abc").symlink_to(tmp_path / "precious", target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    sweep(temporary, SOUNDS_PREFIX)
    assert (tmp_path / "precious" / "take.mp4").exists()
