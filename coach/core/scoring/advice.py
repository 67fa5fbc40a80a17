"""Checks of a script before it is played: lines that cannot be spoken, heard or read as written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coach.core.scoring.norms import ACTOR_SHARES, level_of
from coach.core.script.script import Line, Script
from coach.core.script.targets import correct_separators
from coach.core.script.timeline import Timeline, Turn, count_words, cue_s, estimate_s, fastest_s

_MARKUP: Final = r"(?:\d+[.)]\s+|[-+•–—>]\s+|[*_`~\"'“”„«»‘’]\s*)*"
"""Bullets, emphasis and quotation marks in front of a line."""

_BRACKETED: Final = re.compile(rf"{_MARKUP}[\[({{]([^\[\](){{}}]*)[\])}}]")
_BEFORE_COLON: Final = re.compile(rf"{_MARKUP}([^:]{{3,80}}):(?!\S)")
_NAMED: Final = (
    # Named values without brackets; stricter, because such words also begin sentences.
    re.compile(rf"{_MARKUP}((?:cue|title)\s*:\s*\S.*)", re.I),
    re.compile(rf"{_MARKUP}(language\s*:\s*[a-z]{{2,3}}(?:[-_]\w+)*)\W*$", re.I),
    re.compile(rf"{_MARKUP}(pace\s*:.*\d.*)", re.I),
)
_NAMED_IN_BRACKETS: Final = re.compile(r"\s*(?:cue|title|language|pace)\s*:\s*\S", re.I)
_BEATS: Final = re.compile(r"\s*(?:(\d+)\s*beats?|beats?\s*:?\s*(\d*))\s*$", re.I)
_PAUSE: Final = re.compile(r"\s*(?:pause\s*:?\s*([\d.]*)\s*[a-z]*|([\d.]+)\s*[a-z]*\s+pause)\s*$", re.I)
_TIME: Final = re.compile(r"[@\d.%–-]*\d[\d.s%–-]*(?:ec\w*)?|[-–]|s|secs?|seconds?|from|to|untracked", re.I)
_MAX_TAG: Final = 60
"""Characters of a suggested tag."""


def stray_tag(text: str) -> str | None:
    """The tag, correctly written, that the text of a line seems to begin with; None for ordinary text."""
    text = text[:400]
    return _bracketed(text) or _bare(text)


def _bracketed(text: str) -> str | None:
    found = _BRACKETED.match(text)
    if found is None:
        return None
    body = found[1]
    named = _NAMED_IN_BRACKETS.match(body)
    return _tag(body) if named else _pause(body) or _emotion(body)


def _bare(text: str) -> str | None:
    """A tag without brackets."""
    named = next((found for pattern in _NAMED if (found := pattern.match(text))), None)
    if named:
        return _tag(named[1])
    before = _BEFORE_COLON.match(text)
    return _emotion(before[1]) if before else None


def _emotion(body: str) -> str | None:
    """A tag of known emotions, with its times after them."""
    words, times = body.split(), []
    while words and _TIME.fullmatch(words[-1].strip(",;")):
        times.append(words.pop().strip(",;"))
    target = correct_separators(" ".join(words).strip("*_` ,;"))
    return _tag(" ".join([target, *reversed(times)])) if target else None


def _pause(body: str) -> str | None:
    beats = _BEATS.match(body)
    if beats:
        count = int((beats[1] or beats[2] or "1")[:9])
        return f"[{count} beats]" if count > 1 else "[beat]"
    pause = _PAUSE.match(body)
    return f"[pause {pause[1] or pause[2] or 2}s]" if pause else None


def _tag(body: str) -> str:
    return f"[{' '.join(body.split())[:_MAX_TAG]}]"


_LONG: Final = 3.0
"""A line of more than this many times its estimated length contains silence that the script does not mention."""

_LONG_S: Final = 4.0
"""It must also be this many seconds longer, so that short lines cause no warnings."""

_MIN_PART_S: Final = 1.0
"""Time that an emotion needs to appear on the face and to be read with any certainty."""

_SELDOM_READ: Final = 0.25
"""An emotion that a smaller share of viewers names from the face alone gets a remark."""

_LOW_SHARES: Final = {
    emotion: round(levels["low"].mean * 100)
    for emotion, levels in ACTOR_SHARES.items()
    if emotion != "sad" and "low" in levels and levels["low"].mean < _SELDOM_READ
}
"""Percentage of viewers who name the emotion at low intensity from the face alone; most of the others say neutral.
Sadness has a remark of its own, whatever its intensity."""

_SAD_MAJORITY: Final = 36
"""Percentage of CREMA-D's sad clips that most viewers called sad from the face alone; happy 96, neutral 93."""


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning that line `line` (1-based) will not work as written."""

    line: int
    message: str


def cautions_on(script: Script, timeline: Timeline, lead_in_s: float) -> tuple[Caution, ...]:
    """Warnings in the order of the lines; the cue of line 1 is spoken in the lead-in of `lead_in_s` seconds."""
    slots = pairwise(timeline.slots)
    time_before = {after.index: before.end - before.start for before, after in slots if isinstance(after, Turn)}
    found = []
    for turn in timeline.turns:
        messages = (
            _spoken_tag(turn.line),
            _too_short(turn),
            _too_long(turn, estimate_s(turn.line.text, script.pace)),
            _hard_to_read(turn),
            _long_cue(turn.line, time_before.get(turn.index, lead_in_s)),
        )
        found += [Caution(turn.index, message) for message in messages if message]
    return tuple(found)


def remarks_on(timeline: Timeline) -> tuple[str, ...]:
    """Remarks on the script as a whole."""
    turns = timeline.turns
    sad = [turn.index for turn in turns if _asks_for("sad", turn.line)]
    low = {word: [turn.index for turn in turns if _asks_low(word, turn.line)] for word in _LOW_SHARES}
    untracked = [turn.index for turn in turns if turn.line.target is None]
    remarks = []
    if untracked:
        remarks.append(f"{_named(untracked)} {_be(untracked)} untracked and will not be scored.")
    if sad:
        remarks.append(
            f"{_named(sad)} {_ask(sad)} for sadness, which a face alone seldom tells: most viewers named it in "
            f"{_SAD_MAJORITY} % of trained actors' clips (happiness in 96 %). Voice and situation have to help."
        )
    for word, lines in low.items():
        if lines:
            remarks.append(
                f"{_named(lines)} {_ask(lines)} for little of {word}: at low intensity {_LOW_SHARES[word]} of 100 "
                "viewers name it from the face alone, and most of the others see a neutral face."
            )
    return tuple(remarks)


def _spoken_tag(line: Line) -> str:
    form = stray_tag(line.text) if line.emotion is None else None
    if form is None:
        return ""
    return (
        f"this line begins with what looks like a tag, but it counts as words; in .txt and .md files write {form} at "
        "the very start of a line, in YAML and JSON give it as a field"
    )


def _too_short(turn: Turn) -> str:
    length, fastest = turn.end - turn.start, fastest_s(turn.line.text)
    if fastest <= length:
        return ""
    words = count_words(turn.line.text)
    return f"{length:.1f} s is too short to say {words:.0f} words; even said fast they take {fastest:.1f} s"


def _too_long(turn: Turn, estimate: float) -> str:
    length = turn.end - turn.start
    if turn.line.duration_s is not None or length < max(_LONG * estimate, estimate + _LONG_S):
        return ""
    if turn.line.end_s is not None and turn.line.start_s is not None:
        return ""  # both times are written down, so the silence is intended
    return f"{length:.1f} s is long for words of {estimate:.1f} s; if a silence is meant, give the line its own length"


def _hard_to_read(turn: Turn) -> str:
    target, length = turn.line.target, turn.end - turn.start
    if target is None:
        return ""
    starts = [*(part.start_share for part in target.parts), 1.0]
    shortest = min(later - earlier for earlier, later in pairwise(starts)) * length
    if shortest >= _MIN_PART_S:
        return ""
    what = "the shortest part of this arc has" if len(target.parts) > 1 else "this line has"
    return f"{what} {shortest:.1f} s; a face needs about {_MIN_PART_S:.0f} s to be read"


def _long_cue(line: Line, time_before: float) -> str:
    if line.cue is None or cue_s(line.cue) <= time_before:
        return ""
    return f"the cue takes about {cue_s(line.cue):.1f} s to say, and only {time_before:.1f} s come before this line"


def _asks_for(word: str, line: Line) -> bool:
    return line.target is not None and any(part.accepted == (word,) for part in line.target.parts)


def _asks_low(word: str, line: Line) -> bool:
    return _asks_for(word, line) and level_of(line.intensity) == "low"


def _named(lines: list[int]) -> str:
    """``Line 3``, ``Lines 1, 4-6 and 9``."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and runs[-1][-1] == line - 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    names = [f"{run[0]}-{run[-1]}" if len(run) > 2 else name for run in runs for name in _ends(run)]
    joined = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"Line{'s' if len(lines) > 1 else ''} {joined}"


def _ends(run: list[int]) -> list[str]:
    return [""] if len(run) > 2 else [str(line) for line in run]


def _be(lines: list[int]) -> str:
    return "are" if len(lines) > 1 else "is"


def _ask(lines: list[int]) -> str:
    return "ask" if len(lines) > 1 else "asks"
