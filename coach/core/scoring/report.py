"""The report of a take: a versioned schema and the words for its values, the same for terminal, JSON and pages."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from coach.base.types import Emotion

SCHEMA_VERSION = 3
"""1 had no `share`, `asked_share`, `evidence`, `audience` and `limit`, 2 no `rescored`; they are read as empty."""

Verdict = Literal["hit", "partial", "miss", "not_scored"]


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LineReport(_Schema):
    """What one line showed. Times in seconds; shares 0 to 1; None where nothing was scored.

    Attributes:
        index: 1-based number in the script.
        targets: every accepted emotion, in order; empty for an untracked line.
        target: the target as a script writes it: ``sad > fear @60%``.
        start_s, end_s: when it was played, in take time; None where it was not reached.
        played_s: how long it was played, pauses taken out.
        scored_s: time in which the face was usable and the model did not abstain.
        coverage: share of the line with a usable face, abstained frames included.
        accuracy: share of `scored_s` in which the read emotion was accepted (and inside the intensity band).
        match: the target's mean smoothed probability.
        arrival_s: from the start of the line to the first stable hit.
        hold_s: the longest stable stretch on target.
        bleed_s: how long the line before lingered.
        read: mean smoothed probability per label.
        top: the largest of `read`.
        intensity: which way the band was missed, where it was.
        reason: why it was not scored, or what spoiled it; empty where there is nothing to say.
        attempts: how often the line was played; the figures are those of the last full attempt.
        share: of viewers who would read the target, by the evidence of the part that decides; None where the model does
            not speak for viewers.
        asked_share: the share that makes a hit at the take's strictness.
        evidence: per emotion, log odds above the actor's rest (of neutral the log odds) over that part's strongest
            moments.
        audience: the share in words, beside what trained actors get.
    """

    index: int
    text: str
    targets: list[Emotion]
    target: str
    start_s: float | None
    end_s: float | None
    played_s: float
    scored_s: float
    coverage: float
    accuracy: float | None
    match: float | None
    arrival_s: float | None
    hold_s: float
    bleed_s: float
    read: dict[Emotion, float]
    top: Emotion | None
    intensity: Literal["too little", "too much"] | None
    verdict: Verdict
    reason: str
    attempts: int
    share: float | None = None
    asked_share: float | None = None
    evidence: dict[Emotion, float] = {}
    audience: str = ""


class Overall(_Schema):
    """The take as a whole; `accuracy` and `coverage` over the tracked lines, weighted by time."""

    accuracy: float | None
    scored_s: float
    coverage: float
    hits: int
    partials: int
    misses: int
    not_scored: int


class Note(_Schema):
    """A director's note: `live` ones were spoken or shown during the run, `after` ones come with the report."""

    t: float
    line: int
    text: str
    kind: Literal["live", "after"]


class Strength(_Schema):
    """The strongest moment: `t` is when the longest hold of line `line` begins."""

    t: float
    line: int
    text: str


class SourceReport(_Schema):
    """Where the frames came from."""

    kind: str
    name: str
    sha256: str


class ModelReport(_Schema):
    """Which model read the face, what its probabilities mean, and what its shares of viewers cannot tell."""

    name: str
    sha256: str
    meaning: Literal["label", "viewers"]
    limit: str = ""


class Created(_Schema):
    """The only block that may differ between two runs on the same recording.

    Attributes:
        at: ISO 8601 time with zone of the take.
        rescored: number of the ``rescored-N.json`` that the take was scored again with; None as it was played.
    """

    at: str
    take: str
    coach_version: str
    fps: float | None = None
    dropped: int = 0
    rescored: int | None = None


class Report(_Schema):
    """A take's report, written as `report.json`."""

    schema_version: Literal[1, 2, 3] = 3
    created: Created
    title: str
    language: str
    settings: dict[str, str | int | float | bool | list[int] | None]
    source: SourceReport
    model: ModelReport | None
    ended: str
    warnings: list[str]
    overall: Overall
    strength: Strength | None
    notes: list[Note]
    lines: list[LineReport]


VERDICTS: Final[dict[Verdict, str]] = {"hit": "hit", "partial": "partial", "miss": "miss", "not_scored": "not scored"}

NO_TARGET: Final = "nothing"
"""What a line without a target asks for; *not scored* is a verdict."""

END_CAUSES: Final[dict[str, str]] = {
    "finished": "end of the script",
    "source ended": "end of the recording",
    "quit": "stopped by the actor",
    "interrupted": "interrupted",
    "error": "broken off by an error",
}


def clock_text(t: float) -> str:
    """`t` seconds as minutes and seconds with a tenth: ``01:02.5``, ``-00:03.0`` in the lead-in."""
    tenths = round(abs(t) * 10)
    return f"{'-' if t < 0 and tenths else ''}{tenths // 600:02d}:{tenths % 600 / 10:04.1f}"


def reason_text(line: LineReport) -> str:
    """Why it was not scored or what spoiled it, which way the intensity was missed, and how often it was tried."""
    attempts = f"attempt {line.attempts}" if line.attempts > 1 else ""
    return ", ".join(dict.fromkeys(part for part in (line.reason, line.intensity, attempts) if part))
