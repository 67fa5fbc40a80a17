"""Events that the engine emits and commands that it accepts, each with its time `t` in take seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from coach.base.types import Emotion, IntensityMiss, Observation, Probabilities

EndCause = Literal["finished", "source ended", "quit", "interrupted", "error"]
CommandName = Literal["pause", "back", "repeat", "next", "answered", "dispute", "line", "reveal", "quit"]
"""What the actor can ask for; `answered` comes from the partner, who has finished speaking."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command from the actor, or from the partner."""

    t: float
    name: CommandName


@dataclass(frozen=True, slots=True)
class TakeStarted:
    """The take begins at `t`: 0 on a recording, negative in a live run, which has a lead-in before 0."""

    t: float


@dataclass(frozen=True, slots=True)
class LineStarted:
    """A line begins.

    Attributes:
        index: 1-based position of the line in the script.
        end: planned end in take seconds.
        attempt: 1-based number of this attempt at the line.
    """

    t: float
    index: int
    end: float
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class LineEnded:
    """Line `index` ends; `cut` means before its planned end (back, repeat, quit, end of the recording)."""

    t: float
    index: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class BeatStarted:
    """A beat or pause written in the script begins, planned until `end`; a pause by the actor is `Paused`."""

    t: float
    end: float


@dataclass(frozen=True, slots=True)
class PartnerStarted(BeatStarted):
    """A partner's line begins; until `end` the actor says nothing.

    Attributes:
        role: who says the line.
        text: the words.
        number: position of the line among the lines of all partners, from 1; 0 in takes that did not store it.
    """

    role: str
    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class CueDue:
    """A cue to speak and show before line `index`.

    Attributes:
        text: text to speak; empty for a bare tone.
        kind: ``cue`` (written in the script), ``emotion``, ``line`` or ``tone`` (from ``--announce``).
        deadline: planned start of the line; a cue spoken after it would disturb the line.
        language: language code of the text, such as ``en``.
    """

    t: float
    index: int
    text: str
    kind: Literal["cue", "emotion", "line", "tone"]
    deadline: float
    language: str = "en"


@dataclass(frozen=True, slots=True)
class NoteGiven:
    """A director's note of at most four words on line `index`, to be spoken before `deadline` or not at all."""

    t: float
    index: int
    text: str
    deadline: float


@dataclass(frozen=True, slots=True)
class PromptGiven:
    """The actor asked for line `index`, and the coach says its next words.

    Attributes:
        text: the words.
        language: language code of the words, such as ``en``.
    """

    t: float
    index: int
    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Fit:
    """How a reading fits its line's target at that moment.

    Attributes:
        on_target: whether the target accepts it, intensity included; None if the model abstains.
        part: 0-based index of the current part of the target; 0 unless the target is an arc.
        intensity_miss: 'too little' or 'too much' if an accepted emotion is outside the intensity band; otherwise None.
        rival: the strongest emotion that the part does not accept; None if the reading is accepted.
        probability: summed smoothed probability of the emotions that the part accepts.
    """

    on_target: bool | None
    part: int = 0
    intensity_miss: IntensityMiss | None = None
    rival: Emotion | None = None
    probability: float = 0.0


@dataclass(frozen=True, slots=True)
class MomentVerdict:
    """What the verdict on a line would be if the whole line were like this moment, by the rules of the report.

    Attributes:
        verdict: the verdict on the moment; a hit is what displays call on target.
        share: estimated share of viewers who would name the target, 0 to 1.
        asked_share: share that a hit needs.
        rival: the strongest emotion that the target does not accept.
        lead: log odds of the rival minus those of the target.
    """

    verdict: Literal["hit", "partial", "miss"]
    share: float
    asked_share: float
    rival: Emotion
    lead: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The engine's reading of one observation.

    Attributes:
        observation: observation with the classifier's raw probabilities.
        smoothed: the actor's prior-corrected probabilities, smoothed over time; None for an unusable face.
        read: the emotion after smoothing and hysteresis; None for an unusable face or if the model abstains.
        index: 1-based position of the current line in the script; None in the lead-in, in beats and while paused.
        fit: how the reading fits that line's target; None without a target or a usable face.
        even_handed: the actor's prior-corrected probabilities, not smoothed; None for an unusable face.
        weight: reliability of the face, 0 to 1.
        verdict: the verdict on this moment; None without a target or a read emotion, for a model that does not predict
            viewer shares, and in a replay without notes.
    """

    t: float
    observation: Observation
    smoothed: Probabilities | None = None
    read: Emotion | None = None
    index: int | None = None
    fit: Fit | None = None
    even_handed: Probabilities | None = None
    weight: float = 0.0
    verdict: MomentVerdict | None = None

    @property
    def on_target(self) -> bool | None:
        """Whether the target accepts the reading; None without a target or a read emotion."""
        return self.fit.on_target if self.fit else None


@dataclass(frozen=True, slots=True)
class Paused:
    """The actor paused the take with the command ``pause``; a pause written in the script is `BeatStarted`."""

    t: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """The take continues after `Paused`."""

    t: float


@dataclass(frozen=True, slots=True)
class CommandTaken:
    """The engine accepted a command. Readings and accepted commands are enough to replay a take."""

    t: float
    name: CommandName


@dataclass(frozen=True, slots=True)
class TakeEnded:
    """The take ends."""

    t: float
    cause: EndCause


Event: TypeAlias = (
    TakeStarted
    | LineStarted
    | LineEnded
    | BeatStarted
    | PartnerStarted
    | CueDue
    | NoteGiven
    | PromptGiven
    | Reading
    | Paused
    | Resumed
    | CommandTaken
    | TakeEnded
)
