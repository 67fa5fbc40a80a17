"""Runs that are really killed: every row they acknowledged is in the journal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from takes_help import run_child

from coach.takes.contents import JOURNAL_NAME
from coach.takes.event_log import decode
from coach.takes.journal import read_journal
from coach.takes.store import TakeStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork the writers that are killed here")

KILLS = 25


@pytest.mark.row(23)
def test_killed_runs_keep_every_acknowledged_row_and_leave_unfinished_takes(tmp_path: Path) -> None:
    killed = [line.split() for line in run_child("die_often", tmp_path, 2026, KILLS)]
    assert {take.name for take in TakeStore(tmp_path).unfinished()} == {name for name, _ in killed}
    assert len(killed) == KILLS
    for name, acknowledged in killed:
        journal = read_journal(tmp_path / name / JOURNAL_NAME)
        rows = (tmp_path / name / JOURNAL_NAME).read_bytes().splitlines(keepends=True)[1:]
        times = [decode(row).t for row in rows if row.endswith(b"\n")]
        assert len(times) >= int(acknowledged)
        assert times == [n / 30 for n in range(len(times))]
        assert journal.last_t == (times[-1] if times else None)
        assert journal.end is None
