"""What the mirror shows of one moment: every face with what is read in it, and which still picture it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from coach.base.types import Box, Emotion, Frame, Probabilities, Reason

LabelStyle = Literal["plain", "classic"]

CLASSIC_LABELS: Final[dict[Emotion, str]] = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "scared",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprised",
    "neutral": "neutral",
}
"""The words of the mirrors before this one, for who is used to them. Logs always say the plain ones."""


@dataclass(frozen=True, slots=True)
class MirrorFace:
    """One person's face at one moment.

    Attributes:
        track: the number that stays with the person; 0 is the biggest face of when the mirror began.
        box: the face in frame pixels.
        raw: the model's own answer for this frame; None where the face cannot be read.
        smoothed: the even-handed reading smoothed over time; None where there is nothing to go by.
        label: the steady emotion; None where the model is not sure enough to name one.
        reason: why the face cannot be read; None where it can.
        weight: how far it can be relied on, 0 to 1; small, blurred or turned away faces have less.
    """

    track: int
    box: Box
    raw: Probabilities | None
    smoothed: Probabilities | None
    label: Emotion | None
    reason: Reason | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class MirrorView:
    """One moment of the mirror.

    Attributes:
        t: seconds since the source began.
        faces: everyone in sight, in the order of their tracks.
        frame: the picture, never flipped or drawn on; None where a live source had none.
        reason: why nothing can be seen at all, such as a lost camera; None else.
    """

    t: float
    faces: tuple[MirrorFace, ...]
    frame: Frame | None
    reason: Reason | None = None


KEPT_ENDING: Final = 8
"""Letters of a cut name's end that stay, since cameras number there."""


@dataclass(frozen=True, slots=True)
class PictureSequence:
    """Pictures in the order in which they come.

    Attributes:
        names: of their files.
        each_s: seconds of the source that one stands for.
    """

    names: tuple[str, ...]
    each_s: float

    def name(self, t: float) -> str:
        """Of the picture at `t` seconds."""
        return self.names[self._place(t)]

    def number(self, t: float) -> int:
        """Of the picture at `t` seconds, counted from 1."""
        return self._place(t) + 1

    def _place(self, t: float) -> int:
        return min(max(round(t / self.each_s), 0), len(self.names) - 1)


def shorten_middle(name: str, most: int) -> str:
    """`name` itself, or its beginning and end in `most` letters."""
    return name if len(name) <= most else f"{name[: most - KEPT_ENDING - 1]}…{name[-KEPT_ENDING:]}"
