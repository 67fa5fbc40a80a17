"""An actor's face at rest, learnt from moments that ask for nothing."""

from __future__ import annotations

from typing import Final

from coach.base.events import BeatStarted, Event, LineEnded, LineStarted, Paused, Reading, Resumed, TakeStarted
from coach.base.types import EMOTIONS, Probabilities
from coach.core.reading.calibration import even_handed
from coach.core.reading.card import EvidenceCard, ModelCard
from coach.core.reading.smoothing import GRACE_S, HELD_S
from coach.core.scoring.evidence import OUTRUNS, Pool, log_odds
from coach.core.script.targets import Part
from coach.core.script.timeline import Timeline, Turn

REST_S: Final = 2.0
"""The actor's own rest is known after so many usable seconds of it."""

REST_SHARE: Final = 0.5
"""The more neutral half of them speaks, so that a grin before the first line is not taken for the face at rest."""

REST_MOST: Final = 2.0
"""An actor's rest is taken to lie no further than this from the card's, per emotion: whoever smiles through it all
would otherwise be asked for more than a smile ever after."""


class Rest:
    """Learns an actor's face at rest from moments that ask for nothing: the lead-in and neutral lines."""

    def __init__(self, card: EvidenceCard) -> None:
        self._neutral = tuple(card.neutral[emotion] for emotion in EMOTIONS)
        self._pool = Pool(Part(("neutral",)))

    def add(self, probabilities: Probabilities, seconds: float) -> None:
        """An even-handed reading at rest that held for `seconds`, times how far it can be relied on."""
        self._pool.add(probabilities, seconds)

    @property
    def known(self) -> bool:
        """Whether there was enough of it."""
        return self._pool.seconds >= REST_S

    @property
    def odds(self) -> tuple[float, ...]:
        """Log odds of the seven at rest: the actor's own where known, else the card's."""
        mean = self._pool.mean(REST_SHARE, most_neutral=True) if self.known else None
        if mean is None:
            return self._neutral
        pairs = zip(mean[0], self._neutral, strict=True)
        return tuple(min(max(own, usual - REST_MOST), usual + REST_MOST) for own, usual in pairs)


def is_rest(turn: Turn, spent_s: float) -> bool:
    """Whether `spent_s` seconds into `turn` the face should be at rest: the line is neutral, the one before it over."""
    return spent_s >= GRACE_S and asks_for_rest(turn)


def at_ease(probabilities: Probabilities) -> bool:
    """Whether an even-handed reading in a neutral line may be the face at rest: no emotion clearly outruns neutral.

    Whoever weeps through a line that asks for nothing shows no rest; what comes after would be held against tears.
    """
    *others, neutral = (log_odds(each) for each in probabilities)
    return max(others) - neutral <= OUTRUNS


def asks_for_rest(turn: Turn) -> bool:
    """Whether `turn` asks for a neutral face and nothing else."""
    target = turn.line.target
    return target is not None and target.accepted == ("neutral",)


class RestSink:
    """An event sink that learns the actor's face at rest over a take: each reading speaks until the next event."""

    def __init__(self, timeline: Timeline, card: ModelCard | None) -> None:
        self._neutral = {turn.index for turn in timeline.turns if asks_for_rest(turn)}
        self._even_handed = even_handed(card)
        self._rest = Rest(card.evidence) if card and card.evidence else None
        self._leading_in = False
        self._in_neutral_line = False
        self._began = 0.0
        self._reading: Reading | None = None
        self._settled = 0.0
        self._paused_at: float | None = None

    @property
    def odds(self) -> tuple[float, ...]:
        """Log odds of the actor's face at rest; empty where the model does not speak for viewers."""
        return self._rest.odds if self._rest else ()

    def handle(self, event: Event) -> None:
        """Take one event, in order of time."""
        if self._rest is not None:
            self._settle(self._rest, event.t)
        self._settled = event.t
        if isinstance(event, Reading):
            self._reading = event
            return
        if isinstance(event, TakeStarted | BeatStarted | LineStarted):
            self._leading_in = isinstance(event, TakeStarted)
        if isinstance(event, LineStarted):
            self._in_neutral_line, self._began = event.index in self._neutral, event.t
        elif isinstance(event, LineEnded):
            self._in_neutral_line = False
        elif isinstance(event, Paused):
            self._paused_at = event.t
        elif isinstance(event, Resumed):
            self._began += event.t - (event.t if self._paused_at is None else self._paused_at)
            self._paused_at = None

    def close(self) -> None:
        """Nothing is held open."""

    def _settle(self, rest: Rest, t: float) -> None:
        """Give the time since the last event to the reading that held in it, where nothing was asked of the face."""
        reading = self._reading
        asked = self._in_neutral_line and self._settled - self._began >= GRACE_S
        if reading is None or not (self._leading_in or asked) or self._paused_at is not None:
            return
        lasted, actor = min(t, reading.t + HELD_S) - self._settled, reading.observation.actor
        if lasted <= 0 or actor is None or actor.probabilities is None:
            return
        even = self._even_handed(actor.probabilities)
        if self._leading_in or at_ease(even):
            rest.add(even, lasted * actor.weight)
