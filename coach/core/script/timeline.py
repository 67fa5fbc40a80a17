"""Timing of a script: turns and beats without gaps from t = 0, and estimates of how long words take to say.

Times written in the script pin the timeline. Between two pinned times, pauses and lines with a duration keep their
lengths, and estimated lines share the remaining time in proportion to their estimates. So a line with only a start
lasts until the next line with a start. If there is no estimated line, a beat fills the remaining time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from coach.base.errors import Mistake, ScriptError, UsageError
from coach.base.messages import mark, tr
from coach.core.script.script import MIN_LENGTH_S, TIME_TOLERANCE_S, Action, Line, Pace, Pause, Scene, Script

MIN_LINE_S: Final = 0.8
"""Shortest estimate for a line, because the actor breathes even before a single word."""

FASTEST_WORDS_PER_MINUTE: Final = 220.0
"""Above this rate listeners begin to lose words (Carver 1973; audio books are read at 150 to 160)."""

_VOICE_WORDS_PER_MINUTE: Final = 200.0
"""Rate of the voice, the default of pyttsx3."""

_VOICE_PAUSE_S: Final = 0.15
"""Pause of the voice after a sentence, fitted to nine cues rendered by espeak-ng 1.51."""

_VOICE_STARTUP_S: Final = 0.4
"""Time until the voice begins to speak."""

_COMMA_BEATS: Final = 0.4
"""Pause at a comma, as a share of the pause after a sentence, which is one beat. The pauses of read speech cluster at
about 0.2 and 0.6 s in five languages (Campione and Veronis 2002, A large-scale multilingual study of silent pause
duration)."""

# English words per letter in writing systems without spaces between words, or with many syllables between spaces.
# Derived from the information density of a syllable relative to English (Pellegrino and others 2011, A cross-language
# perspective on speech information rate, Language 87: Mandarin 0.94, Japanese 0.49, English 0.91; for Korean and Thai
# Coupe and others 2019, Science Advances 5), at 1.4 to 1.5 syllables per English word.
_WORDS_PER_LETTER: Final = (
    (re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]"), 0.65),  # Han: a syllable, in Japanese about two
    (re.compile("[\u3041-\u3096\u30a1-\u30fa]"), 0.38),  # kana
    (re.compile("[\uac00-\ud7a3]"), 0.45),  # Hangul
    (re.compile("[\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0ec0-\u0ec6]"), 0.25),  # Thai, Lao without marks
    (re.compile("[\u1000-\u102a\u1780-\u17b3]"), 0.25),  # Burmese, Khmer
)
_WEIGHTED_LETTER: Final = re.compile("|".join(pattern.pattern for pattern, _ in _WORDS_PER_LETTER))
_WORD: Final = re.compile(r"\w+(?:['’.,:\-]\w+)*")
_DIRECTION: Final = re.compile(r"\([^()]*\)")
# Without what stands in front, the search in a run of full stops would begin at each of them: quadratic time.
_SENTENCE_END: Final = re.compile(r"(?<![.!?…।॥؟۔])[.!?…।॥؟۔]+(?=[\s\"'”’»)]|$)|[。！？]+")
_COMMA: Final = re.compile(r"[,;:،](?=[\s\"'”’»)]|$)|[、，；：]|\s[-–—]\s|—")


@dataclass(frozen=True, slots=True)
class Turn:
    """Line `index` (1-based) from `start` to `end` seconds; `estimated` if its length was estimated from its words."""

    index: int
    line: Line
    start: float
    end: float
    estimated: bool = False

    def part_s(self, number: int) -> float:
        """Planned length, in seconds, of part `number` (0-based) of the line's target."""
        parts = self.line.target.parts if self.line.target else ()
        starts = [*(part.start_share for part in parts), 1.0]
        return (starts[number + 1] - starts[number]) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Beat:
    """Silence from `start` to `end` seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PartnerTurn(Beat):
    """A partner's line, during which the actor says nothing. It is never judged.

    Attributes:
        line: the line.
        number: its position among the lines of all partners, from 1.
    """

    line: Line
    number: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """Turns and beats in order, without gaps; the first starts at 0. A partner's turn is a beat with words."""

    title: str
    language: str
    slots: tuple[Turn | Beat, ...]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The actor's turns, without the beats."""
        return tuple(slot for slot in self.slots if isinstance(slot, Turn))

    @property
    def end(self) -> float:
        """End of the last slot in seconds."""
        return self.slots[-1].end if self.slots else 0.0


