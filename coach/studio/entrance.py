"""The way in, the start page, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from coach.studio.rendering import render
from coach.studio.routing import action, page
from coach.studio.state import studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.studio.access import Access


def entrance_routes() -> list[Route]:
    """The routes of the way in, the start page, and the way out."""
    return [page("/", _start), page("/enter", _enter), action("/api/stop", _stop)]


def _enter(request: Request) -> Response:
    """Let this browser in, with the token of the printed address."""
    studio = studio_of(request)
    access = studio.access
    if not access.enter(request.query_params.get("token", "")):
        if access.has_session(request.headers):
            return RedirectResponse("/", 303)
        raise HTTPException(403, "This address was used before. Open the last one that the terminal shows.")
    studio.say(f"A browser opened the studio. To open it in another one: {access.entry_address}")
    response = RedirectResponse("/", 303)
    _set_cookie(response, access)
    return response


def _set_cookie(response: Response, access: Access) -> None:
    response.set_cookie(access.cookie_name, access.session, httponly=True, samesite="strict", path="/")


def _start(request: Request) -> Response:
    """The start page."""
    return render("start.html", takes=str(studio_of(request).takes.folder))


def _stop(request: Request) -> Response:
    """End the server after this answer."""
    return JSONResponse({"stopped": True}, background=BackgroundTask(studio_of(request).stop))
