"""The report of a take: its versioned schema, and texts for its values on the terminal and on pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from coach.base.messages import mark, tr, tr_n
from coach.base.text import join_with_and
from coach.base.types import Emotion
from coach.base.vocabulary import BROWSER_CAMERA

SCHEMA_VERSION = 5
"""Version 2 added `share`, `asked_share`, `evidence`, `audience` and `limit`; version 3 added `rescored`; version 4
added `actor`, `own` and `eyes_down`; version 5 added `prompts`, `reactions` and `words`. Fields missing in an
older report are read as empty."""

Verdict = Literal["hit", "partial", "miss", "not_scored"]

NEVER_ON_TARGET: Final = "never on target"
"""Reason of a line that would be a hit, but was never on target."""

UNSEEN_PART: Final = mark("part {number} not read")
"""Reason of a line of which a part, numbered from 1, was not read; `reason_word` shows it."""

RIVAL_LED: Final = mark("{rival} led")
"""Reason of a line in which an emotion led that was not wanted; `rival` is its noun in English."""


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnReport(_Schema):
    """Whether the face of a line was like the actor's own examples (`coach.core.actor.own_verdict`).

    Attributes:
        kind: like the actor's own examples of the wanted emotion: yes, near or no.
        like: the emotion whose example is nearest.
        decided: which of the two questions decided the verdict of the line.
        text: the answer as text.
    """

    kind: Literal["yes", "near", "no"]
    like: Emotion
    decided: Literal["viewers", "own", "both"]
    text: str


class WordReport(_Schema):
    """One word of a line, as `coach.core.rehearsal.spoken_words.WordPiece` has it."""

    kind: Literal["right", "forgiven", "missed", "changed", "added"]
    wanted: str = ""
    said: str = ""

    @property
    def slip(self) -> bool:
        """Whether it counts as a mistake."""
        return self.kind in ("missed", "changed", "added")


class WordsReport(_Schema):
    """What was said of a line.

    Attributes:
        said: the words that were heard.
        whole: whether any word could be heard; without it only missing words are known.
        by: the program and the model that recognised them.
        pieces: the words of the line and those that were heard, aligned.
    """

    said: str
    whole: bool
    by: str
    pieces: list[WordReport]

    @property
    def slips(self) -> int:
        """Number of missed, changed and added words."""
        return sum(piece.slip for piece in self.pieces)


class LineReport(_Schema):
    """The report of one line. Times are in seconds, shares from 0 to 1; None if nothing was scored.

    Attributes:
        index: 1-based number of the line in the script.
        text: words of the line.
        targets: accepted emotions, in order; empty for an untracked line.
        target: the target in script syntax: ``sad > fear @60%``.
        start_s, end_s: start and end in take time; None if the line was not reached.
        played_s: time for which the line was played, without pauses.
        scored_s: time with a usable face in which the model did not abstain.
        coverage: share of the line with a usable face, abstentions included.
        accuracy: share of `scored_s` on target, intensity included.
        match: mean smoothed probability of the target over all time with a usable face. Unlike `share`, it is not an
            estimate of viewers, and it is not limited to the strongest moments.
        arrival_s: time from the start of the line to the first stable time on target.
        hold_s: longest stable time on target.
        bleed_s: time for which the emotion of the previous line lingered.
        read: mean smoothed probability of each emotion, not the steady emotion of a moment.
        top: the emotion with the largest `read`.
        intensity: the side on which the intensity band was missed; None if it was not.
        verdict: verdict on the line.
        reason: why the line was not scored, or what impaired the verdict; empty if there is no reason.
        attempts: number of times the line was played; the figures are those of the last complete attempt.
        share: estimated share of viewers who would name the target, in the part that decides the verdict; None for a
            model that does not predict viewer shares.
        asked_share: lowest share that counts as a hit at the take's strictness.
        evidence: log odds of each emotion minus those of the actor's baseline (for neutral without subtraction), in the
            strongest moments of that part.
        audience: a sentence that compares `share` with the norm of trained actors.
        own: whether the face was like the actor's own examples; None without an actor who was calibrated.
        eyes_down: share of the line in which the eyes were down, as at a page; None without landmarks.
        prompts: how often the actor asked for the line, in all attempts.
        words: what was said of the line; None if nobody listened for words.
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
    own: OwnReport | None = None
    eyes_down: float | None = None
    prompts: int = 0
    words: WordsReport | None = None


