"""The way in, the start page, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from coach.app.language import keep_language
from coach.base.messages import LANGUAGES, catalogue_folder, mark, tr, use_language
from coach.studio.rendering import render
from coach.studio.routing import Fields, action, fields_of, page
from coach.studio.state import door_of, studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.studio.access import Door
    from coach.studio.state import Studio


def entrance_routes() -> list[Route]:
    """The routes of the way in, the start page, and the way out."""
    return [
        *(page("/", _start), page("/enter", _enter)),
        *(action("/api/language", _choose_language), action("/api/stop", _stop)),
    ]


def _enter(request: Request) -> Response:
    """Let this browser in, with the token of the address that was shown."""
    studio = studio_of(request)
    door = door_of(request)
    session = door.enter(request.query_params.get("token", ""), request.headers.get("user-agent", ""))
    if session is None:
        if door.has_session(request.headers):
            return RedirectResponse("/", 303)
        raise HTTPException(403, tr("This address was used before. Open the last one that the studio shows."))
    studio.say(_welcome(studio, door))
    response = RedirectResponse("/", 303)
    response.set_cookie(door.cookie_name, session, httponly=True, samesite="strict", secure=door.secure, path="/")
    return response


def _welcome(studio: Studio, door: Door) -> str:
    """What the terminal says when a browser was let in through `door`."""
    if studio.phones is door:
        phone = studio.phones.paired[-1]
        text = mark("{phone} was paired at {time}. The page of the studio unpairs it, and pairs another one.")
        return tr(text, phone=phone.name, time=phone.since)
    return tr("A browser opened the studio. To open it in another one: {address}", address=door.entry_address)


def _start(request: Request) -> Response:
    """The start page."""
    studio = studio_of(request)
    on_phone = door_of(request) is studio.phones
    return render(
        "start.html", takes=str(studio.takes.folder), phones=None if on_phone else studio.phones, on_phone=on_phone
    )


class _Choice(Fields):
    """The language that the user chose."""

    language: str


async def _choose_language(request: Request) -> Response:
    """Speak another language from now on, and after the next start too."""
    chosen = (await fields_of(request, _Choice)).language
    if chosen not in LANGUAGES:
        raise HTTPException(400, tr("There is only {languages}.", languages=", ".join(LANGUAGES.values())))
    use_language(chosen, catalogue_folder())
    if reason := await run_in_threadpool(keep_language, chosen):
        studio_of(request).say(tr("The choice of the language is not kept: {reason}.", reason=reason))
    return JSONResponse({"language": chosen})


def _stop(request: Request) -> Response:
    """End the server after this answer."""
    return JSONResponse({"stopped": True}, background=BackgroundTask(studio_of(request).stop))
