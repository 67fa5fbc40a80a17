"""What the landmarks of a take say, in sentences for the actor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coach.base.messages import mark, tr
from coach.core.face.reading import Trouble
from coach.core.face.take import LineFace

_MIN_PAGE: Final = 0.05
"""Share of a line with the eyes on the page from which it is mentioned. Below, it may be blinks."""

_MIN_TROUBLE: Final = 0.2
"""Share of a line with a trouble from which it is mentioned."""

TROUBLE_TEXTS: Final[dict[Trouble, str]] = {
    "covered": mark("a part of your face was covered; take hands and props away"),
    "profile": mark("your face was turned away; turn to the camera"),
    "upside down": mark("the picture was upside down; turn the camera"),
}

EYES_DOWN_MEANING: Final = mark(
    "how much of the line your eyes were down, as at a page, or shut for longer than a blink"
)


def face_sentences(lines: Sequence[LineFace]) -> list[str]:
    """Sentences about the eyes and about what made the face hard to measure; empty without landmarks."""
    return [*_eyes(lines), *(sentence for line in lines for sentence in _troubles(line))]


def _eyes(lines: Sequence[LineFace]) -> list[str]:
    seen = [line for line in lines if line.page is not None]
    if not seen:
        return []
    down = [
        tr("{share:.0%} of line {number}", share=line.page, number=line.line)
        for line in seen
        if (line.page or 0.0) >= _MIN_PAGE
    ]
    if not down:
        return [tr("Off book: your eyes were not down at a page in any line.")]
    text = tr("Eyes down, as at a page: {lines}.", lines=", ".join(down))
    rest = tr("In the other lines you were off book.")
    return [text if len(down) == len(seen) else f"{text} {rest}"]


def _troubles(line: LineFace) -> list[str]:
    return [
        tr(
            "Line {number}: for {share:.0%} of the time {trouble}.",
            number=line.line,
            share=share,
            trouble=tr(TROUBLE_TEXTS[trouble]),
        )
        for trouble, share in line.troubles.items()
        if share >= _MIN_TROUBLE
    ]
