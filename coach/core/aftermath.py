"""What is said after a take: the strongest moment first, then at most three notes, each with evidence and a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from coach.core.notes import DRILLS, in_words, reader
from coach.core.report import LineReport, Note, Strength
from coach.core.tally import STABLE_S, Tally
from coach.types import Emotion

MOST_NOTES: Final = 3

Meaning = Literal["label", "viewers"]


def strength(kept: Mapping[int, Tally], lines: Sequence[LineReport], meaning: Meaning) -> Strength | None:
    """The line that was held longest on target, hits before others; None where nothing held."""
    held = [line for line in lines if line.verdict != "not_scored" and line.hold_s >= STABLE_S]
    if not held:
        return None
    best = max(held, key=lambda line: (line.verdict == "hit", (line.accuracy or 0.0) * line.hold_s))
    tally = kept[best.index]
    text = f"It held: {reader(meaning)} {_asked(best)} and it stayed."
    return Strength(t=round(tally.began + tally.on.longest_at, 4), line=best.index, text=text)


def after_notes(kept: Mapping[int, Tally], lines: Sequence[LineReport], meaning: Meaning) -> list[Note]:
    """At most three notes, the lines that lost most time on target first, then in the order of the script."""
    lost = {line.index: _lost_s(kept, line) for line in lines}
    weak = [line for line in lines if line.verdict in ("partial", "miss")]
    worst = sorted(weak, key=lambda line: (line.verdict != "miss", -lost[line.index]))[:MOST_NOTES]
    return [_note(kept[line.index], line, meaning) for line in sorted(worst, key=lambda line: line.index)]


def _lost_s(kept: Mapping[int, Tally], line: LineReport) -> float:
    tally = kept.get(line.index)
    return tally.scored_s - tally.accepted_s if tally else 0.0


def _note(tally: Tally, line: LineReport, meaning: Meaning) -> Note:
    drill = DRILLS[_weakest(tally)]
    text = f"{_evidence(tally, line, meaning)} Next: {drill}"
    return Note(t=round(tally.began + tally.off.longest_at, 4), line=line.index, text=text, kind="after")


def _evidence(tally: Tally, line: LineReport, meaning: Meaning) -> str:
    if line.intensity and max(tally.little_s, tally.much_s) * 2 > _lost_s({line.index: tally}, line):
        return f"{_asked(line).capitalize()} was there, but {line.intensity}."
    others = {emotion: p for emotion, p in line.read.items() if emotion not in line.targets}
    instead = max(others, key=lambda emotion: others[emotion], default=None)
    if instead is None:
        return f"The parts of {_asked(line)} came in the wrong place."
    return f"Asked for {_asked(line)}; {reader(meaning)} {instead} instead."


def _weakest(tally: Tally) -> Emotion:
    target = tally.turn.line.target
    assert target is not None
    shares = [part.accepted_s / part.scored_s if part.scored_s else 1.0 for part in tally.parts]
    return target.parts[shares.index(min(shares))].accepted[0]


def _asked(line: LineReport) -> str:
    return in_words(line.targets) if ">" not in line.target else line.target
