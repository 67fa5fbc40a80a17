"""Helpers for tests of the mirror: synthetic views and states."""

from __future__ import annotations

import numpy as np

from coach.base.protocols import SourceStats
from coach.base.types import EMOTIONS, Box, Emotion, Frame, Probabilities, Reason
from coach.core.mirror.view import MirrorFace, MirrorView, PictureSequence
from coach.display.mirror.state import MirrorState

PICTURES = PictureSequence(tuple(f"shot_{number}.jpg" for number in range(1, 6)), 1.0)


def shares(emotion: Emotion, share: float = 0.7) -> Probabilities:
    """Seven probabilities: `share` for `emotion`, the others equal."""
    share_of_others = (1 - share) / (len(EMOTIONS) - 1)
    a, b, c, d, e, f, g = (share if name == emotion else share_of_others for name in EMOTIONS)
    return a, b, c, d, e, f, g


def face(track: int, box: Box, emotion: Emotion | None = "happy", share: float = 0.7) -> MirrorFace:
    """A face read as `emotion`; None for a face without a label."""
    probabilities = shares(emotion or "neutral", share)
    return MirrorFace(track, box, probabilities, probabilities, emotion)


def unread(track: int, box: Box, reason: Reason = "profile") -> MirrorFace:
    return MirrorFace(track, box, None, None, None, reason, 0.0)


def frame(t: float = 1.0, width: int = 640, height: int = 360) -> Frame:
    image = np.full((height, width, 3), 128, np.uint8)
    image.setflags(write=False)
    return Frame(t, image)


def view(*faces: MirrorFace, t: float = 1.0, width: int = 640, height: int = 360) -> MirrorView:
    return MirrorView(t, faces, frame(t, width, height), None if faces else "no face")


def one_face(t: float = 1.0, emotion: Emotion = "happy") -> MirrorView:
    return view(face(0, Box(260, 100, 120, 120), emotion), t=t)


def grid(count: int, width: int = 1280, height: int = 720) -> MirrorView:
    """`count` faces in rows of five, read as the emotions in turn; every seventh face is a profile."""
    columns, rows = 5, (count + 4) // 5
    side = min(width / columns, height / rows) * 0.6
    faces = []
    for track in range(count):
        box = Box((track % 5) * width / columns + 20, (track // 5) * height / rows + side * 0.3, side, side)
        faces.append(unread(track, box) if track % 7 == 6 else face(track, box, EMOTIONS[track % 7], 0.9))
    return view(*faces, width=width, height=height)


def state(**changed: object) -> MirrorState:
    """The state of a recording of 20 seconds, with `changed` attributes."""
    mirror_state = MirrorState(
        "take.mp4", lambda: SourceStats(frames=10), live=False, duration_s=20.0, meaning="a share"
    )
    for name, value in changed.items():
        setattr(mirror_state, name, value)
    return mirror_state


class Clock:
    """A clock that advances only in `sleep` or when a test sets `t`."""

    def __init__(self) -> None:
        self.t = 0.0

    def now(self) -> float:
        return self.t

    def sleep(self, seconds: float) -> None:
        self.t += seconds
