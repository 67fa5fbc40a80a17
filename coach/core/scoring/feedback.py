"""Feedback after a take: the strongest moment, then at most three notes, each with evidence and a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from coach.base.types import Emotion, IntensityMiss
from coach.core.scoring.line_stats import STABLE_S, LineStats
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import LineReport, Note, Report, Strength
from coach.core.scoring.verdict import DecidingPart, LineVerdict
from coach.core.script.targets import EMOTION_NOUNS, emotion_nouns, join_with_or

DRILLS: Final[dict[Emotion, str]] = {
    "angry": "Say it through your teeth, then aloud.",
    "disgust": "Think of a bad smell before you speak.",
    "fear": "Breathe in and do not let go until the last word.",
    "happy": "Smile with your eyes first, then with your mouth.",
    "sad": "Whisper it, then raise only your inner brows.",
    "surprise": "Start still; change your whole face on one word.",
    "neutral": "Say it like directions to a stranger.",
}
"""What to try next, by target emotion."""

STRENGTH_DRILLS: Final[dict[IntensityMiss, str]] = {
    "too little": "Say it to somebody across the street; your face grows too.",
    "too much": "Say it as a secret, with your eyes alone.",
}
"""What to try next if an accepted emotion was too weak or too strong."""

HARDLY_ANYONE: Final = 1
"""Viewers of ten up to which a note says "hardly anyone"."""

MAX_NOTES: Final = 3
"""Maximum number of notes, because nobody remembers more."""


def strongest_moment(stats: Mapping[int, LineStats], lines: Sequence[LineReport]) -> Strength | None:
    """Find the strongest moment: the longest time on target, in hits before partials, or else the clearest hit."""
    successes = [line for line in lines if line.verdict in ("hit", "partial")]
    stable = [line for line in successes if line.hold_s >= STABLE_S]
    if stable:
        best = max(stable, key=lambda line: (line.verdict == "hit", (line.accuracy or 0.0) * line.hold_s))
        t = round(stats[best.index].on_target.longest_at, 4)
        return Strength(t=t, line=best.index, text=strength_text(best))
    hits = [line for line in successes if line.verdict == "hit" and line.share is not None]
    if not hits:
        return None
    best = max(hits, key=lambda line: (line.share or 0.0) - (line.asked_share or 0.0))
    return Strength(t=round(stats[best.index].started_at, 4), line=best.index, text=strength_text(best))


def strength_text(line: LineReport) -> str:
    """What works in `line`, one that came across: ``The sadness holds.`` if it was long on target."""
    verb = "holds" if line.hold_s >= STABLE_S else "comes across"
    if len(line.targets) == 1:
        return f"The {emotion_nouns(line.targets).removeprefix('a ')} {verb}."
    return f"{target_phrase(line).capitalize()}: it {verb}."


def strength_sentence(report: Report, strength: Strength) -> str:
    """What works, in the words of this version: a stored report has the words of the version that made it."""
    line = next((line for line in report.lines if line.index == strength.line and line.targets), None)
    return strength_text(line) if line else strength.text


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
        evidence = f"{target_phrase(line).capitalize()} is there, but {line.intensity}."
        drill = STRENGTH_DRILLS[line.intensity]
    else:
        evidence = _evidence_text(stats, deciding, line) if deciding else _time_text(stats, number, line)
        drill = DRILLS[stats.parts[number].part.accepted[0]]
    text = f"{evidence} Next: {drill}"
    return Note(t=round(stats.off_target.longest_at or stats.started_at, 4), line=line.index, text=text, kind="after")


def _evidence_text(stats: LineStats, deciding: DecidingPart, line: LineReport) -> str:
    if deciding.verdict == "hit":  # the line is a partial only because another part was not seen
        return _unseen_text(line)
    target = emotion_nouns(stats.parts[deciding.number].part.accepted)
    wanted, rival = _wanted_text(stats, deciding.number, target), EMOTION_NOUNS[deciding.evidence.rival]
    if not deciding.rival_leads:
        return f"{wanted} {_who_would_see(deciding.evidence.share, 'it').capitalize()}."
    if deciding.verdict == "miss":
        return f"{wanted} The camera read mostly {rival}; {_who_would_see(deciding.evidence.share, target)}."
    return f"{wanted} The camera read it {deciding.accuracy:.0%} of the time, but {rival} was stronger."


def _who_would_see(share: float, target: str) -> str:
    """The viewers who would see `target`: ``3 of 10 viewers would see fear``."""
    viewers = "hardly anyone" if round(share * 10) <= HARDLY_ANYONE else viewers_text(share)
    return f"{viewers} would see {target}"


def _time_text(stats: LineStats, number: int, line: LineReport) -> str:
    target, rivals = emotion_nouns(stats.parts[number].part.accepted), stats.parts[number].rival_s
    if not rivals:  # the line is a partial only because another part was not seen
        return _unseen_text(line)
    rival = EMOTION_NOUNS[max(rivals, key=lambda emotion: rivals[emotion])]
    extent = "instead" if line.verdict == "miss" else "for part of the line"
    return f"{_wanted_text(stats, number, target)} The camera read {rival} {extent}."


def _unseen_text(line: LineReport) -> str:
    return f"The camera could read only a part of the line ({target_phrase(line)})."


def _wanted_text(stats: LineStats, number: int, target: str) -> str:
    part = "" if len(stats.parts) == 1 else f" in part {number + 1} of the line"
    return f"You wanted {target}{part}."


def target_phrase(line: LineReport) -> str:
    """The target of `line` as it is called in a sentence: ``fear or surprise``, ``sadness, then fear``."""
    parts = [part.partition("@")[0].strip() for part in line.target.split(">")]
    return ", then ".join(join_with_or([_noun(word) for word in part.split(", ")]) for part in parts)


def _noun(word: str) -> str:
    """What the emotion `word` is called in a sentence; the word itself if it is unknown."""
    return next((noun for emotion, noun in EMOTION_NOUNS.items() if emotion == word), word)


def notes_to_show(notes: Sequence[Note]) -> list[Note]:
    """Select at most `MAX_NOTES` notes, those of the report before live ones on other lines; return them by time."""
    after = [note for note in notes if note.kind == "after"]
    covered = {note.line for note in after}
    live = [note for note in notes if note.kind == "live" and note.line not in covered]
    return sorted([*after, *live][:MAX_NOTES], key=lambda note: note.t)
