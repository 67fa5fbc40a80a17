"""The picture in the window: the actor with the line, and beside them whether the face is on target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.messages import mark, tr
from coach.display.kit.lettering import (
    LEADING,
    SMALLEST,
    Block,
    Colour,
    fit_text,
    normalise,
    scrolled_text,
    width_of,
    write,
)
from coach.display.rehearsal.wording import line_number, state_of, target_text, waiting_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.base.types import Box, Frame
    from coach.display.rehearsal.stage import Phase, Stage

    Picture = NDArray[np.uint8]

WHITE: Final[Colour] = (255, 255, 255)
GREY: Final[Colour] = (190, 190, 190)
DARK: Final[Colour] = (24, 20, 20)
YELLOW: Final[Colour] = (90, 220, 255)
STATE_COLOURS: Final[dict[str, Colour]] = {
    "yes": (120, 220, 120),
    "near": (80, 180, 250),
    "no": (110, 130, 255),
    "none": GREY,
}
"""Green, orange, red and grey, light enough to read on a dark background; a sign and a text always go with them."""

STATE_SIGNS: Final = {"yes": "✓", "near": "~", "no": "×", "none": "–"}
"""The sign of each state. It stands beside the actor, because nobody plays well under a red cross on their face."""

SPEECH_SHARE: Final = 0.3
"""Largest height of a partner's words, as a share of the picture's height."""

STRIP_SHARE: Final = 0.08
"""Width of the strip with the sign, as a share of the picture's height."""

SMALL_SIDE: Final = 240
"""Minimum shorter side of a picture in pixels, unless that makes the longer side too long."""

LONG_SIDE: Final = 1920
"""Maximum longer side of a picture in pixels; a larger picture takes longer to draw and shows no more."""


@dataclass(frozen=True, slots=True)
class WindowStyle:
    """How the window shows a rehearsal.

    Attributes:
        mirror: flip the picture horizontally, for a camera.
        hidden: hide the actor and show the line in large type.
        notice: a sentence at the top; empty for none.
        keys: help for the keys; empty for none.
        marks: draw a box and the emotion that is read at the face.
    """

    mirror: bool
    hidden: bool
    notice: str = ""
    keys: str = ""
    marks: bool = False


