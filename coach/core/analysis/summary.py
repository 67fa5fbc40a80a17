"""The summary of a report: one sentence that starts with a strength, and at most three notes with a drill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.types import Emotion
from coach.core.scoring.feedback import DRILLS, notes_to_show, target_phrase
from coach.core.scoring.report import LineReport, Note, Report

_NEXT: Final = " Next: "
"""Separates the evidence of a note from its drill."""

_HIGH_COVERAGE: Final = 0.8
"""Share of the lines with a usable face that is worth mentioning if there is no strength."""

_STRENGTH_PREFIXES: Final = ("It held: ", "It came across: ")
"""How the text of a strength begins."""


@dataclass(frozen=True, slots=True)
class NoteDetails:
    """A note with the facts of its line.

    Attributes:
        t: take seconds.
        line, text: the line's number (1-based) and its words.
        asked: its target in words.
        instead: the most read emotion and its mean probability, if the target does not accept it.
        evidence: why the note is given; for a live note its words.
        drill: what to try next; empty for none.
    """

    t: float
    line: int
    text: str
    asked: str
    instead: tuple[Emotion, float] | None
    evidence: str
    drill: str


def note_details(report: Report) -> list[NoteDetails]:
    """Details of the notes to show, except notes whose line is not in the report."""
    lines = {line.index: line for line in report.lines}
    return [_details(note, lines[note.line]) for note in notes_to_show(report.notes) if note.line in lines]


def _details(note: Note, line: LineReport) -> NoteDetails:
    evidence, _, drill = note.text.partition(_NEXT)
    default = DRILLS[line.targets[0]] if line.targets else ""
    return NoteDetails(note.t, line.index, line.text, target_phrase(line), _instead(line), evidence, drill or default)


def _instead(line: LineReport) -> tuple[Emotion, float] | None:
    if line.top is None or line.top in line.targets or line.top not in line.read:
        return None
    return line.top, line.read[line.top]


def summary_sentence(report: Report) -> str:
    """The take in one sentence: what to keep, then what to work on."""
    if report.model is None:
        played = sum(line.start_s is not None for line in report.lines)
        return f"{_played(played, len(report.lines))}; no camera watched, so nothing was scored."
    return f"{_keep(report)}; {_work_on(report)}."


def _played(played: int, lines: int) -> str:
    if played == lines:
        return "The line was played" if lines == 1 else f"All {lines} lines were played"
    return f"{played} of {lines} lines {'was' if played == 1 else 'were'} played"


def _keep(report: Report) -> str:
    strength = report.strength
    if strength is not None:
        text = strength.text
        for prefix in _STRENGTH_PREFIXES:
            text = text.removeprefix(prefix)
        return f"Keep line {strength.line}: {text.rstrip('.')}"
    if report.overall.coverage >= _HIGH_COVERAGE:
        return "The face was there for the camera to read all the way"
    return _played(sum(line.start_s is not None for line in report.lines), len(report.lines))


def _work_on(report: Report) -> str:
    scored = [line for line in report.lines if line.verdict != "not_scored"]
    weak = [line for line in scored if line.verdict != "hit"]
    if not scored:
        return _unscored(report.lines)
    if weak:
        return _weakest(min(weak, key=lambda line: (line.verdict != "miss", _reached(line))))
    if len(scored) == 1:
        return "nothing to mend, so risk more"
    return "every line that was scored came across, so risk more"


def _reached(line: LineReport) -> float:
    """How close the line came to its target; larger is better."""
    if line.share is not None and line.asked_share is not None:
        return line.share - line.asked_share
    return line.accuracy or 0.0


def _weakest(line: LineReport) -> str:
    asked, instead = target_phrase(line), _instead(line)
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