@dataclass(frozen=True, slots=True)
class TimingMistake:
    """Contradictory time in field `field` of script item `item` (0-based, pauses included)."""

    item: int
    field: str
    message: str


def build_timeline(script: Script, lines: tuple[int, int] | None = None, rebase: bool = False) -> Timeline:
    """Lay out `script` in time.

    Args:
        script: the script.
        lines: first and last line to keep, 1-based and inclusive; None keeps all.
        rebase: shift the kept lines so that the first starts at 0, for a live run. Otherwise they keep their times, for
            a recording, and one beat replaces everything before them.

    Raises:
        ScriptError: lines overlap.
        UsageError: the script does not have all of `lines`.
    """
    layout = _Layout(script.pace, script.role)
    layout.add_all(script.lines)
    if layout.mistakes:
        raise ScriptError(script.title, [Mistake(m.message, field=m.field) for m in layout.mistakes])
    slots = layout.slots if lines is None else _select_lines(layout.slots, lines, rebase)
    return Timeline(script.title, script.language, tuple(_merge_beats(slots)))


def timing_mistakes(
    items: Sequence[Line | Pause | Scene | Action | None], pace: Pace, role: str | None = None
) -> list[TimingMistake]:
    """Find overlaps in `items`. None stands for an item that is invalid for other reasons; it can have any length.

    `role` is the actor's; only the lines of that role are numbered.
    """
    layout = _Layout(pace, role)
    layout.add_all(items)
    return layout.mistakes


@dataclass(slots=True)
class _Piece:
    """A turn or beat whose times are not known yet.

    Attributes:
        length: length in seconds.
        index: 1-based number of the actor's line; None for a beat or a partner's line.
        line: the line; None for a beat or an invalid line.
        elastic: whether the piece stretches or shrinks to fill the time between two pinned times.
    """

    length: float
    index: int | None = None
    line: Line | None = None
    elastic: bool = False


class _Layout:
    """Lays out items in order. Pieces are pending until the next pinned time decides their lengths."""

    def __init__(self, pace: Pace, role: str | None) -> None:
        self.slots: list[Turn | Beat] = []
        self.mistakes: list[TimingMistake] = []
        self._pace = pace
        self._role = role
        self._pinned = 0.0
        self._pending: list[_Piece] = []
        self._index = 0
        self._partner_number = 0

    def add_all(self, items: Sequence[Line | Pause | Scene | Action | None]) -> None:
        """Lay out `items`, all items of the script; None stands for an invalid one."""
        for number, item in enumerate(items):
            if isinstance(item, (Scene, Action)):
                continue
            start = item.start_s if isinstance(item, Line) else None
            end = item.end_s if isinstance(item, Line) else None
            if start is not None:
                self._pin(start, number, "start_s")
            self._pending.append(self._make_piece(item))
            if end is not None:
                self._pin(end, number, "end_s")
        self._place_pending(None)

    def _make_piece(self, item: Line | Pause | None) -> _Piece:
        if isinstance(item, Pause):
            return _Piece(item.seconds(self._pace))
        index = self._next_index() if item is None or item.belongs_to(self._role) else None
        if item is None:
            return _Piece(MIN_LENGTH_S, index, elastic=True)
        if item.duration_s is None or item.end_s is not None:
            return _Piece(estimate_s(item.text, self._pace), index, item, elastic=True)
        return _Piece(item.duration_s, index, item)

    def _next_index(self) -> int:
        self._index += 1
        return self._index

    def _pin(self, t: float, item: int, field: str) -> None:
        """Scale the pending pieces to end at `t`. `item` and `field` identify `t` in error messages."""
        elastic = [piece for piece in self._pending if piece.elastic]
        room = t - self._pinned - sum(piece.length for piece in self._pending if not piece.elastic)
        if room < MIN_LENGTH_S * len(elastic) - TIME_TOLERANCE_S:
            earliest = t - room + MIN_LENGTH_S * len(elastic)
            self.mistakes.append(TimingMistake(item, field, self._overlap_message(t, earliest, field)))
        elif elastic:
            stretch = room / sum(piece.length for piece in elastic)
            for piece in elastic:
                piece.length *= stretch
        elif room > TIME_TOLERANCE_S:
            self._pending.append(_Piece(room))
        self._place_pending(t)

    def _overlap_message(self, t: float, earliest: float, field: str) -> str:
        if field == "end_s":
            return tr(
                "script line {number} ends at {t:g} s, but with what comes before it ends at {earliest:g} s or later",
                number=self._index,
                t=t,
                earliest=earliest,
            )
        return tr(
            "script line {number} begins at {t:g} s, but what comes before it lasts until {earliest:g} s at least",
            number=self._index + 1,
            t=t,
            earliest=earliest,
        )

    def _place_pending(self, t: float | None) -> None:
        """Give the pending pieces their times. The last ends exactly at `t`; None if that end is not pinned."""
        # A single elastic piece between two pinned times has a known length, so it is not an estimate.
        estimated = t is None or sum(piece.elastic for piece in self._pending) > 1
        start = exact_end = self._pinned
        for piece in self._pending:
            exact_end += piece.length
            end = round(exact_end, 6) if t is None or piece is not self._pending[-1] else t
            if piece.index is None:
                self.slots.append(self._partner_turn(start, end, piece.line) if piece.line else Beat(start, end))
            elif piece.line:
                self.slots.append(Turn(piece.index, piece.line, start, end, piece.elastic and estimated))
            start = end
        self._pinned = start if t is None else t
        self._pending = []

    def _partner_turn(self, start: float, end: float, line: Line) -> PartnerTurn:
        self._partner_number += 1
        return PartnerTurn(start, end, line, self._partner_number)


