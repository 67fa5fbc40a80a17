"""The watchdog of a download."""

from __future__ import annotations

import pytest

from coach.sources.web.options import WebOptions
from coach.sources.web.run import MIN_RATE, Watchdog

OPTIONS = WebOptions(time_limit_s=100, stall_timeout_s=10)


def kind(watch: Watchdog, now: float) -> str | None:
    fault = watch.fault(now)
    return fault and fault.kind


def test_a_silent_server_is_abandoned_after_the_timeout() -> None:
    watch = Watchdog(OPTIONS, 0)
    watch.restart("asking", 2)
    assert kind(watch, 12) is None
    assert kind(watch, 12.1) == "stalled"


def test_each_answer_restarts_the_timeout() -> None:
    watch = Watchdog(OPTIONS, 0)
    watch.restart("asking", 9)
    assert kind(watch, 19) is None
    assert kind(watch, 19.1) == "stalled"


def test_a_slow_steady_download_continues_to_the_total_limit() -> None:
    watch = Watchdog(OPTIONS, 0)
    watch.restart("receiving", 0)
    for second in range(1, 101):
        watch.add_progress(int(second * MIN_RATE * 1.2), second)
        assert kind(watch, second) is None
    assert kind(watch, 100.1) == "too_late"


@pytest.mark.parametrize("rate", [0, 1, MIN_RATE * 0.9])
def test_a_download_that_trickles_is_aborted(rate: float) -> None:
    watch = Watchdog(OPTIONS, 0)
    watch.restart("receiving", 0)
    for tenth in range(100):
        watch.add_progress(int(tenth / 10 * rate), tenth / 10)
    assert kind(watch, 10.1) == "stalled"


@pytest.mark.parametrize("stage", ["starting", "cookies", "joining"])
def test_stages_without_a_server_have_only_the_total_limit(stage: str) -> None:
    watch = Watchdog(OPTIONS, 0)
    watch.restart(stage, 1)
    assert kind(watch, 99) is None
    assert kind(watch, 101) == "too_late"


def test_a_dead_server_is_abandoned_within_half_a_minute_by_default() -> None:
    assert WebOptions().stall_timeout_s < 30
