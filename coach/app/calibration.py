"""Calibration of an actor, guided in front of a camera, or from a recording with a list of its parts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

from coach.base.errors import ActorError, CoachError
from coach.base.messages import mark, tr
from coach.base.text import join_with_and
from coach.base.types import Frame, Tick
from coach.core.actor.calibration import Calibration, Moment, PartKind, ShownPart, check_kinds, learn, problem_of
from coach.core.actor.examples import face_of
from coach.core.actor.guide import PROMPTS, AllShown, GaveUp, Guide, GuideEvent, Kept, Prompted, Watching
from coach.core.reading.smoothing import even_handed
from coach.core.scoring.evidence import log_odds_each
from coach.core.script.targets import EMOTION_NOUNS

if TYPE_CHECKING:
    from coach.base.protocols import FrameSource, Perceiver
    from coach.base.types import Observation
    from coach.core.actor.calibration import CalibrationRow
    from coach.core.reading.card import ModelCard
    from coach.perception.pipeline import FacePipeline
    from coach.scripts.parts import TimedPart

POINTS_PER_S: Final = 10.0
"""Landmarks are read so often per second: twice as often as in a take, because a part is short."""

CONSENT_OF_OTHERS: Final = mark("Calibrate only with the person whose face it is, and only if they want it.")

ROW_HEADINGS: Final = (mark("you showed"), mark("the model for everybody read"), mark("recognised again"))
"""Headings of the table about a calibration; `tr` translates them."""

KINDS: Final[tuple[PartKind, ...]] = get_args(PartKind)


class CalibrationFailed(CoachError):  # noqa: N818  # it tells the user what happened, like the other CoachErrors
    """A calibration ended without a result."""


def open_perceiver(detector: str = "blazeface", model: str | None = None) -> FacePipeline:
    """Load the models that a calibration needs.

    Raises:
        ModelError: a model cannot be used.
        UsageError: no detector or model has that name.
    """
    from coach.perception.pipeline import OneActor, open_perception

    return open_perception(detector, model, OneActor(reads_per_s=POINTS_PER_S, measures_per_s=POINTS_PER_S))


def models_of(card: ModelCard) -> dict[str, str]:
    """SHA-256 of each model whose numbers a profile holds, by name; `card` is the emotion model's.

    Raises:
        ModelError: the card of the landmark model cannot be read.
    """
    from coach.core.reading.card import NetworkCard
    from coach.perception.model_file import read_card
    from coach.perception.models import LANDMARKS, shipped_path

    landmarks = read_card(shipped_path(LANDMARKS).with_suffix(".json"), NetworkCard)
    return {card.name: card.sha256, LANDMARKS: landmarks.sha256}


class MomentReader:
    """Turns observations into moments of a calibration."""

    def __init__(self, card: ModelCard) -> None:
        """Read with the prior correction of `card`."""
        self._calibrate = even_handed(card)

    def moment(self, observation: Observation) -> Moment | None:
        """The moment of `observation`; None if landmarks were not due, so that it says nothing."""
        actor = observation.actor
        if actor is None or actor.probabilities is None:
            return Moment(observation.t, None, observation.reason or "no face")
        if actor.points is None:
            return None
        return Moment(observation.t, face_of(actor.points, log_odds_each(self._calibrate(actor.probabilities))))


def moments_of(source: FrameSource, perceiver: Perceiver) -> Iterator[Moment]:
    """The moments of an open `source`, in order of time.

    Raises:
        SourceError: the source can no longer be read.
    """
    reader = MomentReader(perceiver.card)
    while (item := source.read()) is not None:
        if isinstance(item, Tick):
            yield Moment(item.t, None, item.reason or "no signal")
        elif isinstance(item, Frame) and perceiver.is_due(item.t):
            moment = reader.moment(perceiver.observe(item))
            if moment is not None:
                yield moment


def check_parts(parts: Sequence[TimedPart], duration_s: float | None) -> None:
    """Check, before a recording is read, that its `parts` lie in it and that something can be learnt from them.

    Raises:
        CalibrationFailed: they do not, or nothing can.
    """
    try:
        check_kinds([part.show for part in parts])
    except ValueError as error:
        raise CalibrationFailed(f"{error}.") from error
    last = max(parts, key=lambda part: part.end_s)
    if duration_s is not None and last.begin_s >= duration_s:
        text = tr("{part}: the recording ends at {seconds:.1f} s already.", part=_place(last), seconds=duration_s)
        raise CalibrationFailed(text)


def _place(part: TimedPart) -> str:
    return tr("{kind} from {begin:g} to {end:g} s", kind=part.show, begin=part.begin_s, end=part.end_s)


def shown_in(moments: Iterable[Moment], parts: Sequence[TimedPart]) -> list[ShownPart]:
    """Sort the `moments` of a recording into its `parts`, both in order of time.

    Raises:
        CalibrationFailed: a part cannot be used; the message says which and why.
    """
    found: list[list[Moment]] = [[] for _ in parts]
    ends = max(part.end_s for part in parts)
    for moment in itertools.takewhile(lambda moment: moment.t < ends, moments):
        for number, part in enumerate(parts):
            if part.begin_s <= moment.t < part.end_s:
                found[number].append(moment)
    return [_usable(part, seen) for part, seen in zip(parts, found, strict=True)]


def _usable(timed: TimedPart, moments: Sequence[Moment]) -> ShownPart:
    """The part `timed` with its `moments`, if it can be used."""
    part = ShownPart(cast("PartKind", timed.show), moments)  # the loader knows only these kinds
    problem = problem_of(part)
    if problem is not None:
        raise CalibrationFailed(f"{_place(timed)}: {problem}")
    return part


def guide_through(guide: Guide, moments: Iterable[Moment], show: Callable[[GuideEvent], None]) -> list[ShownPart]:
    """Guide an actor; `show` gets each event at once. Returns the parts that were shown.

    Raises:
        CalibrationFailed: a part failed too often, or the moments ended too early.
    """
    for moment in moments:
        for event in guide.step(moment):
            show(event)
            if isinstance(event, GaveUp):
                raise CalibrationFailed(
                    tr("This part did not work: {problem} Then start again.", problem=event.problem)
                )
        if guide.ended:
            return guide.shown
    raise CalibrationFailed(tr("The calibration was ended before its last part. Nothing is kept."))


def calibrate(name: str, card: ModelCard, parts: Sequence[ShownPart], made: str) -> Calibration:
    """Learn the profile of the actor called `name` from `parts`, made at the time `made` (ISO 8601).

    Raises:
        ActorError: too little was shown.
        ModelError: the card of the landmark model cannot be read.
    """
    try:
        calibration = learn(name, models_of(card), parts)
    except ValueError as error:
        raise ActorError(f"{error}.") from error
    return replace(calibration, profile=replace(calibration.profile, made=made))


def missing_text(calibration: Calibration) -> str:
    """A sentence about the emotions that were not shown; empty if all were."""
    if not calibration.missing:
        return ""
    missing = join_with_and([tr(emotion) for emotion in calibration.missing])
    return tr("Not shown: {emotions}. Such lines are judged by viewers alone.", emotions=missing)


def parts_of(path: Path) -> list[TimedPart]:
    """The parts listed in the file at `path`.

    Raises:
        ScriptError: the file cannot be used.
    """
    from coach.scripts.parts import load_parts

    return load_parts(path, KINDS)


def said_at(event: GuideEvent) -> list[str]:
    """The sentences that the coach says at `event`, aloud too; a prompt comes last."""
    if isinstance(event, Prompted):
        return [*([event.problem] if event.problem else []), tr(PROMPTS[event.kind])]
    if isinstance(event, GaveUp):
        return [event.problem]
    return [tr("Thank you. That was all.")] if isinstance(event, AllShown) else []


def shown_at(event: GuideEvent) -> str:
    """What the coach shows at `event` without saying it; empty for nothing."""
    if isinstance(event, Watching):
        return tr("Now, for {seconds:g} seconds.", seconds=event.seconds)
    return tr("Good.") if isinstance(event, Kept) else ""


def row_texts(row: CalibrationRow) -> tuple[str, str, str]:
    """A row of the table, under `ROW_HEADINGS`."""
    again = {None: tr("shown once"), True: tr("yes"), False: tr("no: show it more clearly")}[row.recognised]
    return tr(EMOTION_NOUNS[row.emotion]), ", ".join(tr(EMOTION_NOUNS[each]) for each in row.read), again
