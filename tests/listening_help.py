"""Helpers for tests of listening: planned sound, and a take in which an ear hears it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pytest

from coach.base.events import Command, Event
from coach.base.settings import Settings
from coach.base.types import Tick
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.rehearsal.line_end import SoundMoment
from coach.listening.ear import Ear, EarOptions
from coach.listening.sound import CHUNK_S, SoundChunk

if TYPE_CHECKING:
    from coach.core.script.timeline import Timeline
    from coach.listening.line_words import LineWords

STEP_S = 1 / 30

needs_sphinx = pytest.mark.skipif(find_spec("pocketsphinx") is None, reason="pocketsphinx has no release for 3.14 yet")


class PlannedSound:
    """Sound in which the actor speaks at the given times; a chunk of speech has samples of 1, others of 0."""

    name = "planned"

    def __init__(self, *spoken: tuple[float, float]) -> None:
        self._spoken = spoken
        self._read = 0
        self.closed = False

    def read_until(self, t: float) -> list[SoundChunk]:
        chunks = []
        while (self._read + 1) * CHUNK_S <= t:
            self._read += 1
            end = self._read * CHUNK_S
            speaks = any(begin < end <= until for begin, until in self._spoken)
            chunks.append(SoundChunk(end, np.full(512, int(speaks), np.int16)))
        return chunks

    def close(self) -> None:
        self.closed = True


class PlannedActivity:
    """Reads what `PlannedSound` wrote."""

    def moment(self, chunk: SoundChunk) -> SoundMoment:
        speaks = bool(chunk.samples[0])
        return SoundMoment(chunk.t, CHUNK_S, 0.99 if speaks else 0.01, -20.0 if speaks else -70.0)


def play_by_voice(
    timeline: Timeline,
    spoken: Sequence[tuple[float, float]],
    settings: Settings | None = None,
    options: EarOptions | None = None,
    *,
    live: bool = True,
    until: float = 60.0,
    commands: Sequence[Command] = (),
    words: LineWords | None = None,
) -> list[Event]:
    """The events of a take in which the actor speaks at the given times; `commands` come from a key or the partner."""
    settings = settings or Settings(advance="voice", lead_in_s=0.0)
    engine = RehearsalEngine(timeline, settings, live=live)
    ear = Ear(PlannedSound(*spoken), PlannedActivity(), timeline, options, words)  # type: ignore[arg-type]
    events: list[Event] = []
    waiting = list(commands)

    def tell(new: list[Event]) -> None:
        for event in new:
            ear.handle(event)
        events.extend(new)

    t = 0.0
    tell(engine.start())
    while not engine.ended and t < until:
        t = round(t + STEP_S, 6)
        due = [Command(t, name) for name in ear.poll()]
        while waiting and waiting[0].t <= t:
            due.append(waiting.pop(0))
        for command in due:
            if not engine.ended:
                tell(engine.step(command))
        if not engine.ended:
            tell(engine.step(Tick(t, "no camera")))
    if not engine.ended:
        events += engine.finish(t, "source ended")
    return events
