"""Chooses the display that fits where the output goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from coach.base.protocols import Clock, EventSink, SourceStats
from coach.display.plain import PlainDisplay

if TYPE_CHECKING:
    from coach.base.settings import Settings
    from coach.core.script.timeline import Timeline
    from coach.display.wording import Meaning


class Display(EventSink, Protocol):
    """What every terminal display can do besides listening."""

    def notice(self, text: str) -> None:
        """Tell something once that has no time in the take."""
        ...

    def suspend(self) -> None:
        """Give the terminal back before the process is stopped."""
        ...

    def resume(self) -> None:
        """Take the terminal again."""
        ...


def open_display(
    timeline: Timeline,
    settings: Settings,
    *,
    plain: bool,
    clock: Clock,
    source_name: str = "",
    stats: Callable[[], SourceStats] | None = None,
    meaning: Meaning = "label",
    live: bool = True,
) -> Display:
    """The live view on a terminal that can show it; plain lines with `plain`, ``TERM=dumb`` and everywhere else."""
    if plain or not sys.stdout.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):
        return PlainDisplay(timeline, settings, stream=sys.stdout, source_name=source_name, meaning=meaning)
    from coach.display.consoles import open_console
    from coach.display.live import LiveDisplay

    return LiveDisplay(
        timeline,
        settings,
        console=open_console(),
        clock=clock,
        source_name=source_name,
        stats=stats,
        meaning=meaning,
        live=live,
    )
