"""Validates nodes: turns them into a script, or reports each mistake with its location."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from coach.base.messages import mark, tr, tr_n
from coach.base.text import join_with_and
from coach.core.script.script import Action, Item, Line, Pace, Pause, RoleVoice, Scene, Script
from coach.core.script.targets import ExpectedError, UnknownEmotionError, unshown_words
from coach.core.script.timeline import timing_mistakes
from coach.scripts.nodes import Location, Mistakes, Node, field_name

_Steps: TypeAlias = "tuple[str | int, ...]"
"""Path from the root of the file to a value: field names and item indices."""

_ITEM: Final[TypeAdapter[Line | Pause | Scene | Action]] = TypeAdapter(Item)
_PACE: Final = TypeAdapter(Pace)
_ITEM_STEPS: Final = 2
"""Steps to an item: ``lines`` and its index. Pydantic adds the class of the item, which is not in the file."""

_NUMBER: Final = re.compile(r"[-+]?\d+(\.\d+)?")

_MAX_LISTED: Final = 8
"""Lines and words that a notice lists."""

_LINE_FORM: Final = mark("expected a line such as {text: ..., emotion: sad}, or a pause such as {pause_s: 2} or beat")


def validate(root: Node, mistakes: Mistakes, title: str) -> Script | None:
    """The script in `root`, with `title` if it has no title; None after mistakes, which are added to `mistakes`."""
    if not isinstance(root.value, dict):
        found = _value_text(root)
        mistakes.add(tr("expected fields such as title and lines, found {value}", value=found), root.location)
        return None
    data = {"title": title or "Untitled", **{name: node.plain() for name, node in root.value.items()}}
    script: Script | None = None
    items: Sequence[Line | Pause | Scene | Action | None]
    role = None
    try:
        script = Script.model_validate(data)
    except ValidationError as error:
        items, pace = _salvage(root, error, mistakes)
    else:
        items, pace, role = script.lines, script.pace, script.role
    for mistake in timing_mistakes(items, pace, role):
        node, _ = _walk(root, ("lines", mistake.item, mistake.field))
        mistakes.add(mistake.message, node.location, mistake.field)
    return None if mistakes.items else script


def unscored_sentence(root: Node, script: Script) -> str:
    """Which lines of `script`, made of `root`, are not scored because a face cannot show their words; "" for none."""
    lines = root.child("lines")
    words: dict[str, None] = {}
    numbers: list[int] = []
    nodes = lines.value if lines and isinstance(lines.value, list) else []
    own = {id(line) for line in script.spoken}
    spoken = [node for node, item in zip(nodes, script.lines, strict=False) if id(item) in own]
    for number, node in enumerate(spoken, start=1):
        emotion = node.child("emotion")
        unshown = unshown_words(emotion.plain()) if emotion else []
        if unshown:
            words.update(dict.fromkeys(unshown))
            numbers.append(number)
    if not numbers:
        return ""
    listed = [
        *map(str, numbers[:_MAX_LISTED]),
        *([tr("{count} more", count=len(numbers) - _MAX_LISTED)] if numbers[_MAX_LISTED:] else []),
    ]
    named = join_with_and([f"'{word}'" for word in [*words][:_MAX_LISTED]])
    return tr_n(
        "A face alone cannot show {words}, so line {numbers} is not scored.",
        "A face alone cannot show {words}, so lines {numbers} are not scored.",
        len(numbers),
        words=named,
        numbers=join_with_and(listed),
    )


def _salvage(
    root: Node, error: ValidationError, mistakes: Mistakes
) -> tuple[Sequence[Line | Pause | Scene | Action | None], Pace]:
    """Report `error`, then validate each item without its faulty fields, so that one mistake does not hide another."""
    faulty: dict[_Steps, list[_Steps]] = {}
    for steps in _report(root, error, (), mistakes):
        faulty.setdefault(steps[:_ITEM_STEPS] if steps[:1] == ("lines",) else steps[:1], []).append(steps)
    pace = _without_faults(root, ("pace",), faulty.get(("pace",), []), _PACE, mistakes) if root.child("pace") else None
    lines = root.child("lines")
    count = len(lines.value) if lines and isinstance(lines.value, list) else 0
    items = [_without_faults(root, ("lines", i), faulty.get(("lines", i), []), _ITEM, mistakes) for i in range(count)]
    return items, pace or Pace()


def _without_faults(root: Node, base: _Steps, faulty: list[_Steps], kind: TypeAdapter[Any], mistakes: Mistakes) -> Any:  # noqa: ANN401
    """Validate the part of the file at `base` without its `faulty` fields; None if that fails."""
    node, _ = _walk(root, base)
    data = node.plain()
    if faulty:
        if not isinstance(data, dict) or base in faulty:
            return None
        for steps in faulty:
            data.pop(steps[len(base)], None)
        if kind is _ITEM and not data.keys() & {"pause_s", "beats", "scene", "action"}:
            data.setdefault("text", "?")
    try:
        return kind.validate_python(data)
    except ValidationError as error:
        _report(root, error, base, mistakes)
        return None


def _steps(details: ErrorDetails) -> _Steps:
    """Path from the root of the file to the fault in `details`."""
    loc = details["loc"]
    steps = loc[:_ITEM_STEPS] + loc[_ITEM_STEPS + 1 :] if loc[:1] == ("lines",) else loc
    field = details.get("ctx", {}).get("field")
    return (*steps, *field.split(".", 1)) if field else steps


def _report(root: Node, error: ValidationError, base: _Steps, mistakes: Mistakes) -> list[_Steps]:
    """Add the mistakes in `error`, which is about the part of the file at `base`; return their paths."""
    paths = []
    for details in error.errors(include_url=False, include_input=False):
        details["loc"] = (*base, *details["loc"])
        steps = _steps(details)
        node, missing = _walk(root, steps)
        if not node.reported:
            mistakes.add(_message(details, node, missing), _location(details, node), field_name(steps))
        paths.append(steps)
    return paths


def _walk(root: Node, steps: Sequence[str | int]) -> tuple[Node, bool]:
    """The last existing node on the path `steps`, and whether further nodes are missing."""
    node = root
    for step in steps:
        following = node.child(step)
        if following is None:
            return node, True
        node = following
        if node.reported:
            return node, False
    return node, False


def _location(details: ErrorDetails, node: Node) -> Location:
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, UnknownEmotionError):
        return node.location_of(cause.word)
    if details["type"] == "extra_forbidden" and node.key_location:
        return node.key_location
    return node.location


def _value_text(node: Node) -> str:
    """The value of `node` as messages quote it."""
    value = node.value
    if value is None:
        return tr("nothing")
    if isinstance(value, (list, dict)):
        return tr("a list") if isinstance(value, list) else tr("fields")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) or _NUMBER.fullmatch(value):
        return str(value)[:40].removesuffix(".0")
    return _quote(value)


def _quote(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _message(details: ErrorDetails, node: Node, missing: bool) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "wrong":
        return str(context["message"])
    if kind == "value_error":
        return _core_message(context["error"], node)
    message_of = _MESSAGES.get(kind)
    if message_of is None:
        return _with_found(details["msg"], _value_text(node))
    text = message_of(context, details)
    return text if missing or kind in _WITHOUT_VALUE else _with_found(text, _value_text(node))


def _with_found(expected: str, value: str) -> str:
    return tr("{expected}, found {value}", expected=expected, value=value)


def _core_message(error: ValueError, node: Node) -> str:
    """A message of `coach.core`, with the value of `node` if it says only what was expected."""
    return _with_found(str(error), _list_text(node)) if isinstance(error, ExpectedError) else str(error)


def _list_text(node: Node) -> str:
    """Like `_value_text`, but with the items of a short list."""
    if isinstance(node.value, list) and all(isinstance(n.value, (str, float)) for n in node.value):
        return f"[{', '.join(_value_text(n).strip(chr(39)) for n in node.value)}]"[:60]
    return _value_text(node)


def _unknown_field(_: dict[str, Any], details: ErrorDetails) -> str:
    steps = details["loc"]
    name = str(steps[-1])
    models: dict[object, type[BaseModel]] = {
        "pace": Pace,
        "pause": Pause,
        "line": Line,
        "scene": Scene,
        "action": Action,
        "roles": RoleVoice,
    }
    model = next((models[step] for step in reversed(steps[:-1]) if step in models), Script)
    known = tuple(model.model_fields)
    matches = difflib.get_close_matches(name[:40], known, n=1)
    named = {"name": _quote(name), "known": ", ".join(known)}
    if matches:
        return tr("unknown field {name}; did you mean {guess}? allowed are {known}", **named, guess=repr(matches[0]))
    return tr("unknown field {name}; allowed are {known}", **named)


def _missing(_: dict[str, Any], details: ErrorDetails) -> str:
    return tr("the field {name} is missing", name=repr(details["loc"][-1]))


def _expected_model(context: dict[str, Any], _: ErrorDetails) -> str:
    known = {
        "Pace": tr("expected fields such as {words_per_minute: 130, beat_s: 0.6}"),
        "RoleVoice": tr("expected fields such as {voice: NAME, rate: 1.1, pitch: 0.9}"),
    }
    return known.get(str(context.get("class_name")), tr(_LINE_FORM))


def _pattern(_: dict[str, Any], __: ErrorDetails) -> str:
    return tr("expected a language code such as en, ro or pt-BR")


def _literal(context: dict[str, Any], _: ErrorDetails) -> str:
    return tr("expected {values}", values=str(context["expected"]).replace("'", ""))


_MESSAGES: Final[dict[str, Callable[[dict[str, Any], ErrorDetails], str]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_field,
    "string_type": lambda *_: tr("expected text"),
    "string_unicode": lambda *_: tr("half a character (a lone surrogate) in this text; delete it"),
    "string_too_long": lambda context, _: tr("at most {limit} characters fit here", limit=context["max_length"]),
    "string_pattern_mismatch": _pattern,
    "dict_type": lambda *_: tr("expected names of roles, each with its voice, such as {BEN: {rate: 1.1}}"),
    "too_long": lambda context, _: tr("at most {limit} entries fit here", limit=context["max_length"]),
    "tuple_type": lambda *_: tr("expected a list of lines"),
    "model_type": _expected_model,
    "model_attributes_type": _expected_model,
    "literal_error": _literal,
    "greater_than_equal": lambda context, _: tr("must be at least {limit:g}", limit=context["ge"]),
    "less_than_equal": lambda context, _: tr("must be at most {limit:g}", limit=context["le"]),
    "int_from_float": lambda *_: tr("expected a whole number"),
}
"""Messages by pydantic's type of error."""

_WITHOUT_VALUE: Final = frozenset({"missing", "extra_forbidden", "string_unicode"})
"""Errors whose messages do not quote the value found."""
