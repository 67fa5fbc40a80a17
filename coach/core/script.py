"""A script: lines with the emotion each asks for, and pauses between them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from coach.core.targets import Target, parse_target


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Pace(_Part):
    """How fast lines without a duration are spoken and how long a beat lasts."""

    words_per_minute: float = Field(default=130, gt=0, le=1000, allow_inf_nan=False)
    beat_s: float = Field(default=0.6, gt=0, le=60, allow_inf_nan=False)


TargetField = Annotated[
    Target | None,
    BeforeValidator(parse_target),
    PlainSerializer(lambda target: str(target) if target else None, return_type=str | None),
]


class Line(_Part):
    """One line of the actor.

    Attributes:
        emotion: what the face should show: one emotion, several accepted ones, or an arc; None is unscored.
        duration_s, or start_s with or without end_s: its time; estimated from the words where none is given.
        cue: spoken and shown just before the line.
        intensity: the band, 0 to 1, that the target's smoothed probability should stay in.
        mode: ``untracked`` leaves the line unscored.
    """

    text: str
    emotion: TargetField = None
    duration_s: float | None = Field(default=None, gt=0, le=3600, allow_inf_nan=False)
    start_s: float | None = Field(default=None, ge=0, le=86400, allow_inf_nan=False)
    end_s: float | None = Field(default=None, gt=0, le=86400, allow_inf_nan=False)
    cue: str | None = None
    intensity: tuple[float, float] | None = None
    mode: Literal["tracked", "untracked"] = "tracked"

    @property
    def target(self) -> Target | None:
        """What is scored; None on an untracked line."""
        return None if self.mode == "untracked" else self.emotion


class Pause(_Part):
    """Silence between lines: `pause_s` seconds, or so many `beats` of the script's pace."""

    pause_s: float | None = Field(default=None, gt=0, le=3600, allow_inf_nan=False)
    beats: int | None = Field(default=None, ge=1, le=100)


class Script(_Part):
    """A script as the coach walks it. `lines` holds lines and pauses in order; `spoken` only the lines."""

    title: str = "Untitled"
    language: str = Field(default="en", pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
    pace: Pace = Pace()
    lines: tuple[Line | Pause, ...] = Field(min_length=1)

    @property
    def spoken(self) -> tuple[Line, ...]:
        """The lines without the pauses; line number N is `spoken[N - 1]`."""
        return tuple(item for item in self.lines if isinstance(item, Line))
