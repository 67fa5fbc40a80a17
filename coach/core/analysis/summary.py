"""The summary of a report: one sentence that starts with a strength, and notes with drills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.messages import in_each_language, tr, tr_n
from coach.base.types import Emotion
from coach.core.scoring.evidence import tenths
from coach.core.scoring.feedback import CAMERA_READ, NEXT, fresh_drill, notes_to_show, strength_sentence, target_phrase
from coach.core.scoring.report import LineReport, Note, Report, reason_word
from coach.core.script.targets import EMOTION_NOUNS, emotion_noun

_HIGH_COVERAGE: Final = 0.8
"""Coverage from which the summary mentions it if there is no strength."""


@dataclass(frozen=True, slots=True)
class NoteDetails:
    """A note with the facts of its line.

    Attributes:
        t: take seconds.
        line, text: 1-based number and words of the line.
        target: target of the line as text.
        instead: top emotion of a missed line and its mean probability; None if the target accepts it, or the note
            names another.
        evidence: why the note is given; for a live note its text.
        drill: what to try next; empty for an untracked line.
    """

    t: float
    line: int
    text: str
    target: str
    instead: tuple[Emotion, float] | None
    evidence: str
    drill: str


def note_details(report: Report) -> list[NoteDetails]:
    """Details of the notes to show, without notes on lines that are not in the report."""
    lines = {line.index: line for line in report.lines}
    details: list[NoteDetails] = []
    shown = [note for note in notes_to_show(report.notes) if note.line in lines]
    given = "".join(note.text for note in shown)
    for note in shown:
        details.append(_details(note, lines[note.line], given))
        given += details[-1].drill
    return details


def _details(note: Note, line: LineReport, given: str) -> NoteDetails:
    """Details of `note`; a live note gets a drill that does not stand in `given`."""
    evidence, drill = _evidence_and_drill(note.text)
    if not drill and line.targets:
        drill = fresh_drill(line.targets[0], given)
    instead = _instead(line, evidence)
    return NoteDetails(note.t, line.index, line.text, target_phrase(line), instead, evidence, drill)


def _evidence_and_drill(text: str) -> tuple[str, str]:
    """The two halves of a note, in whatever language it was made; a live note has no drill."""
    halves = [text.partition(f" {following} ") for following in in_each_language(NEXT)]
    return next(((evidence, drill) for evidence, _, drill in halves if drill), (text, ""))


def _instead(line: LineReport, evidence: str) -> tuple[Emotion, float] | None:
    """What was read over a missed line; None if `evidence`, the text of its note, names another emotion only."""
    if line.verdict != "miss" or line.top is None or line.top in line.targets or line.top not in line.read:
        return None
    names_other = _names(evidence, CAMERA_READ) and not _names(evidence, EMOTION_NOUNS[line.top])
    return None if names_other else (line.top, line.read[line.top])


def _names(evidence: str, words: str) -> bool:
    """Whether the text of a note has `words` in any language."""
    return any(each in evidence for each in in_each_language(words))


def summary_sentence(report: Report) -> str:
    """Summarise the take in two sentences: what works, then what to work on."""
    if report.model is None:
        return " ".join([_played_text(report.lines), tr("There was no camera, so nothing is scored.")])
    return f"{_strength_text(report)} {_weakness_text(report)}"


def _played_text(lines: Sequence[LineReport]) -> str:
    played, total = sum(line.start_s is not None for line in lines), len(lines)
    if played == total:
        return tr_n("The line was played.", "All {count} lines were played.", total)
    return tr_n("{count} of {total} lines was played.", "{count} of {total} lines were played.", played, total=total)


def _strength_text(report: Report) -> str:
    strength = report.strength
    if strength is not None:
        text = strength_sentence(report, strength)
        text = f"{text[:1].lower()}{text[1:]}"
        return tr("Line {number} works: {text}", number=strength.line, text=text)
    if report.overall.coverage >= _HIGH_COVERAGE:
        return tr("The camera had a good view of your face.")
    return _played_text(report.lines)


def _weakness_text(report: Report) -> str:
    scored = [line for line in report.lines if line.verdict != "not_scored"]
    weak = [line for line in scored if line.verdict != "hit"]
    if not scored:
        return _unscored_text(report.lines)
    if weak:
        weakest = min(weak, key=lambda line: (line.verdict != "miss", _closeness(line)))
        return _weak_line_text(weakest, "".join(note.text for note in report.notes if note.line == weakest.index))
    if len(scored) == 1:
        return tr("There is nothing to change, so risk more.")
    return tr("Every scored line came across, so risk more.")


def _closeness(line: LineReport) -> float:
    """Sort key for how close the line came to its target; larger is better."""
    if line.share is not None and line.asked_share is not None:
        return tenths(line.share) - tenths(line.asked_share)
    return line.accuracy or 0.0


def _weak_line_text(line: LineReport, evidence: str) -> str:
    target, instead = target_phrase(line), _instead(line, evidence)
    if line.intensity:
        text = tr("{target} is there, but {intensity}.", target=target, intensity=tr(line.intensity))
    elif instead and line.verdict == "miss":
        read = emotion_noun(instead[0])
        text = tr("the camera read {emotion} where you wanted {target}.", emotion=read, target=target)
    elif line.verdict == "miss":
        text = tr("{target} does not come across.", target=target)
    else:
        text = tr("{target} comes across only in part.", target=target)
    return tr("Next, line {number}: {text}", number=line.index, text=text)


def _unscored_text(lines: Sequence[LineReport]) -> str:
    reasons = [line.reason for line in lines if line.targets and line.reason]
    if not reasons:
        return tr("The script has no emotion to score.")
    reason = reason_word(Counter(reasons).most_common(1)[0][0])
    return tr("No line could be scored ({reason}).", reason=reason)
