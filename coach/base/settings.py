"""The settings of a rehearsal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Strictness = Literal["gentle", "standard", "strict"]
CoachMode = Literal["live", "gaps", "off"]
Announce = Literal["off", "emotion", "line", "tone"]
Advance = Literal["time", "key", "voice"]

_LogOdds = Annotated[float, Field(ge=-20, le=20)]

Cues = Literal["full", "short"]
Show = Literal["full", "first-3", "first-1", "letters", "cue", "none"]


class Settings(BaseModel):
    """Settings that affect a take and its report; stored with the take.

    Attributes:
        strictness: how large a share of viewers must see the target for a hit.
        coach: timing of notes: during a line (`live`), only between lines (`gaps`), or never (`off`).
        announce: what is announced before each line, besides its cue.
        advance: what ends a line: its planned time (`time`), a key (`key`), or also the actor's voice (`voice`). See
            `takes_turns`.
        lines: first and last line to play, 1-based and inclusive; None plays all.
        loop: number of passes over the lines in a live run.
        lead_in_s: countdown before t = 0 in a live run.
        detect_every: the detector runs on every Nth frame; the tracker follows the face in between.
        reads_per_s: the face is read at most this many times per second of the take. 0 reads every frame; so were takes
            read before this setting existed.
        face: which of several faces is the actor, a `coach.base.types.FaceChoice`.
        detector: name of the face detector, one of `coach.perception.models.ACTOR_DETECTORS`.
        actor: name of the actor whose own examples are compared; empty for nobody's.
        rest: even-handed log odds of that actor's calibrated face at rest, in the order of `EMOTIONS`; None if unknown.
        show: how much of the actor's own lines is shown: all, first words, the first letter of each word, only what the
            partners say, or no words at all.
        speed: a live run plays the script this many times as fast as planned.
        cues: whether a live run gives the whole cue, or only the last words of a long one.
        italian: a run for the words alone: no line is judged.
        speaking_gate: readings count less while the actor is heard speaking; needs `advance` to be ``voice``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    strictness: Strictness = "standard"
    coach: CoachMode = "live"
    announce: Announce = "off"
    advance: Advance = "time"
    lines: tuple[int, int] | None = None
    loop: int = Field(default=1, ge=1, le=1000)
    lead_in_s: float = Field(default=3.0, ge=0, le=60)
    detect_every: int = Field(default=3, ge=1, le=30)
    reads_per_s: float = Field(default=0.0, ge=0, le=1000)
    detector: str = "blazeface"
    face: Literal["auto", "left", "right", "biggest"] | Annotated[int, Field(ge=1, le=99)] = "auto"
    actor: str = Field(default="", max_length=100)
    rest: tuple[_LogOdds, _LogOdds, _LogOdds, _LogOdds, _LogOdds, _LogOdds, _LogOdds] | None = None
    show: Show = "full"
    speed: float = Field(default=1.0, ge=0.5, le=2)
    cues: Cues = "full"
    italian: bool = False
    speaking_gate: bool = False

    @property
    def takes_turns(self) -> bool:
        """Whether a line ends when the actor says so, and a partner's line when the partner has finished."""
        return self.advance != "time"
