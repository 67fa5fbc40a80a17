"""What may stand between the brackets of plain tagged text: target, time and intensity, a pause, a named value."""

from __future__ import annotations

import difflib
import re
from typing import Final

from coach.scripts.nodes import Mistakes, Node, Place

_N: Final = r"(\d+(?:\.\d+)?)"
_S: Final = r"\s*s(?:ec(?:ond)?s?)?"
_BEFORE: Final = r"(?:^|[\s,;]+)"

_MODIFIERS: Final[tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]] = (
    # Fields that the groups give, and what it looks like at the end of a tag. The longer form stands before its tail.
    (("start_s", "end_s"), re.compile(rf"{_BEFORE}{_N}(?:{_S})?\s*-\s*{_N}{_S}$", re.I)),
    (("start_s",), re.compile(rf"{_BEFORE}from\s+{_N}{_S}$", re.I)),
    (("end_s",), re.compile(rf"{_BEFORE}to\s+{_N}{_S}$", re.I)),
    (("duration_s",), re.compile(rf"{_BEFORE}{_N}{_S}$", re.I)),
    (("intensity", "intensity"), re.compile(rf"{_BEFORE}{_N}\s*-\s*{_N}$")),
    (("mode",), re.compile(rf"{_BEFORE}(untracked)$", re.I)),
)
_NAMED: Final = re.compile(r"\s*(\w+)\s*:\s*(.*?)\s*$")
_NO_COLON: Final = re.compile(r"\s*(\w+)\b\s*(.*?)\s*$")
_PAUSE: Final = re.compile(rf"\s*(?:pause\s+{_N}{_S}|(pause|beat)|(\d+)\s+beats?)\s*$", re.I)
_MEANT_PAUSE: Final = re.compile(r"\s*(pause|beats?)\b", re.I)
_NUMBER_LIKE: Final = re.compile(r"(?<!\S)[^\s@]*\d[^\s%]*(?!\S)")
_ONE_SHARE: Final = re.compile(r"0?\.\d+|1\.0+")
_PERCENT: Final = re.compile(r"(?:^|[^\s@]\s+)([\d.%-]*\d\s*%)(?!\S)")

FORMS: Final = "a tag is an emotion, then 6s for its length, 2s-8s for its times, 0.5-1.0 for its intensity"

_INTENSITY: Final = "an intensity is two numbers from 0 to 1 such as 0.5-1.0"


def pause_in(body: str, place: Place, mistakes: Mistakes) -> Node | None:
    """The pause that a tag's `body` asks for, or None where it is no pause."""
    found = _PAUSE.match(body)
    if found is None:
        if not _MEANT_PAUSE.match(body):
            return None
        message = f"expected a pause such as [pause 2s], [beat] or [2 beats], found {body.strip()[:40]!r}"
        mistakes.add(message, place, "pause_s")
        return Node("beat", place)
    if found[1]:
        return Node({"pause_s": _text(found, 1, place)}, place)
    return Node({"beats": _text(found, 3, place)}, place) if found[3] else Node("beat", place)


