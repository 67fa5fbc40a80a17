"""What happens in a rehearsal: events that the engine emits and commands that it takes, each with its time `t`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from coach.base.types import Emotion, Observation, Probabilities, Side

EndCause = Literal["finished", "source ended", "quit", "interrupted", "error"]
CommandName = Literal["pause", "back", "repeat", "next", "quit"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command from the actor, from the keyboard (later: a microphone, a browser)."""

    t: float
    name: CommandName


@dataclass(frozen=True, slots=True)
class TakeStarted:
    """The take begins at `t`, which is minus the lead-in on a live run and 0 on a recorded one."""

    t: float


@dataclass(frozen=True, slots=True)
class LineStarted:
    """The actor's line `index` begins.

    Attributes:
        index: 1-based number of the line in the script.
        end: when it is planned to end, in take seconds.
        attempt: 1 for the first time this line is played, then counted up.
    """

    t: float
    index: int
    end: float
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class LineEnded:
    """Line `index` is over; `cut` says that it was broken off (back, repeat, quit, end of the recording)."""

    t: float
    index: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class BeatStarted:
    """A pause in the script begins, planned to last until `end`."""

    t: float
    end: float


@dataclass(frozen=True, slots=True)
class CueDue:
    """Something to be spoken and shown before line `index`.

    Attributes:
        text: the words; empty for a bare tone.
        kind: ``cue`` (written in the script), ``emotion``, ``line`` or ``tone`` (from ``--announce``).
        deadline: when the line begins; said later than this it would disturb.
        language: of the text, such as ``en``.
    """

    t: float
    index: int
    text: str
    kind: Literal["cue", "emotion", "line", "tone"]
    deadline: float
    language: str = "en"


@dataclass(frozen=True, slots=True)
class NoteGiven:
    """A director's note of at most four words on line `index`, to be said before `deadline` or not at all."""

    t: float
    index: int
    text: str
    deadline: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How a reading fits what its line asks for at that moment.

    Attributes:
        on_target: whether it is what the line asks for, intensity included; None where the model abstains.
        part: 0-based number of the part of the target that is asked for; 0 unless it is an arc.
        side: which way the intensity band is missed by an emotion that the part accepts.
        instead: the strongest emotion that the part does not accept, where the reading is not accepted.
        probability: smoothed, of the part's accepted emotions together.
    """

    on_target: bool | None
    part: int = 0
    side: Side | None = None
    instead: Emotion | None = None
    probability: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation as the engine understands it.

    Attributes:
        observation: what was seen, raw.
        smoothed: the actor's smoothed even-handed probabilities; None where the face cannot be used.
        read: the steady emotion; None where the face cannot be used or the model abstains.
        index: the line being played; None in the lead-in, in beats and while paused.
        fit: how it fits that line; None where nothing is asked or the face cannot be used.
        even: the actor's even-handed probabilities, not smoothed; None where the face cannot be used.
        weight: how far the face can be relied on, 0 to 1.
    """

    t: float
    observation: Observation
    smoothed: Probabilities | None = None
    read: Emotion | None = None
    index: int | None = None
    fit: Fit | None = None
    even: Probabilities | None = None
    weight: float = 0.0

    @property
    def on_target(self) -> bool | None:
        """Whether the reading is what the line asks for now; None where nothing is asked or nothing is read."""
        return self.fit.on_target if self.fit else None


@dataclass(frozen=True, slots=True)
class Paused:
    """The actor stopped the clock of the script."""

    t: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """The script goes on."""

    t: float


@dataclass(frozen=True, slots=True)
class CommandTaken:
    """The engine obeyed a command; with the readings this makes a take's journal replayable."""

    t: float
    name: CommandName


@dataclass(frozen=True, slots=True)
class TakeEnded:
    """The take is over."""

    t: float
    cause: EndCause


Event: TypeAlias = (
    TakeStarted
    | LineStarted
    | LineEnded
    | BeatStarted
    | CueDue
    | NoteGiven
    | Reading
    | Paused
    | Resumed
    | CommandTaken
    | TakeEnded
)
