"""Two questions about a line: what would viewers read, and is the face like the actor's own examples? And one verdict.

The rule was chosen by rates that `python -m tools.evaluate_actor` measures; docs/actor.md has them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coach.base.messages import tr
from coach.base.text import join_with_or
from coach.base.types import EMOTIONS, Emotion
from coach.core.script.targets import emotion_noun

if TYPE_CHECKING:
    from coach.core.scoring.report import Verdict

NEAR_RATIO: Final = 1.5
"""A face is near an emotion if another emotion is nearer, but its squared distance times this is not smaller."""

FAR: Final = 6.0
"""Squared distance beyond which a face is not like an example, even if no other example is nearer. With two examples
of each emotion, 3 % of right faces are further away."""

_LEAST: Final = 1e-6
"""Squared distances count as at least this, so that a face that is an example itself has a finite lead."""

OwnKind = Literal["yes", "near", "no"]
"""Whether a face is like the actor's own examples of a line's emotion."""

Speaker = Literal["viewers", "own", "both"]
"""Which of the two questions decided a verdict."""


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """Whether a face is like the actor's own examples of a line's emotion.

    Attributes:
        kind: ``yes``: it is nearest to them, and not far. ``near``: almost as near as to another emotion, or nearest
            but far. ``no``: another emotion is clearly nearer.
        like: the emotion with the nearest example.
        distance: squared distance to the nearest example of the line's emotion, in units of the spread.
        lead: log of the squared distance to the nearest other emotion, minus the log of `distance`. Above 0 the line's
            emotion is nearest.
    """

    kind: OwnKind
    like: Emotion
    distance: float
    lead: float


def answer(distances: Sequence[float], accepted: Sequence[Emotion]) -> OwnAnswer | None:
    """Whether squared `distances` (7,) to the actor's examples fit the `accepted` emotions of a line.

    Args:
        distances: of a face, or their means over several moments, in the order of `EMOTIONS`; infinite for an emotion
            without an example (`coach.core.actor.likeness.Likeness.distances`).
        accepted: at least one emotion.

    Returns:
        None if no accepted emotion has an example, or no other emotion has one: then nothing can be compared.
    """
    indices = [EMOTIONS.index(emotion) for emotion in accepted]
    own = min(distances[i] for i in indices)
    other = min((distance for i, distance in enumerate(distances) if i not in indices), default=math.inf)
    if math.isinf(own) or math.isinf(other):
        return None
    nearest = min(range(len(EMOTIONS)), key=distances.__getitem__)
    return OwnAnswer(_kind(own, other), EMOTIONS[nearest], own, _log(other) - _log(own))


def nearest(distances: Sequence[float]) -> Emotion | None:
    """The emotion of the nearest example by squared `distances` (7,); None if even that one is far."""
    place = min(range(len(EMOTIONS)), key=distances.__getitem__)
    return EMOTIONS[place] if distances[place] <= FAR else None


def _kind(own: float, other: float) -> OwnKind:
    if own <= other:
        return "yes" if own <= FAR else "near"
    return "near" if own <= other * NEAR_RATIO else "no"


def _log(distance: float) -> float:
    return math.log(max(distance, _LEAST))


def own_text(own: OwnAnswer, accepted: Sequence[Emotion]) -> str:
    """The answer as text: ``like your own fear: no, like your own sadness``."""
    asked = join_with_or([_noun(emotion) for emotion in accepted])
    if own.kind == "no":
        return tr("like your own {asked}: no, like your own {other}", asked=asked, other=_noun(own.like))
    return tr("like your own {asked}: {answer}", asked=asked, answer=tr(own.kind))


def _noun(emotion: Emotion) -> str:
    return tr("neutral face") if emotion == "neutral" else emotion_noun(emotion)


@dataclass(frozen=True, slots=True)
class JoinedVerdict:
    """The verdict of both questions, and which of them decided it."""

    verdict: Verdict
    spoke: Speaker


def join(viewers: Verdict, own: OwnAnswer | None) -> JoinedVerdict:
    """Join the verdict of *viewers* with the answer of *own*, which is None if the actor has no examples for it.

    A hit where either says so, a miss only where both say another emotion, otherwise a partial. What was not scored
    stays so.
    """
    if own is None or viewers == "not_scored":
        return JoinedVerdict(viewers, "viewers")
    says = _OWN_VERDICTS[own.kind]
    better = max(viewers, says, key=_WORST_FIRST.index)
    return JoinedVerdict(better, "both" if viewers == says else "viewers" if better == viewers else "own")


_OWN_VERDICTS: Final[dict[OwnKind, Verdict]] = {"yes": "hit", "near": "partial", "no": "miss"}
_WORST_FIRST: Final[tuple[Verdict, ...]] = ("miss", "partial", "hit")


def note_stands(own: OwnAnswer | None) -> bool:
    """Whether a note that *viewers* deserve may be given: only if *own* says another emotion, or says nothing."""
    return own is None or own.kind == "no"
