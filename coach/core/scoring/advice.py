"""Checks of a script before a take: lines that cannot be spoken, heard or recognised as written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coach.base.messages import mark, tr, tr_n
from coach.base.text import clean, join_with_and
from coach.base.types import Emotion
from coach.core.scoring.norms import ACTOR_SHARES, level_of
from coach.core.scoring.stray_tags import inner_tags, is_direction, looks_like_scene, stray_tag
from coach.core.script.script import Line, Script
from coach.core.script.timeline import Timeline, Turn, count_words, cue_s, estimate_s, fastest_s

_MAX_NAMED: Final = 5
"""Maximum number of tags that one warning names."""

_SCENE_LINES: Final = 4
"""Lines that look like names or directions from which a script is called a scene."""

_SCENE_SHARE: Final = 1 / 3
"""Their share of all lines from which it is."""

_LONG: Final = 3.0
"""Multiple of its estimated length from which a line causes a warning, because it must contain silence."""

_LONG_S: Final = 4.0
"""Seconds by which a line must also exceed its estimated length, so that short lines cause no warnings."""

_MIN_PART_S: Final = 1.0
"""Time that an emotion needs to appear on the face and to be recognised."""

_SELDOM_READ: Final = 0.25
"""Share of viewers who name an emotion from the face alone below which a script with it gets a remark."""

_LOW_SHARES: Final[dict[Emotion, int]] = {
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
    is_scene = bool(scene_warning(script))  # which warns of all its directions at once
    cautions = []
    for turn in timeline.turns:
        messages = (
            _check_tag(turn.line),
            "" if is_scene else _check_direction(turn.line),
            _check_inside(turn.line),
            _check_minimum(turn),
            _check_maximum(turn, estimate_s(turn.line.text, script.pace)),
            _check_parts(turn),
            _check_cue(turn.line, time_before.get(turn.index, lead_in_s)),
        )
        cautions += [Caution(turn.index, message) for message in messages if message]
    return tuple(cautions)


def scene_warning(script: Script) -> str:
    """Warn of a script that looks like a scene with names and stage directions; empty if it does not."""
    lines = script.spoken
    scene = [line for line in lines if line.target is None and looks_like_scene(line.text)]
    if len(scene) < max(_SCENE_LINES, _SCENE_SHARE * len(lines)):
        return ""
    tagged = sum(line.target is not None for line in lines)
    counted = (
        tr_n(
            "only {count} of its {total} lines has a tag",
            "only {count} of its {total} lines have a tag",
            tagged,
            total=len(lines),
        )
        if tagged
        else tr("none of its lines has a tag")
    )
    return tr(
        "This looks like a scene with names and stage directions. The coach takes each line for words that you say, "
        "and {counted}. `coach import` reads names and directions, and `--role NAME` chooses your part.",
        counted=counted,
    )


def remarks_on(timeline: Timeline) -> tuple[str, ...]:
    """Make remarks on the script as a whole."""
    turns = timeline.turns
    sad = [turn.index for turn in turns if _has_target("sad", turn.line)]
    low = {emotion: [turn.index for turn in turns if _has_low_target(emotion, turn.line)] for emotion in _LOW_SHARES}
    unscored = [turn for turn in turns if turn.line.target is None]
    untracked = [turn.index for turn in unscored if turn.line.mode != "own way"]
    own_way = [turn.index for turn in unscored if turn.line.mode == "own way"]
    remarks = []
    if len(unscored) == len(turns) and untracked:
        remarks.append(
            tr("No line asks for an emotion, so nothing is scored. Put a tag such as [sad] in front of a line.")
        )
    elif untracked:
        remarks.append(_untracked_remark(untracked))
    if own_way:
        remarks.append(_own_way_remark(own_way))
    if sad:
        remarks.append(_sad_remark(sad))
    remarks += [_low_remark(emotion, lines) for emotion, lines in low.items() if lines]
    return tuple(remarks)


def _untracked_remark(lines: list[int]) -> str:
    return tr_n(
        "Line {lines} has no emotion to read and is not scored.",
        "Lines {lines} have no emotion to read and are not scored.",
        len(lines),
        lines=_numbers_text(lines),
    )


def _own_way_remark(lines: list[int]) -> str:
    return tr_n(
        "Line {lines} is played your own way and never judged.",
        "Lines {lines} are played your own way and never judged.",
        len(lines),
        lines=_numbers_text(lines),
    )


def _sad_remark(lines: list[int]) -> str:
    return tr_n(
        "Line {lines} asks for sadness, which is hard to see in a face: most viewers recognised it in {share} % of "
        "trained actors' clips (happiness: 96 %). Let your voice help.",
        "Lines {lines} ask for sadness, which is hard to see in a face: most viewers recognised it in {share} % of "
        "trained actors' clips (happiness: 96 %). Let your voice help.",
        len(lines),
        lines=_numbers_text(lines),
        share=_SAD_MAJORITY,
    )


def _low_remark(emotion: Emotion, lines: list[int]) -> str:
    return tr_n(
        "Line {lines} asks for {emotion} at low intensity: {share} of 100 viewers recognise that in a face; most of "
        "the others see a neutral face.",
        "Lines {lines} ask for {emotion} at low intensity: {share} of 100 viewers recognise that in a face; most of "
        "the others see a neutral face.",
        len(lines),
        lines=_numbers_text(lines),
        emotion=tr(emotion),
        share=_LOW_SHARES[emotion],
    )


def _check_tag(line: Line) -> str:
    """Warn of a tag that would be spoken; empty if there is none, as in the checks below."""
    tag = stray_tag(line.text) if line.emotion is None else None
    if tag is None:
        return ""
    return tr(
        "this begins like a tag but would be spoken; write {tag} at the very start of a line "
        "(in YAML and JSON, as a field)",
        tag=tag,
    )


def _check_direction(line: Line) -> str:
    """Warn of a direction that would be taken for words. With a tag or a length it is silent acting, on purpose."""
    if line.emotion is not None or line.duration_s is not None or not is_direction(line.text):
        return ""
    return tr(
        "this looks like a direction, but the coach takes it for words that you say; delete it, or write [beat] for a "
        "silence"
    )


def _check_inside(line: Line) -> str:
    inside = inner_tags(line.text)
    if not inside or _check_tag(line):
        return ""
    written, tags = zip(*inside, strict=True)
    if len(inside) == 1 and line.emotion is None and line.text.endswith(inside[0][0]):
        found, tag = inside[0]
        return tr(
            "{written} stands at the end of the line, where a tag is not read; put it in front, as {tag}",
            written=clean(found),
            tag=tag,
        )
    advice = tr_n(
        "{written} stands inside the line, where a tag is not read; begin a new line with it",
        "{written} stand inside the line, where a tag is not read; begin a new line with them",
        len(inside),
        written=join_with_and([clean(text) for text in written[:_MAX_NAMED]]),
    )
    if written == tags:
        return advice
    return tr("{advice}, as {tags}", advice=advice, tags=join_with_and(tags[:_MAX_NAMED]))


def _check_minimum(turn: Turn) -> str:
    length, fastest = turn.end - turn.start, fastest_s(turn.line.text)
    if fastest <= length:
        return ""
    words = count_words(turn.line.text)
    return tr(
        "{words:.0f} words do not fit into {length:.1f} s; said fast they take {fastest:.1f} s",
        words=words,
        length=length,
        fastest=fastest,
    )


def _check_maximum(turn: Turn, estimate: float) -> str:
    length = turn.end - turn.start
    if turn.line.duration_s is not None or length < max(_LONG * estimate, estimate + _LONG_S):
        return ""
    if turn.line.end_s is not None and turn.line.start_s is not None:
        return ""  # both times are written down, so the silence is intended
    return tr(
        "this line lasts {length:.1f} s, but its words take only {estimate:.1f} s; if you want a silence, "
        "give the line a length of its own",
        length=length,
        estimate=estimate,
    )


def _check_parts(turn: Turn) -> str:
    target, length = turn.line.target, turn.end - turn.start
    if target is None:
        return ""
    starts = [*(part.start_share for part in target.parts), 1.0]
    shortest = min(later - earlier for earlier, later in pairwise(starts)) * length
    if shortest >= _MIN_PART_S:
        return ""
    if len(target.parts) > 1:
        message = mark(
            "the shortest part of this arc lasts {length:.1f} s; the camera needs about {needed:.0f} s to read a face"
        )
    else:
        message = mark("this line lasts {length:.1f} s; the camera needs about {needed:.0f} s to read a face")
    return tr(message, length=shortest, needed=_MIN_PART_S)


def _check_cue(line: Line, time_before: float) -> str:
    if line.cue is None or cue_s(line.cue) <= time_before:
        return ""
    return tr(
        "the cue takes about {length:.1f} s, but there are only {before:.1f} s before this line",
        length=cue_s(line.cue),
        before=time_before,
    )


def _has_target(emotion: str, line: Line) -> bool:
    return line.target is not None and any(part.accepted == (emotion,) for part in line.target.parts)


def _has_low_target(emotion: str, line: Line) -> bool:
    return _has_target(emotion, line) and level_of(line.intensity) == "low"


def _numbers_text(lines: list[int]) -> str:
    """Line numbers as text: ``3``, ``1, 4-6 and 9``."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and runs[-1][-1] == line - 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    names: list[str] = []
    for run in runs:
        names += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run)
    return join_with_and(names)
