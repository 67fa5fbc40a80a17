"""A recording played in real time."""

from __future__ import annotations

from itertools import pairwise

from source_help import ManualClock

from coach.base.types import Frame, Tick
from coach.sources import Paced
from coach.sources.clocked import LONGEST_WAIT_S
from coach.testing.sources import FakeSource, grey

TIMES = [0.0, 0.04, 0.2, 1.0, 1.01]


def paced(clock: ManualClock, times: list[float] = TIMES) -> Paced:
    return Paced(FakeSource([grey(t) for t in times]), clock)


def play(source: Paced, clock: ManualClock) -> list[tuple[float, Frame | Tick]]:
    """Read to the end; return every frame and tick with the clock time of its arrival."""
    start, arrivals = clock.now(), []
    while (moment := source.read()) is not None:
        arrivals.append((round(clock.now() - start, 6), moment))
    return arrivals


def frames(arrivals: list[tuple[float, Frame | Tick]]) -> list[tuple[float, float]]:
    return [(at, moment.t) for at, moment in arrivals if isinstance(moment, Frame)]


def test_each_frame_is_returned_at_its_time() -> None:
    clock = ManualClock()
    assert frames(play(paced(clock), clock)) == [(t, t) for t in TIMES]


def test_long_waits_are_split_into_ticks() -> None:
    clock = ManualClock()
    arrivals = play(paced(clock), clock)
    assert max(clock.slept) <= LONGEST_WAIT_S
    assert sum(isinstance(moment, Tick) for _, moment in arrivals) >= 0.8 / LONGEST_WAIT_S
    assert all(a.t <= b.t for (_, a), (_, b) in pairwise(arrivals))
    assert all(moment.reason is None for _, moment in arrivals if isinstance(moment, Tick))


def test_late_playback_drops_no_frame() -> None:
    clock = ManualClock()
    source = paced(clock)
    source.read()
    clock.sleep(5.0)
    clock.slept.clear()
    assert [t for _, t in frames(play(source, clock))] == TIMES[1:]
    assert sum(clock.slept) == 0


def test_playback_time_starts_at_the_first_read() -> None:
    clock = ManualClock()
    source = paced(clock)
    clock.sleep(9.0)
    assert frames(play(source, clock)) == [(t, t) for t in TIMES]


def test_a_first_picture_that_comes_late_is_waited_for() -> None:
    clock = ManualClock()
    assert frames(play(paced(clock, [1.5, 1.6]), clock)) == [(1.5, 1.5), (1.6, 1.6)]


def test_a_pause_reads_nothing_and_stops_playback_time() -> None:
    clock = ManualClock()
    fake = FakeSource([grey(t) for t in TIMES])
    source = Paced(fake, clock)
    source.read()
    source.read()
    source.pause()
    source.pause()
    frames_read = fake.stats.frames
    assert {source.read() for _ in range(40)} == {Tick(0.04)}
    assert fake.stats.frames == frames_read
    source.resume()
    source.resume()
    assert frames(play(source, clock)) == [(round(t - 0.04, 6), t) for t in TIMES[2:]]


def test_a_pause_before_the_first_frame_delays_it() -> None:
    clock = ManualClock()
    source = paced(clock)
    source.pause()
    assert source.read() == Tick(0.0)
    source.resume()
    assert frames(play(source, clock)) == [(t, t) for t in TIMES]


def test_closing_closes_the_recording() -> None:
    fake = FakeSource([grey(0.0)])
    source = Paced(fake, ManualClock())
    source.close()
    assert fake.close_calls == 1
    assert source.read() is None
