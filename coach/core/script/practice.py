"""Changes of the timeline of a live run for learning lines: speed, shortened cues, and lines that nobody judges."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from coach.base.settings import Settings
from coach.core.script.hiding import word_spans
from coach.core.script.script import Line
from coach.core.script.timeline import MIN_LINE_S, Beat, PartnerTurn, Timeline, Turn, count_words

LONG_SPEECH_WORDS: Final = 12
"""A speech with more words than this is long: a breath carries about twelve."""

SHORT_CUE_WORDS: Final = 6
"""Last words that are left of a long speech."""


def for_practice(timeline: Timeline, settings: Settings) -> Timeline:
    """`timeline` as `settings` want it: at their speed, with their cues, and without targets in an Italian run."""
    slots: list[Turn | Beat] = []
    start = 0.0
    for planned in timeline.slots:
        slot = _with_short_cue(planned) if settings.cues == "short" else planned
        if settings.italian and isinstance(slot, Turn | PartnerTurn):
            slot = replace(slot, line=slot.line.model_copy(update={"mode": "untracked", "listening": None}))
        end = start + (slot.end - slot.start) / settings.speed
        slots.append(replace(slot, start=round(start, 6), end=round(end, 6)))
        start = end
    return replace(timeline, slots=tuple(slots))


def _with_short_cue(slot: Turn | Beat) -> Turn | Beat:
    if isinstance(slot, Turn) and slot.line.cue:
        return replace(slot, line=slot.line.model_copy(update={"cue": short_cue(slot.line.cue)}))
    if not isinstance(slot, PartnerTurn):
        return slot
    line = slot.line.model_copy(update={"text": short_cue(slot.line.text)})
    return replace(slot, line=line, end=slot.start + _length_s(slot, line))


def _length_s(slot: PartnerTurn, shortened: Line) -> float:
    """Seconds of the shortened speech, at the pace of the whole one."""
    length, words = slot.end - slot.start, count_words(slot.line.text)
    if shortened.text == slot.line.text or not words:
        return length
    return min(length, max(length * count_words(shortened.text) / words, MIN_LINE_S))


def short_cue(text: str) -> str:
    """The last words of a long speech, after ``…``; a speech of `LONG_SPEECH_WORDS` or fewer stays whole."""
    words = word_spans(text)
    return text if len(words) <= LONG_SPEECH_WORDS else f"… {text[words[-SHORT_CUE_WORDS][0] :]}"


def with_cue(timeline: Timeline, number: int) -> tuple[int, int]:
    """The lines to play for a drill of line `number` (from 1) with its cue.

    The cue is written at the line, or is the speech of a partner before it. Where there is neither, it is the actor's
    own line before.
    """
    place = next(place for place, slot in enumerate(timeline.slots) if isinstance(slot, Turn) and slot.index == number)
    turn = timeline.slots[place]
    before = [slot for slot in timeline.slots[:place] if type(slot) is not Beat]
    own_cue = isinstance(turn, Turn) and turn.line.cue
    return (number, number) if own_cue or not before or isinstance(before[-1], PartnerTurn) else (number - 1, number)
