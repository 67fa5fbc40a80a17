"""Own notes stored by several processes: none is lost, and a killed process blocks no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from history_help import line_reports, take_report, write_take

from coach.base.errors import TakeError
from coach.cli.main import main
from coach.takes.contents import hold_lock
from coach.takes.notes import read_notes

NOTING = """
import sys
from coach.cli.main import main
folder, name, count = sys.argv[1:]
sys.stdin.read()
for n in range(int(count)):
    assert main(["note", folder, "2", f"{name} {n}"]) == 0
"""
"""Adds a number of notes after its standard input is closed."""

HOLDING = """
import sys
from pathlib import Path
from coach.takes.contents import hold_lock
from coach.takes.notes import change_notes
def never(notes):
    print("held", flush=True)
    sys.stdin.read()
change_notes(Path(sys.argv[1]), never)
"""
"""Starts to change the notes and never finishes."""


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A take of three lines."""
    return write_take(tmp_path, 1, take_report(1, line_reports((0.2, 0.5, 0.9))))


def start_program(program: str, *args: object) -> subprocess.Popen[bytes]:
    """A Python process that runs `program`."""
    command = [sys.executable, "-c", program, *map(str, args)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_notes_of_two_concurrent_processes_are_all_stored(take: Path) -> None:
    children = [start_program(NOTING, take, name, 20) for name in ("one", "two")]
    for child in children:
        assert child.stdin is not None
        child.stdin.close()
    for child in children:
        with child:
            assert child.stdout is not None
            child.stdout.read()
        assert child.returncode == 0
    assert {note.text for note in read_notes(take)} == {f"{name} {n}" for name in ("one", "two") for n in range(20)}
    assert not (take / "notes.lock").exists()


def test_a_process_killed_while_it_stores_a_note_blocks_no_other(take: Path) -> None:
    with start_program(HOLDING, take) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        holder.kill()
    assert (take / "notes.lock").exists()
    assert main(["note", str(take), "2", "colder"]) == 0
    assert [note.text for note in read_notes(take)] == ["colder"]
    assert not (take / "notes.lock").exists()


def test_a_note_that_waits_too_long_is_refused_with_one_message(tmp_path: Path) -> None:
    lock = tmp_path / "notes.lock"
    with hold_lock(lock), pytest.raises(TakeError, match="another coach is at work"), hold_lock(lock, timeout_s=0.1):
        pass
