"""What is said after a take: the strongest moment first, then at most three notes, each with evidence and a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from coach.base.types import Emotion, Side
from coach.core.scoring.line_stats import STABLE_S, LineStats
from coach.core.scoring.norms import in_tens
from coach.core.scoring.report import LineReport, Note, Strength
from coach.core.scoring.verdict import DecidingPart, LineVerdict
from coach.core.script.targets import in_words

DRILLS: Final[dict[Emotion, str]] = {
    "angry": "Say the line three times through your teeth, then once without: keep the brows, lose the volume.",
    "disgust": "Think of a smell before the first word; wrinkle the nose, then speak.",
    "fear": "Breathe in and do not let go until the last word; keep the eyes wide and still.",
    "happy": "Smile with the eyes alone first, let the mouth follow on the first word.",
    "sad": "Whisper the line once with the eyes down, then raise only the inner brows and say it.",
    "surprise": "Start from a still face and change it on one single word: brows, eyes, jaw at once.",
    "neutral": "Say the line as directions to a stranger; jaw loose, brows down, no end to play.",
}
"""What to try on the next run, by the emotion asked for."""

STRENGTH_DRILLS: Final[dict[Side, str]] = {
    "too little": "Say the line twice, the second time to somebody across the street: the face grows with the voice.",
    "too much": "Say the line once as a secret, with the eyes alone; then let the mouth join in, no more.",
}
"""What to try when the right emotion was too weak or too strong."""

READ: Final = "the camera read"
"""Who reads the label on top. Of viewers only shares are told, and those the even-handed reading does not give."""

MOST_NOTES: Final = 3
"""More than three are not kept in mind; the rest stand in the JSON."""


def strength(kept: Mapping[int, LineStats], lines: Sequence[LineReport]) -> Strength | None:
    """The line that was held longest on target, hits before others; a hit that was never held where there is none.

    A miss is no strength, however long it was held.
    """
    scored = [line for line in lines if line.verdict in ("hit", "partial")]
    held = [line for line in scored if line.hold_s >= STABLE_S]
    if held:
        best = max(held, key=lambda line: (line.verdict == "hit", (line.accuracy or 0.0) * line.hold_s))
        t = round(kept[best.index].on.longest_at, 4)
        return Strength(t=t, line=best.index, text=f"It held: {READ} {in_short(best)} and it stayed.")
    hits = [line for line in scored if line.verdict == "hit" and line.share is not None]
    if not hits:
        return None
    best = max(hits, key=lambda line: (line.share or 0.0) - (line.asked_share or 0.0))
    text = f"It came across: {in_tens(best.share or 0.0)} would read {in_short(best)}."
    return Strength(t=round(kept[best.index].started_at, 4), line=best.index, text=text)


def after_notes(
    kept: Mapping[int, LineStats], lines: Sequence[LineReport], verdicts: Mapping[int, LineVerdict]
) -> list[Note]:
    """At most three notes, the lines that lost most time on target first, then in the order of the script."""
    weak = [line for line in lines if line.verdict in ("partial", "miss")]
    worst = sorted(weak, key=lambda line: (line.verdict != "miss", -_lost_s(kept, line)))[:MOST_NOTES]
    told = sorted(worst, key=lambda line: line.index)
    return [_note(kept[line.index], line, verdicts[line.index]) for line in told]


def _lost_s(kept: Mapping[int, LineStats], line: LineReport) -> float:
    """Seconds off target; by the evidence the seconds scored, for as much of them as viewers are missing."""
    stats = kept[line.index]
    if line.share is None or line.asked_share is None:
        return stats.scored_s - stats.accepted_s
    return stats.scored_s * max(line.asked_share - line.share, 0.0)


def _note(stats: LineStats, line: LineReport, verdict: LineVerdict) -> Note:
    """Evidence and drill for the weakest part of `line`, at the longest moment off target."""
    deciding = verdict.deciding
    number = deciding.number if deciding else min(stats.judged_parts(), key=lambda n: stats.parts[n].accuracy)
    if line.intensity and stats.missed_band_s > sum(stats.parts[number].instead_s.values()):
        evidence = f"{in_short(line).capitalize()} was there, but {line.intensity}."
        drill = STRENGTH_DRILLS[line.intensity]
    else:
        evidence = _by_evidence(stats, deciding, line) if deciding else _by_time(stats, number, line)
        drill = DRILLS[stats.parts[number].part.accepted[0]]
    text = f"{evidence} Next: {drill}"
    return Note(t=round(stats.off.longest_at or stats.started_at, 4), line=line.index, text=text, kind="after")


def _by_evidence(stats: LineStats, deciding: DecidingPart, line: LineReport) -> str:
    if deciding.verdict == "hit":  # the part that fails is the one that was not seen
        return f"Not all of {in_short(line)} was seen."
    asked = in_words(stats.parts[deciding.number].part.accepted)
    place = _place(stats, deciding.number, line)
    if deciding.outrun and deciding.verdict != "miss":
        there = f"{READ} it for {deciding.accuracy:.0%} of the time"
        return f"Asked for {asked}{place}; {there}, but {deciding.found.rival} was stronger where the face spoke most."
    outrun = f"{deciding.found.rival} outran it, and " if deciding.outrun else ""
    return f"Asked for {asked}{place}; {outrun}{in_tens(deciding.found.share)} would read {asked}."


def _by_time(stats: LineStats, number: int, line: LineReport) -> str:
    asked, instead = in_words(stats.parts[number].part.accepted), stats.parts[number].instead_s
    if not instead:  # the part that fails is the one that was not seen
        return f"Not all of {in_short(line)} was seen."
    found = max(instead, key=lambda emotion: instead[emotion])
    how_long = "instead" if line.verdict == "miss" else "for part of it"
    return f"Asked for {asked}{_place(stats, number, line)}; {READ} {found} {how_long}."


def _place(stats: LineStats, number: int, line: LineReport) -> str:
    return "" if len(stats.parts) == 1 else f" in part {number + 1} of {in_short(line)}"


def in_short(line: LineReport) -> str:
    """The target in words: ``fear or surprise``, ``sad, then fear``."""
    parts = [words.partition("@")[0].strip() for words in line.target.split(">")]
    return ", then ".join(in_words(words.split(", ")) for words in parts)


def notes_to_show(notes: Sequence[Note]) -> list[Note]:
    """At most three: those that came with the report, filled up with those given live, in the order of the take."""
    after = [note for note in notes if note.kind == "after"]
    told = {note.line for note in after}
    live = [note for note in notes if note.kind == "live" and note.line not in told]
    return sorted([*after, *live][:MOST_NOTES], key=lambda note: note.t)
