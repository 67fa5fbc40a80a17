"""What is wrong with a file that a schema refuses, in one phrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


def fault_of(error: ValidationError) -> str:
    """The first fault and its place, such as ``script.lines.3: Field required``; nothing of the file is quoted."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"][:4]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
