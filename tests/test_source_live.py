"""The source without a camera, the clock of a live take, and the fake source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import ManualClock

from coach.base.errors import SourceError
from coach.base.types import Tick
from coach.sources import SystemClock
from coach.sources.clocked import NoCamera, TakeTime
from coach.testing.sources import FakeSource, grey


def test_the_source_without_a_camera_gives_thirty_ticks_a_second() -> None:
    clock = ManualClock()
    source = NoCamera(clock, lead_in_s=1.0)
    ticks = [source.read() for _ in range(31)]
    assert ticks[0] == Tick(-1.0, "no camera")
    assert all(tick is not None and tick.reason == "no camera" for tick in ticks)
    assert abs(sum(clock.slept) - 1.0) < 1e-6


def test_a_late_loop_gets_the_current_time_and_no_backlog() -> None:
    clock = ManualClock()
    source = NoCamera(clock)
    source.read()
    clock.sleep(2.5)
    assert source.read() == Tick(2.5, "no camera")
    late = source.read()
    assert late is not None
    assert 2.5 < late.t < 2.6


@pytest.mark.row(32)
@pytest.mark.parametrize("asleep_s", [6.0, 3600.0])
def test_no_line_passes_while_the_machine_is_asleep(asleep_s: float) -> None:
    clock = ManualClock()
    source = NoCamera(clock)
    source.read()
    clock.sleep(2.0)
    source.read()
    clock.sleep(asleep_s)
    awake = source.read()
    assert awake is not None
    assert awake.t == pytest.approx(2.0, abs=0.05)
    assert source.stats.warnings == [f"The machine or the coach was stopped at 2.0 s, for {asleep_s:.0f} s."]


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans(), st.floats(-1, 3))), st.floats(0, 10))
def test_take_time_starts_at_the_countdown_and_never_goes_back(
    steps: list[tuple[float, bool, float]], lead_in: float
) -> None:
    clock = ManualClock()
    take = TakeTime(clock, lead_in)
    last = take.now()
    assert last == -lead_in
    for step, look_back, age in steps:
        clock.time += step
        t = take.ago(age) if look_back else take.now()
        assert t >= last
        last = t


def test_the_take_time_of_something_old_is_in_the_past() -> None:
    clock = ManualClock()
    take = TakeTime(clock, 0.0)
    take.now()
    clock.time += 2.0
    assert take.ago(0.5) == 1.5


def test_the_system_clock_advances() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.001)
    clock.sleep(-1.0)
    assert clock.now() > before


def test_the_fake_source_raises_errors_in_order_and_continues() -> None:
    source = FakeSource([grey(0.0), SourceError("pulled out"), Tick(0.2, "frozen")], live=True)
    assert source.read() is not None
    with pytest.raises(SourceError, match="pulled out"):
        source.read()
    assert source.read() == Tick(0.2, "frozen")
    assert source.read() is None
    assert source.stats.frames == 1
