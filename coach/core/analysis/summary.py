"""What a report tells first: one sentence, a strength before anything else, then at most three notes with a drill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.types import Emotion
from coach.core.scoring.feedback import DRILLS, in_short, notes_to_show
from coach.core.scoring.report import LineReport, Note, Report

_NEXT: Final = " Next: "
"""Stands between the evidence of a note and its drill."""

_SEEN: Final = 0.8
"""With the face usable in so much of the lines, that alone is worth a word where nothing else is."""

_HELD: Final = "It held: "
_CAME: Final = "It came across: "
"""How the text of a strength begins."""


@dataclass(frozen=True, slots=True)
class ToldNote:
    """A note with everything that belongs to it.

    Attributes:
        t, line, text: the moment, the line's number (1-based) and its words.
        asked: what was asked, in words.
        instead: what was read most where that was not asked for, and its mean share of the readings.
        evidence: why the note is given; a note of the run itself, as it was said.
        drill: what to try next; empty where there is nothing to try.
    """

    t: float
    line: int
    text: str
    asked: str
    instead: tuple[Emotion, float] | None
    evidence: str
    drill: str


def told_notes(report: Report) -> list[ToldNote]:
    """The notes to show, each beside its line; one whose line is not in the report has no place to go to."""
    lines = {line.index: line for line in report.lines}
    return [_told(note, lines[note.line]) for note in notes_to_show(report.notes) if note.line in lines]


def _told(note: Note, line: LineReport) -> ToldNote:
    evidence, _, drill = note.text.partition(_NEXT)
    usual = DRILLS[line.targets[0]] if line.targets else ""
    return ToldNote(note.t, line.index, line.text, in_short(line), _instead(line), evidence, drill or usual)


def _instead(line: LineReport) -> tuple[Emotion, float] | None:
    if line.top is None or line.top in line.targets or line.top not in line.read:
        return None
    return line.top, line.read[line.top]


def verdict_sentence(report: Report) -> str:
    """The take in one sentence: what to keep, then what to do next."""
    if report.model is None:
        played = sum(line.start_s is not None for line in report.lines)
        return f"{_played(played, len(report.lines))}; no camera watched, so nothing was scored."
    return f"{_keep(report)}; {_go_on(report)}."


def _played(played: int, lines: int) -> str:
    if played == lines:
        return "The line was played" if lines == 1 else f"All {lines} lines were played"
    return f"{played} of {lines} lines {'was' if played == 1 else 'were'} played"


def _keep(report: Report) -> str:
    strength = report.strength
    if strength is not None:
        said = strength.text.removeprefix(_HELD).removeprefix(_CAME).rstrip(".")
        return f"Keep line {strength.line}: {said}"
    if report.overall.coverage >= _SEEN:
        return "The face was there for the camera to read all the way"
    return _played(sum(line.start_s is not None for line in report.lines), len(report.lines))


def _go_on(report: Report) -> str:
    scored = [line for line in report.lines if line.verdict != "not_scored"]
    weak = [line for line in scored if line.verdict != "hit"]
    if not scored:
        return _unscored(report.lines)
    if weak:
        return _mend(min(weak, key=lambda line: (line.verdict != "miss", _reached(line))))
    if len(scored) == 1:
        return "nothing to mend, so risk more"
    return "every line that was scored came across, so risk more"


def _reached(line: LineReport) -> float:
    """How near the line came to what was asked."""
    if line.share is not None and line.asked_share is not None:
        return line.share - line.asked_share
    return line.accuracy or 0.0


def _mend(line: LineReport) -> str:
    asked, instead = in_short(line), _instead(line)
    if line.intensity:
        return f"now line {line.index}, where {asked} was there, but {line.intensity}"
    if instead and line.verdict == "miss":
        return f"now line {line.index}, where the camera read {instead[0]} and {asked} was asked"
    if line.verdict == "miss":
        return f"now line {line.index}, where {asked} did not come across"
    return f"now line {line.index}, where {asked} came across in part"


def _unscored(lines: Sequence[LineReport]) -> str:
    tracked = [line.reason for line in lines if line.targets and line.reason]
    if not tracked:
        return "no line asked for anything that could be scored"
    return f"no line could be scored ({Counter(tracked).most_common(1)[0][0]})"
