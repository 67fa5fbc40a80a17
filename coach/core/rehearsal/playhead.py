"""The position in a timeline: the current slot, its times, and the cues for the next slot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from coach.base.events import CueDue
from coach.base.messages import language as own_language
from coach.base.messages import tr
from coach.base.settings import Announce
from coach.base.text import join_with_or, join_with_then
from coach.core.script.timeline import Beat, PartnerTurn, Timeline, Turn, cue_s

FIRST_WORDS: Final = 4
"""Number of words of a line that `--announce line` speaks."""

TONE_S: Final = 0.4
"""Time between the start of a line's tone and the start of the line."""


@dataclass(frozen=True, slots=True)
class Position:
    """The current slot.

    Attributes:
        slot: index in the timeline; -1 in the lead-in.
        began, ends: take seconds; each pause shifts both.
        cues: cues not given yet that are due in this slot, in order of time.
    """

    slot: int
    began: float
    ends: float
    cues: tuple[CueDue, ...] = ()

    def shift(self, seconds: float) -> Position:
        """Return this position shifted by a pause of `seconds`."""
        cues = tuple(replace(cue, t=cue.t + seconds, deadline=cue.deadline + seconds) for cue in self.cues)
        return Position(self.slot, self.began + seconds, self.ends + seconds, cues)

    def without_first_cue(self) -> Position:
        """Return this position after its first cue was given."""
        return Position(self.slot, self.began, self.ends, self.cues[1:])

    def after_answer(self, t: float) -> Position:
        """Return this position of a partner's line that ended at `t`: its cues follow one by one, then it ends."""
        ends, cues = t, []
        for cue in self.cues:
            cues.append(replace(cue, t=ends))
            ends += TONE_S if cue.kind == "tone" else cue_s(cue.text)
        return Position(self.slot, self.began, ends, tuple(replace(cue, deadline=ends) for cue in cues))


class Playhead:
    """Steps through a timeline `loop` times."""

    def __init__(self, timeline: Timeline, announce: Announce, loop: int = 1) -> None:
        self._timeline = timeline
        self._announce = announce
        self._loop = loop
        self._round = 1

    def lead_in(self, start: float) -> Position:
        """The position before t = 0. It begins at `start`: minus the lead-in in a live run, 0 on a recording."""
        return Position(-1, start, 0.0, self._cues_before(0, start, 0.0))

    def slot(self, position: Position) -> Turn | Beat | None:
        """The turn or beat at `position`; None in the lead-in."""
        return self._timeline.slots[position.slot] if position.slot >= 0 else None

    def advance(self, position: Position, t: float) -> Position | None:
        """Move on from `position` to the next slot at `t`; return None at the end of the last round."""
        following = self._next_index(position.slot)
        if following is None:
            return None
        if following <= position.slot:
            self._round += 1
        return self._position_at(following, t)

    def jump(self, slot: int, t: float) -> Position:
        """Go to slot number `slot` at `t`; its own cues are due at once."""
        position = self._position_at(slot, t)
        return replace(position, cues=reschedule_cues(self._cues_before(slot, t, t), t) + position.cues)

    def turn_at_or_before(self, slot: int) -> int:
        """Index of the last turn at or before index `slot`; of the first turn if there is none."""
        turns = [i for i, candidate in enumerate(self._timeline.slots) if isinstance(candidate, Turn)]
        return max((i for i in turns if i <= slot), default=turns[0])

    def lead_of(self, turn: int) -> int:
        """Index of the partner's line that leads to the turn at index `turn`, as its cue; `turn` if none does."""
        return turn - 1 if turn and isinstance(self._timeline.slots[turn - 1], PartnerTurn) else turn

    def led_to(self, slot: int) -> int:
        """Index of the turn to which a partner's line at index `slot` leads; `slot` if it is no such line."""
        following = self._timeline.slots[slot + 1 : slot + 2]
        leads = isinstance(self._timeline.slots[slot], PartnerTurn) and any(isinstance(s, Turn) for s in following)
        return slot + 1 if leads else slot

    def _next_index(self, slot: int) -> int | None:
        if slot + 1 < len(self._timeline.slots):
            return slot + 1
        return 0 if self._round < self._loop else None

    def _position_at(self, slot: int, t: float) -> Position:
        planned = self._timeline.slots[slot]
        ends = t + planned.end - planned.start
        following = self._next_index(slot)
        cues = () if following is None else self._cues_before(following, t, ends)
        return Position(slot, t, ends, cues)

    def _cues_before(self, slot: int, earliest: float, start: float) -> tuple[CueDue, ...]:
        """Cues of slot number `slot`, timed backwards so that the last cue ends at `start`."""
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
            parts = [join_with_or([tr(emotion) for emotion in part.accepted]) for part in line.target.parts]
            cues.append(CueDue(start, turn.index, join_with_then(parts), "emotion", start, own_language()))
        return cues


def reschedule_cues(cues: tuple[CueDue, ...], t: float) -> tuple[CueDue, ...]:
    """Reschedule skipped `cues` to `t`, with deadlines that leave time to speak all of them."""
    deadline, due = t, []
    for cue in cues:
        deadline += cue_s(cue.text) + TONE_S
        due.append(replace(cue, t=t, deadline=deadline))
    return tuple(due)
