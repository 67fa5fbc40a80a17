"""Drills: what to rehearse of a script, as `coach drill` plans it; the page plays its passages one by one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from coach.base.messages import mark, tr, tr_n
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
        raise HTTPException(404, tr("There is no such drill."))
    script = script_to_play(studio, query.get("script", "")[:LONGEST_ID], query.get("role", "")[:LONGEST_ID])
    return JSONResponse(make(studio, script))


def _due(studio: Studio, script: Script) -> dict[str, Any]:
    """What is due today."""
    from coach.app.history import drill_plan, script_history, take_warnings
    from coach.core.progress.history_texts import strictness_remarks

    found = _takes_of(studio, script)
    history = script_history(found)
    plan = drill_plan(history, MAX_LINES)
    more = tr_n("{count} more line is due.", "{count} more lines are due.", plan.remaining) if plan.remaining else ""
    warnings = [*take_warnings(found.past), *strictness_remarks(history)]
    return _answer(plan, [*warnings, _about(plan) or tr("Nothing is due today."), more, _next_due(plan)])


def _slips(studio: Studio, script: Script) -> dict[str, Any]:
    """The lines with most slips of words."""
    from coach.app.line_words import slip_plan

    plan = slip_plan(_takes_of(studio, script), studio.takes, MAX_LINES)
    nothing = mark("No slips of words are known. `coach rehearse` in the terminal listens for them, with --words.")
    return _answer(plan, [_about(plan) or tr(nothing)])


def _random(_: Studio, script: Script) -> dict[str, Any]:
    """Any lines in random order."""
    from coach.core.progress.drills import random_passages
    from coach.core.script.timeline import build_timeline

    passages = random_passages(build_timeline(script), MAX_LINES, random.SystemRandom().getrandbits(32))
    about = mark("In random order: {passages}. Each begins with its cue and is a take of its own.")
    return {"about": tr(about, passages=_named(passages)), "tasks": [], "passages": _numbered(passages)}


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
    about = mark("To play: {passages}. Each begins one line earlier and is a take of its own.")
    return tr(about, passages=_named(plan.passages)) if plan.passages else ""


def _next_due(plan: DrillPlan) -> str:
    if plan.next_due is None:
        return ""
    number, day = plan.next_due
    return tr("Next: line {number} on {day}.", number=number, day=day.isoformat())


def _named(passages: Sequence[tuple[int, int]]) -> str:
    """The passages in their order: ``line 3, then lines 5-7``."""

    def then(first: str, following: str) -> str:
        return tr("{first}, then {following}", first=first, following=following)

    return reduce(then, map(passage_text, passages)) if passages else ""


def _numbered(passages: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    return [{"lines": passage, "text": passage_text(passage)} for passage in passages]
