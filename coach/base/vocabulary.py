"""Ids that users also read as words. Files keep the ids, and the code compares them; `tr` shows them as words.

So ``tr(emotion)`` is the word for an emotion, and ``tr(reason)`` that for the reason why a moment cannot be scored.
"""

from __future__ import annotations

from typing import Final

from coach.base.messages import mark

EMOTION_WORDS: Final = (
    mark("angry"),
    mark("disgust"),
    mark("fear"),
    mark("happy"),
    mark("sad"),
    mark("surprise"),
    mark("neutral"),
)
"""The words for `coach.base.types.EMOTIONS`."""

INTENSITY_WORDS: Final = (mark("too little"), mark("too much"))
"""The words for `coach.base.types.IntensityMiss`."""

REASON_WORDS: Final = (
    mark("no face"),
    mark("too dark"),
    mark("too small"),
    mark("profile"),
    mark("sideways"),
    mark("upside down"),
    mark("no signal"),
    mark("frozen"),
    mark("camera lost"),
    mark("unreadable"),
    mark("no camera"),
)
"""The words for `coach.base.types.Reason`."""

STRICTNESS_WORDS: Final = (mark("gentle"), mark("standard"), mark("strict"))
"""The words for `coach.base.settings.Strictness`."""

OWN_WORDS: Final = (mark("yes"), mark("near"), mark("no"))
"""The words for `coach.core.actor.own_verdict.OwnKind`."""

BROWSER_CAMERA: Final = mark("camera of the browser")
"""The name of a source whose frames a page of the studio pushes; reports keep it in English."""
