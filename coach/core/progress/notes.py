"""The actor's own notes on lines. A note is answered by the next take that plays the line."""

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

from coach.base.messages import mark, tr
from coach.base.text import clean
from coach.core.progress.line_identity import match_lines, normalise
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import VERDICT_TEXTS, reason_word

if TYPE_CHECKING:
    from datetime import datetime

    from coach.core.progress.history import HistoryEntry, LineHistory
    from coach.core.progress.past_takes import PastLine

_TIME: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)

MAX_NOTE_LENGTH: Final = 300
"""Maximum number of characters of a note."""

MAX_LINE_LENGTH: Final = 2000
"""Maximum number of characters of a line, as in scripts."""

MAX_NOTES_PER_TAKE: Final = 200
"""Maximum number of notes on one take."""


def _check_visible(text: str) -> str:
    if clean(text, MAX_NOTE_LENGTH) != text:
        raise ValueError(tr("a note is one line of words that can be seen"))
    return text


class OwnNote(BaseModel):
    """An actor's note on a line of a take.

    Attributes:
        line: 1-based number of the line in the take's report at the time of the note.
        words: words of that line, to find it again if its number changes; empty if unknown.
        text: the note.
        at: time of the note, ISO 8601.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int = Field(ge=1)
    words: str = Field(default="", max_length=MAX_LINE_LENGTH)
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NOTE_LENGTH), AfterValidator(_check_visible)]
    at: str

    @property
    def when(self) -> datetime | None:
        """Time of the note; None if `at` is not a time with a time zone."""
        try:
            return _TIME.validate_python(self.at)
        except ValidationError:
            return None


class NotedLine(Protocol):
    """A line of a report, complete or partial."""

    @property
    def index(self) -> int:
        """1-based number of the line."""
        ...

    @property
    def text(self) -> str:
        """Words of the line."""
        ...


@dataclass(frozen=True, slots=True)
class LocatedNote:
    """A note, located in the current report of its take.

    Attributes:
        note: the note.
        line: number of the note's line in the report; None if the take was rescored without that line.
        words: words of the line.
    """

    note: OwnNote
    line: int | None
    words: str

    @property
    def where(self) -> str:
        """The line as text: ``line 3``, or the words of a line that is no longer in the report."""
        if self.line is not None:
            return tr("line {number}", number=self.line)
        return tr('a line that is gone, "{words}"', words=self.words)


def locate_notes(notes: Sequence[OwnNote], lines: Sequence[NotedLine]) -> tuple[LocatedNote, ...]:
    """Locate `notes` on a take in the `lines` of its report; `lines` is empty without a report."""
    return tuple(_locate(note, lines) for note in notes)


def _locate(note: OwnNote, lines: Sequence[NotedLine]) -> LocatedNote:
    line = next((line for line in lines if line.index == note.line), None)
    if not (note.words and lines):
        return LocatedNote(note, note.line, line.text if line else "")
    if line is None or normalise(line.text) != normalise(note.words):
        pairs = match_lines([note.words], [line.text for line in lines])
        line = lines[pairs[0]] if pairs else None
    return LocatedNote(note, line.index, line.text) if line else LocatedNote(note, None, note.words)


@dataclass(frozen=True, slots=True)
class AnsweredNote:
    """A note with two entries of its line.

    Attributes:
        note: the note, with the line number in the take it was made on.
        before: the line in the take the note was made on.
        now: the line in the take that answers the note.
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
"""Notes on each take, by take name."""


def answered_notes(lines: Sequence[LineHistory], take: str, notes: NotesByTake) -> tuple[AnsweredNote, ...]:
    """The notes that the take with the name `take` answers, in the order of the lines."""
    return tuple(
        AnsweredNote(note, before, now)
        for line in lines
        for before, note, now in _notes_on(line, notes)
        if now is not None and now.take.name == take
    )


def open_notes(lines: Sequence[LineHistory], notes: NotesByTake) -> Iterator[tuple[int, OwnNote]]:
    """The notes that no take has answered, with the current numbers of their lines; not those on removed lines."""
    for line in lines:
        if line.number is not None:
            yield from ((line.number, note) for _, note, now in _notes_on(line, notes) if now is None)


def _notes_on(line: LineHistory, notes: NotesByTake) -> Iterator[tuple[HistoryEntry, OwnNote, HistoryEntry | None]]:
    """Each note on the line, with the entry it was made on and the entry that answers it (None if no entry does)."""
    for number, before in enumerate(line.entries):
        for note in _notes_on_entry(before, notes):
            yield before, note, _answer(note, line.entries[number + 1 :])


def _answer(note: OwnNote, later: Sequence[HistoryEntry]) -> HistoryEntry | None:
    """The first of the `later` entries whose take began when or after the note was written, to the second."""
    return next((entry for entry in later if note.when is None or entry.take.when >= note.when), None)


def _notes_on_entry(entry: HistoryEntry, notes: NotesByTake) -> list[OwnNote]:
    located = locate_notes(notes.get(entry.take.name, ()), entry.take.report.lines)
    return [located_note.note for located_note in located if located_note.line == entry.line.index]


def result_text(line: PastLine) -> str:
    """Result of a line as text: ``hit, 71%, 6 of 10 viewers``, ``not scored: too dark``."""
    if line.scored and line.accuracy is not None:
        viewers = "" if line.share is None else f", {viewers_text(line.share)}"
        return f"{tr(VERDICT_TEXTS[line.verdict])}, {line.accuracy:.0%}{viewers}"
    return tr("not scored: {reason}", reason=reason_word(line.reason)) if line.reason else tr("not scored")


def answer_sentence(answered: AnsweredNote) -> str:
    """Compare the results of the line before the note and in the take that answers it."""
    before, now = answered.before, answered.now
    message = mark("Before: {before}. Now: {now}.")
    results = tr(message, before=result_text(before.line), now=result_text(now.line))
    if not (before.line.scored and now.line.scored):
        return results
    if not answered.comparable:
        target_changed = before.line.target != now.line.target
        emotion_changed = mark("They cannot be compared: the wanted emotion changed.")
        model_changed = mark("They cannot be compared: the model changed.")
        return f"{results} {tr(emotion_changed if target_changed else model_changed)}"
    old, new = before.take.report.strictness, now.take.report.strictness
    if old == new:
        return results
    change = tr("The strictness was {old} and is now {new}.", old=tr(old), new=tr(new))
    return f"{results} {change}"
