"""The wording that all displays of a rehearsal share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from coach.base.types import EMOTIONS, Emotion, Reason
from coach.core.scoring.acceptance import band_miss
from coach.core.scoring.evidence import tenths
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import NO_TARGET
from coach.core.script.targets import EMOTION_NOUNS, emotion_nouns
from coach.display.rehearsal.stage import REVEALED_S

if TYPE_CHECKING:
    from coach.base.events import MomentVerdict, Reading
    from coach.base.types import Hearing
    from coach.core.script.targets import Part
    from coach.core.script.timeline import Turn
    from coach.display.rehearsal.stage import RunInfo, Stage


def line_number(turn: Turn, stage: Stage) -> str:
    """The number of a line: ``line 2 of 4``, or ``line 5 (2 of 3)`` if its position in the run differs."""
    position = stage.position(turn)
    if position == turn.index:
        return f"line {turn.index} of {stage.count}"
    return f"line {turn.index} ({position} of {stage.count})"


GO_ON: Final = "space: go on"
"""What the actor can do while a partner speaks."""


def waiting_text(stage: Stage) -> str:
    """Which key goes on where one is waited for, or while a partner speaks; otherwise empty."""
    if not stage.waits:
        return ""
    if stage.partner is not None:
        return GO_ON
    return f"space or Enter: {'next line' if stage.following else 'the end'}"


def hearing_text(hearing: Hearing) -> str:
    """What the ear does, and how long it waits."""
    if hearing.left_s is not None:
        return f"silence, goes on in {hearing.left_s:.1f} s"
    return {"deaf": "not listening", "waiting": "waits for your voice", "speech": "hears you", "silence": "silence"}[
        hearing.state
    ]


def target_text(turn: Turn) -> str:
    """The target of a line in script syntax."""
    if turn.line.target is None:
        return NO_TARGET
    band = turn.line.intensity
    return f"{turn.line.target}{f' {band[0]:g}-{band[1]:g}' if band else ''}"


BARS_TITLE: Final = "what the camera reads, %"
"""Heading of the bars. The row below them counts viewers, on the scale of the report."""


def reading_text(read: Emotion) -> str:
    """What is read in the face: ``the camera reads joy``."""
    return f"the camera reads {EMOTION_NOUNS[read]}"


def keys_of(run: RunInfo, space: str = "space") -> list[str]:
    """The help for the keys that have an effect in a run; a recording cannot go back."""
    next_key = [f"{space} next"] if run.live and run.settings.takes_turns else []
    jumps = ["b back", "r repeat"] if run.live else []
    hidden = [f"s show {REVEALED_S:.0f} s", "l line?"] if run.settings.show != "full" else []
    disagree = ["d disagree"] if run.settings.actor else []
    return [*next_key, "p pause", *jumps, *hidden, *disagree, "q quit"]


def keys_help(run: RunInfo, width: int, dot: str) -> str:
    """The help for the keys on one row, with shorter separators if it does not fit `width` cells."""
    keys = keys_of(run, "space" if width >= 50 else "spc")
    text = f" {dot} ".join(keys)
    return text if len(text) <= width else " ".join(keys)


_UNSEEN: Final[dict[Reason, str]] = {
    "no face": "no face in the picture",
    "too dark": "too dark, more light on the face",
    "too small": "face too small, come closer",
    "profile": "profile, turn to the camera",
    "sideways": "sideways, hold the camera upright",
    "upside down": "upside down, turn the camera",
    "no signal": "no signal from the camera",
    "frozen": "frozen, the picture stands still",
    "camera lost": "camera lost, looking for it",
    "unreadable": "unreadable, the model has no answer",
    "no camera": "no camera, cues only",
}


def unseen_text(reason: Reason | None) -> str:
    """Why the face cannot be read, and what helps."""
    return _UNSEEN[reason or "no face"]


State = tuple[Literal["yes", "near", "no", "none"], str]
"""Whether the reading matches the line, and a text for it."""


def state_of(stage: Stage) -> State:
    """Whether the face is on target now, with a text that does not depend on colour.

    With a model that predicts viewer shares, on target means what a hit means in the report: enough viewers.
    """
    reading = stage.reading
    if reading is None:
        return "none", "no picture yet"
    if reading.smoothed is None:
        return "none", unseen_text(reading.observation.reason)
    if reading.read is None and reading.on_target is None:
        return "none", "no clear reading, light from the front or coming closer helps"
    return _compare_with_target(reading, stage)


def _compare_with_target(reading: Reading, stage: Stage) -> State:
    text = reading_text(reading.read) if reading.read else "no clear emotion"
    if reading.on_target is None or stage.part is None:
        return "none", text
    if reading.verdict is not None:
        return _judged(reading, reading.verdict, stage.part)
    if reading.on_target:
        return "yes", f"on target: {text}"
    return "no", f"off target: {text}, {_correction(reading, stage, stage.part)}"


def _judged(reading: Reading, now: MomentVerdict, part: Part) -> State:
    viewers = f"{viewers_text(now.share)} would see {emotion_nouns(part.accepted)}"
    if now.verdict == "hit":
        return "yes", f"on target: {viewers}"
    if now.verdict == "miss":
        return "no", f"off target: {viewers}, {reading_text(now.rival)}"
    missing = reading.fit.intensity_miss if reading.fit else None
    needed = tenths(now.asked_share)
    if tenths(now.share) < needed:
        return "near", f"nearly: {viewers}, a hit needs {needed}"
    return "near", f"nearly: {viewers}, {missing or f'but {EMOTION_NOUNS[now.rival]} leads'}"


def _correction(reading: Reading, stage: Stage, part: Part) -> str:
    band = stage.turn.line.intensity if stage.turn else None
    side = band_miss(band, part.probability(reading.smoothed or (0.0,) * len(EMOTIONS)))
    if reading.read in part.accepted and side:
        return side
    return f"you want {emotion_nouns(part.accepted)}"
