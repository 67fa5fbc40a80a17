"""Writes a script as YAML that people can edit, one row for each item."""

from __future__ import annotations

import json
from typing import Any, Final

from coach.core.script.script import Line, Pace, Script

_ORDER: Final = (
    *("role", "emotion", "intensity", "mode", "direction", "listening"),
    *("start_s", "end_s", "duration_s", "cue", "text"),
)
"""Fields of a line in the order in which they are written."""


def yaml_text(script: Script) -> str:
    """`script` as YAML. Loaded again it is equal.

    Every text is written as a JSON string, which is a YAML string in double quotes.
    """
    plain = script.model_dump(mode="json", exclude_none=True)
    rows = [f"title: {_text(script.title)}", f"language: {_text(script.language)}"]
    if script.role is not None:
        rows.append(f"role: {_text(script.role)}")
    if script.pace != Pace():
        rows.append(f"pace: {_fields(plain['pace'])}")
    if script.roles:
        rows.append("roles:")
        rows += [f"  {_text(name)}: {_fields(fields)}" for name, fields in plain["roles"].items()]
    rows.append("lines:")
    rows += [f"  - {_fields(_item(item, fields))}" for item, fields in zip(script.lines, plain["lines"], strict=True)]
    return "\n".join(rows) + "\n"


def _item(item: object, fields: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(item, Line):
        return fields
    if item.mode == "tracked":
        fields.pop("mode")
    return {name: fields[name] for name in _ORDER if name in fields}


def _fields(fields: dict[str, Any]) -> str:
    return f"{{{', '.join(f'{name}: {_text(value)}' for name, value in fields.items())}}}"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
