"""The journal reaches the disk in time, and a slow or full disk does not block the take."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from takes_help import EVENTS, events_in, make_header, reading, wait_until

from coach.base.events import (
    Event,
)
from coach.takes.event_log import JournalWriter
from coach.takes.journal import read_journal


def size(handle: int) -> int:
    """Bytes in an open file."""
    return os.fstat(handle).st_size


def test_rows_are_synced_in_time_without_further_events(tmp_path: Path) -> None:
    synced: list[int] = []
    writer = JournalWriter(tmp_path / "j", make_header(), sync=lambda h: synced.append(size(h)), sync_every_s=0.01)
    writer.write(reading(0.0))
    wait_until(lambda: synced[-1:] == [(tmp_path / "j").stat().st_size])
    writer.close()


@pytest.mark.parametrize("event", [EVENTS[2], EVENTS[5], EVENTS[-1]], ids=["line", "note", "end"])
def test_lines_notes_and_the_end_are_synced_at_once(tmp_path: Path, event: Event) -> None:
    synced: list[int] = []
    writer = JournalWriter(tmp_path / "j", make_header(), sync=lambda h: synced.append(size(h)), sync_every_s=3600)
    writer.write(reading(0.0))
    writer.write(event)
    wait_until(lambda: synced[-1:] == [(tmp_path / "j").stat().st_size])
    writer.close()


def test_a_row_can_be_read_from_the_file_at_once(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "j", make_header(), sync_every_s=3600)
    writer.write(reading(0.0))
    assert events_in(read_journal(tmp_path / "j")) == [reading(0.0).observation]
    writer.close()


def test_a_stuck_disk_does_not_block_the_writer(tmp_path: Path) -> None:
    answers, requested = threading.Event(), threading.Event()

    def sync(_: int) -> None:
        requested.set()
        answers.wait(20)

    writer = JournalWriter(tmp_path / "j", make_header(), sync=sync, sync_every_s=0.001)
    writer.write(EVENTS[2])
    assert requested.wait(20)
    for n in range(100):
        writer.write(reading(n / 30))
    assert len(events_in(read_journal(tmp_path / "j"))) == 100
    answers.set()
    writer.close()


def test_close_syncs_the_last_rows(tmp_path: Path) -> None:
    synced: list[int] = []
    writer = JournalWriter(tmp_path / "j", make_header(), sync=lambda h: synced.append(size(h)), sync_every_s=3600)
    writer.write(reading(0.0))
    writer.close()
    writer.close()
    assert synced == [(tmp_path / "j").stat().st_size]


def test_a_failed_sync_is_raised_at_the_next_row_and_ends_writing(tmp_path: Path) -> None:
    def sync(_: int) -> None:
        raise OSError(5, "Input/output error")

    writer = JournalWriter(tmp_path / "j", make_header(), sync=sync, sync_every_s=0.001)
    writer.write(reading(0.0))
    wait_until(lambda: writer.trouble is not None)
    size_before = (tmp_path / "j").stat().st_size
    with pytest.raises(OSError, match="Input/output"):
        writer.write(reading(0.1))
    with pytest.raises(OSError, match="Input/output"):
        writer.close()
    assert (tmp_path / "j").stat().st_size == size_before
