"""Where the rehearsal stands in its timeline: the slot being played, since when, and the cues that lead to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from coach.base.events import CueDue
from coach.base.settings import Announce
from coach.core.script.pacing import cue_s
from coach.core.script.targets import in_words
from coach.core.script.timeline import Beat, Timeline, Turn

FIRST_WORDS: Final = 4
"""How many words of a line `--announce line` gives away."""

TONE_S: Final = 0.4
"""How long before a line its tone sounds."""


@dataclass(frozen=True, slots=True)
class Place:
    """The slot number `slot` is played since `began` and until `ends`, in take seconds.

    `slot` -1 is the lead-in. Frozen time is taken out by `shifted`.
    """

    slot: int
    began: float
    ends: float
    cues: tuple[CueDue, ...] = ()

    def shifted(self, seconds: float) -> Place:
        """The same place with everything `seconds` later, after a pause."""
        cues = tuple(replace(cue, t=cue.t + seconds, deadline=cue.deadline + seconds) for cue in self.cues)
        return Place(self.slot, self.began + seconds, self.ends + seconds, cues)

    def without_first_cue(self) -> Place:
        """The same place once its first cue was given."""
        return Place(self.slot, self.began, self.ends, self.cues[1:])


class Playhead:
    """Knows the way through a timeline, `loop` times over, and never looks at the time itself."""

    def __init__(self, timeline: Timeline, announce: Announce, loop: int = 1) -> None:
        self._timeline = timeline
        self._announce = announce
        self._loop = loop
        self._round = 1

    def lead_in(self, start: float) -> Place:
        """The place before t = 0; it begins at `start`, minus the lead-in or 0."""
        return Place(-1, start, 0.0, self._cues_before(0, start, 0.0))

    def slot(self, place: Place) -> Turn | Beat | None:
        """What is played at `place`; None in the lead-in."""
        return self._timeline.slots[place.slot] if place.slot >= 0 else None

    def after(self, place: Place, t: float) -> Place | None:
        """The place that follows at `t`, or None at the end of the last round."""
        following = self._following(place.slot)
        if following is None:
            return None
        if following <= place.slot:
            self._round += 1
        return self._enter(following, t)

    def at(self, slot: int, t: float) -> Place:
        """A jump to slot number `slot` at `t`; its own cues come at once, since they were passed over."""
        place = self._enter(slot, t)
        return replace(place, cues=late(self._cues_before(slot, t, t), t) + place.cues)

    def turn_at_or_before(self, slot: int) -> int:
        """The number of the nearest slot that is a line, going back from `slot`; the first line where there is none."""
        slots = self._timeline.slots
        before = [i for i in range(min(slot, len(slots) - 1), -1, -1) if isinstance(slots[i], Turn)]
        first = next(i for i, each in enumerate(slots) if isinstance(each, Turn))
        return before[0] if before else first

    def _following(self, slot: int) -> int | None:
        if slot + 1 < len(self._timeline.slots):
            return slot + 1
        return 0 if self._round < self._loop else None

    def _enter(self, slot: int, t: float) -> Place:
        here = self._timeline.slots[slot]
        ends = t + here.end - here.start
        following = self._following(slot)
        cues = () if following is None else self._cues_before(following, t, ends)
        return Place(slot, t, ends, cues)

    def _cues_before(self, slot: int, earliest: float, start: float) -> tuple[CueDue, ...]:
        """The cues of slot number `slot`, timed backwards so that the last word falls on `start`."""
        turn = self._timeline.slots[slot]
        if not isinstance(turn, Turn):
            return ()
        due, cues = start, []
        for cue in reversed(self._things_to_say(turn, start)):
            due = max(earliest, due - (TONE_S if cue.kind == "tone" else cue_s(cue.text)))
            cues.append(replace(cue, t=due))
        return tuple(reversed(cues))

    def _things_to_say(self, turn: Turn, start: float) -> list[CueDue]:
        line, language = turn.line, self._timeline.language
        cues = [CueDue(start, turn.index, line.cue, "cue", start, language)] if line.cue else []
        if self._announce == "tone":
            cues.append(CueDue(start, turn.index, "", "tone", start, language))
        elif self._announce == "line":
            first = " ".join(line.text.split()[:FIRST_WORDS])
            cues.append(CueDue(start, turn.index, first, "line", start, language))
        elif self._announce == "emotion" and line.target:
            words = ", then ".join(in_words(part.accepted) for part in line.target.parts)
            cues.append(CueDue(start, turn.index, words, "emotion", start))
        return cues


def late(cues: tuple[CueDue, ...], t: float) -> tuple[CueDue, ...]:
    """Cues that were passed over, given at `t` all the same, with time to say them all into the line."""
    deadline, given = t, []
    for cue in cues:
        deadline += cue_s(cue.text) + TONE_S
        given.append(replace(cue, t=t, deadline=deadline))
    return tuple(given)
