"""Parser of plain tagged text that makes nodes: one script line per line of the file, its tag in front."""

from __future__ import annotations

import difflib
import re
from typing import Final

from coach.scripts.nodes import Location, Mistakes, Node

_NUMBER: Final = r"(\d+(?:\.\d+)?)"
_SECONDS: Final = r"\s*s(?:ec(?:ond)?s?)?"
_BEFORE: Final = r"(?:^|[\s,;]+)"

_MODIFIERS: Final[tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]] = (
    # Fields of the groups, and the pattern at the end of a tag. A longer form comes before a form that it ends with.
    (("start_s", "end_s"), re.compile(rf"{_BEFORE}{_NUMBER}(?:{_SECONDS})?\s*-\s*{_NUMBER}{_SECONDS}$", re.I)),
    (("start_s",), re.compile(rf"{_BEFORE}from\s+{_NUMBER}{_SECONDS}$", re.I)),
    (("end_s",), re.compile(rf"{_BEFORE}to\s+{_NUMBER}{_SECONDS}$", re.I)),
    (("duration_s",), re.compile(rf"{_BEFORE}{_NUMBER}{_SECONDS}$", re.I)),
    (("intensity", "intensity"), re.compile(rf"{_BEFORE}{_NUMBER}\s*-\s*{_NUMBER}$")),
    (("mode",), re.compile(rf"{_BEFORE}(untracked)$", re.I)),
)
_NAMED: Final = re.compile(r"\s*(\w+)\s*:\s*(.*?)\s*$")
_NO_COLON: Final = re.compile(r"\s*(\w+)\b\s*(.*?)\s*$")
_PAUSE: Final = re.compile(rf"\s*(?:pause\s+{_NUMBER}{_SECONDS}|(pause|beat)|(\d+)\s+beats?)\s*$", re.I)
_LIKE_PAUSE: Final = re.compile(r"\s*(pause|beats?)\b", re.I)
_NUMBER_LIKE: Final = re.compile(r"(?<!\S)[^\s@]*\d[^\s%]*(?!\S)")
_ONE_SHARE: Final = re.compile(r"0?\.\d+|1\.0+")
_PERCENT: Final = re.compile(r"(?:^|[^\s@]\s+)([\d.%-]*\d\s*%)(?!\S)")

TAG_FORMS: Final = "a tag is an emotion, then 6s for its length, 2s-8s for its times, 0.5-1.0 for its intensity"

_INTENSITY: Final = "an intensity is two numbers from 0 to 1 such as 0.5-1.0"


def parse_pause(body: str, location: Location, mistakes: Mistakes) -> Node | None:
    """Parse the pause in a tag's `body`; None if it is no pause."""
    found = _PAUSE.match(body)
    if found is None:
        if not _LIKE_PAUSE.match(body):
            return None
        message = f"expected a pause such as [pause 2s], [beat] or [2 beats], found {body.strip()[:40]!r}"
        mistakes.add(message, location, "pause_s")
        return Node("beat", location)
    if found[1]:
        return Node({"pause_s": _text(found, 1, location)}, location)
    return Node({"beats": _text(found, 3, location)}, location) if found[3] else Node("beat", location)


