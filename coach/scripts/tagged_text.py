"""Parser of plain tagged text that produces nodes: one script line per line of the file, after its tag."""

from __future__ import annotations

import difflib
import re
from typing import Final

from coach.scripts.nodes import Location, Mistakes, Node

_NUMBER: Final = r"(\d+(?:\.\d+)?)"
_SECONDS: Final = r"\s*s(?:ec(?:ond)?s?)?"
_SEPARATOR: Final = r"(?:^|[\s,;]+)"

_MODIFIERS: Final[tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]] = (
    # Fields of the pattern's groups; the pattern, which matches the end of a tag. Order matters: `2s-8s` before `8s`.
    (("start_s", "end_s"), re.compile(rf"{_SEPARATOR}{_NUMBER}(?:{_SECONDS})?\s*-\s*{_NUMBER}{_SECONDS}$", re.I)),
    (("start_s",), re.compile(rf"{_SEPARATOR}from\s+{_NUMBER}{_SECONDS}$", re.I)),
    (("end_s",), re.compile(rf"{_SEPARATOR}to\s+{_NUMBER}{_SECONDS}$", re.I)),
    (("duration_s",), re.compile(rf"{_SEPARATOR}{_NUMBER}{_SECONDS}$", re.I)),
    (("intensity", "intensity"), re.compile(rf"{_SEPARATOR}{_NUMBER}\s*-\s*{_NUMBER}$")),
    (("mode",), re.compile(rf"{_SEPARATOR}(untracked)$", re.I)),
)
_NAMED: Final = re.compile(r"\s*(\w+)\s*:\s*(.*?)\s*$")
_NO_COLON: Final = re.compile(r"\s*(\w+)\b\s*(.*?)\s*$")
_PAUSE: Final = re.compile(rf"\s*(?:pause\s+{_NUMBER}{_SECONDS}|(pause|beat)|(\d+)\s+beats?)\s*$", re.I)
_LIKE_PAUSE: Final = re.compile(r"\s*(pause|beats?)\b", re.I)
_NUMBER_LIKE: Final = re.compile(r"(?<!\S)[^\s@]*\d[^\s%]*(?!\S)")
_SINGLE_INTENSITY: Final = re.compile(r"0?\.\d+|1\.0+")
_PERCENT: Final = re.compile(r"(?:^|[^\s@]\s+)([\d.%-]*\d\s*%)(?!\S)")

TAG_FORMS: Final = "a tag is an emotion, then 6s for its length, 2s-8s for its times, 0.5-1.0 for its intensity"

_INTENSITY: Final = "an intensity is two numbers from 0 to 1 such as 0.5-1.0"


def parse_pause(body: str, location: Location, mistakes: Mistakes) -> Node | None:
    """Parse the pause in a tag's `body`; None if it is not a pause."""
    match = _PAUSE.match(body)
    if match is None:
        if not _LIKE_PAUSE.match(body):
            return None
        message = f"expected a pause such as [pause 2s], [beat] or [2 beats], found {body.strip()[:40]!r}"
        mistakes.add(message, location, "pause_s")
        return Node("beat", location)
    if match[1]:
        return Node({"pause_s": _text(match, 1, location)}, location)
    return Node({"beats": _text(match, 3, location)}, location) if match[3] else Node("beat", location)


