"""How much is said at once, how fast, and how long that takes at most."""

from __future__ import annotations

import unicodedata
from typing import Final

TEXT_MAX: Final = 200
"""Characters of one utterance; espeak crashes from 14,000 on, and a longer cue is no cue."""

SLOWEST_RATE: Final = 80
FASTEST_RATE: Final = 400
ENGINE_RATE: Final = 200
"""Words per minute: the range that can be understood, and what pyttsx3 speaks when it is not told."""


def sane_rate(rate: int | None) -> int | None:
    """`rate` in words per minute brought into the range; engines take any number and speak nonsense."""
    return rate if rate is None else max(SLOWEST_RATE, min(FASTEST_RATE, rate))


def spoken_s(text: str, rate: int | None) -> float:
    """Seconds that `text` takes, guessed high: after them an engine is taken to hang.

    The weights are above the slowest of 30 texts in 15 languages that espeak-ng read.
    """
    return (0.7 + sum(_weight(c) for c in text)) * ENGINE_RATE / (rate or ENGINE_RATE)


def _weight(c: str) -> float:
    if c.isspace() or "a" <= c <= "z":
        return 0.12
    if c.isalpha() and unicodedata.east_asian_width(c) not in "WF":
        return 0.35  # capitals and foreign letters may be spelt out
    return 0.5  # digits, signs and ideographs are words
