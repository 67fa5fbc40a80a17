"""Finished takes in a history, with the part of a report that is compared between takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from coach.core.scoring.evidence import percent, tenths
from coach.core.scoring.report import SCHEMA_VERSION, Verdict

if TYPE_CHECKING:
    from datetime import datetime

_RANKS: Final[dict[Verdict, int]] = {"not_scored": 0, "miss": 1, "partial": 2, "hit": 3}

_Share = Annotated[float, Field(ge=0, le=1)]


class _Partial(BaseModel):
    """Validates only the declared fields of a report, which is fast."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class PastLine(_Partial):
    """A line of a past take; the fields are those of `LineReport`."""

    index: int
    text: str
    target: str
    start_s: float | None
    scored_s: float
    hold_s: float
    accuracy: _Share | None
    verdict: Verdict
    reason: str
    share: _Share | None = None
    asked_share: _Share | None = None

    @property
    def played(self) -> bool:
        """Whether the line was reached."""
        return self.start_s is not None

    @property
    def scored(self) -> bool:
        """Whether the line has a verdict."""
        return self.accuracy is not None and self.verdict != "not_scored"

    @property
    def rank(self) -> tuple[int, int, int]:
        """Sort key, larger is better: verdict, then viewers of ten above the threshold, then accuracy in percent."""
        viewers_above = tenths(self.share or 0.0) - tenths(self.asked_share or 0.0)
        return _RANKS[self.verdict], viewers_above, percent(self.accuracy or 0.0)

    @property
    def rank_without_verdict(self) -> tuple[int, int]:
        """Sort key that does not depend on strictness, larger is better: viewers of ten, then accuracy in percent."""
        return tenths(self.share or 0.0), percent(self.accuracy or 0.0)


class _Created(_Partial):
    at: str
    rescored: int | None = None


class _Settings(_Partial):
    strictness: str = "standard"


class _Source(_Partial):
    kind: str
    name: str = ""


class PastModel(_Partial):
    """The model that read a take, and the SHA-256 of its file. Figures of different models are not comparable."""

    name: str
    sha256: str


class PastReport(_Partial):
    """The part of a report that a history uses."""

    schema_version: Annotated[int, Field(ge=1, le=SCHEMA_VERSION)]
    created: _Created
    title: str
    settings: _Settings
    source: _Source
    model: PastModel | None
    lines: tuple[PastLine, ...]

    @property
    def read_by(self) -> str:
        """Name of the model; empty without a camera."""
        return self.model.name if self.model else ""

    @property
    def strictness(self) -> str:
        """Strictness of the take; verdicts depend on it, accuracies and shares do not."""
        return self.settings.strictness

    @property
    def scored(self) -> bool:
        """Whether any line has a verdict."""
        return any(line.scored for line in self.lines)


@dataclass(frozen=True, slots=True)
class PastTake:
    """A finished take.

    Attributes:
        name: name of the take's folder.
        when: start, by the clock of the place where the take was played.
        report: the compared part of the report.
    """

    name: str
    when: datetime
    report: PastReport

    @property
    def day(self) -> str:
        """Day and minute of the start: ``2026-11-24 13:55``."""
        return f"{self.when:%Y-%m-%d %H:%M}"
