"""Drills: what to rehearse of a script, as `coach drill` plans it; the page plays its passages one by one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from coach.core.progress.drills import passage_text
from coach.studio.routing import page
from coach.studio.scripts_shelf import script_to_play
from coach.studio.state import studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.app.history import ScriptTakes
    from coach.core.progress.drills import DrillPlan
    from coach.core.script.script import Script
    from coach.studio.state import Studio

MAX_LINES: Final = 5
"""Lines of a drill, as many as `coach drill` takes."""

LONGEST_ID: Final = 200


def drill_routes() -> list[Route]:
    """The routes of drills."""
    return [page("/api/drill", _plan)]


def _plan(request: Request) -> Response:
    """The passages of a drill."""
    studio, query = studio_of(request), request.query_params
    make = _KINDS.get(query.get("kind", "due"))
    if make is None:
        raise HTTPException(404, "There is no such drill.")
    script = script_to_play(studio, query.get("script", "")[:LONGEST_ID], query.get("role", "")[:LONGEST_ID])
    return JSONResponse(make(studio, script))


def _due(studio: Studio, script: Script) -> dict[str, Any]:
    """What is due today."""
    from coach.app.history import drill_plan, script_history, take_warnings
    from coach.core.progress.history_texts import strictness_remarks

    found = _takes_of(studio, script)
    history = script_history(found)
    plan = drill_plan(history, MAX_LINES)
    more = f"{plan.remaining} more {'line is' if plan.remaining == 1 else 'lines are'} due." if plan.remaining else ""
    next_due = f"Next: line {plan.next_due[0]} on {plan.next_due[1].isoformat()}." if plan.next_due else ""
    warnings = [*take_warnings(found.past), *strictness_remarks(history)]
    return _answer(plan, [*warnings, _about(plan) or "Nothing is due today.", more, next_due])


def _slips(studio: Studio, script: Script) -> dict[str, Any]:
    """The lines with most slips of words."""
    from coach.app.line_words import slip_plan

    plan = slip_plan(_takes_of(studio, script), studio.takes, MAX_LINES)
    nothing = "No slips of words are known. `coach rehearse` in the terminal listens for them, with --words."
    return _answer(plan, [_about(plan) or nothing])


def _random(_: Studio, script: Script) -> dict[str, Any]:
    """Any lines in random order."""
    from coach.core.progress.drills import random_passages
    from coach.core.script.timeline import build_timeline

    passages = random_passages(build_timeline(script), MAX_LINES, random.SystemRandom().getrandbits(32))
    about = f"In random order: {_named(passages)}. Each begins with its cue and is a take of its own."
    return {"about": about, "tasks": [], "passages": _numbered(passages)}


_KINDS: Final[dict[str, Callable[[Studio, Script], dict[str, Any]]]] = {
    "due": _due,
    "slips": _slips,
    "random": _random,
}
"""What makes the answer of each kind of drill."""


def _takes_of(studio: Studio, script: Script) -> ScriptTakes:
    from coach.app.history import ScriptTakes
    from coach.core.progress.history import takes_of
    from coach.takes.past_takes import past_in

    past = past_in(studio.takes.takes())
    return ScriptTakes(script, takes_of(script, past.takes), past)


def _answer(plan: DrillPlan, said: Sequence[str]) -> dict[str, Any]:
    """The plan as JSON: what is said of it, its lines with the reason of each, and its passages."""
    return {
        "about": " ".join(filter(None, said)),
        "tasks": [{"line": task.line, "text": task.text, "reason": task.reason} for task in plan.tasks],
        "passages": _numbered(plan.passages),
    }


def _about(plan: DrillPlan) -> str:
    passages = _named(plan.passages)
    return f"To play: {passages}. Each begins one line earlier and is a take of its own." if passages else ""


def _named(passages: Sequence[tuple[int, int]]) -> str:
    return ", then ".join(map(passage_text, passages))


def _numbered(passages: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    return [{"lines": passage, "text": passage_text(passage)} for passage in passages]
