"""The mirror: what the camera reads in everyone's face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from coach.base.messages import tr
from coach.base.types import EMOTIONS
from coach.studio.page_requests import FRAME_BYTES, FromPage, refuse_without_consent, run_for_page, state_after_frame
from coach.studio.rendering import render
from coach.studio.routing import action, fields_of, page
from coach.studio.state import studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.studio.live_mirror import LiveMirror


def mirror_routes() -> list[Route]:
    """The routes of the mirror."""
    return [
        page("/mirror", _mirror),
        action("/api/mirror", _start),
        action("/api/mirror/frame", _frame, FRAME_BYTES),
        action("/api/mirror/leave", _leave),
    ]


def _mirror(_: Request) -> Response:
    """The page of the mirror."""
    return render("mirror.html", here="Mirror", emotions=EMOTIONS)


async def _start(request: Request) -> Response:
    """Begin for this page; a mirror in another tab ends."""
    wish, studio = await fields_of(request, FromPage), studio_of(request)
    refusal = refuse_without_consent(request)
    if refusal is not None:
        return refusal
    mirror = await run_in_threadpool(studio.open_mirror)
    mirror.presence.claim(wish.page)
    return JSONResponse({})


def _running(request: Request, page_id: str) -> LiveMirror:
    return run_for_page(studio_of(request).mirror, page_id, tr("The mirror goes on in another tab."))


async def _frame(request: Request) -> Response:
    """Take the newest picture of the camera; answers with what was read in it."""
    mirror = _running(request, request.query_params.get("page", ""))
    return JSONResponse(await state_after_frame(mirror, request))


async def _leave(request: Request) -> Response:
    """Note that the page is closed."""
    wish = await fields_of(request, FromPage)
    _running(request, wish.page).presence.left(wish.page)
    return JSONResponse({})
