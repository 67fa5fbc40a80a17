"""Guides an actor through a calibration: when to prompt, when to watch, and what to show again. Knows no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from coach.base.messages import mark
from coach.core.actor.calibration import Moment, PartKind, ShownPart, problem_of

PREPARE_S: Final = 3.5
"""Time from a prompt until the camera watches, in seconds: enough to hear the prompt and to get there."""

_WATCH_S: Final[dict[PartKind, float]] = {"rest": 4.0, "sentence": 6.0, "turns": 8.0}
_EMOTION_WATCH_S: Final = 3.5

MAX_BLIND_S: Final = 1.5
"""A part in which the face cannot be read for so long is stopped at once, in seconds."""

MAX_TRIES: Final = 4
"""After so many failed tries of one part the calibration gives up."""

PROMPTS: Final[dict[PartKind, str]] = {
    "rest": mark("Let your face rest, and look at the camera."),
    "sentence": mark("Say calmly, twice: The train to the coast leaves at ten past four."),
    "turns": mark("Turn your head slowly to the left, to the right, up and down. Let your face rest."),
    "angry": mark("Your anger: somebody has taken what is yours, and smiles about it."),
    "disgust": mark("Your disgust: you open the fridge, and something in it has gone bad."),
    "fear": mark("Your fear: it is night, and somebody is in the house."),
    "happy": mark("Your joy: the person you missed most comes through the door."),
    "sad": mark("Your sadness: you read the last letter once more."),
    "surprise": mark("Your surprise: the door opens, and all your friends are there."),
    "neutral": mark("Nothing at all: you wait for a bus."),
}
"""What the coach says before each part. No picture: an actor who imitates one shows somebody else's face."""


def watch_s(kind: PartKind) -> float:
    """How long the camera watches a part, in seconds."""
    return _WATCH_S.get(kind, _EMOTION_WATCH_S)


@dataclass(frozen=True, slots=True)
class Prompted:
    """A part was announced: number `number` of `total`. `problem` says why it is shown again; empty at first."""

    kind: PartKind
    number: int
    total: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Watching:
    """The camera watches the part from now on, for `seconds`."""

    kind: PartKind
    seconds: float


@dataclass(frozen=True, slots=True)
class Kept:
    """The part was shown well."""

    kind: PartKind


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The part failed `MAX_TRIES` times; the calibration has ended without a result."""

    kind: PartKind
    problem: str


@dataclass(frozen=True, slots=True)
class AllShown:
    """The last part was shown; the calibration has ended."""


GuideEvent: TypeAlias = Prompted | Watching | Kept | GaveUp | AllShown


class Guide:
    """Goes through the parts in the time of the moments that it gets.

    Attributes:
        shown: the parts that were shown well, in order.
        ended: whether all parts were shown, or one failed too often.
    """

    def __init__(self, kinds: Sequence[PartKind]) -> None:
        """Guide through `kinds`, at least one, in this order."""
        self._kinds = kinds
        self._part_began: float | None = None
        self._moments: list[Moment] = []
        self._is_watching = False
        self._tries = 0
        self.shown: list[ShownPart] = []
        self.ended = False

    def step(self, moment: Moment) -> list[GuideEvent]:
        """Take the next moment, in order of time; returns what happened at it."""
        if self.ended:
            return []
        if self._part_began is None:
            return [self._prompt(moment.t)]
        since = moment.t - self._part_began
        if not self._is_watching:
            return [self._watch()] if since >= PREPARE_S else []
        self._moments.append(moment)
        if since >= PREPARE_S + watch_s(self._kind) or self._is_blind(moment.t):
            return self._finish(moment.t)
        return []

    @property
    def _kind(self) -> PartKind:
        return self._kinds[len(self.shown)]

    def _prompt(self, t: float, problem: str = "") -> Prompted:
        self._part_began, self._moments, self._is_watching = t, [], False
        return Prompted(self._kind, len(self.shown) + 1, len(self._kinds), problem)

    def _watch(self) -> Watching:
        self._is_watching = True
        return Watching(self._kind, watch_s(self._kind))

    def _is_blind(self, t: float) -> bool:
        """Whether the face could not be read in any of the last moments, for `MAX_BLIND_S`."""
        if self._kind == "turns" or t - self._moments[0].t < MAX_BLIND_S:
            return False
        return all(moment.face is None for moment in self._moments if moment.t >= t - MAX_BLIND_S)

    def _finish(self, t: float) -> list[GuideEvent]:
        kind, part = self._kind, ShownPart(self._kind, self._moments)
        problem = problem_of(part)
        if problem is not None:
            return [self._again(t, problem)]
        self.shown.append(part)
        self._tries = 0
        if len(self.shown) == len(self._kinds):
            self.ended = True
            return [Kept(kind), AllShown()]
        return [Kept(kind), self._prompt(t)]

    def _again(self, t: float, problem: str) -> GuideEvent:
        self._tries += 1
        if self._tries < MAX_TRIES:
            return self._prompt(t, problem)
        self.ended = True
        return GaveUp(self._kind, problem)