def parse_named(body: str, location: Location, known: tuple[str, ...], mistakes: Mistakes) -> tuple[str, Node] | None:
    """Parse a tag such as ``cue: A car door`` into name and value; None if it has no name."""
    found = _NAMED.match(body)
    if found is None:
        return _parse_without_colon(body, location, known, mistakes)
    name = found[1].lower()
    if name not in known:
        near = difflib.get_close_matches(name[:40], known, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        mistakes.add(f"unknown tag {name[:40]!r}; {guess}known are {', '.join(known)}", _at(found, 1, location), "tag")
    return name, _text(found, 2, location)


def _parse_without_colon(
    body: str, location: Location, known: tuple[str, ...], mistakes: Mistakes
) -> tuple[str, Node] | None:
    """Parse a tag such as ``cue A car door``, which is a mistake; None if it is another kind of tag."""
    found = _NO_COLON.match(body)
    name = found[1].lower() if found else ""
    if found is None or name not in known:
        return None
    words = found[2][:40] or "..."
    mistakes.add(f"a colon is missing behind {name!r}; write [{name}: {words}]", _at(found, 1, location), name)
    value = _text(found, 2, location)
    value.reported = True
    return name, value


def parse_target_tag(body: str, location: Location, mistakes: Mistakes) -> dict[str, Node]:
    """Parse a tag's `body` into fields of a line; an empty one makes the line untracked."""
    fields: dict[str, Node] = {}
    rest = body.rstrip()
    while found := _modifier(rest):
        names, match = found
        rest = rest[: match.start()].rstrip()
        _add(fields, names, match, location, mistakes)
    emotion = _parse_emotion(rest.rstrip(" ,;"), location, mistakes)
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
    for piece in text.split(","):
        words = re.fullmatch(rf"{_NUMBER}\s*wpm", piece.strip(), re.I)
        beat = re.fullmatch(rf"beat\s+{_NUMBER}{_SECONDS}", piece.strip(), re.I)
        location = value.location_of(piece.strip())
        if words:
            fields["words_per_minute"] = Node(words[1], location)
        elif beat:
            fields["beat_s"] = Node(beat[1], location)
        else:
            message = f"expected a pace such as '130 wpm, beat 0.6s', found {piece.strip()[:40]!r}"
            mistakes.add(message, location, "pace")
    return Node(fields, value.location)


def _modifier(text: str) -> tuple[tuple[str, ...], re.Match[str]] | None:
    """Fields and match of the modifier at the end of `text`; None if there is none."""
    return next(((names, match) for names, pattern in _MODIFIERS if (match := pattern.search(text))), None)


def _add(
    fields: dict[str, Node], names: tuple[str, ...], match: re.Match[str], location: Location, mistakes: Mistakes
) -> None:
    nodes = [_text(match, i, location) for i in range(1, len(names) + 1)]
    if names[0] == "intensity":
        names, nodes = ("intensity",), [Node(list(nodes), nodes[0].location)]
    for name, node in zip(names, nodes, strict=True):
        if name in fields:
            mistakes.add(f"{name} is given twice in this tag; delete one", node.location, name)
        fields[name] = node


def _parse_emotion(text: str, location: Location, mistakes: Mistakes) -> Node | None:
    bare = text.lstrip()
    if not bare:
        return None
    begins = location[0], location[1] + len(text) - len(bare)
    node = Node(bare, begins, text_start=begins)
    percent = _PERCENT.search(bare)
    strange = _NUMBER_LIKE.search(bare)
    if percent:
        place_form = "; the place of an arc is written @60%" if ">" in bare else ""
        _report(node, f"{_INTENSITY}, found {percent[1][:40]!r}{place_form}", percent.start(1), mistakes, "intensity")
    elif strange and _ONE_SHARE.fullmatch(strange[0]):
        _report(node, f"{_INTENSITY}, found {strange[0][:40]!r}", strange.start(), mistakes, "intensity")
    elif strange:
        _report(node, f"cannot make sense of {strange[0][:40]!r}; {TAG_FORMS}", strange.start(), mistakes, "emotion")
    return node


def _report(node: Node, message: str, offset: int, mistakes: Mistakes, field: str) -> None:
    """Add the mistake at `offset` of a text, and mark the text as reported."""
    mistakes.add(message, (node.location[0], node.location[1] + offset), field)
    node.reported = True


def _text(match: re.Match[str], group: int, location: Location) -> Node:
    at = _at(match, group, location)
    return Node(match[group], at, text_start=at)


def _at(match: re.Match[str], group: int, location: Location) -> Location:
    return location[0], location[1] + match.start(group)


_SKIPPED: Final = re.compile(r"\s*(#+(\s.*)?)?$")
_BEAT: Final = re.compile(r"\((?:beat|(\d+)\s+beats)\)", re.I)
_MAX_LENGTH: Final = 5000
"""Most characters in a line of the file: the longest text, the longest cue, and tags of any size."""

_HEADERS: Final = ("title", "language", "pace")
_NAMES: Final = ("cue", *_HEADERS)


def tagged_nodes(text: str, mistakes: Mistakes) -> Node:
    """Parse the script in `text`, with the same structure as YAML. A mistake in one line does not hide others."""
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
        self._tag_location: Location = (1, 1)

    def take(self, number: int, line: str) -> None:
        """Parse one line of the file that is neither blank nor a comment."""
        self._tag = None
        if len(line) > _MAX_LENGTH:
            self._unparsable(f"this line has {len(line)} characters; at most {_MAX_LENGTH} are read", (number, 1))
            return
        at = self._front(number, line)
        if at is None:
            return
        location = number, at + 1
        words = line[at:].rstrip()
        if words:
            self._speak(Node(words, location, text_start=location))
        elif self._tag is not None:
            message = "a tag without words; write the words behind it, or [pause 2s] for silence"
            self._mistakes.add(message, self._tag_location, "tag")

    def script(self) -> Node:
        """The script of the lines so far."""
        if self._cues:
            self._mistakes.add("a cue with no line after it", self._cues[0].location, "cue")
        return Node({**self._headers, "lines": Node(self._items, (1, 1))}, (1, 1))

    def _front(self, number: int, line: str) -> int | None:
        """Parse the tags and beats in front; return the start of the words, or None after an unclosed bracket."""
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
                    self._unparsable("this bracket is not closed; a tag ends with ]", (number, at + 1), "tag")
                    return None
                self._take_tag(body[0], (number, at + 2))
                at += body.end() + 2
            else:
                return at

    def _unparsable(self, message: str, location: Location, field: str = "text") -> None:
        """Add a mistake and an item for a line that cannot be parsed, so that it still counts as a line."""
        self._mistakes.add(message, location, field)
        self._items.append(Node(None, location, reported=True))

    def _take_tag(self, body: str, location: Location) -> None:
        named = parse_named(body, location, _NAMES, self._mistakes)
        if named:
            self._take_named(*named)
            return
        pause = parse_pause(body, location, self._mistakes)
        if pause:
            self._items.append(pause)
            return
        if self._tag is not None:
            message = "a second tag; a line has one, and accepts several emotions as [fear, surprise]"
            self._mistakes.add(message, location, "tag")
        self._tag = parse_target_tag(body, location, self._mistakes)
        self._tag_location = location[0], location[1] - 1

    def _take_named(self, name: str, value: Node) -> None:
        if name == "cue":
            self._cues.append(value)
        elif name in _HEADERS:
            self._take_header(name, value)

    def _take_header(self, name: str, value: Node) -> None:
        if self._items:
            self._mistakes.add(f"the {name} stands before the first line of the script", value.location, name)
        elif name in self._headers:
            self._mistakes.add(f"the {name} is given twice; delete one", value.location, name)
        self._headers[name] = parse_pace(value, self._mistakes) if name == "pace" else value

    def _speak(self, text: Node) -> None:
        tag = {"mode": Node("untracked", text.location)} if self._tag is None else self._tag
        fields = {"text": text, **tag}
        if self._cues:
            fields["cue"], self._cues = _joined(self._cues), []
        self._items.append(Node(fields, text.location if self._tag is None else self._tag_location))


def _beats(beat: re.Match[str], location: Location) -> Node:
    if beat[1] is None:
        return Node("beat", location)
    return Node({"beats": Node(beat[1], (location[0], location[1] + 1))}, location)


def _joined(cues: list[Node]) -> Node:
    """Join consecutive cues into one."""
    words = " ".join(str(cue.value) for cue in cues)
    raw_at = cues[0].text_start if len(cues) == 1 else None
    return Node(words, cues[0].location, text_start=raw_at, reported=any(cue.reported for cue in cues))
