"""The wording that all displays of a rehearsal share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from coach.base.messages import mark, tr
from coach.base.types import EMOTIONS, Emotion, Reason
from coach.core.scoring.acceptance import band_miss
from coach.core.scoring.evidence import tenths
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import NO_TARGET
from coach.core.script.targets import emotion_noun, emotion_nouns, target_words
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
        return tr("line {number} of {count}", number=turn.index, count=stage.count)
    return tr("line {number} ({position} of {count})", number=turn.index, position=position, count=stage.count)


GO_ON: Final = mark("space: go on")
"""What the actor can do while a partner speaks."""


def waiting_text(stage: Stage) -> str:
    """Which key goes on where one is waited for, or while a partner speaks; otherwise empty."""
    if not stage.waits:
        return ""
    if stage.partner is not None:
        return tr(GO_ON)
    return tr("space or Enter: next line") if stage.following else tr("space or Enter: the end")


_HEARING: Final[dict[str, str]] = {
    "deaf": mark("not listening"),
    "waiting": mark("waits for your voice"),
    "speech": mark("hears you"),
    "silence": mark("silence"),
}


def hearing_text(hearing: Hearing) -> str:
    """What the ear does, and how long it waits."""
    if hearing.left_s is not None:
        return tr("silence, goes on in {seconds:.1f} s", seconds=hearing.left_s)
    return tr(_HEARING[hearing.state])


def target_text(turn: Turn) -> str:
    """The target of a line in script syntax, with the user's words for the emotions."""
    if turn.line.target is None:
        return tr(NO_TARGET)
    band = turn.line.intensity
    return f"{target_words(str(turn.line.target))}{f' {band[0]:g}-{band[1]:g}' if band else ''}"


BARS_TITLE: Final = mark("what the camera reads, %")
"""Heading of the bars. The row below them counts viewers, on the scale of the report."""


def reading_text(read: Emotion) -> str:
    """What is read in the face: ``the camera reads joy``."""
    return tr("the camera reads {emotion}", emotion=emotion_noun(read))


SPACE_NEXT: Final = mark("space next")
_SHORT_SPACE_NEXT: Final = mark("spc next")


def keys_of(run: RunInfo, space: str = SPACE_NEXT) -> list[str]:
    """The help for the keys that have an effect in a run; a recording cannot go back."""
    next_key = [tr(space)] if run.live and run.settings.takes_turns else []
    jumps = [tr("b back"), tr("r repeat")] if run.live else []
    hidden = [tr("s show {seconds:.0f} s", seconds=REVEALED_S), tr("l line?")] if run.settings.show != "full" else []
    disagree = [tr("d disagree")] if run.settings.actor else []
    return [*next_key, tr("p pause"), *jumps, *hidden, *disagree, tr("q quit")]


def keys_help(run: RunInfo, width: int, dot: str) -> str:
    """The help for the keys on one row, with shorter separators if it does not fit `width` cells."""
    keys = keys_of(run, SPACE_NEXT if width >= 50 else _SHORT_SPACE_NEXT)
    text = f" {dot} ".join(keys)
    return text if len(text) <= width else " ".join(keys)


_UNSEEN: Final[dict[Reason, str]] = {
    "no face": mark("no face in the picture"),
    "too dark": mark("too dark, more light on the face"),
    "too small": mark("face too small, come closer"),
    "profile": mark("profile, turn to the camera"),
    "sideways": mark("sideways, hold the camera upright"),
    "upside down": mark("upside down, turn the camera"),
    "no signal": mark("no signal from the camera"),
    "frozen": mark("frozen, the picture stands still"),
    "camera lost": mark("camera lost, looking for it"),
    "unreadable": mark("unreadable, the model has no answer"),
    "no camera": mark("no camera, cues only"),
}


def unseen_text(reason: Reason | None) -> str:
    """Why the face cannot be read, and what helps."""
    text = _UNSEEN[reason or "no face"]
    return tr(text)


State = tuple[Literal["yes", "near", "no", "none"], str]
"""Whether the reading matches the line, and a text for it."""


def state_of(stage: Stage) -> State:
    """Whether the face is on target now, with a text that does not depend on colour.

    With a model that predicts viewer shares, on target means what a hit means in the report: enough viewers.
    """
    reading = stage.reading
    if reading is None:
        return "none", tr("no picture yet")
    if reading.smoothed is None:
        return "none", unseen_text(reading.observation.reason)
    if reading.read is None and reading.on_target is None:
        return "none", tr("no clear reading, light from the front or coming closer helps")
    if reading.verdict is not None and reading.on_target is not None and stage.part is not None:
        return _judged(reading, reading.verdict, stage.part)
    return _compare_with_target(reading, stage)


def _compare_with_target(reading: Reading, stage: Stage) -> State:
    text = reading_text(reading.read) if reading.read else tr("no clear emotion")
    if reading.on_target is None or stage.part is None:
        return "none", text
    if reading.on_target:
        return "yes", tr("on target: {reading}", reading=text)
    return "no", _off_target(text, reading, stage, stage.part)


def _judged(reading: Reading, now: MomentVerdict, part: Part) -> State:
    viewers = tr(
        "{viewers} would see {emotions}", viewers=viewers_text(now.share), emotions=emotion_nouns(part.accepted)
    )
    if now.verdict == "hit":
        return "yes", tr("on target: {reading}", reading=viewers)
    if now.verdict == "miss":
        return "no", tr("off target: {viewers}, {reading}", viewers=viewers, reading=reading_text(now.rival))
    missing = reading.fit.intensity_miss if reading.fit else None
    needed = tenths(now.asked_share)
    if tenths(now.share) < needed:
        return "near", tr("nearly: {viewers}, a hit needs {needed}", viewers=viewers, needed=needed)
    if missing:
        return "near", tr("nearly: {viewers}, {miss}", viewers=viewers, miss=tr(missing))
    return "near", tr("nearly: {viewers}, but {emotion} leads", viewers=viewers, emotion=emotion_noun(now.rival))


def _off_target(text: str, reading: Reading, stage: Stage, part: Part) -> str:
    band = stage.turn.line.intensity if stage.turn else None
    side = band_miss(band, part.probability(reading.smoothed or (0.0,) * len(EMOTIONS)))
    if reading.read in part.accepted and side:
        return tr("off target: {reading}, {miss}", reading=text, miss=tr(side))
    return tr("off target: {reading}, you want {emotions}", reading=text, emotions=emotion_nouns(part.accepted))
