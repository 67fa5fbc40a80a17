"""The words of the mirror, the same in window, recording, terminal and summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.types import EMOTIONS
from coach.core.mirror.view import CLASSIC_LABELS

if TYPE_CHECKING:
    from coach.base.types import Emotion, Reason
    from coach.core.mirror.view import LabelStyle, MirrorFace, MirrorView
    from coach.core.reading.card import ModelCard

UNCLEAR: Final = "unclear"
"""A face is read and the model is not sure enough of any word."""

_UNREAD: Final[dict[Reason, str]] = {
    "no face": "not seen",
    "too dark": "too dark",
    "too small": "too small",
    "profile": "turned away",
    "sideways": "sideways",
    "no signal": "no signal",
    "frozen": "picture frozen",
    "camera lost": "camera lost",
    "unreadable": "unreadable",
    "no camera": "no camera",
}


def word(emotion: Emotion, labels: LabelStyle) -> str:
    """What `emotion` is called."""
    return CLASSIC_LABELS[emotion] if labels == "classic" else emotion


def unread(reason: Reason | None) -> str:
    """Why a face cannot be read, in two words at most."""
    return _UNREAD[reason or "no face"]


def read_as(face: MirrorFace, labels: LabelStyle) -> str:
    """What the camera reads in `face`, or why it reads nothing."""
    if face.smoothed is None:
        return unread(face.reason)
    return word(face.label, labels) if face.label else UNCLEAR


def percent(share: float) -> str:
    """A share as people write it."""
    return f"{share:.0%}"


def tags(face: MirrorFace, labels: LabelStyle) -> tuple[str, ...]:
    """What stands at a face, from the longest form to the shortest: ``2 happy 83%``, ``2 happy``, ``2``."""
    said = f"{face.track} {read_as(face, labels)}"
    if face.smoothed is None or face.label is None:
        return said, str(face.track)
    return f"{said} {percent(face.smoothed[EMOTIONS.index(face.label)])}", said, str(face.track)


def meaning_of(card: ModelCard) -> str:
    """What the percentages are, as the model's card says."""
    meant = {
        "label": "how likely a labeller would choose that word",
        "viewers": "share of viewers who would read that",
    }[card.meaning]
    return f"{meant}, rare emotions weighed up" if card.power and card.prior else meant


def nobody(view: MirrorView) -> str:
    """Why no face is shown, empty where one is."""
    if view.faces:
        return ""
    if view.reason in (None, "no face"):
        return "no face in the picture"
    return unread(view.reason)


def person(view: MirrorView, track: int) -> MirrorFace | None:
    """The face of the person `track`, None while out of sight."""
    return next((face for face in view.faces if face.track == track), None)


def person_after(view: MirrorView, track: int) -> int:
    """The next person in sight after `track`, from the highest number back to the lowest; `track` where nobody is."""
    tracks = sorted(face.track for face in view.faces)
    return next((each for each in tracks if each > track), tracks[0] if tracks else track)
