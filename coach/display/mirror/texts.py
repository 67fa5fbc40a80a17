"""The wording of the mirror, shared by window, recording, terminal and summary; finds people in a view by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.base.types import EMOTIONS
from coach.core.mirror.view import CLASSIC_LABELS

if TYPE_CHECKING:
    from coach.base.types import Emotion, Reason
    from coach.core.mirror.view import LabelStyle, MirrorFace, MirrorView

UNCLEAR: Final = mark("unclear")
"""Label of a face in which no emotion is clear enough."""

_UNREAD: Final[dict[Reason, str]] = {
    "no face": mark("not seen"),
    "too dark": mark("too dark"),
    "too small": mark("too small"),
    "profile": mark("turned away"),
    "sideways": mark("sideways"),
    "upside down": mark("upside down"),
    "no signal": mark("no signal"),
    "frozen": mark("picture frozen"),
    "camera lost": mark("camera lost"),
    "unreadable": mark("unreadable"),
    "no camera": mark("no camera"),
}


def emotion_word(emotion: Emotion, labels: LabelStyle) -> str:
    """The word for `emotion` in the user's language."""
    label = CLASSIC_LABELS[emotion] if labels == "classic" else emotion
    return tr(label)


def unread_text(reason: Reason | None) -> str:
    """Why a face cannot be read, in at most two words."""
    text = _UNREAD[reason or "no face"]
    return tr(text)


def reading_text(face: MirrorFace, labels: LabelStyle) -> str:
    """The emotion that the camera reads in `face`, or why it reads none."""
    if face.smoothed is None:
        return unread_text(face.reason)
    return emotion_word(face.label, labels) if face.label else tr(UNCLEAR)


def percent(share: float) -> str:
    """A share (0 to 1) as a percentage."""
    return f"{share:.0%}"


def tag_texts(face: MirrorFace, labels: LabelStyle) -> tuple[str, ...]:
    """The texts for the tag of a face, longest first: ``2 happy 83%, own sad``, ``2 happy 83%``, ``2 happy``, ``2``."""
    text = f"{face.track} {reading_text(face, labels)}"
    if face.smoothed is None or face.label is None:
        return text, str(face.track)
    shown = f"{text} {percent(face.smoothed[EMOTIONS.index(face.label)])}"
    own = (tr("{reading}, own {emotion}", reading=shown, emotion=emotion_word(face.own, labels)),) if face.own else ()
    return *own, shown, text, str(face.track)


MEANING: Final = mark("how strongly the camera reads each emotion")
"""What a percentage means, whatever the model."""


def no_face_text(view: MirrorView) -> str:
    """Why no face is shown; empty if one is."""
    if view.faces:
        return ""
    if view.reason in (None, "no face"):
        return tr("no face in the picture")
    return unread_text(view.reason)


def find_person(view: MirrorView, track: int) -> MirrorFace | None:
    """The face of the person `track`; None while out of sight."""
    return next((face for face in view.faces if face.track == track), None)


def next_person(view: MirrorView, track: int) -> int:
    """The next person in sight after `track`, cyclic; `track` if nobody is in sight."""
    tracks = sorted(face.track for face in view.faces)
    return next((other for other in tracks if other > track), tracks[0] if tracks else track)
