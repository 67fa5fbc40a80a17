"""The application that the server runs: all routes behind the guard, and one answer for every error."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from coach.base.errors import CoachError, ScriptError
from coach.studio.entrance import entrance_routes
from coach.studio.guard import Guard
from coach.studio.limits import RateLimit
from coach.studio.mirror_routes import mirror_routes
from coach.studio.rehearse_routes import rehearse_routes
from coach.studio.rendering import asset_routes, prepare_pages, render
from coach.studio.scripts_routes import scripts_routes
from coach.studio.takes_routes import takes_routes

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.studio.state import Studio

_log = logging.getLogger(__name__)


def studio_routes() -> list[Route]:
    """All routes of the studio."""
    sections = entrance_routes, asset_routes, rehearse_routes, mirror_routes, scripts_routes, takes_routes
    return [route for section in sections for route in section()]


def studio_application(
    studio: Studio, ready: Callable[[], None] = lambda: None, make_rate: Callable[[], RateLimit] = RateLimit
) -> Guard:
    """The application of `studio`, behind its guard.

    Args:
        studio: what the routes share.
        ready: called once requests are answered.
        make_rate: makes the limit of requests, one for the user and one for everybody else.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ready()
        threading.Thread(target=prepare_pages, name="prepare", daemon=True).start()
        try:
            yield
        finally:
            await run_in_threadpool(studio.close)

    application = Starlette(
        routes=studio_routes(),
        exception_handlers={HTTPException: _refuse, CoachError: _report, Exception: _report_bug},
        lifespan=lifespan,
    )
    application.state.studio = studio
    return Guard(application, studio.access, make_rate)


def _answer(request: Request, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """The message as JSON for a script, otherwise as a page."""
    response: Response = (
        JSONResponse({"error": message}, status)
        if request.url.path.startswith("/api/")
        else render("message.html", status, heading="That did not work", message=message)
    )
    response.headers.update(headers or {})
    return response


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    message = "There is no such page." if error.detail == "Not Found" else error.detail
    return _answer(request, error.status_code, message, headers)


async def _report(request: Request, error: Exception) -> Response:
    message = str(error)
    if not isinstance(error, ScriptError):  # that begins with the name of the file
        message = f"{message[:1].upper()}{message[1:]}"
    return _answer(request, 400, message)


async def _report_bug(request: Request, error: Exception) -> Response:
    _log.error("a request failed", exc_info=error)
    return _answer(request, 500, f"This is a bug in Coach ({type(error).__name__}). Nothing that was kept is lost.")
