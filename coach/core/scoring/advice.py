"""Checks of a script before a take: lines that cannot be spoken, heard or recognised as written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coach.base.text import join_with_and
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
"""Maximum number of characters of a suggested tag."""


def stray_tag(text: str) -> str | None:
    """Find a tag at the beginning of a line's text, and return it in correct form; None if there is no tag."""
    text = text[:400]
    return _tag_in_brackets(text) or _tag_without_brackets(text)


def _tag_in_brackets(text: str) -> str | None:
    match = _BRACKETED.match(text)
    if match is None:
        return None
    body = match[1]
    if _NAMED_IN_BRACKETS.match(body):
        return _format_tag(body)
    return _pause_tag(body) or _emotion_tag(body)


def _tag_without_brackets(text: str) -> str | None:
    named = next((match for pattern in _NAMED if (match := pattern.match(text))), None)
    if named:
        return _format_tag(named[1])
    match = _BEFORE_COLON.match(text)
    return _emotion_tag(match[1]) if match else None


def _emotion_tag(body: str) -> str | None:
    """A tag of known emotions, with any times after them."""
    words, times = body.split(), []
    while words and _TIME.fullmatch(words[-1].strip(",;")):
        times.append(words.pop().strip(",;"))
    target = correct_separators(" ".join(words).strip("*_` ,;"))
    return _format_tag(" ".join([target, *reversed(times)])) if target else None


def _pause_tag(body: str) -> str | None:
    beats = _BEATS.match(body)
    if beats:
        count = int((beats[1] or beats[2] or "1")[:9])
        return f"[{count} beats]" if count > 1 else "[beat]"
    pause = _PAUSE.match(body)
    return f"[pause {pause[1] or pause[2] or 2}s]" if pause else None


def _format_tag(body: str) -> str:
    return f"[{' '.join(body.split())[:_MAX_TAG]}]"


_LONG: Final = 3.0
"""Multiple of its estimated length from which a line causes a warning, because it must contain silence."""

_LONG_S: Final = 4.0
"""Seconds by which a line must also exceed its estimated length, so that short lines cause no warnings."""

_MIN_PART_S: Final = 1.0
"""Time that an emotion needs to appear on the face and to be recognised."""

_SELDOM_READ: Final = 0.25
"""Share of viewers who name an emotion from the face alone below which a script with it gets a remark."""

_LOW_SHARES: Final = {
    emotion: round(levels["low"].mean * 100)
    for emotion, levels in ACTOR_SHARES.items()
    if emotion != "sad" and "low" in levels and levels["low"].mean < _SELDOM_READ
}
"""Percentage of viewers who name the emotion at low intensity from the face alone; most of the others say neutral.
Sadness is not included, because it gets a remark at any intensity."""

_SAD_MAJORITY: Final = 36
"""Percentage of CREMA-D's sad clips that most viewers called sad from the face alone; happy 96, neutral 93."""


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning that line `line` (1-based) cannot work as written."""

    line: int
    message: str


def cautions_on(script: Script, timeline: Timeline, lead_in_s: float) -> tuple[Caution, ...]:
    """Find problems of single lines, in the order of the lines.

    The cue of a line is spoken in the slot before it; for line 1 that is the lead-in of `lead_in_s` seconds.
    """
    slots = pairwise(timeline.slots)
    time_before = {after.index: before.end - before.start for before, after in slots if isinstance(after, Turn)}
    cautions = []
    for turn in timeline.turns:
        messages = (
            _check_tag(turn.line),
            _check_minimum(turn),
            _check_maximum(turn, estimate_s(turn.line.text, script.pace)),
            _check_parts(turn),
            _check_cue(turn.line, time_before.get(turn.index, lead_in_s)),
        )
        cautions += [Caution(turn.index, message) for message in messages if message]
    return tuple(cautions)


def remarks_on(timeline: Timeline) -> tuple[str, ...]:
    """Make remarks on the script as a whole."""
    turns = timeline.turns
    sad = [turn.index for turn in turns if _has_target("sad", turn.line)]
    low = {emotion: [turn.index for turn in turns if _has_low_target(emotion, turn.line)] for emotion in _LOW_SHARES}
    untracked = [turn.index for turn in turns if turn.line.target is None]
    remarks = []
    if untracked:
        remarks.append(f"{_lines_text(untracked)} {_be(untracked)} untracked and will not be scored.")
    if sad:
        remarks.append(
            f"{_lines_text(sad)} {_ask(sad)} for sadness, which a face alone seldom tells: most viewers named it in "
            f"{_SAD_MAJORITY} % of trained actors' clips (happiness in 96 %). Voice and situation have to help."
        )
    for emotion, lines in low.items():
        if lines:
            remarks.append(
                f"{_lines_text(lines)} {_ask(lines)} for little of {emotion}: at low intensity {_LOW_SHARES[emotion]} "
                "of 100 viewers name it from the face alone, and most of the others see a neutral face."
            )
    return tuple(remarks)


def _check_tag(line: Line) -> str:
    """Warn of a tag that would be spoken; empty if there is none, as in the checks below."""
    tag = stray_tag(line.text) if line.emotion is None else None
    if tag is None:
        return ""
    return (
        f"this line begins with what looks like a tag, but it counts as words; in .txt and .md files write {tag} at "
        "the very start of a line, in YAML and JSON give it as a field"
    )


def _check_minimum(turn: Turn) -> str:
    length, fastest = turn.end - turn.start, fastest_s(turn.line.text)
    if fastest <= length:
        return ""
    words = count_words(turn.line.text)
    return f"{length:.1f} s is too short to say {words:.0f} words; even said fast they take {fastest:.1f} s"


def _check_maximum(turn: Turn, estimate: float) -> str:
    length = turn.end - turn.start
    if turn.line.duration_s is not None or length < max(_LONG * estimate, estimate + _LONG_S):
        return ""
    if turn.line.end_s is not None and turn.line.start_s is not None:
        return ""  # both times are written down, so the silence is intended
    return f"{length:.1f} s is long for words of {estimate:.1f} s; if a silence is meant, give the line its own length"


def _check_parts(turn: Turn) -> str:
    target, length = turn.line.target, turn.end - turn.start
    if target is None:
        return ""
    starts = [*(part.start_share for part in target.parts), 1.0]
    shortest = min(later - earlier for earlier, later in pairwise(starts)) * length
    if shortest >= _MIN_PART_S:
        return ""
    subject = "the shortest part of this arc has" if len(target.parts) > 1 else "this line has"
    return f"{subject} {shortest:.1f} s; a face needs about {_MIN_PART_S:.0f} s to be read"


def _check_cue(line: Line, time_before: float) -> str:
    if line.cue is None or cue_s(line.cue) <= time_before:
        return ""
    return f"the cue takes about {cue_s(line.cue):.1f} s to say, and only {time_before:.1f} s come before this line"


def _has_target(emotion: str, line: Line) -> bool:
    return line.target is not None and any(part.accepted == (emotion,) for part in line.target.parts)


def _has_low_target(emotion: str, line: Line) -> bool:
    return _has_target(emotion, line) and level_of(line.intensity) == "low"


def _lines_text(lines: list[int]) -> str:
    """Line numbers as text: ``Line 3``, ``Lines 1, 4-6 and 9``."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and runs[-1][-1] == line - 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    names: list[str] = []
    for run in runs:
        names += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run)
    return f"Line{'s' if len(lines) > 1 else ''} {join_with_and(names)}"


def _be(lines: list[int]) -> str:
    return "are" if len(lines) > 1 else "is"


def _ask(lines: list[int]) -> str:
    return "ask" if len(lines) > 1 else "asks"
