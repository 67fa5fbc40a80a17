"""What a reader must know to read a report rightly: what was measured, what its words mean, what it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coach.core.scoring.report import Report

GLOSSARY: Final = {
    "accuracy": "of the time that could be scored, the share in which the camera read what the line asks for",
    "arrival": "from the start of the line until what it asks for was first read and stayed",
    "hold": "the longest stretch in which it stayed",
    "bleed": "how long the emotion of the line before lingered into this one",
    "coverage": "the share of the line in which the face could be used",
}
"""A line for each column of the table."""

VIEWERS_GLOSSARY: Final = {
    "viewers": "of ten viewers who see only the face, how many would read what the line asks for, by an estimate over "
    "the strongest part of the line; and how many make a hit",
}

_UNSCORED: Final = {
    "untracked": "the script asks for no emotion there",
    "not reached": "the take ended before it",
    "low confidence": "the model was seldom sure enough of any one emotion",
    "too short": "too little of it was seen for a verdict",
    "no face": "no face was in the picture",
    "too dark": "the face was too dark; more light on it helps",
    "too small": "the face was too small; come closer",
    "profile": "the face was turned away; turn to the camera",
    "sideways": "the picture lay on its side; hold the camera upright",
    "no signal": "the camera gave no picture",
    "frozen": "the picture stood still",
    "camera lost": "the camera was lost for a while",
    "unreadable": "the model gave no answer",
    "no camera": "nobody watched this run",
}

_PEOPLE: Final = (
    "People do no better: seeing only the face, most viewers name what a trained actor meant in 68.5 % of clips, "
    "happiness in 96 % and sadness in 36 % (CREMA-D: 91 actors, about ten viewers a clip). A line is therefore held "
    "against what actors reach and not against ten of ten."
)

_LABELS: Final = (
    "The model of this take names one word for a face and does not speak for viewers. Small models like it are right "
    "on 57 to 66 % of still faces, so no single moment counts: a line is judged by the time on target."
)

_WEAK: Final = (
    "It reads some faces worse than others: dark, small, turned or partly covered ones, very young and very old ones, "
    "and those unlike the faces it learned from. Where it was not sure it said nothing."
)


def claims(report: Report) -> list[str]:
    """What can be claimed of this take, paragraph by paragraph."""
    if report.model is None:
        return []
    viewers = report.model.meaning == "viewers"
    told = [_PEOPLE if viewers else _LABELS, report.model.limit, _WEAK]
    return [paragraph for paragraph in told if paragraph]


def unscored(report: Report) -> dict[str, str]:
    """Why lines were not scored, each reason of this report with what it means."""
    reasons = {line.reason for line in report.lines if line.verdict == "not_scored" and line.reason}
    return {reason: _UNSCORED.get(reason, reason) for reason in sorted(reasons)}