def parse_named(body: str, location: Location, known: tuple[str, ...], mistakes: Mistakes) -> tuple[str, Node] | None:
    """Parse a tag such as ``cue: A car door`` into name and value; None if it has no name."""
    match = _NAMED.match(body)
    if match is None:
        return _parse_without_colon(body, location, known, mistakes)
    name = match[1].lower()
    if name not in known:
        near = difflib.get_close_matches(name[:40], known, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        mistakes.add(
            f"unknown tag {name[:40]!r}; {guess}known are {', '.join(known)}", _location(match, 1, location), "tag"
        )
    return name, _text(match, 2, location)


def _parse_without_colon(
    body: str, location: Location, known: tuple[str, ...], mistakes: Mistakes
) -> tuple[str, Node] | None:
    """Parse a tag such as ``cue A car door``, which is a mistake; None if it is another kind of tag."""
    match = _NO_COLON.match(body)
    name = match[1].lower() if match else ""
    if match is None or name not in known:
        return None
    text = match[2][:40] or "..."
    mistakes.add(f"a colon is missing behind {name!r}; write [{name}: {text}]", _location(match, 1, location), name)
    value = _text(match, 2, location)
    value.reported = True
    return name, value


def parse_target_tag(body: str, location: Location, mistakes: Mistakes) -> dict[str, Node]:
    """Parse a tag's `body` into fields of a line; an empty one makes the line untracked."""
    fields: dict[str, Node] = {}
    remaining = body.rstrip()
    while modifier := _last_modifier(remaining):
        names, match = modifier
        remaining = remaining[: match.start()].rstrip()
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
    for piece in text.split(","):
        rate = re.fullmatch(rf"{_NUMBER}\s*wpm", piece.strip(), re.I)
        beat = re.fullmatch(rf"beat\s+{_NUMBER}{_SECONDS}", piece.strip(), re.I)
        location = value.location_of(piece.strip())
        if rate:
            fields["words_per_minute"] = Node(rate[1], location)
        elif beat:
            fields["beat_s"] = Node(beat[1], location)
        else:
            message = f"expected a pace such as '130 wpm, beat 0.6s', found {piece.strip()[:40]!r}"
            mistakes.add(message, location, "pace")
    return Node(fields, value.location)


def _last_modifier(text: str) -> tuple[tuple[str, ...], re.Match[str]] | None:
    """Fields and match of the modifier at the end of `text`; None if there is none."""
    return next(((names, match) for names, pattern in _MODIFIERS if (match := pattern.search(text))), None)


def _add_modifier(
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
    stripped = text.lstrip()
    if not stripped:
        return None
    start = location[0], location[1] + len(text) - len(stripped)
    node = Node(stripped, start, text_start=start)
    percent = _PERCENT.search(stripped)
    number = _NUMBER_LIKE.search(stripped)
    if percent:
        place_form = "; the place of an arc is written @60%" if ">" in stripped else ""
        _report(node, f"{_INTENSITY}, found {percent[1][:40]!r}{place_form}", percent.start(1), mistakes, "intensity")
    elif number and _SINGLE_INTENSITY.fullmatch(number[0]):
        _report(node, f"{_INTENSITY}, found {number[0][:40]!r}", number.start(), mistakes, "intensity")
    elif number:
        _report(node, f"cannot make sense of {number[0][:40]!r}; {TAG_FORMS}", number.start(), mistakes, "emotion")
    return node


def _report(node: Node, message: str, offset: int, mistakes: Mistakes, field: str) -> None:
    """Add the mistake at `offset` of a text, and mark the text as reported."""
    mistakes.add(message, (node.location[0], node.location[1] + offset), field)
    node.reported = True


def _text(match: re.Match[str], group: int, location: Location) -> Node:
    """The text of `group` as a node; `location` is that of the matched string."""
    start = _location(match, group, location)
    return Node(match[group], start, text_start=start)


def _location(match: re.Match[str], group: int, location: Location) -> Location:
    return location[0], location[1] + match.start(group)


_SKIPPED: Final = re.compile(r"\s*(#+(\s.*)?)?$")
_BEAT: Final = re.compile(r"\((?:beat|(\d+)\s+beats)\)", re.I)
_MAX_LENGTH: Final = 5000
"""Maximum characters in a line of the file: room for the longest text, the longest cue and tags."""

_HEADERS: Final = ("title", "language", "pace")
_TAG_NAMES: Final = ("cue", *_HEADERS)


def tagged_nodes(text: str, mistakes: Mistakes) -> Node:
    """Parse the script in `text`, with the same structure as YAML. A mistake in one line does not hide others."""
    reader = _Reader(mistakes)
    for number, line in enumerate(text.split("\n"), start=1):
        if not _SKIPPED.match(line):
            reader.parse_line(number, line)
    return reader.script()


class _Reader:
    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self._headers: dict[str, Node] = {}
        self._items: list[Node] = []
        self._cues: list[Node] = []
        self._tag: dict[str, Node] | None = None
        self._tag_location: Location = (1, 1)

    def parse_line(self, number: int, line: str) -> None:
        """Parse one line of the file that is neither blank nor a comment."""
        self._tag = None
        if len(line) > _MAX_LENGTH:
            self._add_unparsable(f"this line has {len(line)} characters; at most {_MAX_LENGTH} are read", (number, 1))
            return
        offset = self._parse_front(number, line)
        if offset is None:
            return
        location = number, offset + 1
        text = line[offset:].rstrip()
        if text:
            self._add_line(Node(text, location, text_start=location))
        elif self._tag is not None:
            message = "a tag without words; write the words behind it, or [pause 2s] for silence"
            self._mistakes.add(message, self._tag_location, "tag")

    def script(self) -> Node:
        """The parsed script: headers and items so far."""
        if self._cues:
            self._mistakes.add("a cue with no line after it", self._cues[0].location, "cue")
        return Node({**self._headers, "lines": Node(self._items, (1, 1))}, (1, 1))

    def _parse_front(self, number: int, line: str) -> int | None:
        """Parse the tags and beats before the text; return the text's offset, or None after an unclosed bracket."""
        offset = 0
        while True:
            offset += len(line[offset:]) - len(line[offset:].lstrip())
            beat = _BEAT.match(line, offset)
            if beat:
                self._items.append(_beat_node(beat, (number, offset + 1)))
                offset = beat.end()
            elif line[offset : offset + 1] == "[":
                body = re.match(r"[^\[\]]*(?=\])", line[offset + 1 :])
                if body is None:
                    self._add_unparsable("this bracket is not closed; a tag ends with ]", (number, offset + 1), "tag")
                    return None
                self._add_tag(body[0], (number, offset + 2))
                offset += body.end() + 2
            else:
                return offset

    def _add_unparsable(self, message: str, location: Location, field: str = "text") -> None:
        """Add a mistake and an item for a line that cannot be parsed, so that it still counts as a line."""
        self._mistakes.add(message, location, field)
        self._items.append(Node(None, location, reported=True))

    def _add_tag(self, body: str, location: Location) -> None:
        named = parse_named(body, location, _TAG_NAMES, self._mistakes)
        if named:
            self._add_named(*named)
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

    def _add_named(self, name: str, value: Node) -> None:
        if name == "cue":
            self._cues.append(value)
        elif name in _HEADERS:
            self._add_header(name, value)

    def _add_header(self, name: str, value: Node) -> None:
        if self._items:
            self._mistakes.add(f"the {name} stands before the first line of the script", value.location, name)
        elif name in self._headers:
            self._mistakes.add(f"the {name} is given twice; delete one", value.location, name)
        self._headers[name] = parse_pace(value, self._mistakes) if name == "pace" else value

    def _add_line(self, text: Node) -> None:
        tag = {"mode": Node("untracked", text.location)} if self._tag is None else self._tag
        fields = {"text": text, **tag}
        if self._cues:
            fields["cue"], self._cues = _join(self._cues), []
        self._items.append(Node(fields, text.location if self._tag is None else self._tag_location))


def _beat_node(beat: re.Match[str], location: Location) -> Node:
    if beat[1] is None:
        return Node("beat", location)
    return Node({"beats": Node(beat[1], (location[0], location[1] + 1))}, location)


def _join(cues: list[Node]) -> Node:
    """Join consecutive cues into one."""
    text = " ".join(str(cue.value) for cue in cues)
    text_start = cues[0].text_start if len(cues) == 1 else None
    return Node(text, cues[0].location, text_start=text_start, reported=any(cue.reported for cue in cues))
