"""The position in a timeline: the slot being played, its times, and the cues due before the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from coach.base.events import CueDue
from coach.base.settings import Announce
from coach.core.script.targets import join_with_or
from coach.core.script.timeline import Beat, Timeline, Turn, cue_s

FIRST_WORDS: Final = 4
"""Words of a line that `--announce line` speaks."""

TONE_S: Final = 0.4
"""Time that a line's tone starts before the line."""


@dataclass(frozen=True, slots=True)
class Position:
    """A slot being played.

    Attributes:
        slot: index in the timeline; -1 in the lead-in.
        began, ends: take seconds, pauses taken out by `shifted`.
        cues: still due in this slot, in order of time.
    """

    slot: int
    began: float
    ends: float
    cues: tuple[CueDue, ...] = ()

    def shifted(self, seconds: float) -> Position:
        """The same position `seconds` later, after a pause."""
        cues = tuple(replace(cue, t=cue.t + seconds, deadline=cue.deadline + seconds) for cue in self.cues)
        return Position(self.slot, self.began + seconds, self.ends + seconds, cues)

    def without_first_cue(self) -> Position:
        """The same position after its first cue was given."""
        return Position(self.slot, self.began, self.ends, self.cues[1:])


class Playhead:
    """Steps through a timeline, `loop` times over."""

    def __init__(self, timeline: Timeline, announce: Announce, loop: int = 1) -> None:
        self._timeline = timeline
        self._announce = announce
        self._loop = loop
        self._round = 1

    def lead_in(self, start: float) -> Position:
        """The position before t = 0, from `start`: minus the lead-in in a live run, else 0."""
        return Position(-1, start, 0.0, self._cues_before(0, start, 0.0))

    def slot(self, position: Position) -> Turn | Beat | None:
        """The turn or beat at `position`; None in the lead-in."""
        return self._timeline.slots[position.slot] if position.slot >= 0 else None

    def after(self, position: Position, t: float) -> Position | None:
        """The position that follows at `t`; None at the end of the last round."""
        following = self._following(position.slot)
        if following is None:
            return None
        if following <= position.slot:
            self._round += 1
        return self._enter(following, t)

    def at(self, slot: int, t: float) -> Position:
        """The position after a jump to slot number `slot` at `t`; the slot's own cues are due at once."""
        position = self._enter(slot, t)
        return replace(position, cues=overdue_cues(self._cues_before(slot, t, t), t) + position.cues)

    def turn_at_or_before(self, slot: int) -> int:
        """The index of the last turn at or before `slot`; of the first turn if there is none."""
        slots = self._timeline.slots
        before = [i for i in range(min(slot, len(slots) - 1), -1, -1) if isinstance(slots[i], Turn)]
        first = next(i for i, each in enumerate(slots) if isinstance(each, Turn))
        return before[0] if before else first

    def _following(self, slot: int) -> int | None:
        if slot + 1 < len(self._timeline.slots):
            return slot + 1
        return 0 if self._round < self._loop else None

    def _enter(self, slot: int, t: float) -> Position:
        here = self._timeline.slots[slot]
        ends = t + here.end - here.start
        following = self._following(slot)
        cues = () if following is None else self._cues_before(following, t, ends)
        return Position(slot, t, ends, cues)

    def _cues_before(self, slot: int, earliest: float, start: float) -> tuple[CueDue, ...]:
        """Cues of slot number `slot`, timed backwards so that the last one ends at `start`."""
        turn = self._timeline.slots[slot]
        if not isinstance(turn, Turn):
            return ()
        due, cues = start, []
        for cue in reversed(self._cues_of(turn, start)):
            due = max(earliest, due - (TONE_S if cue.kind == "tone" else cue_s(cue.text)))
            cues.append(replace(cue, t=due))
        return tuple(reversed(cues))

    def _cues_of(self, turn: Turn, start: float) -> list[CueDue]:
        line, language = turn.line, self._timeline.language
        cues = [CueDue(start, turn.index, line.cue, "cue", start, language)] if line.cue else []
        if self._announce == "tone":
            cues.append(CueDue(start, turn.index, "", "tone", start, language))
        elif self._announce == "line":
            first = " ".join(line.text.split()[:FIRST_WORDS])
            cues.append(CueDue(start, turn.index, first, "line", start, language))
        elif self._announce == "emotion" and line.target:
            words = ", then ".join(join_with_or(part.accepted) for part in line.target.parts)
            cues.append(CueDue(start, turn.index, words, "emotion", start))
        return cues


def overdue_cues(cues: tuple[CueDue, ...], t: float) -> tuple[CueDue, ...]:
    """`cues` that were skipped, due at `t`, with deadlines that leave time to speak them all."""
    deadline, due = t, []
    for cue in cues:
        deadline += cue_s(cue.text) + TONE_S
        due.append(replace(cue, t=t, deadline=deadline))
    return tuple(due)
