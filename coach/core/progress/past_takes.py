"""What a history needs to know of a take that is over: the part of its report that is compared with others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from coach.core.scoring.report import SCHEMA_VERSION, Verdict

if TYPE_CHECKING:
    from datetime import datetime

_RANKS: Final[dict[Verdict, int]] = {"not_scored": 0, "miss": 1, "partial": 2, "hit": 3}

Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    """Reads these fields of a report and passes over all others, which makes it quick."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class PastLine(_Part):
    """One line of a past take; the fields are those of `LineReport`."""

    index: int
    text: str
    target: str
    start_s: float | None
    scored_s: float
    hold_s: float
    accuracy: Share | None
    verdict: Verdict
    reason: str
    share: Share | None = None
    asked_share: Share | None = None

    @property
    def played(self) -> bool:
        """Whether it was reached."""
        return self.start_s is not None

    @property
    def scored(self) -> bool:
        """Whether there is a verdict on it."""
        return self.accuracy is not None and self.verdict != "not_scored"

    @property
    def rank(self) -> tuple[int, float, float]:
        """Larger is better: by the verdict, then by the share of viewers above what is asked, then by accuracy."""
        return _RANKS[self.verdict], (self.share or 0.0) - (self.asked_share or 0.0), self.accuracy or 0.0

    @property
    def reach(self) -> tuple[float, float]:
        """Larger is better at whatever strictness: by the share of viewers, then by accuracy."""
        return self.share or 0.0, self.accuracy or 0.0


class _Created(_Part):
    at: str
    rescored: int | None = None


class _Settings(_Part):
    strictness: str = "standard"


class _Source(_Part):
    kind: str
    name: str = ""


class PastModel(_Part):
    """The model that read a take, and its file's sha256. Figures of different models say nothing about each other."""

    name: str
    sha256: str


class PastReport(_Part):
    """The part of a report that a history is made of."""

    schema_version: Annotated[int, Field(ge=1, le=SCHEMA_VERSION)]
    created: _Created
    title: str
    settings: _Settings
    source: _Source
    model: PastModel | None
    lines: tuple[PastLine, ...]

    @property
    def read_by(self) -> str:
        """The name of its model; empty where nobody watched."""
        return self.model.name if self.model else ""

    @property
    def strictness(self) -> str:
        """How much made a hit; verdicts depend on it, accuracies and shares do not."""
        return self.settings.strictness

    @property
    def scored(self) -> bool:
        """Whether there is a verdict on any of its lines."""
        return any(line.scored for line in self.lines)


@dataclass(frozen=True, slots=True)
class PastTake:
    """A take that is over.

    Attributes:
        name: of its folder.
        when: it began, as the clock on the user's wall shows it; where its name does not say, its report's time.
        report: what its report says.
    """

    name: str
    when: datetime
    report: PastReport

    @property
    def day(self) -> str:
        """When it was, to the minute: ``2026-11-24 13:55``."""
        return f"{self.when:%Y-%m-%d %H:%M}"
