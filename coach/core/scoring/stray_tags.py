"""Finds what looks like a tag, a pause, a name or a stage direction in the words of a line."""

from __future__ import annotations

import re
from typing import Final

from coach.core.script.script import beats_in
from coach.core.script.targets import correct_separators

_MARKUP: Final = r"(?:\d+[.)]\s+|[-+•–—>]\s+|[*_`~\"'“”„«»‘’]\s*)*"
"""Bullets, emphasis and quotation marks in front of a line."""

_BRACKETED: Final = re.compile(rf"{_MARKUP}(?:[\[({{［【（]([^\[\](){{}}［］【】（）]*)[\])}}］】）]|<([^<>]*)>)")
_BEFORE_COLON: Final = re.compile(rf"{_MARKUP}([^:]{{3,80}}):(?!\S)")
_NAMED: Final = (
    # Named values without brackets; stricter, because such words also begin sentences.
    re.compile(rf"{_MARKUP}((?:cue|title)\s*:\s*\S.*)", re.I),
    re.compile(rf"{_MARKUP}(language\s*:\s*[a-z]{{2,3}}(?:[-_]\w+)*)\W*$", re.I),
    re.compile(rf"{_MARKUP}(pace\s*:.*\d.*)", re.I),
)
_NAMED_IN_BRACKETS: Final = re.compile(r"\s*(?:cue|title|language|pace)\s*:\s*\w", re.I)
_PAUSE_TIME: Final = re.compile(
    r"\s*(?:pause(?:\s+of)?\s*:?\s*(\d+(?:\.\d+)?)\s*[a-z]*|(\d+(?:\.\d+)?)\s*[a-z]*\s+pause)\s*\.?\s*$", re.I
)
_PAUSE_FIRST: Final = re.compile(r"\s*([\w ]{4,20})[.,;:!…–—-]", re.I)
_TIME: Final = re.compile(r"[@\d.%–-]*\d[\d.s%–-]*(?:ec\w*)?|[-–]|s|secs?|seconds?|from|to|untracked", re.I)
_MAX_TAG: Final = 60
"""Maximum number of characters of a suggested tag."""

_INSIDE: Final = re.compile(r"[\[［【]([^\[\]［］【】]{1,60})[\]］】]|<([^<>]{1,60})>|[(（]([^()（）]{1,40})[)）]")
"""Brackets anywhere in a line; the groups are what stands in square, pointed and round ones."""

_FRONT: Final = 400
"""Characters at the beginning of a line in which a tag is looked for."""

_NAME_LINE: Final = re.compile(r"(?:[^\W\d_a-z]['’.\-]?\s?){2,30}(?:\([^()]{1,30}\)\s*)?")
_NAME_COLON: Final = re.compile(r"[^\W\d_][\w.'’ -]{0,30}(?:\([^()]{1,30}\)\s?)?:(?:\s|$)")
_PARENTHETICAL: Final = re.compile(r"\([^()]+\)|（[^（）]+）")
_HEADING: Final = re.compile(r"(?:INT|EXT|SCENE|ACT)\b|.{0,80}\s[-–—]\s*(?:DAY|NIGHT|MORNING|EVENING|LATER)\b")


def stray_tag(text: str) -> str | None:
    """Find a tag at the beginning of a line's text, and return it in correct form; None if there is no tag."""
    text = text[:_FRONT]
    return _tag_in_brackets(text) or _tag_without_brackets(text)


def inner_tags(text: str) -> list[tuple[str, str]]:
    """Tags and pauses after the first word of a line, each as written and in correct form."""
    found = []
    for match in _INSIDE.finditer(text):
        if match.start() == 0 and match[3]:
            continue
        tag = _pause_tag(match[3]) if match[3] else _tag_of(match[1] or match[2])
        if tag:
            found.append((match[0], tag))
    return found


def is_direction(text: str) -> bool:
    """Whether a line is nothing but a direction in parentheses, such as ``(softer)``, and no tag."""
    text = text[:_FRONT].strip()
    return bool(_PARENTHETICAL.fullmatch(text)) and stray_tag(text) is None


def looks_like_scene(text: str) -> bool:
    """Whether a line looks like a name, a scene heading or a direction rather than words to say."""
    text = text[:_FRONT].strip()
    return bool(
        _NAME_LINE.fullmatch(text)
        or _PARENTHETICAL.fullmatch(text)
        or _HEADING.match(text)
        or (_NAME_COLON.match(text) and text[0].isupper() and stray_tag(text) is None)
    )


def _tag_in_brackets(text: str) -> str | None:
    match = _BRACKETED.match(text)
    return _tag_of(match[1] or match[2] or "") if match else None


def _tag_of(body: str) -> str | None:
    """The tag in brackets with `body`, in correct form; None if it is none."""
    if _NAMED_IN_BRACKETS.match(body):
        return _format_tag(body)
    return _pause_tag(body) or _emotion_tag(body)


def _tag_without_brackets(text: str) -> str | None:
    named = next((match for pattern in _NAMED if (match := pattern.match(text))), None)
    if named:
        return _format_tag(named[1])
    match = _BEFORE_COLON.match(text)
    if match:
        return _emotion_tag(match[1])
    words = text.strip().rstrip(".").lower()
    return _pause_tag(words) if words.endswith(("pause", "beat")) else None


def _emotion_tag(body: str) -> str | None:
    """A tag of known emotions, with any times after them."""
    words, times = body.split(), []
    while words and _TIME.fullmatch(words[-1].strip(",;")):
        times.append(words.pop().strip(",;"))
    target = correct_separators(" ".join(words).strip("*_` ,;"))
    return _format_tag(" ".join([target, *reversed(times)])) if target else None


def _pause_tag(body: str) -> str | None:
    """The tag of a pause such as ``long pause``, ``pause 2s`` or ``beat, then:``; None if `body` is none."""
    timed = _PAUSE_TIME.match(body)
    if timed:
        return f"[pause {timed[1] or timed[2]}s]"
    beats = beats_in(body)
    if beats is None:
        first = _PAUSE_FIRST.match(body)
        beats = beats_in(first[1]) if first else None
    if beats is None:
        return None
    return f"[{beats} beats]" if beats > 1 else "[beat]"


def _format_tag(body: str) -> str:
    return f"[{' '.join(body.split())[:_MAX_TAG].rstrip()}]"
