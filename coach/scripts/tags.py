"""Parsers of what stands inside the brackets of plain tagged text: pauses, named values, and targets of lines."""

from __future__ import annotations

import difflib
import re
from typing import Final

from coach.base.messages import mark, tr
from coach.core.script.script import beats_in, seconds_in
from coach.scripts.nodes import Location, Mistakes, Node

_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_CLOCK: Final = r"\d{1,2}(?::[0-5]\d){1,2}(?:[.,]\d+)?"
_SECONDS: Final = r"\s*s(?:ec(?:ond)?s?)?"
_TIME: Final = rf"{_CLOCK}|{_NUMBER}{_SECONDS}"
_SEPARATOR: Final = r"(?:^|(?<=[ ,;]))"

_MODIFIERS: Final[tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]] = (
    # Fields of the pattern's groups; the pattern, which matches the end of a tag. Order matters: `2s-8s` before `8s`.
    # None may begin with a repetition: the search would take quadratic time on spaces.
    (("start_s", "end_s"), re.compile(rf"{_SEPARATOR}({_TIME}|{_NUMBER})\s*-\s*({_TIME})$", re.I)),
    (("start_s",), re.compile(rf"{_SEPARATOR}from\s+({_TIME})$", re.I)),
    (("end_s",), re.compile(rf"{_SEPARATOR}to\s+({_TIME})$", re.I)),
    (("start_s",), re.compile(rf"{_SEPARATOR}({_CLOCK})$")),
    (("duration_s",), re.compile(rf"{_SEPARATOR}({_NUMBER}{_SECONDS})$", re.I)),
    (("intensity", "intensity"), re.compile(rf"{_SEPARATOR}({_NUMBER})\s*-\s*({_NUMBER})$")),
    (("mode",), re.compile(rf"{_SEPARATOR}(untracked|own way)$", re.I)),
)
_NAMED: Final = re.compile(r"\s*([^\W\d]\w*)\s*[:：]\s*")
_NO_COLON: Final = re.compile(r"\s*(\w+)\b\s*")
_PAUSE: Final = re.compile(rf"\s*(?:pause(?:\s+of)?\s*:?\s*({_TIME})|({_TIME})\s+pause)\s*[.:]?\s*$", re.I)
_LIKE_PAUSE: Final = re.compile(r"\s*(pause|beats?)\b", re.I)
_SINGLE_INTENSITY: Final = re.compile(r"0?[.,]\d+|1[.,]0+")
_PERCENT: Final = re.compile(r"(?:^|[^\s@]\s+)([\d.%-]*\d\s*%)(?!\S)")
_TOKEN: Final = re.compile(r"\S+")
_DIGITS: Final = re.compile(r"\d+")

_FULL_WIDTH: Final = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_PLAIN: Final = _FULL_WIDTH | {ord(dash): "-" for dash in "‐‑‒–—−"} | {ord("、"): ","}
"""Translation table for full-width signs and any kind of dash. It keeps the length of a text, and so its columns."""

_MAX_TARGET: Final = 400
"""Maximum characters of the tag of a line; ten emotions, times and an intensity take a third."""

TAG_FORMS: Final = mark("a tag is an emotion, then 6s for its length, 2s-8s for its times, 0.5-1.0 for its intensity")

_INTENSITY: Final = mark("an intensity is two numbers from 0 to 1 such as 0.5-1.0, found {text}")


def parse_pause(body: str, location: Location) -> Node | None:
    """Parse the pause in a tag's `body`, such as ``pause 2s``, ``3 beats`` or ``long pause``; None if it is none."""
    plain = body.translate(_PLAIN)
    match = _PAUSE.match(plain)
    if match:
        return Node({"pause_s": _time(match, 1 if match[1] else 2, location)}, location)
    beats = beats_in(plain)
    if beats is None:
        return None
    digits = _DIGITS.search(plain)
    if beats == 1 and not digits:
        return Node("beat", location)
    column = location[1] + (digits.start() if digits else 0)
    return Node({"beats": Node(str(beats), (location[0], column))}, location)


def report_malformed_pause(body: str, location: Location, mistakes: Mistakes) -> bool:
    """Report a tag that begins like a pause but is none; return whether it does."""
    if not _LIKE_PAUSE.match(body):
        return False
    found = repr(body.strip()[:40])
    message = tr("expected a pause such as [pause 2s], [beat] or [2 beats], found {text}", text=found)
    mistakes.add(message, location, "pause_s")
    return True


def parse_named(body: str, location: Location, known: tuple[str, ...], mistakes: Mistakes) -> tuple[str, Node] | None:
    """Parse a tag such as ``cue: A car door`` into name and value; None if it has no name."""
    match = _NAMED.match(body)
    if match is None:
        return _parse_without_colon(body, location, known, mistakes)
    name = match[1].lower()
    if name not in known:
        mistakes.add(_unknown_tag(name[:40], known), _location(match, 1, location), "tag")
    return name, _rest(match, location)