class ReactionReport(_Schema):
    """The actor's face while a partner spoke. Times are in seconds, shares from 0 to 1; None if nothing was scored.

    Attributes:
        line: number of the partner's line among the lines of all partners, from 1.
        role: who spoke.
        text: words of the line.
        targets: accepted emotions of the listener, in order.
        target: the target in script syntax.
        start_s, end_s: start and end in take time; None if the line was not reached.
        scored_s, accuracy, verdict, reason, share, asked_share: as in `LineReport`.
    """

    line: int
    role: str
    text: str
    targets: list[Emotion]
    target: str
    start_s: float | None
    end_s: float | None
    scored_s: float
    accuracy: float | None
    verdict: Verdict
    reason: str
    share: float | None = None
    asked_share: float | None = None


class Overall(_Schema):
    """Totals of a take; `accuracy` is over the scored lines and `coverage` over the tracked ones, weighted by time."""

    accuracy: float | None
    scored_s: float
    coverage: float
    hits: int
    partials: int
    misses: int
    not_scored: int


class Note(_Schema):
    """A director's note: a ``live`` one was given during the take, an ``after`` one is made for the report."""

    t: float
    line: int
    text: str
    kind: Literal["live", "after"]


class Strength(_Schema):
    """The strongest moment of a take; `t` is the start of the longest time on target in line `line`."""

    t: float
    line: int
    text: str


class SourceReport(_Schema):
    """The source of the frames."""

    kind: str
    name: str
    sha256: str


class ModelReport(_Schema):
    """The emotion model, the meaning of its probabilities, and its limits.

    Attributes:
        name, sha256: name and hash of the model.
        meaning: what its probabilities estimate.
        limit: the caveat about viewer shares, and how often the model misses a right face for the emotions wanted.
    """

    name: str
    sha256: str
    meaning: Literal["label", "viewers"]
    limit: str = ""


class RunMetadata(_Schema):
    """Facts about this run. Only this block may differ between two runs on the same recording.

    Attributes:
        at: time of the take, ISO 8601 with time zone.
        take: name of the take's folder.
        coach_version: version of Coach that wrote the report.
        fps: analysed frames per second.
        dropped: number of dropped frames.
        rescored: N if the take was rescored with the settings in ``rescored-N.json``; None for the original settings.
    """

    at: str
    take: str
    coach_version: str
    fps: float | None = None
    dropped: int = 0
    rescored: int | None = None


class Report(_Schema):
    """A take's report, written as `report.json`.

    `actor` is the name of the actor whose own examples were compared; empty for nobody's. `reactions` are those of the
    partners' lines with a target for the listener; no other figure contains them.
    """

    schema_version: Literal[1, 2, 3, 4, 5] = 5
    created: RunMetadata
    title: str
    language: str
    settings: dict[str, str | int | float | bool | list[int] | list[float] | None]
    source: SourceReport
    model: ModelReport | None
    ended: str
    warnings: list[str]
    overall: Overall
    strength: Strength | None
    notes: list[Note]
    lines: list[LineReport]
    actor: str = ""
    reactions: list[ReactionReport] = []


VERDICT_TEXTS: Final[dict[Verdict, str]] = {
    "hit": mark("hit"),
    "partial": mark("partial"),
    "miss": mark("miss"),
    "not_scored": mark("not scored"),
}
"""The words for verdicts; `tr` translates them."""

NO_TARGET: Final = mark("nothing")
"""Shown as the target of a line without a target. It must not be ``not scored``, which is shown as a verdict."""

