"""What the coach says and shows during a calibration, in the terminal and in the studio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.core.actor.guide import PROMPTS, AllShown, GaveUp, Kept, Prompted, Watching
from coach.core.script.targets import EMOTION_NOUNS

if TYPE_CHECKING:
    from coach.core.actor.calibration import CalibrationRow
    from coach.core.actor.guide import GuideEvent

CONSENT_OF_OTHERS: Final = mark("Calibrate only with the person whose face it is, and only if they want it.")

ROW_HEADINGS: Final = (mark("you showed"), mark("the model for everybody read"), mark("recognised again"))
"""Headings of the table about a calibration; `tr` translates them."""


def said_at(event: GuideEvent) -> list[str]:
    """The sentences that the coach says at `event`, aloud too; a prompt comes last."""
    if isinstance(event, Prompted):
        return [*([event.problem] if event.problem else []), tr(PROMPTS[event.kind])]
    if isinstance(event, GaveUp):
        return [event.problem]
    return [tr("Thank you. That was all.")] if isinstance(event, AllShown) else []


def shown_at(event: GuideEvent) -> str:
    """What the coach shows at `event` without saying it; empty for nothing."""
    if isinstance(event, Watching):
        return tr("Now, for {seconds:g} seconds.", seconds=event.seconds)
    return tr("Good.") if isinstance(event, Kept) else ""


def row_texts(row: CalibrationRow) -> tuple[str, str, str]:
    """A row of the table, under `ROW_HEADINGS`."""
    again = {None: tr("shown once"), True: tr("yes"), False: tr("no: show it more clearly")}[row.recognised]
    return tr(EMOTION_NOUNS[row.emotion]), ", ".join(tr(EMOTION_NOUNS[each]) for each in row.read), again
