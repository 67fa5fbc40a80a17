"""A row of shares as one small curve of letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coach.display.signs import writable

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_DIGITS: Final = "0123456789"
"""Tenths, for a terminal without blocks: 7 is 70 to 79 %."""

Tick = float | None
"""A share, 0 to 1; None where there is none."""


def sparkline(rows: Sequence[Sequence[Tick]], encoding: str, cells: int) -> str:
    """The newest of `rows`, oldest first, in at most `cells`; ``|`` stands between two rows, ``·`` for no figure."""
    drawn = "|".join("".join(_letter(share, encoding) for share in row) for row in rows if row)
    return drawn[-cells:].removeprefix("|")


def _letter(share: Tick, encoding: str) -> str:
    steps = _BLOCKS if writable(_BLOCKS, encoding) == _BLOCKS else _DIGITS
    if share is None:
        return "·" if steps is _BLOCKS else "."
    return steps[min(int(share * len(steps)), len(steps) - 1)]
