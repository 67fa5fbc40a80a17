"""Chooses the mirror's view that fits where the output goes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from coach.display.mirror_plain import MirrorPlain

if TYPE_CHECKING:
    from coach.base.protocols import Clock
    from coach.display.mirror_state import MirrorDisplay, MirrorState


def open_terminal(state: MirrorState, clock: Clock, *, plain: bool) -> MirrorDisplay:
    """The live view on a terminal that can show it; plain lines with `plain`, ``TERM=dumb`` and everywhere else."""
    if plain or not sys.stdout.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):
        return MirrorPlain(sys.stdout, state)
    from coach.display.consoles import open_console
    from coach.display.mirror_terminal import MirrorTerminal

    return MirrorTerminal(open_console(), state, clock)
