"""Views of the mirror: one moment with the readings of all faces; names of still pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coach.base.messages import mark

if TYPE_CHECKING:
    from coach.base.types import Box, Emotion, Frame, Probabilities, Reason
    from coach.core.face.person import MeasuredFace

LabelStyle = Literal["plain", "classic"]

CLASSIC_LABELS: Final[dict[Emotion, str]] = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": mark("scared"),
    "happy": "happy",
    "sad": "sad",
    "surprise": mark("surprised"),
    "neutral": "neutral",
}
"""Labels of earlier mirrors, for users who are used to them. Logs always use the plain labels."""


@dataclass(frozen=True, slots=True)
class MirrorFace:
    """One person's face at one moment.

    Attributes:
        track: the person's number; 0 is the largest face when the mirror started.
        box: the face in frame pixels.
        raw: raw probabilities in this frame; None for an unreadable face.
        smoothed: even-handed probabilities, smoothed; None without a recent reading.
        label: the steady emotion; None if the model abstains.
        reason: why the face is unreadable; None if it is readable.
        weight: reliability, 0 to 1; lower for small, blurred or turned faces.
        measured: measures of the face; None unless they were wanted and due at this moment.
        own: the emotion of which the actor's own example is nearest; None without an actor, or if none is near.
    """

    track: int
    box: Box
    raw: Probabilities | None
    smoothed: Probabilities | None
    label: Emotion | None
    reason: Reason | None = None
    weight: float = 1.0
    measured: MeasuredFace | None = None
    own: Emotion | None = None


@dataclass(frozen=True, slots=True)
class MirrorView:
    """One moment of the mirror.

    Attributes:
        t: seconds since the source began.
        faces: all faces in sight, by track.
        frame: the frame, not flipped and not drawn on; None if a live source had none.
        reason: why there are no faces, such as a lost camera; None otherwise.
        is_reading: False for a frame between two readings, which repeats the faces of the last one.
    """

    t: float
    faces: tuple[MirrorFace, ...]
    frame: Frame | None
    reason: Reason | None = None
    is_reading: bool = True


KEPT_ENDING: Final = 8
"""Number of characters kept at the end of a shortened name, where cameras put the number."""


@dataclass(frozen=True, slots=True)
class PictureSequence:
    """Still pictures, in the order in which they are shown.

    Attributes:
        names: file names of the pictures.
        picture_s: seconds for which the source shows each picture.
    """

    names: tuple[str, ...]
    picture_s: float

    def name(self, t: float) -> str:
        """File name of the picture at `t` seconds."""
        return self.names[self._index(t)]

    def number(self, t: float) -> int:
        """1-based number of the picture at `t` seconds."""
        return self._index(t) + 1

    def _index(self, t: float) -> int:
        return min(max(round(t / self.picture_s), 0), len(self.names) - 1)


def shorten_middle(name: str, limit: int) -> str:
    """Shorten `name` to at most `limit` characters, with an ellipsis in the middle."""
    return name if len(name) <= limit else f"{name[: limit - KEPT_ENDING - 1]}…{name[-KEPT_ENDING:]}"
