"""Finds what was meant as a tag of plain text and, written otherwise, became words that the actor would have to say."""

from __future__ import annotations

import re
from typing import Final

from coach.core.targets import right_form

_MARKUP: Final = r"(?:\d+[.)]\s+|[-+•–—>]\s+|[*_`~\"'“”„«»‘’]\s*)*"
"""List marks, emphasis and quotation marks that editors and habits put in front."""

_BRACKETED: Final = re.compile(rf"{_MARKUP}[\[({{]([^\[\](){{}}]*)[\])}}]")
_BEFORE_COLON: Final = re.compile(rf"{_MARKUP}([^:]{{3,80}}):(?!\S)")
_NAMED: Final = (
    # What a named value looks like without brackets; words like these also begin sentences.
    re.compile(rf"{_MARKUP}((?:cue|title)\s*:\s*\S.*)", re.I),
    re.compile(rf"{_MARKUP}(language\s*:\s*[a-z]{{2,3}}(?:[-_]\w+)*)\W*$", re.I),
    re.compile(rf"{_MARKUP}(pace\s*:.*\d.*)", re.I),
)
_NAMED_IN_BRACKETS: Final = re.compile(r"\s*(?:cue|title|language|pace)\s*:\s*\S", re.I)
_BEATS: Final = re.compile(r"\s*(?:(\d+)\s*beats?|beats?\s*:?\s*(\d*))\s*$", re.I)
_PAUSE: Final = re.compile(r"\s*(?:pause\s*:?\s*([\d.]*)\s*[a-z]*|([\d.]+)\s*[a-z]*\s+pause)\s*$", re.I)
_TIME: Final = re.compile(r"[@\d.%–-]*\d[\d.s%–-]*(?:ec\w*)?|[-–]|s|secs?|seconds?|from|to|untracked", re.I)
_LONGEST_SHOWN: Final = 60


def stray_tag(text: str) -> str | None:
    """The tag that the words `text` of a line seem to begin with, as it must be written; None for ordinary words."""
    text = text[:400]
    return _bracketed(text) or _bare(text)


def _bracketed(text: str) -> str | None:
    found = _BRACKETED.match(text)
    if found is None:
        return None
    body = found[1]
    named = _NAMED_IN_BRACKETS.match(body)
    return _shown(body) if named else _pause(body) or _emotion(body)


def _bare(text: str) -> str | None:
    """A tag without any brackets."""
    named = next((found for pattern in _NAMED if (found := pattern.match(text))), None)
    if named:
        return _shown(named[1])
    before = _BEFORE_COLON.match(text)
    return _emotion(before[1]) if before else None


def _emotion(body: str) -> str | None:
    """A tag whose emotions are all known, with its times behind."""
    words, times = body.split(), []
    while words and _TIME.fullmatch(words[-1].strip(",;")):
        times.append(words.pop().strip(",;"))
    form = right_form(" ".join(words).strip("*_` ,;"))
    return _shown(" ".join([form, *reversed(times)])) if form else None


def _pause(body: str) -> str | None:
    beats = _BEATS.match(body)
    if beats:
        count = int((beats[1] or beats[2] or "1")[:9])
        return f"[{count} beats]" if count > 1 else "[beat]"
    pause = _PAUSE.match(body)
    return f"[pause {pause[1] or pause[2] or 2}s]" if pause else None


def _shown(body: str) -> str:
    return f"[{' '.join(body.split())[:_LONGEST_SHOWN]}]"
