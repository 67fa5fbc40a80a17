"""Reads plain tagged text into nodes: one line of the script per line of the file, its tag in front."""

from __future__ import annotations

import difflib
import re
from typing import Final

from coach.scripts.nodes import Location, Mistakes, Node

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

TAG_FORMS: Final = "a tag is an emotion, then 6s for its length, 2s-8s for its times, 0.5-1.0 for its intensity"

_INTENSITY: Final = "an intensity is two numbers from 0 to 1 such as 0.5-1.0"


def parse_pause(body: str, place: Location, mistakes: Mistakes) -> Node | None:
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


def parse_named(body: str, place: Location, known: tuple[str, ...], mistakes: Mistakes) -> tuple[str, Node] | None:
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


def _without_colon(body: str, place: Location, known: tuple[str, ...], mistakes: Mistakes) -> tuple[str, Node] | None:
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


def parse_target_tag(body: str, place: Location, mistakes: Mistakes) -> dict[str, Node]:
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


def parse_pace(value: Node, mistakes: Mistakes) -> Node:
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
    fields: dict[str, Node], names: tuple[str, ...], match: re.Match[str], place: Location, mistakes: Mistakes
) -> None:
    nodes = [_text(match, i, place) for i in range(1, len(names) + 1)]
    if names[0] == "intensity":
        names, nodes = ("intensity",), [Node(list(nodes), nodes[0].place)]
    for name, node in zip(names, nodes, strict=True):
        if name in fields:
            mistakes.add(f"{name} is given twice in this tag; delete one", node.place, name)
        fields[name] = node


def _emotion(text: str, place: Location, mistakes: Mistakes) -> Node | None:
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
        _spoil(node, f"cannot make sense of {strange[0][:40]!r}; {TAG_FORMS}", strange.start(), mistakes, "emotion")
    return node


def _spoil(node: Node, message: str, offset: int, mistakes: Mistakes, field: str) -> None:
    """Note what is wrong at `offset` of a text, and that this is all to be said about it."""
    mistakes.add(message, (node.place[0], node.place[1] + offset), field)
    node.spoiled = True


def _text(match: re.Match[str], group: int, place: Location) -> Node:
    at = _at(match, group, place)
    return Node(match[group], at, raw_at=at)


def _at(match: re.Match[str], group: int, place: Location) -> Location:
    return place[0], place[1] + match.start(group)


_SKIPPED: Final = re.compile(r"\s*(#+(\s.*)?)?$")
_BEAT: Final = re.compile(r"\((?:beat|(\d+)\s+beats)\)", re.I)
_LONGEST: Final = 5000
"""Characters of a line of the file: its longest text, its longest cue, and tags of any size."""

_HEADERS: Final = ("title", "language", "pace")
_NAMES: Final = ("cue", *_HEADERS)


def tagged_nodes(text: str, mistakes: Mistakes) -> Node:
    """The script in `text`, in the same shape as one read from YAML. Mistakes in one line do not hide the others."""
    reader = _Reader(mistakes)
    for number, line in enumerate(text.split("\n"), start=1):
        if not _SKIPPED.match(line):
            reader.take(number, line)
    return reader.script()


class _Reader:
    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self._headers: dict[str, Node] = {}
        self._items: list[Node] = []
        self._cues: list[Node] = []
        self._tag: dict[str, Node] | None = None
        self._tag_place: Location = (1, 1)

    def take(self, number: int, line: str) -> None:
        """One line of the file that is neither blank nor skipped."""
        self._tag = None
        if len(line) > _LONGEST:
            self._spoilt(f"this line has {len(line)} characters; at most {_LONGEST} are read", (number, 1))
            return
        at = self._front(number, line)
        if at is None:
            return
        place = number, at + 1
        words = line[at:].rstrip()
        if words:
            self._speak(Node(words, place, raw_at=place))
        elif self._tag is not None:
            message = "a tag without words; write the words behind it, or [pause 2s] for silence"
            self._mistakes.add(message, self._tag_place, "tag")

    def script(self) -> Node:
        """Everything taken so far."""
        if self._cues:
            self._mistakes.add("a cue with no line after it", self._cues[0].place, "cue")
        return Node({**self._headers, "lines": Node(self._items, (1, 1))}, (1, 1))

    def _front(self, number: int, line: str) -> int | None:
        """Take the tags and beats in front; where the words begin, or None where a bracket is left open."""
        at = 0
        while True:
            at += len(line[at:]) - len(line[at:].lstrip())
            beat = _BEAT.match(line, at)
            if beat:
                self._items.append(_beats(beat, (number, at + 1)))
                at = beat.end()
            elif line[at : at + 1] == "[":
                body = re.match(r"[^\[\]]*(?=\])", line[at + 1 :])
                if body is None:
                    self._spoilt("this bracket is not closed; a tag ends with ]", (number, at + 1), "tag")
                    return None
                self._take_tag(body[0], (number, at + 2))
                at += body.end() + 2
            else:
                return at

    def _spoilt(self, message: str, place: Location, field: str = "text") -> None:
        """Note a line of the script that cannot be read, so that it still counts as one."""
        self._mistakes.add(message, place, field)
        self._items.append(Node(None, place, spoiled=True))

    def _take_tag(self, body: str, place: Location) -> None:
        named = parse_named(body, place, _NAMES, self._mistakes)
        if named:
            self._take_named(*named)
            return
        pause = parse_pause(body, place, self._mistakes)
        if pause:
            self._items.append(pause)
            return
        if self._tag is not None:
            message = "a second tag; a line has one, and accepts several emotions as [fear, surprise]"
            self._mistakes.add(message, place, "tag")
        self._tag = parse_target_tag(body, place, self._mistakes)
        self._tag_place = place[0], place[1] - 1

    def _take_named(self, name: str, value: Node) -> None:
        if name == "cue":
            self._cues.append(value)
        elif name in _HEADERS:
            self._take_header(name, value)

    def _take_header(self, name: str, value: Node) -> None:
        if self._items:
            self._mistakes.add(f"the {name} stands before the first line of the script", value.place, name)
        elif name in self._headers:
            self._mistakes.add(f"the {name} is given twice; delete one", value.place, name)
        self._headers[name] = parse_pace(value, self._mistakes) if name == "pace" else value

    def _speak(self, text: Node) -> None:
        tag = {"mode": Node("untracked", text.place)} if self._tag is None else self._tag
        fields = {"text": text, **tag}
        if self._cues:
            fields["cue"], self._cues = _joined(self._cues), []
        self._items.append(Node(fields, text.place if self._tag is None else self._tag_place))


def _beats(beat: re.Match[str], place: Location) -> Node:
    if beat[1] is None:
        return Node("beat", place)
    return Node({"beats": Node(beat[1], (place[0], place[1] + 1))}, place)


def _joined(cues: list[Node]) -> Node:
    """Cues in a row are said as one."""
    words = " ".join(str(cue.value) for cue in cues)
    raw_at = cues[0].raw_at if len(cues) == 1 else None
    return Node(words, cues[0].place, raw_at=raw_at, spoiled=any(cue.spoiled for cue in cues))
