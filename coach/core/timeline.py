"""A script laid out in time: turns and beats that follow each other without gaps from t = 0."""

from __future__ import annotations

from dataclasses import dataclass

from coach.core.script import Line


@dataclass(frozen=True, slots=True)
class Turn:
    """The actor's line `index` (1-based), played from `start` to `end` seconds; `estimated` if the length was guessed."""

    index: int
    line: Line
    start: float
    end: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Beat:
    """A silent pause from `start` to `end` seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Turns and beats in order. Each begins where the one before ends; the first begins at 0."""

    title: str
    language: str
    slots: tuple[Turn | Beat, ...]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Only the lines."""
        return tuple(slot for slot in self.slots if isinstance(slot, Turn))

    @property
    def end(self) -> float:
        """When the last slot is over, in seconds."""
        return self.slots[-1].end if self.slots else 0.0
