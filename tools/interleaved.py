"""Timing several things side by side, in turns, so that a busy moment of the machine hits all alike."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WARM_UP: Final = 5


def medians_ms(
    calls: Mapping[str, Callable[[], object]], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """The median milliseconds of each of `calls` over `repeats` rounds in which each is called once, in turn."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(WARM_UP + repeats):
        for name, call in calls.items():
            began = clock()
            call()
            if number >= WARM_UP:
                times[name].append(clock() - began)
    return {name: statistics.median(each) * 1000 for name, each in times.items()}
