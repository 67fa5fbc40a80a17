"""The still pictures of a source: which of them a moment is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENDING: Final = 8
"""Letters of a cut name's end that stay, since cameras number there."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures in the order in which they come.

    Attributes:
        names: of their files.
        each_s: seconds of the source that one stands for.
    """

    names: tuple[str, ...]
    each_s: float

    def name(self, t: float) -> str:
        """Of the picture at `t` seconds."""
        return self.names[self._place(t)]

    def number(self, t: float) -> int:
        """Of the picture at `t` seconds, counted from 1."""
        return self._place(t) + 1

    def _place(self, t: float) -> int:
        return min(max(round(t / self.each_s), 0), len(self.names) - 1)


def shortened(name: str, most: int) -> str:
    """`name` itself, or its beginning and end in `most` letters."""
    return name if len(name) <= most else f"{name[: most - ENDING - 1]}…{name[-ENDING:]}"
