"""Helpers for tests of displays: a synthetic rehearsal with its timeline, events and `RunInfo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.base.events import (
    BeatStarted,
    CueDue,
    Event,
    Fit,
    LineEnded,
    LineStarted,
    NoteGiven,
    Paused,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.settings import Settings
from coach.base.types import EMOTIONS, Box, Emotion, Face, Observation, Probabilities, Reason
from coach.core.script.script import Line
from coach.core.script.timeline import Beat, Timeline, Turn
from coach.display.rehearsal.stage import RunInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coach.display.rehearsal.stage import Meaning

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
"""What hides and shows the cursor of a terminal."""

IN, OUT = "\x1b[?1049h", "\x1b[?1049l"
"""What leads to the second screen of a terminal, and back."""

HOSTILE = "evil\x1b[31mred\x1b]0;owned\x07\x9b2J\r\u202eback[/b][link=file:///etc/passwd]x[/link]"
"""Escape sequences, a bell, C1, carriage return, bidi, and markup that rich would interpret."""


def line(text: str, emotion: str | None, **fields: object) -> Line:
    return Line.model_validate({"text": text, "emotion": emotion, **fields})


def hostile_line() -> Line:
    """A line with control characters, which the script reader would refuse; displays must not rely on that."""
    return line("Hello.", "sad", cue="Hello.").model_copy(update={"text": HOSTILE, "cue": HOSTILE})


def timeline(*lines: Line, title: str = "Waiting for news", seconds: float = 6.0) -> Timeline:
    """The lines in order, `seconds` each, with a beat of one second before the last."""
    slots: list[Turn | Beat] = []
    t = 0.0
    for number, spoken in enumerate(lines, 1):
        if number == len(lines) > 1:
            slots.append(Beat(t, t + 1))
            t += 1
        slots.append(Turn(number, spoken, t, t + seconds))
        t += seconds
    return Timeline(title, "en", tuple(slots))


def news() -> Timeline:
    return timeline(
        line("They said there would be news by morning.", "sad"),
        line(
            "What if nobody comes? ÉLODIE, Ștefan, Кириллица, 日本語の台詞。",
            "fear, surprise",
            cue="A car door. Footsteps.",
        ),
        line("She is alive. She is alive!", "sad > happy @30%", intensity=(0.5, 1.0)),
    )


def run_info(
    script: Timeline | None = None,
    *,
    source_name: str = "",
    live: bool = True,
    meaning: Meaning = "label",
    **settings: object,
) -> RunInfo:
    """A run of `script`, by default of `news()`."""
    parsed = Settings.model_validate(settings)
    return RunInfo(script or news(), parsed, source_name=source_name, live=live, meaning=meaning)


def shares(emotion: Emotion, share: float = 0.7) -> Probabilities:
    """Seven probabilities: `share` for `emotion`, the others equal."""
    share_of_others = (1 - share) / (len(EMOTIONS) - 1)
    a, b, c, d, e, f, g = (share if name == emotion else share_of_others for name in EMOTIONS)
    return a, b, c, d, e, f, g


def reading(t: float, emotion: Emotion, index: int | None, on_target: bool | None, share: float = 0.7) -> Reading:
    probabilities = shares(emotion, share)
    face = Face(0, Box(100, 60, 120, 120), probabilities)
    return Reading(t, Observation(t, (face,)), probabilities, emotion, index, Fit(on_target))


def blind(t: float, reason: Reason, index: int | None = None) -> Reading:
    return Reading(t, Observation(t, (), reason), None, None, index)


def rehearsal(fps: float = 10.0) -> Iterator[Event]:
    """The events of a take of `news()`: lead-in, a note, a lost face, a cue, a pause, the end."""
    others: list[Event] = [
        TakeStarted(-3.0),
        LineStarted(0.0, 1, 6.0),
        NoteGiven(3.0, 1, "Deeper. Let it land.", 6.0),
        CueDue(5.0, 2, "A car door. Footsteps.", "cue", 6.0),
        LineEnded(6.0, 1),
        LineStarted(6.0, 2, 12.0),
        Paused(8.0),
        Resumed(10.0),
        LineEnded(14.0, 2),
        BeatStarted(14.0, 15.0),
        LineStarted(15.0, 3, 21.0),
        LineEnded(21.0, 3),
        TakeEnded(21.0, "finished"),
    ]
    frames = [_frame(i / fps) for i in range(round(-3 * fps), round(21 * fps))]
    yield from sorted([*others, *frames], key=lambda event: event.t)


def _frame(t: float) -> Reading:
    if t < 0:
        return reading(t, "neutral", None, None)
    if t < 6:
        return reading(t, "sad" if t > 4 else "happy", 1, t > 4)
    if t < 14:
        return blind(t, "too dark", 2) if 6.5 < t < 7.5 else reading(t, "fear", None if 8 <= t < 10 else 2, True)
    return reading(t, "happy", None if t < 15 else 3, None if t < 15 else True)