def picture_size(frame: Frame | None, room: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the picture: frame and strip scaled to `room` (width, height), within the limits."""
    height, width = frame.image.shape[:2] if frame else (9, 16)
    width += height * STRIP_SHARE if frame else 0
    scale = min(room[0] / width, room[1] / height)
    scale = max(scale, SMALL_SIDE / min(width, height))
    scale = min(scale, LONG_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def compose(stage: Stage, frame: Frame | None, size: tuple[int, int], style: WindowStyle) -> Picture:
    """A new picture (height, width, 3) uint8 BGR of `size` (width, height); the frame is not changed."""
    picture = np.full((size[1], size[0], 3), DARK, np.uint8)
    if frame is None or style.hidden:
        page = _Page(picture)
        page.top(stage, style, sign=True)
        page.bottom(stage, words=False)
        page.large_line(stage)
    else:
        width = size[0] - round(size[1] * STRIP_SHARE)
        actor = picture[:, :width]
        actor[:] = _scale(frame.image, (width, size[1]), style.mirror)
        _draw_sign(picture[:, width:], stage)
        page = _Page(actor)
        page.top(stage, style, sign=False)
        page.bottom(stage, words=True)
        if style.marks:
            _draw_face_box(actor, stage, frame, style)
            page.label(stage, frame, style)
    page.middle(stage)
    return picture


def _scale(image: Picture, size: tuple[int, int], mirror: bool) -> Picture:
    shrinks = size[0] < image.shape[1]
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(cv2.flip(scaled, 1) if mirror else scaled, np.uint8)


def _draw_sign(strip: Picture, stage: Stage) -> None:
    """Draw the sign of the state in the middle of the strip beside the actor."""
    state, _ = state_of(stage)
    height, width = int(strip.shape[0]), int(strip.shape[1])
    block = Block((STATE_SIGNS[state],), max(SMALLEST, round(width * 0.8)))
    left = max(0, round((width - width_of(block.rows[0], block.size, 700)) / 2))
    write(strip, block, (left, max(0, (height - block.height) // 2)), STATE_COLOURS[state], 700)


def _draw_face_box(picture: Picture, stage: Stage, frame: Frame, style: WindowStyle) -> None:
    actor = stage.reading.observation.actor if stage.reading else None
    if actor is None:
        return
    state, _ = state_of(stage)
    left, top, right, bottom = _corners(actor.box, frame, picture, style.mirror)
    thickness = max(1, picture.shape[0] // 240)
    cv2.rectangle(picture, (left, top), (right, bottom), STATE_COLOURS[state], thickness, cv2.LINE_AA)


def _corners(box: Box, frame: Frame, picture: Picture, mirror: bool) -> tuple[int, int, int, int]:
    scale = picture.shape[1] / frame.image.shape[1]
    x = frame.image.shape[1] - box.x - box.width if mirror else box.x
    left, top = round(x * scale), round(box.y * scale)
    return left, top, left + round(box.width * scale), top + round(box.height * scale)


def _darken(picture: Picture, left: int, top: int, right: int, bottom: int) -> None:
    """Darken a part of the picture so that light text can be read on it."""
    part = picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if part.size:
        cv2.convertScaleAbs(part, part, alpha=0.3)


def _unit(picture: Picture) -> int:
    """Font size of small text in pixels: 1/24 of the height, less in a narrow picture."""
    height, width = int(picture.shape[0]), int(picture.shape[1])
    return max(SMALLEST, round(min(height, width * 0.75) / 24))


class _Page:
    """Draws text on a picture, in units of its size.

    `top` and `bottom` come first: they set the space that is left for the other methods.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._height, self._width = picture.shape[:2]
        self._unit = _unit(picture)
        self._margin = self._unit // 2
        self._middle_bottom = self._height
        self._middle_top = 0

    def top(self, stage: Stage, style: WindowStyle, *, sign: bool) -> None:
        """Draw the position in the script, the target of the line, and whether the face is on target.

        Without `sign`, the last has neither its sign nor its colour, because they stand beside the picture.
        """
        state, text = state_of(stage)
        state_row = (f"{STATE_SIGNS[state]} {text}", STATE_COLOURS[state], 500) if sign else (text, WHITE, 500)
        rows = [(_position_text(stage), WHITE, 600), state_row]
        if style.notice:
            rows.append((f"! {style.notice}", YELLOW, 500))
        rows.append((style.keys, GREY, 400))
        blocks = [(self._row(text, weight), colour, weight) for text, colour, weight in rows if text]
        self._middle_top = sum(block.height for block, _, _ in blocks) + self._margin
        _darken(self._picture, 0, 0, self._width, self._middle_top)
        y = self._margin // 2
        for block, colour, weight in blocks:
            write(self._picture, block, (self._margin, y), colour, weight)
            y += block.height

    def bottom(self, stage: Stage, *, words: bool) -> None:
        """Draw cue, note, the line itself if `words`, and a bar for the time left."""
        bar = max(4, self._unit // 3)
        width, size = self._width - 2 * self._margin, round(self._unit * 1.5)
        blocks = [(self._row(text, 600), colour, 600) for text, colour in _messages(stage)]
        if stage.partner is not None and stage.cue:
            room, said = (width, round(self._height * SPEECH_SHARE)), 1 - stage.left_share
            blocks.insert(0, (scrolled_text(normalise(stage.cue, 2500), room, size, said), WHITE, 400))
        if words and stage.featured:
            three_rows = round(self._unit * 1.5 * LEADING * 3)
            blocks.append((fit_text(_line(stage), width, three_rows, size, 500), _line_colour(stage), 500))
        self._middle_bottom = self._height - bar - sum(block.height for block, _, _ in blocks) - self._margin
        _darken(self._picture, 0, self._middle_bottom, self._width, self._height)
        y = self._middle_bottom + self._margin // 2
        for block, colour, weight in blocks:
            write(self._picture, block, (self._margin, y), colour, weight)
            y += block.height
        cv2.rectangle(self._picture, (0, self._height - bar), (self._width, self._height), (60, 60, 60), cv2.FILLED)
        end = round(self._width * stage.left_share)
        cv2.rectangle(self._picture, (0, self._height - bar), (end, self._height), YELLOW, cv2.FILLED)

    def large_line(self, stage: Stage) -> None:
        """Draw the line as large as the space between top and bottom allows."""
        if stage.featured is None:
            return
        height = self._middle_bottom - self._middle_top - 2 * self._margin
        block = fit_text(_line(stage), self._width - 4 * self._margin, height, round(self._height / 5), 500)
        top = self._middle_top + self._margin + max(0, (height - block.height) // 2)
        write(self._picture, block, (2 * self._margin, top), _line_colour(stage), 500)

    def label(self, stage: Stage, frame: Frame, style: WindowStyle) -> None:
        """Draw the emotion that is read, at the face, between top and bottom."""
        actor = stage.reading.observation.actor if stage.reading else None
        if stage.reading is None or stage.reading.read is None or actor is None:
            return
        state, _ = state_of(stage)
        label = Block((f"{STATE_SIGNS[state]} {tr(stage.reading.read)}",), self._unit)
        width = width_of(label.rows[0], label.size) + label.size
        left, top, _, _ = _corners(actor.box, frame, self._picture, style.mirror)
        left = max(0, min(left, self._width - width))
        top = max(self._middle_top, min(top, self._middle_bottom) - label.height)
        _darken(self._picture, left, top, left + width, top + label.height)
        write(self._picture, label, (left + label.size // 2, top), STATE_COLOURS[state])

    def middle(self, stage: Stage) -> None:
        """Draw the countdown or PAUSED over everything else."""
        text = tr("PAUSED") if stage.paused else str(stage.countdown or "")
        if not text:
            return
        block = fit_text(text, self._width - 4 * self._margin, self._height // 3, self._height // 4, 700)
        width = width_of(text, block.size, 700)
        left = (self._width - width) // 2
        top = max(self._middle_top, (self._middle_top + self._middle_bottom - block.height) // 2)
        _darken(self._picture, left - self._unit, top, left + width + self._unit, top + block.height)
        write(self._picture, block, (left, top), WHITE, 700)

    def _row(self, text: str, weight: int) -> Block:
        width = self._width - 2 * self._margin
        return fit_text(normalise(text), width, round(self._unit * LEADING), self._unit, weight)


_PHASES: Final[dict[Phase, str]] = {
    "lead-in": mark("get ready"),
    "line": mark("now"),
    "beat": mark("beat, then"),
    "ended": mark("the end"),
}
_PARTNER_PHASE: Final = mark("partner, then")


def _position_text(stage: Stage) -> str:
    turn = stage.featured
    if turn is None:
        return ""
    phase = _PARTNER_PHASE if stage.phase == "beat" and stage.partner else _PHASES[stage.phase]
    line, target = line_number(turn, stage), target_text(turn)
    return tr("{phase}: {line}, wanted: {target}", phase=tr(phase), line=line, target=target)


def _messages(stage: Stage) -> list[tuple[str, Colour]]:
    cue = "" if stage.partner else stage.cue
    candidates = (
        (tr("You listen"), stage.listening, WHITE),
        (tr("Soon"), stage.announced, WHITE),
        (tr("Cue"), cue, WHITE),
        (tr("Line"), stage.prompt, YELLOW),
        (tr("Note"), stage.note, YELLOW),
    )
    messages = [(f"{label}: {text}", colour) for label, text, colour in candidates if text]
    return [*messages, (waiting_text(stage), YELLOW)] if stage.waits else messages


def _line(stage: Stage) -> str:
    return normalise(stage.words(stage.featured)) if stage.featured else ""


def _line_colour(stage: Stage) -> Colour:
    return WHITE if stage.phase == "line" else GREY
