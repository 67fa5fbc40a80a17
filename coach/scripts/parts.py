"""Loads the list of what an actor shows when in the recording of a calibration.

parts:
  - {show: rest, from: 0, to: 4}
  - {show: fear, from: "1:02", to: "1:06.5"}
"""

from __future__ import annotations

import difflib
import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coach.base.errors import ScriptError
from coach.base.messages import tr
from coach.base.text import clean
from coach.core.script.script import seconds_in
from coach.scripts.load import read_text
from coach.scripts.nodes import BrokenFile, Mistakes, Node
from coach.scripts.yaml_script import yaml_nodes

MAX_PARTS: Final = 200
"""Most parts in one file; a guided calibration has 17."""


@dataclass(frozen=True, slots=True)
class TimedPart:
    """A part of a recording: what is shown in it, and from when to when, in seconds."""

    show: str
    begin_s: float
    end_s: float


def load_parts(path: Path, kinds: tuple[str, ...]) -> list[TimedPart]:
    """Load the parts listed in the YAML file `path`, in the order of time.

    Args:
        path: the file.
        kinds: what may be shown.

    Raises:
        ScriptError: the file cannot be read, or has mistakes; all are listed with line and column.
    """
    mistakes = Mistakes()
    parts: list[TimedPart] = []
    try:
        parts = _parts(yaml_nodes(read_text(path, lambda _: None), mistakes), kinds, mistakes)
    except BrokenFile as broken:
        mistakes.add(broken.message, broken.location if broken.location[0] else None)
    if mistakes.items:
        raise ScriptError(clean(str(path)), mistakes.in_file_order())
    return parts


def _parts(root: Node, kinds: tuple[str, ...], mistakes: Mistakes) -> list[TimedPart]:
    listed = root.child("parts")
    items = listed.value if listed is not None else None
    if not isinstance(items, list) or not items:
        message = tr(
            "this is no list of parts; write `parts:` and under it lines such as `- {show: fear, from: 12, to: 16}`"
        )
        raise BrokenFile(message, (1, 1))
    if len(items) > MAX_PARTS:
        message = tr("{count} parts are listed; at most {limit} are read", count=len(items), limit=MAX_PARTS)
        raise BrokenFile(message, (1, 1))
    found = [part for item in items if (part := _part(item, kinds, mistakes)) is not None]
    found.sort(key=lambda part: part.begin_s)
    for before, part in itertools.pairwise(found):
        if part.begin_s < before.end_s:
            mistakes.add(_overlap_text(before, part))
    return found


def _overlap_text(before: TimedPart, part: TimedPart) -> str:
    return tr(
        "{part} begins at {begin:g} s, before {earlier} ends at {end:g} s",
        part=part.show,
        begin=part.begin_s,
        earlier=before.show,
        end=before.end_s,
    )


def _part(item: Node, kinds: tuple[str, ...], mistakes: Mistakes) -> TimedPart | None:
    before = len(mistakes.items)
    fields = {"show": item.child("show"), "from": item.child("from"), "to": item.child("to")}
    for name, node in fields.items():
        if node is None or not isinstance(node.value, str):
            message = tr("a part needs `{name}`, as in {{show: fear, from: 12, to: 16}}", name=name)
            mistakes.add(message, item.location)
    if isinstance(item.value, dict):
        for name, node in item.value.items():
            if name not in fields:
                message = tr("unknown field {name}; a part has show, from and to", name=repr(name[:40]))
                mistakes.add(message, node.key_location)
    if len(mistakes.items) > before:
        return None
    show, begin, end = (_text(node) for node in fields.values())
    if show not in kinds:
        mistakes.add(_unknown_part(show, kinds), item.location)
    begin_s, end_s = _seconds(begin, item, mistakes), _seconds(end, item, mistakes)
    if begin_s is None or end_s is None or len(mistakes.items) > before:
        return None
    if not begin_s < end_s:
        message = tr("this part ends at {end} and begins at {begin}; it must end later", end=end, begin=begin)
        mistakes.add(message, item.location)
        return None
    return TimedPart(show, begin_s, end_s)


def _unknown_part(show: str, kinds: tuple[str, ...]) -> str:
    name, nearest = repr(show[:40]), difflib.get_close_matches(show, kinds, 1)
    if nearest:
        return tr("unknown part {name}; did you mean {known}?", name=name, known=repr(nearest[0]))
    return tr("unknown part {name}; known are {known}", name=name, known=", ".join(kinds))


def _text(node: Node | None) -> str:
    return "" if node is None else str(node.value)


def _seconds(text: str, item: Node, mistakes: Mistakes) -> float | None:
    """Seconds in `text`, such as ``12.5`` or ``1:02``."""
    seconds = seconds_in(text)
    if seconds is None:
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
    if not 0 <= seconds < math.inf:
        message = tr("{text} is no time; write seconds such as 12.5, or minutes such as 1:02", text=repr(text[:40]))
        mistakes.add(message, item.location)
        return None
    return seconds
