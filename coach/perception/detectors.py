"""The face detectors by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.errors import UsageError

if TYPE_CHECKING:
    from coach.base.protocols import FaceDetector

DETECTORS: Final = {
    "blazeface": "one face, or few close by; the quickest",
    "wide": "everyone, from a close-up to faces of about a fortieth of the picture's width; for films",
    "tiled": "faces from about a sixtieth on, by looking at each part of the picture; for pictures, too slow for films",
    "haar": "Viola and Jones' of 2001, where this OpenCV has it",
}
"""What each is for."""

KEPT_SCORE: Final = 0.4
"""The detectors for many faces give them from this score on: people are kept in sight with less than it takes to be
noticed. Of 640 faces of 50 to 110 pixels one look finds 639 so, from 0.5 on 636."""


def open_detector(name: str) -> FaceDetector:
    """The detector `name`, one of `DETECTORS`, loaded.

    Raises:
        ModelError: it cannot be used; the message says why.
        UsageError: there is none of that name; names those that there are.
    """
    if name == "haar":
        from coach.perception.haar import Haar

        return Haar()
    from coach.perception.blazeface import BlazeFace
    from coach.perception.models import WIDE_DETECTOR, shipped

    if name == "blazeface":
        return BlazeFace()
    if name == "wide":
        from coach.perception.crowd_detectors import Wide

        return Wide(BlazeFace(shipped(WIDE_DETECTOR), KEPT_SCORE))
    if name == "tiled":
        from coach.perception.crowd_detectors import Tiled

        return Tiled(BlazeFace(shipped(WIDE_DETECTOR), KEPT_SCORE))
    raise UsageError(f"unknown detector {name!r}; known are {', '.join(DETECTORS)}")
