"""The journal: exact round trip of events, and how much space and memory it takes."""

from __future__ import annotations

import dataclasses
import os
import random
import tracemalloc
from pathlib import Path
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from takes_help import EVENTS, INPUTS, events_in, make_header, reading, write_journal

from coach.base.events import (
    Event,
    Reading,
    TakeStarted,
)
from coach.base.mesh import KEPT
from coach.base.types import Box, Face, FacePoints, Observation, Probabilities, Reason
from coach.takes.event_log import JournalWriter, decode, encode
from coach.takes.journal import read_journal

number = st.floats(allow_nan=False, allow_infinity=False)
EVENT_KINDS = get_args(Event)


def events_of_kind(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of `kind`."""
    return st.builds(
        kind, **{field.name: st.from_type(_type_of(kind, field.name)) for field in dataclasses.fields(kind)}
    )


def _type_of(kind: type[Event], field: str) -> object:
    import typing

    return typing.get_type_hints(kind)[field]


landmarks = st.builds(
    FacePoints,
    st.tuples(number, number),
    number,
    st.lists(st.integers(-(2**15), 2**15 - 1), min_size=3, max_size=3).map(lambda xyz: tuple(xyz * len(KEPT))),
    st.floats(0, 1),
)
st.register_type_strategy(float, number)
st.register_type_strategy(
    Face,
    st.builds(
        Face,
        st.integers(),
        st.from_type(Box),
        st.none() | st.tuples(*[number] * 7),
        st.none() | st.sampled_from(get_args(Reason)),
        st.floats(0, 1),
        st.none() | landmarks,
    ),
)


@pytest.mark.parametrize("kind", EVENT_KINDS)
@settings(deadline=None)
@given(data=st.data())
def test_every_event_survives_a_round_trip(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(events_of_kind(kind))
    row = encode(event)
    assert row.count(b"\n") == 1
    assert decode(row) == (event.observation if isinstance(event, Reading) else event)


def test_a_number_that_is_not_finite_is_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(TakeStarted(float("nan")))


def test_a_journal_is_read_back_with_header_inputs_notes_and_end(tmp_path: Path) -> None:
    journal = read_journal(write_journal(tmp_path / "j", EVENTS))
    assert journal.header == make_header()
    assert events_in(journal) == INPUTS
    assert journal.notes == (EVENTS[5],)
    assert journal.end == EVENTS[-1]
    assert journal.last_t == 0.5
    assert journal.damaged is None


def test_the_header_keeps_the_script_exactly(tmp_path: Path) -> None:
    script = read_journal(write_journal(tmp_path / "j", [])).header.script
    assert script == make_header().script
    assert [line.emotion for line in script.spoken] == [line.emotion for line in make_header().script.spoken]


def test_an_undecodable_file_name_does_not_stop_a_take(tmp_path: Path) -> None:
    header = make_header(live=False, name=os.fsdecode(b"caf\xe9.mp4"))
    JournalWriter(tmp_path / "j", header).close()
    assert read_journal(tmp_path / "j").header.source.name == "caf?.mp4"


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_journal_of_any_version_is_read(tmp_path: Path, version: Literal[1, 2, 3]) -> None:
    journal = read_journal(write_journal(tmp_path / "j", EVENTS, version))
    assert journal.header.journal_version == version
    assert journal.damaged is None
    assert events_in(journal) == INPUTS


SEVEN = (0.4, 0.2, 0.15, 0.1, 0.08, 0.05, 0.02)


@pytest.mark.parametrize("probabilities", [SEVEN, None])
@pytest.mark.parametrize("reason", ["profile", None])
@pytest.mark.parametrize("weight", [0.0, 0.37, 1.0])
def test_the_weight_of_a_face_is_kept(
    probabilities: Probabilities | None, reason: Reason | None, weight: float
) -> None:
    observation = Observation(1.0, (Face(0, Box(1, 2, 3, 4), probabilities, reason, weight),), reason)
    assert decode(encode(Reading(1.0, observation, None, None, 1))) == observation


def test_a_weight_of_one_is_not_written() -> None:
    """Nearly all faces of a take have a weight of one."""
    face = Face(0, Box(1, 2, 3, 4), SEVEN)
    row = encode(Reading(1.0, Observation(1.0, (face,)), None, None, 1))
    assert row == b'{"t":1.0,"see":[[0,[1,2,3,4],[0.4,0.2,0.15,0.1,0.08,0.05,0.02]]]}\n'


def test_a_version_1_journal_is_read_with_a_weight_of_one(tmp_path: Path) -> None:
    journal = read_journal(write_journal(tmp_path / "j", EVENTS, 1))
    assert journal.damaged is None
    assert journal.header.journal_version == 1
    assert events_in(journal) == INPUTS
    assert all(
        face.weight == 1.0 for event in events_in(journal) if isinstance(event, Observation) for face in event.faces
    )


def test_reading_a_long_journal_needs_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = write_journal(tmp_path / str(count), [reading(n / 30) for n in range(count)])
        tracemalloc.start()
        assert sum(1 for _ in read_journal(path).inputs()) == count
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak_bytes

    assert peak(4000) < peak(40) + 200_000


def test_ten_minutes_take_less_than_three_megabytes() -> None:
    dice = random.Random(3)

    def row(n: int) -> bytes:
        box = Box(*(dice.uniform(50, 400) for _ in range(4)))
        shares = tuple(round(dice.random(), 4) for _ in range(7))
        face = Face(0, box, shares)  # type: ignore[arg-type]  # seven of them
        return encode(Reading(n / 30, Observation(n / 30, (face,)), None, None, None))

    assert sum(len(row(n)) for n in range(0, 18_000, 10)) * 10 < 3_000_000


def test_a_journal_is_readable_text(tmp_path: Path) -> None:
    text = write_journal(tmp_path / "j", EVENTS).read_text("utf-8")
    assert "Ștefan waits" in text
    assert "Ein Türknallen." in text


def test_ten_minutes_of_one_face_stay_under_three_megabytes() -> None:
    """Thirty readings per second with real clock times, boxes to a tenth, and varying weights."""
    dice = random.Random(1)

    def row(n: int) -> bytes:
        shares = tuple(round(dice.random(), 4) for _ in range(7))
        box = Box(*(round(dice.uniform(100, 1999), 1) for _ in range(4)))
        face = Face(0, box, shares, None, round(dice.random(), 2))  # type: ignore[arg-type]  # always seven
        t = n / 30 + dice.uniform(0, 0.005)
        return encode(Reading(t, Observation(t, (face,)), None, None, 1))

    assert sum(len(row(n)) for n in range(18_000)) < 3_000_000