END_CAUSE_TEXTS: Final[dict[str, str]] = {
    "finished": mark("end of the script"),
    "source ended": mark("end of the recording"),
    "quit": mark("stopped by the actor"),
    "interrupted": mark("interrupted"),
    "error": mark("stopped by an error"),
}


WHAT_HELPS: Final[dict[str, str]] = {
    "low confidence": mark("light your face from the front, come closer, and show it for longer"),
    "too short": mark("give the line more time"),
    "no face": mark("stay in the picture"),
    "too dark": mark("light your face from the front"),
    "too small": mark("come closer to the camera"),
    "profile": mark("turn your face to the camera"),
    "sideways": mark("hold the camera upright"),
    "upside down": mark("turn the camera over"),
    "no signal": mark("see whether another program uses the camera"),
    "frozen": mark("plug the camera in again"),
    "camera lost": mark("see whether its cable is loose"),
    "unreadable": mark("try another model"),
}
"""What to do about each reason for which a played line was not scored."""


def help_sentences(lines: Sequence[LineReport]) -> list[str]:
    """What to do about lines that were not scored, one sentence a reason.

    A reason is named once, in the order of the lines, as in ``Too dark: light your face from the front.``
    """
    reasons = dict.fromkeys(line.reason for line in lines if line.verdict == "not_scored" and line.reason in WHAT_HELPS)
    return [f"{reason_word(reason).capitalize()}: {tr(WHAT_HELPS[reason])}." for reason in reasons]


def prompts_sentence(lines: Sequence[LineReport]) -> str:
    """In which lines the actor asked for the line, as in ``Prompts: 1 in line 2 and 3 in line 5.``; empty for none."""
    asked = [tr("{count} in line {number}", count=line.prompts, number=line.index) for line in lines if line.prompts]
    return tr("Prompts: {lines}.", lines=join_with_and(asked)) if asked else ""


def source_text(source: SourceReport) -> str:
    """Where the frames came from, in the user's language: ``no camera``, ``camera of the browser``, or a file name."""
    if source.kind == "none":
        return tr("no camera")
    return tr(BROWSER_CAMERA) if source.name == BROWSER_CAMERA else source.name


def clock_text(t: float) -> str:
    """Format `t` as minutes and seconds to a tenth: ``01:02.5``, ``-00:03.0`` in the lead-in."""
    tenths = round(abs(t) * 10)
    return f"{'-' if t < 0 and tenths else ''}{tenths // 600:02d}:{tenths % 600 / 10:04.1f}"


_REASON_TEXTS: Final = {
    "broken off": mark("ended early"),
    "low confidence": mark("low confidence"),
    "too short": mark("too short"),
    "own way": mark("own way"),
    "untracked": mark("untracked"),
    "not reached": mark("not reached"),
    NEVER_ON_TARGET: mark("never on target"),
}
"""Plain words for reasons of lines; `coach.base.vocabulary` has those for reasons of moments."""


def reason_word(reason: str) -> str:
    """The `reason` of a line or a reaction, which reports keep in English, as words in the user's language."""
    if unseen := re.fullmatch(UNSEEN_PART.format(number=r"(\d+)"), reason):
        return tr(UNSEEN_PART, number=unseen[1])
    if led := re.fullmatch(RIVAL_LED.format(rival="(.+)"), reason):
        return tr(RIVAL_LED, rival=tr(led[1]))
    return tr(_REASON_TEXTS.get(reason, reason))


def reason_text(line: LineReport) -> str:
    """The reason of `line`, its intensity miss, its number of attempts if it had several, and its prompts, if any."""
    attempts = tr("attempt {number}", number=line.attempts) if line.attempts > 1 else ""
    prompts = tr_n("{count:,} prompt", "{count:,} prompts", line.prompts) if line.prompts else ""
    parts = (reason_word(line.reason), tr(line.intensity) if line.intensity else "", attempts, prompts)
    return ", ".join(dict.fromkeys(filter(None, parts)))
