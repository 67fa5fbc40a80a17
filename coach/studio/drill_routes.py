"""Drills: what to rehearse of a script today, as `coach drill` plans it; the page plays its passages one by one."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from coach.base.messages import tr, tr_n
from coach.core.progress.drills import passage_text
from coach.studio.routing import page
from coach.studio.scripts_shelf import script_to_play
from coach.studio.state import studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.core.progress.drills import DrillPlan

MAX_LINES: Final = 5
"""Lines of a drill, as many as `coach drill` takes."""

LONGEST_ID: Final = 200


def drill_routes() -> list[Route]:
    """The routes of drills."""
    return [page("/api/drill", _plan)]


def _plan(request: Request) -> Response:
    """What is due in a script."""
    from coach.app.history import ScriptTakes, drill_plan, script_history, take_warnings
    from coach.core.progress.history import takes_of
    from coach.core.progress.history_texts import strictness_remarks
    from coach.takes.past_takes import past_in

    studio, query = studio_of(request), request.query_params
    script = script_to_play(studio, query.get("script", "")[:LONGEST_ID], query.get("role", "")[:LONGEST_ID])
    past = past_in(studio.takes.takes())
    history = script_history(ScriptTakes(script, takes_of(script, past.takes), past))
    plan = drill_plan(history, MAX_LINES)
    about = [*take_warnings(past), *strictness_remarks(history), *_about(plan)]
    return JSONResponse({"title": script.title, "about": about, **_texts(plan)})


def _texts(plan: DrillPlan) -> dict[str, Any]:
    """The plan as JSON: its lines with the reason of each, and its passages."""
    return {
        "tasks": [{"line": task.line, "text": task.text, "reason": task.reason} for task in plan.tasks],
        "passages": [{"lines": passage, "text": passage_text(passage)} for passage in plan.passages],
    }


def _about(plan: DrillPlan) -> list[str]:
    """Sentences about the plan: what to play, what else is due, and what comes next."""
    said = [tr("Nothing is due today.")]
    if plan.passages:
        passages = reduce(_then, map(passage_text, plan.passages))
        said = [tr("To play: {passages}. Each begins one line earlier and is a take of its own.", passages=passages)]
    if plan.remaining:
        said.append(tr_n("{count} more line is due.", "{count} more lines are due.", plan.remaining))
    if plan.next_due:
        said.append(tr("Next: line {number} on {day}.", number=plan.next_due[0], day=plan.next_due[1].isoformat()))
    return said


def _then(first: str, next_one: str) -> str:
    return tr("{first}, then {next}", first=first, next=next_one)
