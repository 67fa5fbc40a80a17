"""Feedback after a take: the strongest moment, then at most three notes, each with evidence and a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from coach.base.messages import mark, tr
from coach.base.text import join_with_or, join_with_then
from coach.base.types import Emotion, IntensityMiss
from coach.core.scoring.evidence import percent, tenths
from coach.core.scoring.line_stats import STABLE_S, LineStats
from coach.core.scoring.norms import viewers_text, would_see
from coach.core.scoring.report import LineReport, Note, Report, Strength
from coach.core.scoring.verdict import DecidingPart, LineVerdict
from coach.core.script.targets import EMOTION_NOUNS, emotion_noun, emotion_nouns

DRILLS: Final[dict[Emotion, str]] = {
    "angry": mark("Say it through your teeth, then aloud."),
    "disgust": mark("Think of a bad smell before you speak."),
    "fear": mark("Breathe in and do not let go until the last word."),
    "happy": mark("Smile with your eyes first, then with your mouth."),
    "sad": mark("Whisper it, then raise only your inner brows."),
    "surprise": mark("Start still; change your whole face on one word."),
    "neutral": mark("Say it like directions to a stranger."),
}
"""What to try first, by target emotion."""

MORE_DRILLS: Final[dict[Emotion, tuple[str, str]]] = {
    "angry": (
        mark("Press your lips shut before each sentence."),
        mark("Say it without moving anything but your brows and mouth."),
    ),
    "disgust": (
        mark("Say it as if the words tasted bad."),
        mark("Turn your head away a little, and come back to say it."),
    ),
    "fear": (
        mark("Say it as if someone must not hear you."),
        mark("Open your eyes wide on the first word, and keep them so."),
    ),
    "happy": (mark("Think of good news, and tell it last."), mark("Say it to somebody you are glad to see.")),
    "sad": (mark("Let your eyelids get heavy before you begin."), mark("Say it to somebody who has already left.")),
    "surprise": (
        mark("Stop in the middle, as if the door opened."),
        mark("Lift your brows first, and let the words come late."),
    ),
    "neutral": (mark("Count to three without a word, then say it."), mark("Read it as if it were a shopping list.")),
}
"""What to try where the first drill for the emotion stands in the report already."""

STRENGTH_DRILLS: Final[dict[IntensityMiss, str]] = {
    "too little": mark("Say it to somebody across the street; your face grows too."),
    "too much": mark("Say it as a secret, with your eyes alone."),
}
"""What to try first if an accepted emotion was too weak or too strong."""

MORE_STRENGTH_DRILLS: Final[dict[IntensityMiss, tuple[str, str]]] = {
    "too little": (
        mark("Say it twice; the second time twice as big."),
        mark("Play it to the last row of a large theatre."),
    ),
    "too much": (
        mark("Say it while you hold your face still with one hand."),
        mark("Think the line first, then only say it."),
    ),
}
"""What to try where the first drill for the strength stands in the report already."""

NEXT: Final = mark("Next:")
"""Stands between the evidence of a note and its drill."""

CAMERA_READ: Final = mark("The camera read")
"""Begins the sentence of a note that names what was read instead, in every language."""

HARDLY_ANYONE: Final = 1
"""Viewers of ten up to which a note says "hardly anyone"."""

MAX_NOTES: Final = 3
"""Maximum number of notes, because nobody remembers more."""


def strongest_moment(
    stats: Mapping[int, LineStats], lines: Sequence[LineReport], notes: Sequence[Note] = ()
) -> Strength | None:
    """Find the strongest moment: the longest time on target, in hits before partials, or else the clearest hit.

    It is never in a line that gets one of `notes`: the same line would be praised and corrected.
    """
    noted = {note.line for note in notes}
    successes = [line for line in lines if line.verdict in ("hit", "partial") and line.index not in noted]
    stable = [line for line in successes if line.hold_s >= STABLE_S]
    if stable:
        best = max(stable, key=lambda line: (line.verdict == "hit", (line.accuracy or 0.0) * line.hold_s))
        t = round(stats[best.index].on_target.longest_at, 4)
        return Strength(t=t, line=best.index, text=strength_text(best))
    hits = [line for line in successes if line.verdict == "hit" and line.share is not None]
    if not hits:
        return None
    best = max(hits, key=_viewers_above)
    return Strength(t=round(stats[best.index].started_at, 4), line=best.index, text=strength_text(best))


def strength_text(line: LineReport) -> str:
    """What works in `line`, one that came across: ``The sadness holds.`` if it was long on target."""
    holds = line.hold_s >= STABLE_S
    if len(line.targets) == 1:
        emotion = emotion_nouns(line.targets).removeprefix("a ")
        return tr(mark("The {emotion} holds.") if holds else mark("The {emotion} comes across."), emotion=emotion)
    target = target_phrase(line).capitalize()
    return tr(mark("{target}: it holds.") if holds else mark("{target}: it comes across."), target=target)


def strength_sentence(report: Report, strength: Strength) -> str:
    """What works, in the words of this version: a stored report has the words of the version that made it."""
    line = next((line for line in report.lines if line.index == strength.line and line.targets), None)
    return strength_text(line) if line else strength.text


def no_strength_text(report: Report, otherwise: str) -> str:
    """What to say in the place of the strongest moment where there is none: `otherwise`, unless each hit has a note."""
    hits = {line.index for line in report.lines if line.verdict == "hit"}
    all_noted = hits and hits <= {note.line for note in report.notes}
    return tr("every line that came across has a note too.") if all_noted else otherwise


def after_notes(
    stats: Mapping[int, LineStats], lines: Sequence[LineReport], verdicts: Mapping[int, LineVerdict]
) -> list[Note]:
    """Make notes on the worst lines, at most `MAX_NOTES`, in the order of the script."""
    weak = [line for line in lines if line.verdict in ("partial", "miss") and verdicts[line.index].allows_note]
    worst = sorted(weak, key=lambda line: (line.verdict != "miss", -_lost_s(stats[line.index], line)))[:MAX_NOTES]
    in_order = sorted(worst, key=lambda line: line.index)
    notes: list[Note] = []
    for line in in_order:
        notes.append(_note(stats[line.index], line, verdicts[line.index], "".join(note.text for note in notes)))
    return notes


def fresh_drill(emotion: Emotion, given: str) -> str:
    """A drill for `emotion` that does not stand in `given`, the texts of the notes before."""
    return _first_fresh((DRILLS[emotion], *MORE_DRILLS[emotion]), given)


def _first_fresh(drills: Sequence[str], given: str) -> str:
    shown = [tr(drill) for drill in drills]
    return next((drill for drill in shown if drill not in given), shown[0])


def _lost_s(stats: LineStats, line: LineReport) -> float:
    """Sort key for the worst lines: seconds off target, or with evidence scored seconds times missing viewer share."""
    if line.share is None or line.asked_share is None:
        return stats.scored_s - stats.accepted_s
    return stats.scored_s * max(-_viewers_above(line), 0)


def _viewers_above(line: LineReport) -> int:
    """Viewers of ten above those that a hit needs; negative if there are too few."""
    return tenths(line.share or 0.0) - tenths(line.asked_share or 0.0)


def _note(stats: LineStats, line: LineReport, verdict: LineVerdict, given: str) -> Note:
    """Make a note on the weakest part of `line`, placed at the start of its longest time off target.

    Its drill does not stand in `given`, the texts of the notes before.
    """
    deciding = verdict.deciding
    number = deciding.number if deciding else min(stats.scored_part_numbers(), key=lambda n: stats.parts[n].accuracy)
    if line.intensity and stats.missed_band_s > sum(stats.parts[number].rival_s.values()):
        target = target_phrase(line).capitalize()
        evidence = tr("{target} is there, but {intensity}.", target=target, intensity=tr(line.intensity))
        drill = _first_fresh((STRENGTH_DRILLS[line.intensity], *MORE_STRENGTH_DRILLS[line.intensity]), given)
    else:
        evidence = _evidence_text(stats, deciding, line) if deciding else _time_text(stats, number, line)
        drill = fresh_drill(stats.parts[number].part.accepted[0], given)
    text = f"{evidence} {tr(NEXT)} {drill}"
    return Note(t=round(stats.off_target.longest_at or stats.started_at, 4), line=line.index, text=text, kind="after")


def _evidence_text(stats: LineStats, deciding: DecidingPart, line: LineReport) -> str:
    if deciding.verdict == "hit":  # the line is a partial because it was never on target, or a part was not seen
        return _never_read_text(line) if line.accuracy == 0 else _unseen_text(line)
    target = emotion_nouns(stats.parts[deciding.number].part.accepted)
    wanted, rival = _wanted_text(stats, deciding.number, target), emotion_noun(deciding.evidence.rival)
    if not deciding.rival_leads:
        return f"{wanted} {_seen_text(deciding)}"
    if deciding.verdict == "miss":
        read = _read_text(deciding, line) if len(stats.parts) == 1 else tr("{emotion} there", emotion=rival)
        viewers = _who_would_see(deciding.evidence.share, target)
        missed = tr("The camera read {emotions}; {viewers}.", emotions=read, viewers=viewers)
        return f"{wanted} {missed}"
    stronger = (
        mark("The camera read it {share}% of the time, but {rival} was stronger.")
        if line.top in (deciding.evidence.rival, *line.targets)
        else mark("The camera read it {share}% of the time, but {rival} was stronger in the strongest moments.")
    )
    return f"{wanted} {tr(stronger, share=percent(deciding.accuracy), rival=rival)}"


def _read_text(deciding: DecidingPart, line: LineReport) -> str:
    """What the camera read in a missed line: over the whole of it, and in its strongest moments if that differs."""
    rival = emotion_noun(deciding.evidence.rival)
    if line.top == deciding.evidence.rival:
        return tr("mostly {emotion}", emotion=rival)
    if line.top is None or line.top in line.targets:
        return tr("{emotion} in the strongest moments", emotion=rival)
    top = emotion_noun(line.top)
    return tr("mostly {emotion}, and {rival} in the strongest moments", emotion=top, rival=rival)


def _who_would_see(share: float, target: str) -> str:
    """The viewers who would see `target`: ``3 of 10 viewers would see fear``."""
    if tenths(share) <= HARDLY_ANYONE:
        return tr("hardly anyone would see {target}", target=target)
    return would_see(share, target)


def _seen_text(deciding: DecidingPart) -> str:
    """The viewers who would see the target, and the emotion that led, as in ``2 of 10 viewers would see it.``."""
    few = tenths(deciding.evidence.share) <= HARDLY_ANYONE
    viewers = viewers_text(deciding.evidence.share)
    seen = tr("Hardly anyone would see it") if few else tr("{viewers} would see it", viewers=viewers)
    if not deciding.outrun:
        return f"{seen}."
    return tr("{seen}, but {rival} led.", seen=seen, rival=emotion_noun(deciding.evidence.rival))


def _time_text(stats: LineStats, number: int, line: LineReport) -> str:
    target, rivals = emotion_nouns(stats.parts[number].part.accepted), stats.parts[number].rival_s
    if not rivals:  # the line is a partial only because another part was not seen
        return _unseen_text(line)
    rival = emotion_noun(max(rivals, key=lambda emotion: rivals[emotion]))
    instead = mark("The camera read {rival} instead.")
    read = instead if line.verdict == "miss" else mark("The camera read {rival} for part of the line.")
    return f"{_wanted_text(stats, number, target)} {tr(read, rival=rival)}"


def _never_read_text(line: LineReport) -> str:
    return tr(
        "You wanted {target}. There are traces of it, but the camera never read it long enough to be sure.",
        target=target_phrase(line),
    )


def _unseen_text(line: LineReport) -> str:
    return tr("The camera could read only a part of the line ({target}).", target=target_phrase(line))


def _wanted_text(stats: LineStats, number: int, target: str) -> str:
    if len(stats.parts) == 1:
        return tr("You wanted {target}.", target=target)
    return tr("You wanted {target} in part {number} of the line.", target=target, number=number + 1)


def target_phrase(line: LineReport) -> str:
    """The target of `line` as it is called in a sentence: ``fear or surprise``, ``sadness, then fear``."""
    parts = [part.partition("@")[0].strip() for part in line.target.split(">")]
    return join_with_then([join_with_or([_noun(word) for word in part.split(", ")]) for part in parts])


def _noun(word: str) -> str:
    """What the emotion `word` is called in a sentence; the word itself if it is unknown."""
    return next((tr(noun) for emotion, noun in EMOTION_NOUNS.items() if emotion == word), word)


def notes_to_show(notes: Sequence[Note]) -> list[Note]:
    """Select at most `MAX_NOTES` notes, those of the report before live ones on other lines; return them by time."""
    after = [note for note in notes if note.kind == "after"]
    covered = {note.line for note in after}
    live = [note for note in notes if note.kind == "live" and note.line not in covered]
    return sorted([*after, *live][:MAX_NOTES], key=lambda note: note.t)
