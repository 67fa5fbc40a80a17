"""Calibration: what an actor shows part by part, and what is learnt from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from coach.base.messages import mark, tr
from coach.base.types import EMOTIONS, Emotion, Reason
from coach.core.actor.alignment import Points, level, mean_shape, turn_to
from coach.core.actor.examples import ActorProfile, Example, Face
from coach.core.actor.likeness import Likeness
from coach.core.actor.spread import moving_spread

if TYPE_CHECKING:
    from random import Random

PartKind = Literal["rest", "sentence", "turns", "angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
"""What an actor shows: the face at rest, a neutral sentence read aloud, slow turns of the head, or an emotion."""

ROUNDS: Final = 2
"""How often each emotion is shown. With two examples of each, 98 % of posed faces are recognised, with one 95 %."""

STRONGEST_SHARE: Final = 0.4
"""Share of a part's moments, those farthest from the rest, from which its example is taken; a line's strongest part is
as large."""

MIN_USABLE_S: Final = 1.0
"""Time with a readable face that a part needs, in seconds."""

MIN_USABLE_SHARE: Final = 0.5
"""Share of a part in which the face must be readable."""

SPEAKING: Final = "speaking"
"""Origin of the example of a neutral face that speaks: a speaking mouth looks like surprise or disgust."""

REMEDIES: Final[dict[Reason, str]] = {
    "too dark": mark("It is too dark. Turn to the light"),
    "too small": mark("Your face is too small. Come closer"),
    "profile": mark("Your head is turned away. Look at the camera"),
    "sideways": mark("The picture lies on its side. Turn the camera"),
    "upside down": mark("The picture is upside down. Turn the camera"),
}
"""What to say when the face could not be read for this reason. Of other reasons: `NOT_SEEN`."""

NOT_SEEN: Final = mark("The camera does not find your face. Sit in the middle of the picture")


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What the camera read at one time of a part.

    Attributes:
        t: time in seconds.
        face: the face as numbers; None if it could not be read.
        reason: why it could not be read; None if it could.
    """

    t: float
    face: Face | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ShownPart:
    """A part as it was shown: its kind and its moments, in the order of time."""

    kind: PartKind
    moments: Sequence[Moment]

    @property
    def emotion(self) -> Emotion | None:
        """The emotion that was shown; None for the other parts."""
        return self.kind if self.kind in EMOTIONS else None

    @property
    def faces(self) -> list[Face]:
        """The faces that could be read."""
        return [moment.face for moment in self.moments if moment.face is not None]


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """How one emotion was read.

    Attributes:
        emotion: what the actor showed.
        read: what the model for everybody reads in each example, in the order in which they were shown.
        recognised: whether the later examples are nearest to the first one of this emotion; None with one example only.
    """

    emotion: Emotion
    read: tuple[Emotion, ...]
    recognised: bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What was learnt.

    Attributes:
        profile: the actor's profile.
        rows: one per emotion that was shown, in the order of `EMOTIONS`.
        missing: emotions without an example; lines that ask for them are judged by viewers alone.
    """

    profile: ActorProfile
    rows: tuple[CalibrationRow, ...]
    missing: tuple[Emotion, ...]


def plan(random: Random) -> list[PartKind]:
    """The parts of a guided calibration: rest, sentence, turns, then each emotion twice in shuffled order.

    No emotion comes twice in a row, because the second would be a copy of the first.
    """
    parts: list[PartKind] = ["rest", "sentence", "turns"]
    for _ in range(ROUNDS):
        emotions = list(EMOTIONS)
        random.shuffle(emotions)
        if emotions[0] == parts[-1]:
            emotions.append(emotions.pop(0))
        parts += emotions
    return parts


def problem_of(part: ShownPart) -> str | None:
    """Why `part` cannot be used, as a sentence that says what to do; None if it can.

    While the head turns, the face may be unreadable most of the time.
    """
    usable = [moment for moment in part.moments if moment.face is not None]
    long_enough = len(usable) > 1 and usable[-1].t - usable[0].t >= MIN_USABLE_S
    if part.kind == "turns" and usable:
        return None
    if long_enough and len(usable) >= MIN_USABLE_SHARE * len(part.moments):
        return None
    reasons = Counter(moment.reason for moment in part.moments if moment.face is None)
    reason = reasons.most_common(1)[0][0] if reasons else None
    if reason is None:
        return tr("The part was too short. Hold it for two seconds.")
    return tr("{remedy}, and show it again.", remedy=tr(REMEDIES.get(reason, NOT_SEEN)))


def check_kinds(kinds: Sequence[str]) -> None:
    """Check that something can be learnt from parts of these `kinds`.

    Raises:
        ValueError: there is no part at rest, or fewer than two emotions. The message is for the user.
    """
    if "rest" not in kinds:
        raise ValueError(tr("a calibration needs a part at rest"))
    if len(set(kinds) & set(EMOTIONS)) < 2:
        raise ValueError(tr("a calibration needs at least two emotions: with one, nothing can be told apart"))


def learn(name: str, models: Mapping[str, str], parts: Sequence[ShownPart], session: int = 0) -> Calibration:
    """Learn an actor's profile from the `parts` of a calibration, all of them usable (`problem_of`).

    Args:
        name: of the actor.
        models: SHA-256 of each model that read the faces, by its name.
        parts: in the order in which they were shown.
        session: number of the calibration.

    Raises:
        ValueError: there is no part at rest, or fewer than two emotions were shown. The message is for the user.
    """
    check_kinds([part.kind for part in parts])
    resting = [face for part in parts if part.kind == "rest" for face in part.faces]
    shown = [part for part in parts if part.emotion is not None]
    rest = _middle(resting)
    examples = tuple(_example(part, rest, session) for part in shown)
    spread = moving_spread([_points(part.faces) for part in parts if part.kind != "sentence"])
    speaking = tuple(
        Example(_middle(_strongest(part.faces, rest)), "neutral", session=session, origin=SPEAKING)
        for part in parts
        if part.kind == "sentence"
    )
    profile = ActorProfile(name, dict(models), examples + speaking, rest, spread)
    present = {example.label for example in examples}
    return Calibration(
        profile,
        tuple(_row(profile, examples, emotion) for emotion in EMOTIONS if emotion in present),
        tuple(emotion for emotion in EMOTIONS if emotion not in present),
    )


def _example(part: ShownPart, rest: Face, session: int) -> Example:
    assert part.emotion is not None
    return Example(example_of(part.faces, part.emotion, rest), part.emotion, session=session)


def example_of(faces: Sequence[Face], emotion: Emotion, rest: Face) -> Face:
    """The one of `faces`, at least one, that stands for the others as an example of `emotion`.

    It is taken from those that differ most from the face at `rest`; of a neutral face, from all.
    """
    return _middle(faces if emotion == "neutral" else _strongest(faces, rest))


def _strongest(faces: Sequence[Face], rest: Face) -> list[Face]:
    """The `STRONGEST_SHARE` of `faces` that differ most from `rest`."""
    distances = ((_over(rest, faces) - level(rest.points[None])) ** 2)[..., :2].sum((-1, -2))
    count = max(1, round(STRONGEST_SHARE * len(faces)))
    return [faces[i] for i in np.argsort(-distances, kind="stable")[:count]]


def _middle(faces: Sequence[Face]) -> Face:
    """The one of `faces` that is nearest to their mean. A mean itself would be a face that nobody showed."""
    shapes = level(_points(faces))
    mean = mean_shape(shapes)
    distances = ((turn_to(mean, shapes) - mean) ** 2)[..., :2].sum((-1, -2))
    return faces[int(distances.argmin())]


def _over(reference: Face, faces: Sequence[Face]) -> NDArray[np.float64]:
    """The shapes (N, 146, 3) of `faces`, laid over that of `reference`."""
    return turn_to(level(reference.points[None])[0], level(_points(faces)))


def _points(faces: Sequence[Face]) -> Points:
    return np.stack([face.points for face in faces])


def _row(profile: ActorProfile, examples: Sequence[Example], emotion: Emotion) -> CalibrationRow:
    own = [example for example in examples if example.label == emotion]
    read = tuple(EMOTIONS[int(np.argmax(example.face.log_odds))] for example in own)
    firsts = {example.label: example for example in reversed(examples)}
    if len(own) < 2:
        return CalibrationRow(emotion, read, None)
    likeness = Likeness(list(firsts.values()), profile.spread)
    nearest = [likeness.distances(example.face) for example in own[1:]]
    return CalibrationRow(emotion, read, all(_nearest(distances) == emotion for distances in nearest))


def _nearest(distances: Sequence[float]) -> Emotion:
    return EMOTIONS[int(np.argmin(distances))]