def named_in(body: str, place: Place, known: tuple[str, ...], mistakes: Mistakes) -> tuple[str, Node] | None:
    """The name and value of a tag such as ``cue: A car door``, an unknown name a mistake; None where it has no name."""
    found = _NAMED.match(body)
    if found is None:
        return _without_colon(body, place, known, mistakes)
    name = found[1].lower()
    if name not in known:
        near = difflib.get_close_matches(name[:40], known, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        mistakes.add(f"unknown tag {name[:40]!r}; {guess}known are {', '.join(known)}", _at(found, 1, place), "tag")
    return name, _text(found, 2, place)


def _without_colon(body: str, place: Place, known: tuple[str, ...], mistakes: Mistakes) -> tuple[str, Node] | None:
    """A tag such as ``cue A car door``, which is a mistake."""
    found = _NO_COLON.match(body)
    name = found[1].lower() if found else ""
    if found is None or name not in known:
        return None
    words = found[2][:40] or "..."
    mistakes.add(f"a colon is missing behind {name!r}; write [{name}: {words}]", _at(found, 1, place), name)
    value = _text(found, 2, place)
    value.spoiled = True
    return name, value


def target_in(body: str, place: Place, mistakes: Mistakes) -> dict[str, Node]:
    """The fields of a line that a tag's `body` gives; an empty one leaves the line untracked."""
    fields: dict[str, Node] = {}
    rest = body.rstrip()
    while found := _modifier(rest):
        names, match = found
        rest = rest[: match.start()].rstrip()
        _add(fields, names, match, place, mistakes)
    emotion = _emotion(rest.rstrip(" ,;"), place, mistakes)
    if emotion:
        fields["emotion"] = emotion
    else:
        fields.setdefault("mode", Node("untracked", place))
    return fields


def pace_in(value: Node, mistakes: Mistakes) -> Node:
    """The fields of ``130 wpm, beat 0.6s``."""
    if value.spoiled:
        return value
    fields: dict[str, Node] = {}
    text = value.value if isinstance(value.value, str) else ""
    for piece in text.split(","):
        words = re.fullmatch(rf"{_N}\s*wpm", piece.strip(), re.I)
        beat = re.fullmatch(rf"beat\s+{_N}{_S}", piece.strip(), re.I)
        place = value.place_of(piece.strip())
        if words:
            fields["words_per_minute"] = Node(words[1], place)
        elif beat:
            fields["beat_s"] = Node(beat[1], place)
        else:
            mistakes.add(f"expected a pace such as '130 wpm, beat 0.6s', found {piece.strip()[:40]!r}", place, "pace")
    return Node(fields, value.place)


def _modifier(text: str) -> tuple[tuple[str, ...], re.Match[str]] | None:
    """The fields and the match of what stands at the end of `text`, or None where that is an emotion."""
    return next(((names, match) for names, pattern in _MODIFIERS if (match := pattern.search(text))), None)


def _add(
    fields: dict[str, Node], names: tuple[str, ...], match: re.Match[str], place: Place, mistakes: Mistakes
) -> None:
    nodes = [_text(match, i, place) for i in range(1, len(names) + 1)]
    if names[0] == "intensity":
        names, nodes = ("intensity",), [Node(list(nodes), nodes[0].place)]
    for name, node in zip(names, nodes, strict=True):
        if name in fields:
            mistakes.add(f"{name} is given twice in this tag; delete one", node.place, name)
        fields[name] = node


def _emotion(text: str, place: Place, mistakes: Mistakes) -> Node | None:
    bare = text.lstrip()
    if not bare:
        return None
    begins = place[0], place[1] + len(text) - len(bare)
    node = Node(bare, begins, raw_at=begins)
    percent = _PERCENT.search(bare)
    strange = _NUMBER_LIKE.search(bare)
    if percent:
        place_form = "; the place of an arc is written @60%" if ">" in bare else ""
        _spoil(node, f"{_INTENSITY}, found {percent[1][:40]!r}{place_form}", percent.start(1), mistakes, "intensity")
    elif strange and _ONE_SHARE.fullmatch(strange[0]):
        _spoil(node, f"{_INTENSITY}, found {strange[0][:40]!r}", strange.start(), mistakes, "intensity")
    elif strange:
        _spoil(node, f"cannot make sense of {strange[0][:40]!r}; {FORMS}", strange.start(), mistakes, "emotion")
    return node


def _spoil(node: Node, message: str, offset: int, mistakes: Mistakes, field: str) -> None:
    """Note what is wrong at `offset` of a text, and that this is all to be said about it."""
    mistakes.add(message, (node.place[0], node.place[1] + offset), field)
    node.spoiled = True


def _text(match: re.Match[str], group: int, place: Place) -> Node:
    at = _at(match, group, place)
    return Node(match[group], at, raw_at=at)


def _at(match: re.Match[str], group: int, place: Place) -> Place:
    return place[0], place[1] + match.start(group)
