"""The words all displays share, so that terminal, window and summary say the same thing the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from coach.base.types import EMOTIONS, Emotion, Reason
from coach.core.scoring.acceptance import band_miss
from coach.core.scoring.norms import out_of_ten
from coach.core.scoring.report import END_CAUSES, NO_TARGET, VERDICTS, clock_text
from coach.core.script.targets import or_list

if TYPE_CHECKING:
    from coach.base.events import Reading
    from coach.base.settings import Settings
    from coach.core.script.targets import Part
    from coach.core.script.timeline import Turn
    from coach.display.rehearsal.stage import Stage

__all__ = ["END_CAUSES", "VERDICTS", "clock_text"]

Meaning = Literal["label", "viewers"]


def line_number(turn: Turn, stage: Stage) -> str:
    """Which line it is: ``line 2 of 4``, or ``line 5 (2 of 3)`` where the lines played do not begin with the first."""
    position = stage.position(turn)
    if position == turn.index:
        return f"line {turn.index} of {stage.count}"
    return f"line {turn.index} ({position} of {stage.count})"


def waiting(stage: Stage) -> str:
    """How a line goes on whose planned time is over, empty where it goes on by itself."""
    if not stage.waits:
        return ""
    return f"space or Enter: {'next line' if stage.following else 'the end'}"


def asked(turn: Turn) -> str:
    """What a line asks for, as a script writes it."""
    if turn.line.target is None:
        return NO_TARGET
    band = turn.line.intensity
    return f"{turn.line.target}{f' {band[0]:g}-{band[1]:g}' if band else ''}"


def saw(read: Emotion, reading: Reading, meaning: Meaning, part: Part | None = None) -> str:
    """Who reads `read` in `reading`: ``the camera reads sad``, ``7 of 10 viewers would read sad``.

    Shares of viewers are those that the model gives, not those of the even-handed reading, which chose the word. Where
    `part` of the target, which is asked for now, accepts `read` and others, their shares add up.
    """
    actor = reading.observation.actor
    if meaning == "viewers" and actor is not None and actor.probabilities is not None:
        accepted = part.accepted if part is not None and read in part.accepted else (read,)
        share = sum(actor.probabilities[EMOTIONS.index(emotion)] for emotion in accepted)
        return f"{out_of_ten(share)} would read {or_list(accepted)}"
    return f"the camera reads {read}"


def keys_of(settings: Settings, live: bool, space: str = "space") -> list[str]:
    """The keys of a run that do something. A recording cannot be sent back."""
    following = [f"{space} next"] if settings.advance == "key" else []
    return [*following, "p pause", *(["b back", "r repeat"] if live else []), "q quit"]


def keys_help(settings: Settings, live: bool, width: int, dot: str) -> str:
    """The keys of a run, in the form that fits into `width` cells."""
    keys = keys_of(settings, live, "space" if width >= 50 else "spc")
    wide = f" {dot} ".join(keys)
    return wide if len(wide) <= width else " ".join(keys)


_UNSEEN: Final[dict[Reason, str]] = {
    "no face": "no face in the picture",
    "too dark": "too dark, more light on the face",
    "too small": "face too small, come closer",
    "profile": "profile, turn to the camera",
    "sideways": "sideways, hold the camera upright",
    "no signal": "no signal from the camera",
    "frozen": "frozen, the picture stands still",
    "camera lost": "camera lost, looking for it",
    "unreadable": "unreadable, the model has no answer",
    "no camera": "no camera, cues only",
}


def unseen(reason: Reason | None) -> str:
    """Why the face cannot be read and what helps."""
    return _UNSEEN[reason or "no face"]


State = tuple[Literal["yes", "no", "none"], str]
"""How reading and line stand to each other: a sign and the words beside it."""


def state_of(stage: Stage, meaning: Meaning) -> State:
    """Whether the face is on target now, in words that stand without colour."""
    reading = stage.reading
    if reading is None:
        return "none", "no picture yet"
    if reading.smoothed is None:
        return "none", unseen(reading.observation.reason)
    if reading.read is None and reading.on_target is None:
        return "none", "no clear reading"
    return _judged(reading, stage, meaning)


def _judged(reading: Reading, stage: Stage, meaning: Meaning) -> State:
    words = saw(reading.read, reading, meaning, stage.part) if reading.read else "no single emotion stands out"
    if reading.on_target is None or stage.part is None:
        return "none", words
    if reading.on_target:
        return "yes", f"on target: {words}"
    return "no", f"off target: {words}, {_wrong(reading, stage, stage.part)}"


def _wrong(reading: Reading, stage: Stage, part: Part) -> str:
    band = stage.turn.line.intensity if stage.turn else None
    side = band_miss(band, part.probability(reading.smoothed or (0.0,) * len(EMOTIONS)))
    if reading.read in part.accepted and side:
        return side
    return f"asked is {or_list(part.accepted)}"
