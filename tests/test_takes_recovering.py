"""An unfinished take: its journal is readable up to any truncation or damage, and the loss is reported."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_help import play_take
from takes_help import wait_until

from coach.app.report_video import recording_of
from coach.app.review import report_from_journal
from coach.app.takes import recover_take
from coach.base.errors import TakeError
from coach.base.types import Frame
from coach.takes.contents import JOURNAL_NAME, LOCK_NAME
from coach.takes.event_log import decode
from coach.takes.journal import read_journal
from coach.takes.remains import footage_of, lacks_report, remains_of
from coach.takes.report_file import report_json
from coach.takes.store import TakeStore
from coach.takes.video import VideoRecorder


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real journal of 28 rows of nearly every kind."""
    take = play_take(TakeStore(tmp_path_factory.mktemp("takes")), seconds=2.0)
    return (take / JOURNAL_NAME).read_bytes()


def ends_of(journal: bytes) -> list[int]:
    """The end of each row, starting with the header."""
    return list(accumulate(map(len, journal.splitlines(keepends=True))))


def test_a_journal_truncated_at_any_byte_is_read_to_its_last_complete_row(tmp_path: Path, journal: bytes) -> None:
    """At every position after the header, which is written atomically with the file."""
    path, ends = tmp_path / JOURNAL_NAME, ends_of(journal)
    times = [None, *(decode(row).t for row in journal.splitlines()[1:])]
    assert len(ends) == 29
    path.write_bytes(journal)
    for cut in range(len(journal), ends[0] - 1, -1):
        with path.open("r+b") as file:
            file.truncate(cut)
        complete_rows = max(n for n, end in enumerate(ends) if end <= cut)
        truncated = read_journal(path)
        remains = remains_of(tmp_path, truncated)
        assert truncated.last_t == times[complete_rows]
        assert (remains.whole_bytes, remains.lost_bytes) == (ends[complete_rows], cut - ends[complete_rows])
        assert (truncated.damaged is None) == (cut == ends[complete_rows])
        assert truncated.end is None or cut == len(journal)


def test_a_journal_truncated_between_rows_gives_a_report(tmp_path: Path, journal: bytes) -> None:
    path = tmp_path / JOURNAL_NAME
    for end in ends_of(journal):
        path.write_bytes(journal[: end + 10])
        report = report_from_journal(tmp_path, read_journal(path))
        assert len(report.lines) == 2
        assert report.ended == ("quit" if end == len(journal) else "interrupted")


def test_a_journal_truncated_in_its_header_is_refused_with_one_message(tmp_path: Path, journal: bytes) -> None:
    path = tmp_path / JOURNAL_NAME
    for cut in range(0, ends_of(journal)[0] - 2, 7):
        path.write_bytes(journal[:cut])
        with pytest.raises(TakeError, match="not a journal of Coach, or its first row is damaged"):
            read_journal(path)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rows_before_damage_are_kept_and_give_a_report(tmp_path: Path, journal: bytes, data: st.DataObject) -> None:
    """A flipped bit, another byte, or a hole of zeros as after a power cut."""
    ends = ends_of(journal)
    at = data.draw(st.integers(ends[0], len(journal) - 1), label="at")
    damage = data.draw(st.one_of(st.integers(0, 7), st.binary(min_size=1, max_size=200)), label="damage")
    damaged = bytearray(journal)
    if isinstance(damage, int):
        damaged[at] ^= 1 << damage
    else:
        damaged[at : at + len(damage)] = damage if data.draw(st.booleans()) else bytes(len(damage))
    (tmp_path / JOURNAL_NAME).write_bytes(damaged)
    damaged_journal = read_journal(tmp_path / JOURNAL_NAME)
    assert damaged_journal.whole_bytes >= max(end for end in ends if end <= at)
    assert report_json(report_from_journal(tmp_path, damaged_journal))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_in_the_header_is_either_harmless_or_refused(
    tmp_path: Path, journal: bytes, data: st.DataObject
) -> None:
    damaged = bytearray(journal)
    damaged[data.draw(st.integers(0, ends_of(journal)[0] - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (tmp_path / JOURNAL_NAME).write_bytes(damaged)
    try:
        damaged_journal = read_journal(tmp_path / JOURNAL_NAME)
    except TakeError:
        return
    assert report_json(report_from_journal(tmp_path, damaged_journal))


def test_a_truncated_video_is_readable_to_its_last_complete_picture(tmp_path: Path) -> None:
    """According to its packets; exactly these pictures can be decoded."""
    take = play_take(TakeStore(tmp_path), seconds=0.5, report=False)
    video, pixels = take / "video.mp4", np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    recorder = VideoRecorder(video)
    for n in range(90):
        wait_until(lambda n=n: n - recorder.encoded < 8)  # type: ignore[misc]  # mypy knows no defaults of lambdas
        recorder.show(Frame(n / 30, np.roll(pixels, n, axis=1)))
    recorder.close()
    content = video.read_bytes()
    journal = read_journal(take / JOURNAL_NAME)
    assert remains_of(take, journal).video_until_s == pytest.approx(89 / 30)
    until = []
    for cut in range(len(content), 0, -len(content) // 25):
        video.write_bytes(content[:cut])
        until_s = remains_of(take, journal).video_until_s
        until.append(-1.0 if until_s is None else until_s)
        if until_s is not None:
            assert last_picture(video) == pytest.approx(until_s)
    assert until == sorted(until, reverse=True)
    assert len(set(until)) > 3
    video.write_bytes(content[:500])
    assert remains_of(take, journal).video_until_s is None


def last_picture(video: Path) -> float:
    """The time of the last picture that can be decoded."""
    import av

    last = -1.0
    with av.open(str(video)) as container:
        try:
            for frame in container.decode(video=0):
                last = float(frame.time or 0.0)
        except av.error.FFmpegError:
            pass
    return last


@pytest.mark.parametrize(
    ("report", "lacks"),
    [(None, True), (b"", True), (b"{", True), (b"[]", True), (b"\xff\xfe", True), (b'{"schema_version": 99}', False)],
)
def test_only_an_unreadable_report_is_made_again(tmp_path: Path, report: bytes | None, lacks: bool) -> None:
    """The report of a newer Coach is not replaced."""
    if report is not None:
        (tmp_path / "report.json").write_bytes(report)
    assert lacks_report(tmp_path) is lacks


def test_recovering_removes_the_lock_of_the_killed_run(tmp_path: Path) -> None:
    take = play_take(TakeStore(tmp_path), report=False)
    (take / LOCK_NAME).touch()
    assert recover_take(take)
    assert not (take / LOCK_NAME).exists()
    assert not lacks_report(take)


@pytest.mark.parametrize("kept", [0, 700])
def test_a_recording_killed_in_its_first_second_is_said_to_be_cut_off(kept: int, tmp_path: Path) -> None:
    """It is empty, or has a beginning without pictures."""
    take = play_take(TakeStore(tmp_path), report=False)
    video = take / "video.mp4"
    recorder = VideoRecorder(video)
    for number in range(10):
        recorder.show(Frame(number / 30, np.full((48, 64, 3), number, np.uint8)))
    recorder.close()
    video.write_bytes(video.read_bytes()[:kept])
    journal = read_journal(take / JOURNAL_NAME)
    remains = recover_take(take)
    assert remains
    assert remains.video_until_s is None
    report = report_from_journal(take, journal)
    with pytest.raises(TakeError, match="it was cut off before its first second was written"):
        footage_of(take, journal, report)
    assert recording_of(take, report, None) is None
