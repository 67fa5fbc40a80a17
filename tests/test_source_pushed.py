"""Frames that a page pushes: the newest counts, its time is that of its capture, and silence stops the time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from source_help import ManualClock

from coach.base.errors import SourceError
from coach.base.types import Frame, Tick
from coach.sources.pushed import HOLD_AFTER_S, PushedFrames, decode_jpeg


def jpeg(level: int = 128, width: int = 64, height: int = 48) -> bytes:
    done, data = cv2.imencode(".jpg", np.full((height, width, 3), level, np.uint8))
    assert done
    return data.tobytes()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def source(clock: ManualClock) -> PushedFrames:
    return PushedFrames(clock, lead_in_s=3.0, wait_s=0.001)


def test_the_take_begins_with_the_first_frame(source: PushedFrames, clock: ManualClock) -> None:
    assert source.read() == Tick(-3.0)
    clock.sleep(60)
    assert source.read() == Tick(-3.0)
    source.push(jpeg(), 0.0)
    first = source.read()
    assert isinstance(first, Frame)
    assert first.t == pytest.approx(-3.0)
    assert first.image.shape == (48, 64, 3)


def test_a_frame_has_the_time_of_its_capture(source: PushedFrames, clock: ManualClock) -> None:
    source.push(jpeg(), 0.0)
    source.read()
    clock.sleep(0.5)
    source.push(jpeg(), 0.2)
    clock.sleep(0.1)  # it waits before it is read
    later = source.read()
    assert later is not None
    assert later.t == pytest.approx(-3.0 + 0.3)


def test_only_the_newest_frame_is_read(source: PushedFrames) -> None:
    for level in (10, 120, 240):
        source.push(jpeg(level), 0.0)
    newest = source.read()
    assert isinstance(newest, Frame)
    assert newest.image.mean() > 230
    assert isinstance(source.read(), Tick)
    assert source.stats.dropped == 2


def test_silence_holds_the_take_until_the_next_frame(source: PushedFrames, clock: ManualClock) -> None:
    source.push(jpeg(), 0.0)
    source.read()
    clock.sleep(HOLD_AFTER_S)
    held = source.read()
    assert source.held
    clock.sleep(3600)
    assert source.read() == held
    source.push(jpeg(), 0.0)
    going = source.read()
    assert not source.held
    assert held is not None
    assert going is not None
    assert going.t == pytest.approx(held.t)
    assert source.stats.warnings == ["No pictures came from the page at -2.0 s, for 3600 s; the take waited."]


def test_whoever_pushed_a_frame_can_wait_until_it_was_handled(source: PushedFrames) -> None:
    number = source.push(jpeg(), 0.0)
    assert not source.wait_until_handled(number, 0.0)
    source.read()
    assert not source.wait_until_handled(number, 0.0)  # it is being handled now
    source.read()
    assert source.wait_until_handled(number, 0.0)


def test_a_damaged_frame_is_no_reading_but_the_take_goes_on(source: PushedFrames) -> None:
    source.push(jpeg(), 0.0)
    source.read()
    for bad in (b"", b"GIF89a", jpeg()[:40], jpeg(width=80)):
        source.push(bad, 0.0)
        moment = source.read()
        assert isinstance(moment, Tick)
        assert moment.reason == "unreadable"
    assert source.stats.damaged == 4


def test_a_first_frame_that_is_no_picture_is_said(source: PushedFrames) -> None:
    source.push(b"not a picture", 0.0)
    with pytest.raises(SourceError, match="no picture that can be read"):
        source.read()


def test_a_small_file_with_a_huge_picture_is_not_decoded() -> None:
    assert decode_jpeg(jpeg(width=2000, height=2000)) is None
    assert decode_jpeg(jpeg(width=1920, height=1080)) is not None


def test_a_closed_source_ends_and_lets_everybody_go(source: PushedFrames) -> None:
    number = source.push(jpeg(), 0.0)
    source.close()
    assert source.read() is None
    assert source.wait_until_handled(number, 5.0)
