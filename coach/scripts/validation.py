"""Makes a script of nodes, or says in plain words what is wrong where."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from coach.core.script.script import Item, Line, Pace, Pause, Script
from coach.core.script.targets import UnknownEmotionError
from coach.core.script.timeline import timing_mistakes
from coach.scripts.nodes import Location, Mistakes, Node, field_name

_Steps: TypeAlias = "tuple[str | int, ...]"

_ITEM: Final[TypeAdapter[Line | Pause]] = TypeAdapter(Item)
_PACE: Final = TypeAdapter(Pace)
_OF_ITEM: Final = 2
"""The steps ``lines`` and a number lead to an item; pydantic then names its kind, which is no step in the file."""

_NUMBER: Final = re.compile(r"[-+]?\d+(\.\d+)?")

_LINE_FORM: Final = "expected a line such as {text: ..., emotion: sad}, or a pause such as {pause_s: 2} or beat"


def validate(root: Node, mistakes: Mistakes, title: str) -> Script | None:
    """The script that `root` holds, called `title` where it has no title; None after mistakes, all of them added."""
    if not isinstance(root.value, dict):
        mistakes.add(f"expected fields such as title and lines, found {_found(root)}", root.place)
        return None
    data = {"title": title or "Untitled", **{name: node.plain() for name, node in root.value.items()}}
    script: Script | None = None
    items: Sequence[Line | Pause | None]
    try:
        script = Script.model_validate(data)
    except ValidationError as error:
        items, pace = _salvaged(root, error, mistakes)
    else:
        items, pace = script.lines, script.pace
    for wrong in timing_mistakes(items, pace):
        node, _ = _walk(root, ("lines", wrong.item, wrong.field))
        mistakes.add(wrong.message, node.place, wrong.field)
    return None if mistakes.found else script


def _salvaged(root: Node, error: ValidationError, mistakes: Mistakes) -> tuple[Sequence[Line | Pause | None], Pace]:
    """Report `error`; then what of each item can still be checked, so that one mistake does not hide another."""
    wrong: dict[_Steps, list[_Steps]] = {}
    for steps in _report(root, error, (), mistakes):
        wrong.setdefault(steps[:_OF_ITEM] if steps[:1] == ("lines",) else steps[:1], []).append(steps)
    pace = _rest(root, ("pace",), wrong.get(("pace",), []), _PACE, mistakes) if root.child("pace") else None
    lines = root.child("lines")
    count = len(lines.value) if lines and isinstance(lines.value, list) else 0
    items = [_rest(root, ("lines", i), wrong.get(("lines", i), []), _ITEM, mistakes) for i in range(count)]
    return items, pace or Pace()


def _rest(root: Node, base: _Steps, wrong: list[_Steps], kind: TypeAdapter[Any], mistakes: Mistakes) -> Any:  # noqa: ANN401
    """What the part of the file at `base` is without its `wrong` fields; None where nothing can be made of it."""
    node, _ = _walk(root, base)
    data = node.plain()
    if wrong:
        if not isinstance(data, dict) or base in wrong:
            return None
        for steps in wrong:
            data.pop(steps[len(base)], None)
        if kind is _ITEM and not data.keys() & {"pause_s", "beats"}:
            data.setdefault("text", "?")
    try:
        return kind.validate_python(data)
    except ValidationError as further:
        _report(root, further, base, mistakes)
        return None


def _steps(details: ErrorDetails) -> _Steps:
    """The way from the root of the file to what `details` is about."""
    loc = details["loc"]
    steps = loc[:_OF_ITEM] + loc[_OF_ITEM + 1 :] if loc[:1] == ("lines",) else loc
    field = details.get("ctx", {}).get("field")
    return (*steps, field) if field else steps


def _report(root: Node, error: ValidationError, base: _Steps, mistakes: Mistakes) -> list[_Steps]:
    """Add each error of `error`, which is about the part of the file at `base`; the way to each of them."""
    ways = []
    for details in error.errors(include_url=False, include_input=False):
        details["loc"] = (*base, *details["loc"])
        steps = _steps(details)
        node, missing = _walk(root, steps)
        if not node.spoiled:
            mistakes.add(_message(details, node, missing), _place(details, node), field_name(steps))
        ways.append(steps)
    return ways


def _walk(root: Node, steps: Sequence[str | int]) -> tuple[Node, bool]:
    """The last node on the way along `steps` that is there, and whether the way goes on from it."""
    node = root
    for step in steps:
        following = node.child(step)
        if following is None:
            return node, True
        node = following
        if node.spoiled:
            return node, False
    return node, False


def _place(details: ErrorDetails, node: Node) -> Location:
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, UnknownEmotionError):
        return node.place_of(cause.word)
    if details["type"] == "extra_forbidden" and node.key:
        return node.key
    return node.place


def _found(node: Node) -> str:
    """What stands in the file, in the words of a reader."""
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "fields"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) or _NUMBER.fullmatch(value):
        return str(value)[:40].removesuffix(".0")
    return _quoted(value)


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _message(details: ErrorDetails, node: Node, missing: bool) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "wrong":
        return str(context["message"])
    if kind == "value_error":
        return _own_message(str(context["error"]), node)
    told = _PLAIN_WORDS.get(kind)
    if told is None:
        return f"{details['msg']}, found {_found(node)}"
    text = told(context, details)
    return text if missing or kind in _NEEDS_NO_FINDING else f"{text}, found {_found(node)}"


def _own_message(message: str, node: Node) -> str:
    """A message of the core, with what was found where it does not say so."""
    return message if "found" in message or not message.startswith("expected") else f"{message}, found {_shown(node)}"


def _shown(node: Node) -> str:
    if isinstance(node.value, list) and all(isinstance(n.value, (str, float)) for n in node.value):
        return f"[{', '.join(_found(n).strip(chr(39)) for n in node.value)}]"[:60]
    return _found(node)


def _unknown_field(_: dict[str, Any], details: ErrorDetails) -> str:
    steps = details["loc"]
    name = str(steps[-1])
    models: dict[object, type[BaseModel]] = {"pace": Pace, "pause": Pause, "line": Line}
    model = next((models[step] for step in reversed(steps[:-1]) if step in models), Script)
    known = tuple(model.model_fields)
    near = difflib.get_close_matches(name[:40], known, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown field {_quoted(name)}; {guess}allowed are {', '.join(known)}"


def _missing(_: dict[str, Any], details: ErrorDetails) -> str:
    return f"the field {details['loc'][-1]!r} is missing"


def _expected_model(context: dict[str, Any], _: ErrorDetails) -> str:
    known = {"Pace": "expected fields such as {words_per_minute: 130, beat_s: 0.6}"}
    return known.get(str(context.get("class_name")), _LINE_FORM)


def _pattern(_: dict[str, Any], __: ErrorDetails) -> str:
    return "expected a language code such as en, ro or pt-BR"


def _literal(context: dict[str, Any], _: ErrorDetails) -> str:
    return f"expected {re.sub(chr(39), '', str(context['expected']))}"


_PLAIN_WORDS: Final[dict[str, Callable[[dict[str, Any], ErrorDetails], str]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_field,
    "string_type": lambda *_: "expected text",
    "string_unicode": lambda *_: "half a character (a lone surrogate) in this text; delete it",
    "string_too_long": lambda context, _: f"at most {context['max_length']} characters fit here",
    "string_pattern_mismatch": _pattern,
    "tuple_type": lambda *_: "expected a list of lines",
    "model_type": _expected_model,
    "model_attributes_type": _expected_model,
    "literal_error": _literal,
    "greater_than_equal": lambda context, _: f"must be at least {context['ge']:g}",
    "less_than_equal": lambda context, _: f"must be at most {context['le']:g}",
    "int_from_float": lambda *_: "expected a whole number",
}
_NEEDS_NO_FINDING: Final = frozenset({"missing", "extra_forbidden", "string_unicode"})