def _select_lines(slots: Sequence[Turn | Beat], lines: tuple[int, int], rebase: bool) -> list[Turn | Beat]:
    first, last = lines
    turns = [slot for slot in slots if isinstance(slot, Turn)]
    if not 1 <= first <= last <= len(turns):
        message = mark("--lines {first}-{last}: this script has lines 1-{count}")
        raise UsageError(tr(message, first=first, last=last, count=len(turns)))
    begin, end = _lead_of(slots, turns[first - 1]).start, turns[last - 1].end
    selected = [slot for slot in slots if begin <= slot.start and slot.end <= end]
    if rebase:
        return [replace(slot, start=round(slot.start - begin, 6), end=round(slot.end - begin, 6)) for slot in selected]
    return [Beat(0.0, begin), *selected] if begin > 0 else selected


def _lead_of(slots: Sequence[Turn | Beat], turn: Turn) -> Turn | Beat:
    """The partner's turn that leads to `turn`, silence between them or not; `turn` itself if there is none."""
    place = slots.index(turn)
    before = next((slot for slot in reversed(slots[:place]) if type(slot) is not Beat), turn)
    return before if isinstance(before, PartnerTurn) else turn


def _merge_beats(slots: Sequence[Turn | Beat]) -> Iterator[Turn | Beat]:
    """Merge consecutive beats without words."""
    for is_beat, group in groupby(slots, key=lambda slot: type(slot) is Beat):
        if is_beat:
            beats = list(group)
            yield Beat(beats[0].start, beats[-1].end)
        else:
            yield from group


def count_words(text: str) -> float:
    """Length of `text` in English words, in any writing system, without directions in parentheses."""
    spoken = _DIRECTION.sub(" ", text)
    letters = sum(weight * len(pattern.findall(spoken)) for pattern, weight in _WORDS_PER_LETTER)
    return len(_WORD.findall(_WEIGHTED_LETTER.sub(" ", spoken))) + letters


def estimate_s(text: str, pace: Pace) -> float:
    """Estimate the seconds an actor needs for `text` at `pace`, to a tenth, with pauses at sentence ends and commas."""
    spoken = _DIRECTION.sub(" ", text)
    beats = len(_SENTENCE_END.findall(spoken)) + _COMMA_BEATS * len(_COMMA.findall(spoken))
    seconds = count_words(text) * 60 / pace.words_per_minute + beats * pace.beat_s
    return round(max(seconds, MIN_LINE_S), 1)


def fastest_s(text: str) -> float:
    """Seconds to say the words of `text` at the fastest rate that listeners can follow."""
    return count_words(text) * 60 / FASTEST_WORDS_PER_MINUTE


def cue_s(text: str) -> float:
    """Seconds the voice needs to speak the cue `text`, to a tenth."""
    pauses = len(_SENTENCE_END.findall(text)) + _COMMA_BEATS * len(_COMMA.findall(text))
    return round(count_words(text) * 60 / _VOICE_WORDS_PER_MINUTE + pauses * _VOICE_PAUSE_S + _VOICE_STARTUP_S, 1)
