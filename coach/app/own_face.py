"""The actor's own face in a take: the faces of each line as numbers, and what the actor disputes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from coach.base.errors import ActorError, TakeError
from coach.base.events import CommandTaken, Event, LineStarted, NoteGiven, Reading
from coach.base.messages import tr
from coach.core.actor.calibration import example_of
from coach.core.actor.examples import Face, face_of
from coach.core.scoring.evidence import log_odds_each

if TYPE_CHECKING:
    from coach.actors.store import ActorStore
    from coach.base.types import Emotion
    from coach.core.actor.examples import ActorProfile
    from coach.core.script.timeline import Timeline


class _Seen(NamedTuple):
    t: float
    face: Face


class LineFaces:
    """An event sink that keeps the faces of each line's last attempt, and which moments the actor disputed."""

    def __init__(self) -> None:
        self._faces: dict[int, list[_Seen]] = {}
        self._disputed: dict[int, tuple[float, float]] = {}
        self._line: int | None = None
        self._since = -math.inf

    def handle(self, event: Event) -> None:
        """Handle one event of the take."""
        if isinstance(event, LineStarted):
            self._line, self._since = event.index, event.t
            self._faces[event.index] = []
            self._disputed.pop(event.index, None)
        elif isinstance(event, NoteGiven):
            self._since = event.t
        elif isinstance(event, CommandTaken) and event.name == "dispute" and self._line is not None:
            self._disputed[self._line] = self._since, event.t
        elif isinstance(event, Reading) and event.index is not None:
            self._add(event, event.index)

    def close(self) -> None:
        """Do nothing; there is nothing to close."""

    @property
    def disputed(self) -> list[int]:
        """Numbers of the lines that were disputed during the take."""
        return sorted(self._disputed)

    def faces(self, index: int) -> list[Face]:
        """The faces of line `index`: of the disputed moments if there are any, otherwise of the whole line."""
        begin, end = self._disputed.get(index, (-math.inf, math.inf))
        seen = self._faces.get(index, [])
        return [each.face for each in seen if begin <= each.t <= end] or [each.face for each in seen]

    def _add(self, reading: Reading, index: int) -> None:
        actor = reading.observation.actor
        if actor is not None and actor.points is not None and reading.even_handed is not None:
            face = face_of(actor.points, log_odds_each(reading.even_handed))
            self._faces.setdefault(index, []).append(_Seen(reading.t, face))


def faces_of(take: Path) -> tuple[LineFaces, Timeline]:
    """The faces of the take in folder `take`, replayed from its journal, and its timeline.

    Raises:
        TakeError: the journal is missing or cannot be read.
    """
    from coach.app.replay import PlayedTake
    from coach.app.review import journal_of

    played, faces = PlayedTake.of(journal_of(take)), LineFaces()
    played.replay(faces, notes=True)  # a dispute counts from the last note on
    return faces, played.timeline


def dispute(take: Path, line: int, store: ActorStore, actor: str) -> ActorProfile:
    """Make line `line` of a take an example of its tag for the actor called `actor`; returns the new profile.

    Raises:
        ActorError: there is no such actor.
        TakeError: there is no such line, it has no single tag, or no landmarks were kept of it.
    """
    faces, timeline = faces_of(take)
    return _add(faces, _tag_of(timeline, line), line, take.name, (store, actor))


def keep_disputes(
    faces: LineFaces, timeline: Timeline, take: str, store: ActorStore, actor: str, notify: Callable[[str], None]
) -> list[int]:
    """Keep what was disputed during the take called `take`; returns the lines. `notify` gets what cannot be kept."""
    kept = []
    for line in faces.disputed:
        try:
            _add(faces, _tag_of(timeline, line), line, take, (store, actor))
        except (ActorError, TakeError) as error:
            notify(str(error))
        else:
            kept.append(line)
    return kept


def note_disagreement(take: Path, line: int, notify: Callable[[str], None]) -> None:
    """Keep a note of the actor's own that line `line` was right, so that the report of the take shows it.

    Raises:
        TakeError: the notes of the take cannot be read or written.
    """
    from coach.app.own_notes import new_note
    from coach.takes.notes import change_notes

    note = new_note(take, line, tr("You disagreed: this was right."), notify)
    change_notes(take, lambda notes: (*notes, note))


def _add(faces: LineFaces, tag: Emotion, line: int, take: str, whose: tuple[ActorStore, str]) -> ActorProfile:
    from coach.app.actors import add_dispute

    store, actor = whose
    profile, seen = store.read(actor), faces.faces(line)
    if profile.rest is None:
        raise ActorError(tr("{actor} has no face at rest; calibrate anew", actor=actor))
    if not seen:
        raise TakeError(
            tr(
                "line {line} of {take} has no landmarks, so that there is nothing to learn from; rehearse with --actor",
                line=line,
                take=take,
            )
        )
    return add_dispute(
        store, actor, example_of(seen, tag, profile.rest), tag, tr("{take} line {line}", take=take, line=line)
    )


def _tag_of(timeline: Timeline, line: int) -> Emotion:
    """The one emotion that line `line` asks for."""
    targets = {turn.index: turn.line.target for turn in timeline.turns}
    if line not in targets:
        raise TakeError(
            tr("there is no line {line} in this take; its lines are {numbers}", line=line, numbers=_numbers(targets))
        )
    target = targets[line]
    if target is None or len(set(target.accepted)) != 1:
        raise TakeError(
            tr("line {line} does not ask for one single emotion, so that it cannot be an example of one", line=line)
        )
    return target.accepted[0]


def _numbers(targets: Mapping[int, object]) -> str:
    numbers = sorted(targets)
    return str(numbers[0]) if len(numbers) == 1 else tr("{first} to {last}", first=numbers[0], last=numbers[-1])
