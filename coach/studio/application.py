"""The application that the server runs: all routes behind the guard, and one answer for every error."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from coach.base.errors import CoachError, ScriptError
from coach.base.messages import tr
from coach.studio.actors_routes import actors_routes
from coach.studio.entrance import entrance_routes
from coach.studio.guard import Guard
from coach.studio.limits import RateLimit
from coach.studio.mirror_routes import mirror_routes
from coach.studio.phone.routes import phone_routes
from coach.studio.rehearse_routes import rehearse_routes
from coach.studio.rendering import asset_routes, prepare_pages, render
from coach.studio.scripts_routes import scripts_routes
from coach.studio.takes_routes import takes_routes

if TYPE_CHECKING:
    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from coach.studio.state import Studio


def studio_routes() -> list[Route]:
    """All routes of the studio."""
    sections = (
        *(entrance_routes, asset_routes, phone_routes),
        *(rehearse_routes, mirror_routes, scripts_routes, takes_routes, actors_routes),
    )
    return [route for section in sections for route in section()]


def studio_application(
    studio: Studio,
    ready: Callable[[], None] = lambda: None,
    make_rate: Callable[[], RateLimit] = RateLimit,
    beside: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> Guard:
    """The application of `studio`, behind its guard.

    Args:
        studio: what the routes share.
        ready: called once requests are answered.
        make_rate: makes the limit of requests, one for the user and one for everybody else.
        beside: a context that is entered while requests are answered.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ready()
        threading.Thread(target=prepare_pages, name="prepare", daemon=True).start()
        try:
            async with beside():
                yield
        finally:
            await run_in_threadpool(studio.close)

    application = Starlette(
        routes=studio_routes(),
        exception_handlers={HTTPException: _refuse, CoachError: _report},
        middleware=[Middleware(_BugsTold, studio=studio)],
        lifespan=lifespan,
    )
    application.state.studio = studio
    return Guard(application, studio.access, make_rate, studio.phones)


def _answer(request: Request, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """The message as JSON for a script, otherwise as a page."""
    response: Response = (
        JSONResponse({"error": message}, status)
        if request.url.path.startswith("/api/")
        else render("message.html", status, heading=tr("That did not work"), message=message)
    )
    response.headers.update(headers or {})
    return response


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    message = tr("There is no such page.") if error.detail == "Not Found" else error.detail
    return _answer(request, error.status_code, message, headers)


async def _report(request: Request, error: Exception) -> Response:
    message = str(error)
    if not isinstance(error, ScriptError):  # that begins with the name of the file
        message = f"{message[:1].upper()}{message[1:]}"
    return _answer(request, 400, message)


class _BugsTold:
    """Answers with a sentence about a bug. Without this the server would print its traceback."""

    def __init__(self, app: ASGIApp, studio: Studio) -> None:
        self._app = app
        self._studio = studio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # the one place where bugs of requests are caught
            text = await run_in_threadpool(self._studio.bug_text, error)
            if not begun and scope["type"] == "http":
                await _answer(Request(scope), 500, text)(scope, receive, send)
