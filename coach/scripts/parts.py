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
        raise BrokenFile("this is no list of parts; write `parts:` and under it lines such as "
                         "`- {show: fear, from: 12, to: 16}`", (1, 1))  # fmt: skip
    if len(items) > MAX_PARTS:
        raise BrokenFile(f"{len(items)} parts are listed; at most {MAX_PARTS} are read", (1, 1))
    found = [part for item in items if (part := _part(item, kinds, mistakes)) is not None]
    found.sort(key=lambda part: part.begin_s)
    for before, part in itertools.pairwise(found):
        if part.begin_s < before.end_s:
            mistakes.add(f"{part.show} begins at {part.begin_s:g} s, before {before.show} ends at {before.end_s:g} s")
    return found


def _part(item: Node, kinds: tuple[str, ...], mistakes: Mistakes) -> TimedPart | None:
    before = len(mistakes.items)
    fields = {"show": item.child("show"), "from": item.child("from"), "to": item.child("to")}
    for name, node in fields.items():
        if node is None or not isinstance(node.value, str):
            mistakes.add(f"a part needs `{name}`, as in {{show: fear, from: 12, to: 16}}", item.location)
    if isinstance(item.value, dict):
        for name, node in item.value.items():
            if name not in fields:
                mistakes.add(f"unknown field {name[:40]!r}; a part has show, from and to", node.key_location)
    if len(mistakes.items) > before:
        return None
    show, begin, end = (_text(node) for node in fields.values())
    if show not in kinds:
        nearest = difflib.get_close_matches(show, kinds, 1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known are {', '.join(kinds)}"
        mistakes.add(f"unknown part {show[:40]!r}{hint}", item.location)
    begin_s, end_s = _seconds(begin, item, mistakes), _seconds(end, item, mistakes)
    if begin_s is None or end_s is None or len(mistakes.items) > before:
        return None
    if not begin_s < end_s:
        mistakes.add(f"this part ends at {end} and begins at {begin}; it must end later", item.location)
        return None
    return TimedPart(show, begin_s, end_s)


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
        mistakes.add(f"{text[:40]!r} is no time; write seconds such as 12.5, or minutes such as 1:02", item.location)
        return None
    return seconds
