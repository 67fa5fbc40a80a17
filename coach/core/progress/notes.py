"""The actor's own notes on lines, and the first later take that answers each of them."""

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
from coach.core.progress.line_identity import match_lines, normalised
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import VERDICTS

if TYPE_CHECKING:
    from datetime import datetime

    from coach.core.progress.history import HistoryEntry, LineHistory
    from coach.core.progress.past_takes import PastLine

_TIME: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)

MAX_NOTE_LENGTH: Final = 300
"""Characters of a note."""

MAX_LINE_LENGTH: Final = 2000
"""Characters of a line's words, as scripts allow."""

MAX_NOTES_PER_TAKE: Final = 200
"""Notes on one take."""


def _visible(text: str) -> str:
    if clean(text, MAX_NOTE_LENGTH) != text:
        raise ValueError("a note is one line of words that can be seen")
    return text


class OwnNote(BaseModel):
    """An actor's note on a line of a take.

    Attributes:
        line: 1-based number of the line in the take's report at the time of the note.
        words: of that line, to find it again if its number changes; empty if unknown.
        text: the note.
        at: time of the note, ISO 8601.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int = Field(ge=1)
    words: str = Field(default="", max_length=MAX_LINE_LENGTH)
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NOTE_LENGTH), AfterValidator(_visible)]
    at: str

    @property
    def when(self) -> datetime | None:
        """Time of the note; None if `at` is no time with a time zone."""
        try:
            return _TIME.validate_python(self.at)
        except ValidationError:
            return None


class NotedLine(Protocol):
    """A line of a report, complete or partial."""

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
    """A note, located in the present report of its take.

    Attributes:
        note: the note.
        line: number of its line in the report; None if the take was rescored without that line.
        words: of the line.
    """

    note: OwnNote
    line: int | None
    words: str

    @property
    def where(self) -> str:
        """``line 3``, or the words of a line that no longer exists."""
        return f"line {self.line}" if self.line is not None else f'a line that is gone, "{self.words}"'


def locate_notes(notes: Sequence[OwnNote], lines: Sequence[NotedLine]) -> tuple[LocatedNote, ...]:
    """Locate `notes` on a take in the `lines` of its report, which are empty if there is no report."""
    return tuple(_locate(note, lines) for note in notes)


def _locate(note: OwnNote, lines: Sequence[NotedLine]) -> LocatedNote:
    line = next((line for line in lines if line.index == note.line), None)
    if not (note.words and lines):
        return LocatedNote(note, note.line, line.text if line else "")
    if line is None or normalised(line.text) != normalised(note.words):
        found = match_lines([note.words], [line.text for line in lines])
        line = lines[found[0]] if found else None
    return LocatedNote(note, line.index, line.text) if line else LocatedNote(note, None, note.words)


@dataclass(frozen=True, slots=True)
class AnsweredNote:
    """A note, with its line in the noted take and in the take that answers it.

    Attributes:
        note: the note, with the line number of the noted take.
        before, now: the line in the noted take and in the answering take.
    """

    note: OwnNote
    before: HistoryEntry
    now: HistoryEntry

    @property
    def comparable(self) -> bool:
        """Whether both were scored, by the same model and for the same target."""
        before, now = self.before, self.now
        same = before.take.report.model == now.take.report.model and before.line.target == now.line.target
        return same and before.line.scored and now.line.scored


@dataclass(frozen=True, slots=True)
class TakeNotes:
    """The actor's notes on a take, and the earlier notes that the take answers."""

    notes: tuple[LocatedNote, ...] = ()
    answered: tuple[AnsweredNote, ...] = ()


NotesByTake = Mapping[str, Sequence[OwnNote]]
"""By the name of a take, the notes on it."""


def answered_notes(lines: Sequence[LineHistory], take: str, notes: NotesByTake) -> tuple[AnsweredNote, ...]:
    """The notes that the take called `take` answers, line by line."""
    return tuple(
        AnsweredNote(note, before, now)
        for line in lines
        for before, note, now in _notes_on(line, notes)
        if now is not None and now.take.name == take
    )


def open_notes(lines: Sequence[LineHistory], notes: NotesByTake) -> Iterator[tuple[int, OwnNote]]:
    """The notes that no take has answered, each with today's number of its line; notes on cut lines are left out."""
    for line in lines:
        if line.number is not None:
            yield from ((line.number, note) for _, note, now in _notes_on(line, notes) if now is None)


def _notes_on(line: LineHistory, notes: NotesByTake) -> Iterator[tuple[HistoryEntry, OwnNote, HistoryEntry | None]]:
    """Each note on the line, with the entry it was made on and the entry that answers it, if there is one."""
    for number, before in enumerate(line.entries):
        for note in _notes_on_entry(before, notes):
            yield before, note, _answer(note, line.entries[number + 1 :])


def _answer(note: OwnNote, later: Sequence[HistoryEntry]) -> HistoryEntry | None:
    """The first of the `later` entries whose take began after the note was written; both are known to the second."""
    return next((entry for entry in later if note.when is None or entry.take.when >= note.when), None)


def _notes_on_entry(entry: HistoryEntry, notes: NotesByTake) -> list[OwnNote]:
    located = locate_notes(notes.get(entry.take.name, ()), entry.take.report.lines)
    return [each.note for each in located if each.line == entry.line.index]


def result_text(line: PastLine) -> str:
    """The result of a line in words: ``hit, 71%, 6 of 10 viewers``, ``not scored: too dark``."""
    if line.scored and line.accuracy is not None:
        viewers = "" if line.share is None else f", {viewers_text(line.share)}"
        return f"{VERDICTS[line.verdict]}, {line.accuracy:.0%}{viewers}"
    return f"not scored: {line.reason}" if line.reason else "not scored"


def answer_sentence(answered: AnsweredNote) -> str:
    """The line's results before the note and in the answering take, in words."""
    before, now = answered.before, answered.now
    results = f"Then {result_text(before.line)}; in this take {result_text(now.line)}."
    if not (before.line.scored and now.line.scored):
        return results
    if not answered.comparable:
        changed = "the emotion asked for" if before.line.target != now.line.target else "the model"
        return f"{results} They cannot be compared: {changed} changed."
    old, new = before.take.report.strictness, now.take.report.strictness
    return results if old == new else f"{results} The verdict was {old} then and is {new} now."
