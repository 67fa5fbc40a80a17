"""The landmarks of a take: measures against rest, moment by moment, and for each line where the eyes were."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from coach.base.events import Event, LineStarted, Reading
from coach.base.types import EMOTIONS
from coach.core.face.gaze import Gaze, gaze_of
from coach.core.face.measures import Values, difference
from coach.core.face.reading import FaceReading, Trouble, read_face
from coach.core.face.rest import RestLearner

MAX_GAP_S: Final = 1.0
"""A reading counts until the next one, but at most this long."""

LIDS_DOWN: Final = 0.45
"""With eyes open less than this share of their usual opening the lids are down: somebody reads, or the eyes are shut.
Of 230 smiling, angry, sad and disgusted faces 1 % are below."""

_USUALLY_OPEN: Final = 0.75
"""The usual opening of the eyes is this quantile of the take."""

_NEUTRAL: Final = EMOTIONS.index("neutral")


@dataclass(frozen=True, slots=True)
class FaceMoment:
    """The actor's face at one moment, by its landmarks.

    Attributes:
        t: take seconds.
        line: 1-based number of the line being played; None between lines and while paused.
        reading: what the landmarks say; None where they are not those of a face, because it is covered.
        measures: the measures against rest, in eye distances; None without good landmarks.
        gaze: where the eyes look; None without good landmarks.
    """

    t: float
    line: int | None
    reading: FaceReading | None
    measures: Values | None = None
    gaze: Gaze | None = None

    @property
    def trouble(self) -> Trouble | None:
        """Why the numbers are worth little; None if they are good."""
        return self.reading.trouble if self.reading else "covered"


@dataclass(frozen=True, slots=True)
class LineFace:
    """The face during one line, in shares of the time in which landmarks were read.

    Attributes:
        line: 1-based number of the line.
        seconds: that time.
        page, lens: shares with the eyes on the page and at the lens, of the time with good landmarks; None without any.
        troubles: shares of time with each trouble, those that occurred.
    """

    line: int
    seconds: float
    page: float | None
    lens: float | None
    troubles: dict[Trouble, float]


@dataclass(frozen=True, slots=True)
class FaceTake:
    """The landmarks of a take.

    Attributes:
        moments: every reading of landmarks, in order of time.
        rest: the measures of the actor's face at rest.
        lines: the lines in which landmarks were read, by number; each by its last attempt.
    """

    moments: tuple[FaceMoment, ...]
    rest: Values
    lines: tuple[LineFace, ...]


@dataclass
class FaceTakeBuilder:
    """Event sink that collects a `FaceTake`."""

    _moments: list[FaceMoment] = field(default_factory=list)
    _rest: RestLearner = field(default_factory=RestLearner)
    _started: dict[int, float] = field(default_factory=dict)

    def handle(self, event: Event) -> None:
        """Handle one event, in order of time."""
        if isinstance(event, LineStarted):
            self._started[event.index] = event.t
        if not isinstance(event, Reading):
            return
        actor = event.observation.actor
        if actor is None or actor.points is None:
            return
        reading = read_face(actor.points)
        if reading is not None and reading.trouble is None and event.even_handed is not None:
            self._rest.add(reading.values, event.even_handed[_NEUTRAL])
        self._moments.append(FaceMoment(event.t, event.index, reading))

    def close(self) -> None:
        """Do nothing; there is nothing to close."""

    def take(self) -> FaceTake:
        """The landmarks so far, against the rest that is known by now."""
        rest = self._rest.rest
        moments = [_against(moment, rest) for moment in _with_gaze(self._moments)]
        return FaceTake(tuple(moments), rest, tuple(_lines(moments, self._started)))


def _against(moment: FaceMoment, rest: Values) -> FaceMoment:
    reading = moment.reading
    if reading is None or reading.trouble is not None:
        return moment
    return replace(moment, measures=difference(reading.values, rest))


def _with_gaze(moments: Sequence[FaceMoment]) -> list[FaceMoment]:
    """The moments with where the eyes look: three readings decide together, so that a blink counts for nothing."""
    good = [moment.reading for moment in moments if moment.reading and moment.reading.trouble is None]
    opening = sorted(reading.open for reading in good)
    usual = opening[int(_USUALLY_OPEN * (len(opening) - 1))] if opening else 0.0
    single = [_gaze(moment, usual) for moment in moments]
    steady = [_majority(single[max(place - 1, 0) : place + 2], gaze) for place, gaze in enumerate(single)]
    return [replace(moment, gaze=gaze) for moment, gaze in zip(moments, steady, strict=True)]


def _gaze(moment: FaceMoment, usual_opening: float) -> Gaze | None:
    reading = moment.reading
    if reading is None or reading.trouble is not None:
        return None
    return "page" if reading.open < LIDS_DOWN * usual_opening else gaze_of(*reading.eyes)


def _majority(around: Sequence[Gaze | None], own: Gaze | None) -> Gaze | None:
    if own is None:
        return None
    return next((gaze for gaze in around if gaze is not None and around.count(gaze) >= 2), own)


def _lines(moments: Sequence[FaceMoment], started: Mapping[int, float]) -> list[LineFace]:
    """The face in each line, by its last attempt; `started` is when that began, by number."""
    parts: dict[int, list[tuple[FaceMoment, float]]] = {}
    for moment, following in itertools.pairwise(moments):
        if moment.line is not None and moment.t >= started.get(moment.line, 0.0):
            parts.setdefault(moment.line, []).append((moment, min(following.t - moment.t, MAX_GAP_S)))
    return [_line(number, parts[number]) for number in sorted(parts)]


def _line(number: int, parts: Sequence[tuple[FaceMoment, float]]) -> LineFace:
    seconds = sum(length for _, length in parts)
    good = sum(length for moment, length in parts if moment.gaze is not None)
    page, lens = (sum(length for moment, length in parts if moment.gaze == gaze) for gaze in ("page", "lens"))
    troubles: dict[Trouble, float] = {}
    for moment, length in parts:
        if moment.trouble is not None:
            troubles[moment.trouble] = troubles.get(moment.trouble, 0.0) + length
    return LineFace(
        number,
        round(seconds, 4),
        _share(page, good) if good else None,
        _share(lens, good) if good else None,
        {trouble: _share(length, seconds) for trouble, length in troubles.items()},
    )


def _share(part: float, whole: float) -> float:
    return round(min(part / whole, 1.0), 4) if whole > 0 else 0.0
