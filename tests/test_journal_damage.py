"""Journals that are truncated, damaged, changed or no journals at all."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from takes_help import EVENTS, INPUTS, events_in, write_journal

from coach.base.errors import TakeError
from coach.base.events import CommandTaken
from coach.base.types import Observation
from coach.takes.event_log import RowError, RowSums, decode, without_sum
from coach.takes.journal import read_journal


def signed(rows: list[bytes]) -> bytes:
    """Rows, the header first, with the checksums that a journal of theirs has."""
    sums = RowSums()
    return RowSums().sign(rows[0]) + b"".join(sums.sign(row) for row in rows[1:])


def unsigned(path: Path) -> list[bytes]:
    """The rows of a journal, the header first, without their checksums."""
    return [without_sum(row) for row in path.read_bytes().splitlines(keepends=True)]


@pytest.mark.parametrize(
    "row",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b"[" * 100_000,
        b"\xff\n",
        b"\0\0\0\0\n",
        b'{"t":1.0}\n',
        b'{"t":1.0,"row":"unknown"}\n',
        b'{"t":1.0,"row":["paused"]}\n',
        b'{"t":1e999,"row":"paused"}\n',
        b'{"t":NaN,"row":"paused"}\n',
        b'{"t":NaN,"see":[]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3],null]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],[0.5,0.5]]]}\n',
        b'{"t":1.0,"see":[],"why":"tired"}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],null,null,1.5]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],null,null,-0.1]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],null,null,"much"]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],null,0.5]]}\n',
        b'{"t":1.0,"row":"take_ended","cause":"boredom"}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],null,null,1.0,[1,2,3,1.0,"AAAA"]]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],null,null,1.0,[1,2,3,1.0,"!"]]]}\n',
    ],
)
def test_an_invalid_row_is_refused(row: bytes) -> None:
    with pytest.raises(RowError):
        decode(row)


def test_a_journal_truncated_at_any_byte_is_read_to_its_last_complete_row(tmp_path: Path) -> None:
    data = write_journal(tmp_path / "whole", EVENTS).read_bytes()
    rows = data.splitlines(keepends=True)
    ends = [sum(map(len, rows[: n + 1])) for n in range(len(rows))]
    cut = tmp_path / "cut"
    for size in range(len(rows[0]), len(data) + 1):
        cut.write_bytes(data[:size])
        journal = read_journal(cut)
        complete_rows = sum(end <= size for end in ends) - 1
        expected = [decode(row) for row in rows[1 : complete_rows + 1]]
        assert journal.last_t == (expected[-1].t if expected else None)
        assert len(events_in(journal)) == sum(isinstance(event, (Observation, CommandTaken)) for event in expected)
        assert (journal.damaged is None) == (size in ends)
        assert (journal.end is None) == (complete_rows < len(EVENTS))


def test_a_header_truncated_at_any_byte_is_refused_with_one_message(tmp_path: Path) -> None:
    header = write_journal(tmp_path / "whole", EVENTS).read_bytes().splitlines()[0]
    for size in range(0, len(header), 7):
        (tmp_path / "cut").write_bytes(header[:size])
        with pytest.raises(TakeError, match="not a journal of Coach, or its first row is damaged"):
            read_journal(tmp_path / "cut")


def test_rows_before_damaged_bytes_are_kept(tmp_path: Path) -> None:
    data = write_journal(tmp_path / "whole", EVENTS).read_bytes()
    first = data.index(b"\n") + 1
    dice = random.Random(7)
    for _ in range(200):
        place = dice.randrange(first, len(data))
        damaged = data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
        (tmp_path / "damaged").write_bytes(damaged)
        journal = read_journal(tmp_path / "damaged")
        before = [decode(row) for row in data[first:place].splitlines(keepends=True) if row.endswith(b"\n")]
        expected = [event for event in before if isinstance(event, Observation)]
        assert [event for event in events_in(journal) if isinstance(event, Observation)][: len(expected)] == expected


def test_damage_in_the_middle_is_reported_with_its_row_number(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "j", EVENTS)
    rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*rows[:4], b"\0" * 40 + b"\n", *rows[5:]]))
    journal = read_journal(path)
    assert journal.damaged == "row 5 is damaged or was changed; it and what follows are left out"
    assert journal.damaged_inside
    assert journal.last_t == 0.0


def test_a_changed_moved_or_missing_row_is_told(tmp_path: Path) -> None:
    """Each of these files is valid but for the checksums."""
    path = write_journal(tmp_path / "j", EVENTS)
    rows = path.read_bytes().splitlines(keepends=True)
    changed = [*rows[:6], rows[6].replace(b"Colder", b"Warmer"), *rows[7:]]
    moved = [*rows[:3], rows[4], rows[3], *rows[5:]]
    missing = [*rows[:5], *rows[6:]]
    for edited, row in ((changed, 7), (moved, 4), (missing, 6)):
        path.write_bytes(b"".join(edited))
        journal = read_journal(path)
        assert journal.damaged == f"row {row} is damaged or was changed; it and what follows are left out"
        assert journal.damaged_inside


def test_a_changed_header_is_told(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "j", EVENTS)
    path.write_bytes(path.read_bytes().replace(b'"strictness":"standard"', b'"strictness":"gentle"', 1))
    journal = read_journal(path)
    assert journal.header_changed
    assert journal.damaged is None
    assert events_in(journal) == INPUTS
    assert not read_journal(write_journal(tmp_path / "other", EVENTS)).header_changed


@settings(deadline=None, max_examples=60)
@given(place=st.integers(0), bit=st.integers(0, 7))
def test_one_wrong_bit_anywhere_is_told(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:
    path = write_journal(tmp_path_factory.mktemp("bit") / "j", EVENTS)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 1 << bit
    path.write_bytes(data)
    try:
        journal = read_journal(path)
        assert journal.damaged is not None or journal.header_changed
    except TakeError:
        pass


def test_a_kill_is_no_damage_inside(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "j", EVENTS)
    path.write_bytes(path.read_bytes()[:-5])
    journal = read_journal(path)
    assert journal.damaged is not None
    assert not journal.damaged_inside


@pytest.mark.parametrize(
    "row",
    [
        b'{"t":1.0,"see":[[0,[1,2,3,4],[1e308,0,0,0,0,0,0]]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],[-0.5,0.5,1,0,0,0,0]]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],[0,0,0,0,0,0,0]]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,3,4],[2,-1,0,0,0,0,0],"profile"]]}\n',
        b'{"t":1.0,"see":[[0,[1,2,1e308,4],null]]}\n',
        b'{"t":1.0,"see":[[-1,[1,2,3,4],null]]}\n',
        b'{"t":1e308,"see":[]}\n',
        b'{"t":-1e308,"row":"paused"}\n',
        b'{"t":1.0,"row":"beat_started","end":1e308}\n',
        b'{"t":1.0,"row":"line_started","index":1000000000000,"end":2.0}\n',
    ],
)
def test_a_row_with_an_impossible_number_is_left_out_with_what_follows(tmp_path: Path, row: bytes) -> None:
    path = write_journal(tmp_path / "j", EVENTS)
    rows = unsigned(path)
    path.write_bytes(signed([*rows[:4], row, *rows[4:]]))
    journal = read_journal(path)
    assert journal.damaged == "row 5 is damaged or was changed; it and what follows are left out"
    assert events_in(journal) == [each for each in map(decode, rows[1:4]) if isinstance(each, Observation)]


@pytest.mark.parametrize("field", ["width", "height", "duration_s"])
@pytest.mark.parametrize("number", [-1, 10**300])
def test_a_header_with_an_impossible_number_is_refused(tmp_path: Path, field: str, number: int) -> None:
    path = write_journal(tmp_path / "j", EVENTS)
    header, *rows = unsigned(path)
    plain = json.loads(header)
    plain["source"][field] = number
    path.write_bytes(signed([json.dumps(plain).encode() + b"\n", *rows]))
    with pytest.raises(TakeError, match=r"its first row is damaged \(source"):
        read_journal(path)


def test_the_error_for_another_journal_version_names_both_versions(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "j", EVENTS)
    header, rows = path.read_bytes().split(b"\n", 1)
    newer = {**json.loads(header), "journal_version": 4, "unheard_of": True}
    path.write_bytes(json.dumps(newer).encode() + b"\n" + rows)
    with pytest.raises(TakeError, match="journal version 4, this Coach reads 1 to 3"):
        read_journal(path)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"PK\3\4", b"{}\n", b'{"journal_version": "x"}\n', b"[" * 200_000 + b"\n"]
)
def test_a_file_that_is_not_a_journal_is_refused_with_one_message(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(TakeError, match="not a journal of Coach") as refused:
        read_journal(tmp_path / "j")
    assert len(str(refused.value).splitlines()) == 1


def test_a_missing_journal_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(TakeError, match="cannot read the journal"):
            read_journal(path)


def test_a_journal_that_changes_during_a_replay_raises_an_error(tmp_path: Path) -> None:
    journal = read_journal(write_journal(tmp_path / "j", EVENTS))
    (tmp_path / "j").write_bytes((tmp_path / "j").read_bytes().replace(b'"see"', b'"sea"'))
    with pytest.raises(TakeError, match="changed while it was read"):
        events_in(journal)
