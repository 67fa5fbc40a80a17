"""Building blocks for playing a rehearsal in tests: faces, lines, events, reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from coach.base.events import Command, Event, Reading
from coach.base.settings import Settings
from coach.base.types import EMOTIONS, Box, Emotion, Face, Observation, Probabilities, Reason, Tick
from coach.core.reading.card import InputCard, ModelCard
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.scoring.report import Report, RunMetadata, SourceReport
from coach.core.scoring.scorer import Scorer
from coach.core.script.script import Line
from coach.core.script.timeline import Beat, PartnerTurn, Timeline, Turn

CARD = ModelCard(
    name="test",
    file="test.onnx",
    sha256="0" * 64,
    labels=EMOTIONS,
    input=InputCard(width=8, height=8, channels=1, layout="NHWC", scaling="raw"),
)


def probabilities(emotion: Emotion, share: float = 0.7) -> Probabilities:
    """Seven probabilities: `share` for `emotion`, the others equal."""
    share_of_others = (1 - share) / 6
    a, b, c, d, e, f, g = (share if name == emotion else share_of_others for name in EMOTIONS)
    return (a, b, c, d, e, f, g)


def seen(t: float, emotion: Emotion, share: float = 0.7) -> Observation:
    """A usable face that shows `emotion` at `t`."""
    return Observation(t, (Face(0, Box(10, 10, 50, 50), probabilities(emotion, share)),))


def unseen(t: float, reason: Reason = "no face") -> Observation:
    """An observation at `t` without a usable face."""
    return Observation(t, (), reason)


def line(text: str = "A line of words.", emotion: str | list[str] | None = "sad", **fields: object) -> Line:
    """A line of a script."""
    return Line.model_validate({"text": text, "emotion": emotion, **fields})


def timeline(*slots: tuple[Line | None, float]) -> Timeline:
    """A timeline of consecutive lines (None: a beat), each with its duration; a line with a role is a partner's."""
    items: list[Turn | Beat] = []
    start, index = 0.0, 0
    for spoken, seconds in slots:
        end = start + seconds
        if spoken is None:
            items.append(Beat(start, end))
        elif spoken.role is not None:
            number = sum(isinstance(item, PartnerTurn) for item in items) + 1
            items.append(PartnerTurn(start, end, spoken, number))
        else:
            index += 1
            items.append(Turn(index, spoken, start, end))
        start = end
    return Timeline("Test", "en", tuple(items))


def frames(
    end: float, show: Callable[[float], Observation], start: float = 0.0, fps: float = 25.0
) -> list[Observation]:
    """Observations from `start` to just before `end`, `fps` per second."""
    count = round((end - start) * fps)
    return [show(round(start + i / fps, 6)) for i in range(count)]


def steadily(emotion: Emotion, share: float = 0.7) -> Callable[[float], Observation]:
    """A function of time: a face that always shows `emotion`."""
    return lambda t: seen(t, emotion, share)


def play(
    lines: Timeline,
    inputs: Iterable[Observation | Tick | Command],
    settings: Settings | None = None,
    *,
    live: bool = False,
    card: ModelCard = CARD,
    end: float | None = None,
) -> list[Event]:
    """All events of a take with these `inputs`; it ends at `end`, by default at the end of the timeline."""
    engine = RehearsalEngine(lines, settings or Settings(), live=live, card=card)
    events = engine.start()
    for item in inputs:
        if not engine.ended:
            events += engine.step(item)
    if not engine.ended:
        events += engine.finish(max(lines.end, events[-1].t) if end is None else end, "source ended")
    return events


def scored(
    lines: Timeline, events: Iterable[Event], settings: Settings | None = None, card: ModelCard = CARD
) -> Report:
    """The report of `events`."""
    scorer = Scorer(lines, settings or Settings(), card)
    for event in events:
        scorer.handle(event)
    created = RunMetadata(at="2026-01-01T00:00:00+00:00", take="test", coach_version="0")
    return scorer.report(created, SourceReport(kind="video", name="x.mp4", sha256=""), scorer.early_end_warnings())


def without_readings(events: Iterable[Event]) -> list[Event]:
    """The events without the readings."""
    return [event for event in events if not isinstance(event, Reading)]


def viewers_card(power: float = 0.0, **evidence: object) -> ModelCard:
    """A card with the meaning ``viewers``: each curve rises from 0 at evidence 0 to 1 at 8; the baseline is -3."""
    fields = {
        "neutral": {e: 0.5 if e == "neutral" else -3.0 for e in EMOTIONS},
        "curves": {e: ((-4.0, 0.0), (4.0, 1.0)) if e == "neutral" else ((0.0, 0.0), (8.0, 1.0)) for e in EMOTIONS},
        "typical": dict.fromkeys(EMOTIONS, 0.8),
        "quartiles": dict.fromkeys(EMOTIONS, (0.4, 0.6, 0.8)),
    }
    extra = {"meaning": "viewers", "evidence": {**fields, **evidence}, "power": power}
    prior = (0.09, 0.01, 0.03, 0.27, 0.14, 0.12, 0.34)
    return ModelCard.model_validate({**CARD.model_dump(), "prior": prior, **extra})


VIEWERS = viewers_card()


def mixed(t: float, weight: float = 1.0, **shares: float) -> Observation:
    """A usable face at `t` with the given probabilities; what remains to 1 is spread over the other emotions."""
    share_of_others = (1 - sum(shares.values())) / (len(EMOTIONS) - len(shares))
    a, b, c, d, e, f, g = (shares.get(name, share_of_others) for name in EMOTIONS)
    return Observation(t, (Face(0, Box(10, 10, 50, 50), (a, b, c, d, e, f, g), None, weight),))


def report_of(
    lines: Timeline, show: object, settings: Settings | None = None, card: ModelCard = VIEWERS, fps: float = 25.0
) -> Report:
    """The report of a take of `lines` in which the actor shows what `show` returns at each time."""
    inputs = frames(lines.end, show, fps=fps)  # type: ignore[arg-type]  # a function of the time
    return scored(lines, play(lines, inputs, settings, card=card), settings, card)


def slightly_angry(t: float) -> Observation:
    """A face that looks a little angry."""
    """A face that looks a little angry at rest."""
    return mixed(t, angry=0.25, neutral=0.6)
