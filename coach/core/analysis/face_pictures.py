"""Pictures of the face that a take may keep: which moments of a line they show, and what the camera read in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from coach.base.types import Emotion

PictureKind = Literal["best", "worst", "turning point"]

PICTURE_KINDS: Final[tuple[PictureKind, ...]] = ("best", "turning point", "worst")
"""In the order in which they are shown.

Best: most of what was asked was read. Worst: least of it. Turning point: the first time that it came or went."""


@dataclass(frozen=True, slots=True)
class FacePicture:
    """One face, as the camera saw it.

    Attributes:
        line: 1-based number.
        t: take seconds.
        read: the steady emotion; None where the model abstained.
        share: of the smoothed reading that fell on what was asked, 0 to 1.
        jpeg: the picture.
    """

    line: int
    kind: PictureKind
    t: float
    read: Emotion | None
    share: float
    jpeg: bytes
