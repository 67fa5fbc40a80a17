"""What the figures of a report mean, why a line was not scored, and what the model of a take can claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.core.scoring.norms import limit_text
from coach.core.scoring.report import WHAT_HELPS, reason_word

if TYPE_CHECKING:
    from coach.core.scoring.report import Report

GLOSSARY: Final = {
    mark("accuracy"): mark("how much of the time the camera read what you wanted"),
    mark("arrival"): mark("how long it took until it did"),
    mark("hold"): mark("the longest time it stayed"),
    mark("bleed"): mark("how long the emotion of the line before stayed on"),
    mark("coverage"): mark("how much of the line the camera could read your face"),
}
"""Explanation of each figure in the table of lines."""

OWN_GLOSSARY: Final = {
    mark("own"): mark(
        "whether your face was like your own examples of what you wanted; a line is a hit if viewers or own say so, "
        "and a miss only if both say another emotion"
    ),
}

VIEWERS_GLOSSARY: Final = {
    mark("viewers"): mark(
        "how many of ten people would see what you wanted from your face alone, in the strongest part of the line; and "
        "how many a hit needs"
    ),
}
"""Explanations to add to `GLOSSARY` if the model predicts viewer shares."""

_UNSCORED: Final = {
    "untracked": mark("the script has no emotion there"),
    "own way": mark("the script leaves this line to you"),
    "not reached": mark("the take ended earlier"),
    "low confidence": mark("the camera was not sure of any emotion"),
    "too short": mark("the camera could read too little of it"),
    "no face": mark("no face was in the picture"),
    "too dark": mark("the face was too dark"),
    "too small": mark("the face was too small"),
    "profile": mark("the face was turned away"),
    "sideways": mark("the picture was on its side"),
    "upside down": mark("the picture was upside down"),
    "no signal": mark("the camera gave no picture"),
    "frozen": mark("the picture did not move"),
    "camera lost": mark("the camera was lost for a while"),
    "unreadable": mark("the model gave no answer"),
    "no camera": mark("there was no camera"),
}
"""Explanation of each reason for which a line was not scored."""

_LIMIT_OF_VIEWERS: Final = mark(
    "Nobody gets ten of ten. From the face alone, most viewers name what a trained actor means in 68.5 % of clips: "
    "joy in 96 %, sadness in 36 % (CREMA-D, 91 actors). So you are compared with trained actors."
)

_LIMIT_OF_LABELS: Final = mark(
    "This model gives a face one word, and does not estimate viewers. Such models are right on 57 to 66 % of photos, "
    "so no single moment counts, only the time on target."
)

_WEAKNESSES: Final = mark(
    "The camera reads some faces worse than others: dark, small, turned or partly covered ones, very young and very "
    "old ones, and those unlike the faces it learned from. If it is not sure, it says nothing."
)


def claims(report: Report) -> list[str]:
    """Paragraphs on what the model of this take can claim and what it cannot; empty without a model."""
    if report.model is None:
        return []
    viewers = report.model.meaning == "viewers"
    limits = [tr(_LIMIT_OF_VIEWERS), limit_text(report.model.limit)] if viewers else [tr(_LIMIT_OF_LABELS)]
    return [*limits, tr(_WEAKNESSES)]


def unscored_reasons(report: Report) -> dict[str, str]:
    """The reasons for which lines of `report` were not scored, each with its explanation."""
    reasons = {line.reason for line in report.lines if line.verdict == "not_scored" and line.reason}
    return {reason_word(reason): _explanation(reason) for reason in sorted(reasons)}


def _explanation(reason: str) -> str:
    what = tr(_UNSCORED[reason]) if reason in _UNSCORED else reason_word(reason)
    return f"{what}: {tr(WHAT_HELPS[reason])}" if reason in WHAT_HELPS else what