def _unknown_tag(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    named = {"name": repr(name), "known": ", ".join(known)}
    if near:
        return tr("unknown tag {name}; did you mean {guess}? known are {known}", **named, guess=repr(near[0]))
    return tr("unknown tag {name}; known are {known}", **named)


def _parse_without_colon(
    body: str, location: Location, known: tuple[str, ...], mistakes: Mistakes
) -> tuple[str, Node] | None:
    """Parse a tag such as ``cue A car door``, which is a mistake; None if it is another kind of tag."""
    match = _NO_COLON.match(body)
    name = match[1].lower() if match else ""
    if match is None or name not in known:
        return None
    value = _rest(match, location)
    text = str(value.value)[:40] or "..."
    message = tr("a colon is missing behind {quoted}; write [{name}: {text}]", quoted=repr(name), name=name, text=text)
    mistakes.add(message, _location(match, 1, location), name)
    value.reported = True
    return name, value


def parse_target_tag(body: str, location: Location, mistakes: Mistakes) -> dict[str, Node]:
    """Parse a tag's `body` into fields of a line; an empty one makes the line untracked."""
    fields: dict[str, Node] = {}
    if len(body) > _MAX_TARGET:
        message = tr("this tag has {count} characters; at most {limit} are read", count=len(body), limit=_MAX_TARGET)
        mistakes.add(message, location, "tag")
        return {"mode": Node("untracked", location)}
    remaining = body.translate(_PLAIN).rstrip()
    while modifier := _last_modifier(remaining):
        names, match = modifier
        remaining = remaining[: match.start()].rstrip(" ,;")
        _add_modifier(fields, names, match, location, mistakes)
    emotion = _parse_emotion(remaining.rstrip(" ,;"), location, mistakes)
    if emotion:
        fields["emotion"] = emotion
    else:
        fields.setdefault("mode", Node("untracked", location))
    return fields


def parse_pace(value: Node, mistakes: Mistakes) -> Node:
    """Parse ``130 wpm, beat 0.6s`` into the fields of a pace."""
    if value.reported:
        return value
    fields: dict[str, Node] = {}
    text = value.value if isinstance(value.value, str) else ""
    for piece in re.split(r"[,，](?!\d)", text):
        rate = re.fullmatch(rf"({_NUMBER})\s*wpm", piece.strip(), re.I)
        beat = re.fullmatch(rf"beat\s+({_NUMBER}{_SECONDS})", piece.strip(), re.I)
        location = value.location_of(piece.strip())
        if rate:
            fields["words_per_minute"] = Node(rate[1].replace(",", "."), location)
        elif beat:
            fields["beat_s"] = Node(_number_text(beat[1]), location)
        else:
            found = repr(piece.strip()[:40])
            message = tr("expected a pace such as '130 wpm, beat 0.6s', found {text}", text=found)
            mistakes.add(message, location, "pace")
    return Node(fields, value.location)


def _last_modifier(text: str) -> tuple[tuple[str, ...], re.Match[str]] | None:
    """Fields and match of the modifier at the end of `text`; None if there is none."""
    return next(((names, match) for names, pattern in _MODIFIERS if (match := pattern.search(text))), None)


def _add_modifier(
    fields: dict[str, Node], names: tuple[str, ...], match: re.Match[str], location: Location, mistakes: Mistakes
) -> None:
    nodes = [_time(match, i, location) for i in range(1, len(names) + 1)]
    if names[0] == "intensity":
        names, nodes = ("intensity",), [Node(list(nodes), nodes[0].location)]
    for name, node in zip(names, nodes, strict=True):
        if name in fields:
            mistakes.add(tr("{name} is given twice in this tag; delete one", name=name), node.location, name)
        fields[name] = node


def _parse_emotion(text: str, location: Location, mistakes: Mistakes) -> Node | None:
    stripped = text.lstrip()
    if not stripped:
        return None
    start = location[0], location[1] + len(text) - len(stripped)
    node = Node(stripped, start, text_start=start)
    percent = _PERCENT.search(stripped)
    number = _find_number(stripped)
    if percent:
        message = tr(_INTENSITY, text=repr(percent[1][:40]))
        if ">" in stripped:
            message += tr("; the place of an arc is written @60%")
        _report(node, message, percent.start(1), mistakes, "intensity")
    elif number and _SINGLE_INTENSITY.fullmatch(number[0]):
        _report(node, tr(_INTENSITY, text=repr(number[0][:40])), number.start(), mistakes, "intensity")
    elif number:
        message = tr("cannot make sense of {text}; {advice}", text=repr(number[0][:40]), advice=tr(TAG_FORMS))
        _report(node, message, number.start(), mistakes, "emotion")
    return node


def _find_number(text: str) -> re.Match[str] | None:
    """The first word with a digit that is not the place of an arc such as ``@60%``."""
    for word in _TOKEN.finditer(text):
        digit = _DIGITS.search(word[0])
        if digit and "@" not in word[0][: digit.start()] and "%" not in word[0]:
            return word
    return None


def _report(node: Node, message: str, offset: int, mistakes: Mistakes, field: str) -> None:
    """Add the mistake at `offset` of a text, and mark the text as reported."""
    mistakes.add(message, (node.location[0], node.location[1] + offset), field)
    node.reported = True


def _time(match: re.Match[str], group: int, location: Location) -> Node:
    """The number or time of `group` as a node, in seconds; `location` is that of the matched string."""
    start = _location(match, group, location)
    return Node(_number_text(match[group]), start, text_start=start)


def _number_text(text: str) -> str:
    """A number without unit and with a decimal point: ``2,5 sec`` becomes ``2.5``, ``1:30`` becomes ``90``."""
    seconds = seconds_in(text)
    return re.sub(_SECONDS + "$", "", text, flags=re.I).replace(",", ".") if seconds is None else f"{seconds:.9g}"


def _rest(match: re.Match[str], location: Location) -> Node:
    """What follows `match` as a node; `location` is that of the matched string."""
    start = location[0], location[1] + match.end()
    return Node(match.string[match.end() :].rstrip(), start, text_start=start)


def _location(match: re.Match[str], group: int, location: Location) -> Location:
    return location[0], location[1] + match.start(group)
