"""What is said after a take: the strongest moment first, then at most three notes, each with evidence and a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from coach.core.notes import DRILLS, STRENGTH_DRILLS, in_words, reader
from coach.core.report import LineReport, Note, Strength
from coach.core.tally import STABLE_S, Tally, judged_parts
from coach.core.targets import Part

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
    return Strength(t=round(tally.on.longest_at, 4), line=best.index, text=text)


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
    """Evidence and drill for the weakest part of `line`, at the longest moment off target."""
    number = min(judged_parts(tally), key=lambda n: tally.parts[n].accuracy)
    if line.intensity and tally.missed_band_s > sum(tally.parts[number].instead_s.values()):
        evidence = f"{_asked(line).capitalize()} was there, but {line.intensity}."
        drill = STRENGTH_DRILLS[line.intensity]
    else:
        evidence = _evidence(tally, number, line, meaning)
        drill = DRILLS[_part(tally, number).accepted[0]]
    text = f"{evidence} Next: {drill}"
    return Note(t=round(tally.off.longest_at, 4), line=line.index, text=text, kind="after")


def _evidence(tally: Tally, number: int, line: LineReport, meaning: Meaning) -> str:
    asked, instead = in_words(_part(tally, number).accepted), tally.parts[number].instead_s
    if not instead:  # the part that fails is the one that was not seen
        return f"Not all of {_asked(line)} was seen."
    place = "" if len(tally.parts) == 1 else f" in part {number + 1} of {_asked(line)}"
    found = max(instead, key=lambda emotion: instead[emotion])
    how_long = "instead" if line.verdict == "miss" else "for part of it"
    return f"Asked for {asked}{place}; {reader(meaning)} {found} {how_long}."


def _part(tally: Tally, number: int) -> Part:
    target = tally.turn.line.target
    assert target is not None
    return target.parts[number]


def _asked(line: LineReport) -> str:
    """The target in words: ``fear or surprise``, ``sad, then fear``."""
    parts = [words.partition("@")[0].strip() for words in line.target.split(">")]
    return ", then ".join(in_words(words.split(", ")) for words in parts)
