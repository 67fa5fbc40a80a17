"""Feedback after a take: the strongest moment, then at most three notes, each with evidence and a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from coach.base.types import Emotion, IntensityMiss
from coach.core.scoring.line_stats import STABLE_S, LineStats
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import LineReport, Note, Strength
from coach.core.scoring.verdict import DecidingPart, LineVerdict
from coach.core.script.targets import join_with_or

DRILLS: Final[dict[Emotion, str]] = {
    "angry": "Say the line three times through your teeth, then once without: keep the brows, lose the volume.",
    "disgust": "Think of a smell before the first word; wrinkle the nose, then speak.",
    "fear": "Breathe in and do not let go until the last word; keep the eyes wide and still.",
    "happy": "Smile with the eyes alone first, let the mouth follow on the first word.",
    "sad": "Whisper the line once with the eyes down, then raise only the inner brows and say it.",
    "surprise": "Start from a still face and change it on one single word: brows, eyes, jaw at once.",
    "neutral": "Say the line as directions to a stranger; jaw loose, brows down, no end to play.",
}
"""What to try next, by target emotion."""

STRENGTH_DRILLS: Final[dict[IntensityMiss, str]] = {
    "too little": "Say the line twice, the second time to somebody across the street: the face grows with the voice.",
    "too much": "Say the line once as a secret, with the eyes alone; then let the mouth join in, no more.",
}
"""What to try next if an accepted emotion was too weak or too strong."""

CAMERA_READ: Final = "the camera read"
"""Subject of sentences about the emotion that the model read. Only the target has a share of viewers to quote."""

MAX_NOTES: Final = 3
"""Maximum number of notes, because nobody remembers more."""


def strongest_moment(stats: Mapping[int, LineStats], lines: Sequence[LineReport]) -> Strength | None:
    """Find the strongest moment: the longest time on target, in hits before partials, or else the clearest hit."""
    successes = [line for line in lines if line.verdict in ("hit", "partial")]
    stable = [line for line in successes if line.hold_s >= STABLE_S]
    if stable:
        best = max(stable, key=lambda line: (line.verdict == "hit", (line.accuracy or 0.0) * line.hold_s))
        t = round(stats[best.index].on_target.longest_at, 4)
        return Strength(t=t, line=best.index, text=f"It held: {CAMERA_READ} {target_phrase(best)} and it stayed.")
    hits = [line for line in successes if line.verdict == "hit" and line.share is not None]
    if not hits:
        return None
    best = max(hits, key=lambda line: (line.share or 0.0) - (line.asked_share or 0.0))
    text = f"It came across: {viewers_text(best.share or 0.0)} would read {target_phrase(best)}."
    return Strength(t=round(stats[best.index].started_at, 4), line=best.index, text=text)


def after_notes(
    stats: Mapping[int, LineStats], lines: Sequence[LineReport], verdicts: Mapping[int, LineVerdict]
) -> list[Note]:
    """Make notes on the worst lines, at most `MAX_NOTES`, in the order of the script."""
    weak = [line for line in lines if line.verdict in ("partial", "miss")]
    worst = sorted(weak, key=lambda line: (line.verdict != "miss", -_lost_s(stats[line.index], line)))[:MAX_NOTES]
    in_order = sorted(worst, key=lambda line: line.index)
    return [_note(stats[line.index], line, verdicts[line.index]) for line in in_order]


def _lost_s(stats: LineStats, line: LineReport) -> float:
    """Sort key for the worst lines: seconds off target, or with evidence scored seconds times missing viewer share."""
    if line.share is None or line.asked_share is None:
        return stats.scored_s - stats.accepted_s
    return stats.scored_s * max(line.asked_share - line.share, 0.0)


def _note(stats: LineStats, line: LineReport, verdict: LineVerdict) -> Note:
    """Make a note on the weakest part of `line`, placed at the start of its longest time off target."""
    deciding = verdict.deciding
    number = deciding.number if deciding else min(stats.scored_part_numbers(), key=lambda n: stats.parts[n].accuracy)
    if line.intensity and stats.missed_band_s > sum(stats.parts[number].rival_s.values()):
        evidence = f"{target_phrase(line).capitalize()} was there, but {line.intensity}."
        drill = STRENGTH_DRILLS[line.intensity]
    else:
        evidence = _evidence_text(stats, deciding, line) if deciding else _time_text(stats, number, line)
        drill = DRILLS[stats.parts[number].part.accepted[0]]
    text = f"{evidence} Next: {drill}"
    return Note(t=round(stats.off_target.longest_at or stats.started_at, 4), line=line.index, text=text, kind="after")


def _evidence_text(stats: LineStats, deciding: DecidingPart, line: LineReport) -> str:
    if deciding.verdict == "hit":  # the line is a partial only because another part was not seen
        return f"Not all of {target_phrase(line)} was seen."
    target = join_with_or(stats.parts[deciding.number].part.accepted)
    start, rival = f"Asked for {target}{_part_text(stats, deciding.number, line)}", deciding.evidence.rival
    if deciding.rival_leads and deciding.verdict != "miss":
        time_text = f"{CAMERA_READ} it for {deciding.accuracy:.0%} of the time"
        return f"{start}; {time_text}, but {rival} was stronger where the face spoke most."
    rival_text = f"{rival} outran it, and " if deciding.rival_leads else ""
    return f"{start}; {rival_text}{viewers_text(deciding.evidence.share)} would read {target}."


def _time_text(stats: LineStats, number: int, line: LineReport) -> str:
    target, rivals = join_with_or(stats.parts[number].part.accepted), stats.parts[number].rival_s
    if not rivals:  # the line is a partial only because another part was not seen
        return f"Not all of {target_phrase(line)} was seen."
    rival = max(rivals, key=lambda emotion: rivals[emotion])
    extent = "instead" if line.verdict == "miss" else "for part of it"
    return f"Asked for {target}{_part_text(stats, number, line)}; {CAMERA_READ} {rival} {extent}."


def _part_text(stats: LineStats, number: int, line: LineReport) -> str:
    return "" if len(stats.parts) == 1 else f" in part {number + 1} of {target_phrase(line)}"


def target_phrase(line: LineReport) -> str:
    """The target of `line` as text: ``fear or surprise``, ``sad, then fear``."""
    parts = [part.partition("@")[0].strip() for part in line.target.split(">")]
    return ", then ".join(join_with_or(part.split(", ")) for part in parts)


def notes_to_show(notes: Sequence[Note]) -> list[Note]:
    """Select at most `MAX_NOTES` notes, those of the report before live ones on other lines; return them by time."""
    after = [note for note in notes if note.kind == "after"]
    covered = {note.line for note in after}
    live = [note for note in notes if note.kind == "live" and note.line not in covered]
    return sorted([*after, *live][:MAX_NOTES], key=lambda note: note.t)
