"""Opens the source that a user named, with a bar where it must be fetched first."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.protocols import Clock, FrameSource
    from coach.sources.web.options import WebOptions


def open_named(
    spec: str,
    *,
    clock: Clock,
    notify: Callable[[str], None],
    web: WebOptions,
    open_timeout_s: float,
    lead_in_s: float = 0.0,
) -> FrameSource:
    """As `coach.sources.open_source`; a download is shown by a bar.

    Raises:
        SourceError: it cannot be opened.
        UsageError: the spec is empty, or an address other than of http or https.
    """
    from coach.display.kit.console import open_console
    from coach.display.kit.progress import DownloadBar
    from coach.sources import SourceOptions, open_source
    from coach.sources.web.address import is_address

    with ExitStack() as stack:
        bar = stack.enter_context(DownloadBar(open_console())) if is_address(spec) else None
        options = SourceOptions(lead_in_s, open_timeout_s, web)
        return open_source(spec, options, clock=clock, notify=notify, progress=bar)
