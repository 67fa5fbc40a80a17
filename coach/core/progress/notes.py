"""An actor's own notes on lines, and what became of each line in the first take that played it after the note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Protocol

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from coach.base.text import clean
from coach.core.progress.history import HistoryEntry, LineHistory
from coach.core.progress.line_identity import match_lines, normalised
from coach.core.progress.past_takes import PastLine
from coach.core.scoring.norms import out_of_ten
from coach.core.scoring.report import VERDICTS

if TYPE_CHECKING:
    from datetime import datetime

_TIME: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)

MAX_NOTE_LENGTH: Final = 300
"""Characters of one note."""

MAX_LINE_LENGTH: Final = 2000
"""Characters of a line's words, as scripts allow."""

MAX_NOTES_PER_TAKE: Final = 200
"""Notes on one take."""


def _visible(text: str) -> str:
    if clean(text, MAX_NOTE_LENGTH) != text:
        raise ValueError("a note is one line of words that can be seen")
    return text


class OwnNote(BaseModel):
    """What the actor noted on a line of a take.

    Attributes:
        line: 1-based number of the line in the take's report when it was noted.
        words: of that line, by which it is found where its number has changed since; empty where they are not known.
        text: the note.
        at: when it was noted, ISO 8601.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int = Field(ge=1)
    words: str = Field(default="", max_length=MAX_LINE_LENGTH)
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NOTE_LENGTH), AfterValidator(_visible)]
    at: str

    @property
    def when(self) -> datetime | None:
        """The same; None where it is no time with a zone."""
        try:
            return _TIME.validate_python(self.at)
        except ValidationError:
            return None


class NotedLine(Protocol):
    """A line of a report, as far as notes are about it."""

    @property
    def index(self) -> int:
        """Its 1-based number."""
        ...

    @property
    def text(self) -> str:
        """Its words."""
        ...


@dataclass(frozen=True, slots=True)
class LocatedNote:
    """A note and the line it is on now.

    Attributes:
        note: as it was made.
        line: the line's number in the report of today; None where the take was scored again without that line.
        words: of the line.
    """

    note: OwnNote
    line: int | None
    words: str

    @property
    def where(self) -> str:
        """``line 3``, or the words of a line that is gone."""
        return f"line {self.line}" if self.line is not None else f'a line that is gone, "{self.words}"'


def locate_notes(notes: Sequence[OwnNote], lines: Sequence[NotedLine]) -> tuple[LocatedNote, ...]:
    """Each of `notes` on a take with its place among `lines`, those of the take's report; none where that is unread."""
    return tuple(_placed(note, lines) for note in notes)


def _placed(note: OwnNote, lines: Sequence[NotedLine]) -> LocatedNote:
    there = next((line for line in lines if line.index == note.line), None)
    if not (note.words and lines):
        return LocatedNote(note, note.line, there.text if there else "")
    if there is None or normalised(there.text) != normalised(note.words):
        found = match_lines([note.words], [line.text for line in lines])
        there = lines[found[0]] if found else None
    return LocatedNote(note, there.index, there.text) if there else LocatedNote(note, None, note.words)


@dataclass(frozen=True, slots=True)
class AnsweredNote:
    """A note, the line in the take it was made on, and the same line in the take that answers it.

    Attributes:
        note: as it was made; its number is that of the line then.
        before, now: the line then and now.
        comparable: whether both were read by the same model and asked for the same.
    """

    note: OwnNote
    before: HistoryEntry
    now: HistoryEntry

    @property
    def comparable(self) -> bool:
        """Whether the figures say something about each other."""
        then, now = self.before, self.now
        same = then.take.report.model == now.take.report.model and then.line.target == now.line.target
        return same and then.line.scored and now.line.scored


@dataclass(frozen=True, slots=True)
class TakeNotes:
    """What the actor noted on a take, and what they had noted before on lines that it plays."""

    notes: tuple[LocatedNote, ...] = ()
    followed: tuple[AnsweredNote, ...] = ()


NotesByTake = Mapping[str, Sequence[OwnNote]]
"""The notes on each take that has any, by its name."""


def answered_notes(lines: Sequence[LineHistory], take: str, noted: NotesByTake) -> tuple[AnsweredNote, ...]:
    """The notes that the take called `take` answers, line by line."""
    return tuple(
        AnsweredNote(note, before, now)
        for line in lines
        for before, note, now in _noted_on(line, noted)
        if now is not None and now.take.name == take
    )


def open_notes(lines: Sequence[LineHistory], noted: NotesByTake) -> Iterator[tuple[int, OwnNote]]:
    """Of each line of the script the notes that no take has answered, with the line's number of today."""
    for line in lines:
        if line.number is not None:
            yield from ((line.number, note) for _, note, now in _noted_on(line, noted) if now is None)


def _noted_on(line: LineHistory, noted: NotesByTake) -> Iterator[tuple[HistoryEntry, OwnNote, HistoryEntry | None]]:
    """Each note on the line, with the point it was made on and the one that answers it, None where none does yet."""
    for place, before in enumerate(line.points):
        for note in _on(before, noted):
            yield before, note, _answer(note, line.points[place + 1 :])


def _answer(note: OwnNote, later: Sequence[HistoryEntry]) -> HistoryEntry | None:
    """The first of `later` points whose take began after the note was written; both are known to the second."""
    return next((point for point in later if note.when is None or point.take.when >= note.when), None)


def _on(point: HistoryEntry, noted: NotesByTake) -> list[OwnNote]:
    here = locate_notes(noted.get(point.take.name, ()), point.take.report.lines)
    return [each.note for each in here if each.line == point.line.index]


def result_text(line: PastLine) -> str:
    """A line's verdict in words: ``hit, 71%, 6 of 10 viewers``, ``not scored: too dark``."""
    if line.scored and line.accuracy is not None:
        viewers = "" if line.share is None else f", {out_of_ten(line.share)}"
        return f"{VERDICTS[line.verdict]}, {line.accuracy:.0%}{viewers}"
    return f"not scored: {line.reason}" if line.reason else "not scored"


def answer_sentence(each: AnsweredNote) -> str:
    """What became of the line, in one sentence."""
    then, now = result_text(each.before.line), result_text(each.now.line)
    words = f"Then {then}; in this take {now}."
    if not (each.before.line.scored and each.now.line.scored):
        return words
    if not each.comparable:
        return f"{words} They cannot be compared: {_changed(each)} changed."
    was, held = each.before.take.report.strictness, each.now.take.report.strictness
    return words if was == held else f"{words} The verdict was {was} then and is {held} now."


def _changed(each: AnsweredNote) -> str:
    return "the emotion asked for" if each.before.line.target != each.now.line.target else "the model"
