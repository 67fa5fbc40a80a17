"""Review of a finished take from its folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from takes_help import make_header, reading

from coach.app.report import TakeReport
from coach.app.review import report_of, review_of
from coach.base.errors import TakeError
from coach.base.events import CommandTaken, TakeEnded
from coach.takes.recorder import TakeRecorder
from coach.takes.store import TakeStore

WHEN = datetime(2026, 11, 24, 13, 55, 2)  # noqa: DTZ001  a take is named by local time


def live_take(tmp_path: Path) -> Path:
    """A live take with ten readings per second, paused from 1 to 2 s and ended in its second line."""
    take = TakeStore(tmp_path).create("waiting", WHEN)
    recorder = TakeRecorder(take, make_header(), pytest.fail)
    for n in range(70):
        if n in (10, 20):
            recorder.handle(CommandTaken(n / 10, "pause"))
        recorder.handle(reading(n / 10))
    recorder.handle(TakeEnded(7.0, "quit"))
    recorder.close()
    return take


def test_the_moments_have_every_reading_with_its_line(tmp_path: Path) -> None:
    arc = review_of(live_take(tmp_path)).moments
    assert [moment.t for moment in arc.moments] == [n / 10 for n in range(70)]
    by_line = {line: [m.t for m in arc.moments if m.line == line] for line in (1, 2)}
    assert (by_line[1][0], by_line[1][-1]) == (0.0, 3.9)
    assert (by_line[2][0], by_line[2][-1]) == (5.2, 6.9)
    assert arc.moments[5].read == "sad"
    assert arc.moments[5].on_target is True


def test_the_moments_have_attempts_and_pauses(tmp_path: Path) -> None:
    arc = review_of(live_take(tmp_path)).moments
    attempts = [(a.line, a.number, a.start, round(a.end, 6), a.cut) for a in arc.attempts]
    assert attempts == [(1, 1, 0.0, 4.0, False), (2, 1, pytest.approx(5.2), 7.0, True)]
    assert arc.pauses == ((1.0, 2.0),)
    assert arc.end == 7.0
    assert all(moment.line is None for moment in arc.moments if 1.0 < moment.t < 2.0)


def test_a_take_without_a_journal_has_no_moments(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match="cannot read the journal"):
        review_of(tmp_path)


def damage_row(take: Path, row: int) -> None:
    """Change one number in a row of the journal (1 is the header)."""
    rows = (take / "journal.jsonl").read_bytes().splitlines(keepends=True)
    rows[row - 1] = rows[row - 1].replace(b"210.5", b"219.5")
    (take / "journal.jsonl").write_bytes(b"".join(rows))


def test_a_changed_row_in_the_middle_is_named_and_not_called_an_early_end(tmp_path: Path) -> None:
    take = live_take(tmp_path)
    damage_row(take, 32)
    report = report_of(take)
    (warning,) = [warning for warning in report.warnings if "journal" in warning]
    assert "row 32 is damaged or was changed" in warning
    assert "stopped early" not in warning
    assert report.ended == "error"


def test_the_chart_of_a_take_with_a_changed_row_says_what_it_lacks(tmp_path: Path) -> None:
    take = live_take(tmp_path)
    report_of(take)
    damage_row(take, 32)
    told: list[str] = []
    assert TakeReport(take, told.append).chart is not None
    assert told == ["In the journal of this take row 32 is damaged or was changed; it and what follows are left out."]
