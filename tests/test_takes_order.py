"""Takes are ordered by the moment at which they began, whatever the clocks of the places showed."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from rich.console import Console
from store_help import on_takes, play_take

from coach.app.compare import OpenedTake
from coach.cli.takes_list import print_takes
from coach.core.comparison.compare import newest_first
from coach.takes.catalogue import started_at
from coach.takes.past_takes import past_in
from coach.takes.store import TakeStore

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has no way to change the zone of a process")

SUMMER, WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))
BEFORE = datetime(2026, 10, 25, 2, 59, 58, tzinfo=SUMMER)
AFTER = datetime(2026, 10, 25, 2, 0, 3, tzinfo=WINTER)
"""Five seconds later, when the clocks have gone back."""


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this machine be where the clocks go back in that night."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def by_the_clock(store: TakeStore, when: datetime, title: str = "Any") -> Path:
    """Play a take that begins at `when`, and write that time with its offset into the journal."""
    take = play_take(store, title, when)
    rows = (take / "journal.jsonl").read_bytes().splitlines(keepends=True)
    header = json.loads(rows[0]) | {"created": when.isoformat(timespec="seconds")}
    (take / "journal.jsonl").write_bytes(
        json.dumps(header, separators=(",", ":")).encode() + b"\n" + b"".join(rows[1:])
    )
    return take


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    return TakeStore(tmp_path / "takes")


@pytest.fixture
def older(store: TakeStore) -> Path:
    """The older of two takes, whose name is the later one."""
    return by_the_clock(store, BEFORE)


@pytest.fixture
def newer(store: TakeStore) -> Path:
    return by_the_clock(store, AFTER)


def test_the_names_keep_the_local_time(older: Path, newer: Path) -> None:
    assert (older.name, newer.name) == ("2026-10-25_02-59-58_any", "2026-10-25_02-00-03_any")


def test_the_take_made_last_is_the_newest_everywhere(store: TakeStore, older: Path, newer: Path) -> None:
    expected = [newer, older]
    assert store.takes() == store.erasable() == expected
    assert (store.newest(), store.find(":1"), store.find("any")) == (newer, newer, newer)
    assert (
        [facts.name for facts in store.facts()] == [facts.name for facts in store.facts()] == [newer.name, older.name]
    )
    opened = [OpenedTake.of(take, pytest.fail).played for take in (newer, older)]
    assert newest_first(opened) == [0, 1]


def test_the_history_is_in_the_order_of_the_moments(store: TakeStore, older: Path, newer: Path) -> None:
    takes = {take.name: take.when for take in past_in(store.takes()).takes}
    assert takes[newer.name] - takes[older.name] == timedelta(seconds=5)


def listed(store: TakeStore, width: int) -> str:
    """The list of takes on a terminal."""
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    print_takes(list(enumerate(store.facts(), 1)), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_list_shows_the_offset_of_each_clock_if_they_differ(
    store: TakeStore, older: Path, newer: Path, width: int
) -> None:
    shown = listed(store, width)
    assert shown.index("+01:00") < shown.index("+02:00")
    shutil.rmtree(older)
    assert "2026-10-25" in listed(store, width)
    assert "+01:00" not in listed(store, width)


def test_delete_of_the_first_number_erases_the_take_made_last(store: TakeStore, older: Path, newer: Path) -> None:
    assert on_takes(store, "takes", "delete", ":1", "--yes") == 0
    assert (older.exists(), newer.exists()) == (True, False)


def test_the_catalogue_keeps_the_order(store: TakeStore, older: Path, newer: Path) -> None:
    for path in [store.folder, *store.folder.rglob("*")]:
        os.utime(path, ns=(10**18, 10**18))  # long ago, so that the takes are cached
    assert [[facts.name for facts in store.facts()] for _ in range(2)] == [[newer.name, older.name]] * 2


def test_a_take_without_a_journal_began_at_the_local_time_of_its_name(store: TakeStore) -> None:
    take = by_the_clock(store, datetime(2026, 11, 24, 13, 55, 2, tzinfo=timezone(timedelta(hours=9))))
    (take / "journal.jsonl").unlink()
    assert started_at(take) == datetime(2026, 11, 24, 13, 55, 2, tzinfo=WINTER)


@pytest.mark.parametrize(
    "header", [b"", b"\x00" * 600, b'{"created":"when?"}\n', b'{"created":"2026-11-24T13:55:02"}\n']
)
def test_a_take_with_a_damaged_journal_began_at_the_local_time_of_its_name(store: TakeStore, header: bytes) -> None:
    take = by_the_clock(store, datetime(2026, 11, 24, 13, 55, 2, tzinfo=timezone(timedelta(hours=9))))
    (take / "journal.jsonl").write_bytes(header)
    assert started_at(take) == datetime(2026, 11, 24, 13, 55, 2, tzinfo=WINTER)


def test_a_take_that_was_given_another_name_keeps_its_moment(store: TakeStore, older: Path, newer: Path) -> None:
    (older / "report.json").unlink()
    renamed = older.rename(older.with_name("by-hand"))
    assert started_at(renamed) == BEFORE
    assert store.takes() == [newer, renamed]


def test_a_take_of_an_unknown_moment_is_the_last_in_the_list(store: TakeStore, older: Path) -> None:
    unknown = older.with_name("unknown")
    unknown.mkdir()
    (unknown / "journal.jsonl").write_text("damaged")
    assert started_at(unknown) is None
    assert store.takes() == [older, unknown]
