"""An actor's own notes on lines, and what became of each line in the next take that played it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from coach.core.audience import in_tens
from coach.core.history import LineHistory, Point
from coach.core.past import PastLine
from coach.core.words import VERDICTS
from coach.text import clean

LONGEST: Final = 300
"""Characters of one note."""

MOST: Final = 200
"""Notes on one take."""


def _visible(text: str) -> str:
    if clean(text, LONGEST) != text:
        raise ValueError("a note is one line of words that can be seen")
    return text


class OwnNote(BaseModel):
    """What the actor noted on line `line` (1-based, in the script as that take played it) at `at`, ISO 8601."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int = Field(ge=1)
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST), AfterValidator(_visible)]
    at: str


@dataclass(frozen=True, slots=True)
class Followed:
    """A note, the line in the take it was made on, and the same line in the next take that played it.

    Attributes:
        note: as it was made; its number is that of the line then.
        before, now: the line then and now.
        comparable: whether both were read by the same model and asked for the same.
    """

    note: OwnNote
    before: Point
    now: Point

    @property
    def comparable(self) -> bool:
        """Whether the figures say something about each other."""
        then, now = self.before, self.now
        same = then.take.report.model == now.take.report.model and then.line.target == now.line.target
        return same and then.line.scored and now.line.scored


@dataclass(frozen=True, slots=True)
class Own:
    """What the actor noted on a take, and what they had noted before on lines that it plays."""

    notes: tuple[OwnNote, ...] = ()
    followed: tuple[Followed, ...] = ()


Noted = Mapping[str, Sequence[OwnNote]]
"""The notes on each take that has any, by its name."""


def followed(lines: Sequence[LineHistory], take: str, noted: Noted) -> tuple[Followed, ...]:
    """For each line that the take called `take` plays: the notes on the take that played it last before."""
    found: list[Followed] = []
    for line in lines:
        place = next((n for n, point in enumerate(line.points) if point.take.name == take), 0)
        if place:
            before, now = line.points[place - 1], line.points[place]
            found += [Followed(note, before, now) for note in _on(before, noted)]
    return tuple(found)


def still_open(lines: Sequence[LineHistory], noted: Noted) -> Iterator[tuple[int, OwnNote]]:
    """Of each line of the script the notes on its last take, with the line's number of today."""
    for line in lines:
        if line.points and line.number is not None:
            yield from ((line.number, note) for note in _on(line.points[-1], noted))


def _on(point: Point, noted: Noted) -> list[OwnNote]:
    return [note for note in noted.get(point.take.name, ()) if note.line == point.line.index]


def told(line: PastLine) -> str:
    """A line's verdict in words: ``hit, 71%, 6 of 10 viewers``, ``not scored: too dark``."""
    if line.scored and line.accuracy is not None:
        viewers = "" if line.share is None else f", {in_tens(line.share)}"
        return f"{VERDICTS[line.verdict]}, {line.accuracy:.0%}{viewers}"
    return f"not scored: {line.reason}" if line.reason else "not scored"


def before_and_now(each: Followed) -> str:
    """What became of the line, in one sentence."""
    then, now = told(each.before.line), told(each.now.line)
    words = f"Then {then}; in this take {now}."
    if not (each.before.line.scored and each.now.line.scored):
        return words
    if not each.comparable:
        return f"{words} They cannot be compared: {_changed(each)} changed."
    was, held = each.before.take.report.strictness, each.now.take.report.strictness
    return words if was == held else f"{words} The verdict was {was} then and is {held} now."


def _changed(each: Followed) -> str:
    return "the emotion asked for" if each.before.line.target != each.now.line.target else "the model"
