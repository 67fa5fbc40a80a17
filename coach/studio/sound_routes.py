"""The sounds of a take: the page plays them, says when each began and ended, and sends those of its microphone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response

from coach.base.messages import tr
from coach.sources.microphone.pushed import LONGEST_BLOCK_S, RATE
from coach.studio.page_requests import PageId, age_of, note_page, take_of
from coach.studio.routing import Fields, action, fields_of, page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.studio.loudspeaker import Loudspeaker


BLOCK_BYTES: Final = round(2 * RATE * LONGEST_BLOCK_S)
"""Largest block of sound of the microphone."""


class Heard(Fields):
    """The page says that a sound began or ended.

    Attributes:
        page: names the page.
        sound: id of the sound.
        what: what happened to it.
    """

    page: PageId
    sound: Annotated[str, Field(max_length=40)]
    what: Literal["began", "ended"]


def sound_routes() -> list[Route]:
    """The routes of the sounds of a take."""
    return [
        page("/api/stage/{id}/sound/{sound}", _sound),
        action("/api/stage/{id}/heard", _heard),
        action("/api/stage/{id}/microphone", _microphone, BLOCK_BYTES),
    ]


def sound_answer(loudspeaker: Loudspeaker | None, request: Request) -> Response:
    """The sound that `loudspeaker` plays now, as WAV, if `request` names it. Others have no address."""
    path = None if loudspeaker is None else loudspeaker.find(request.path_params["sound"])
    if path is None or not path.is_file():
        raise HTTPException(404, tr("This sound is not played any more."))
    return FileResponse(path, media_type="audio/wav")


def note_heard(loudspeaker: Loudspeaker, heard: Heard) -> Response:
    """Tell `loudspeaker` that a sound began or ended in the page."""
    if heard.what == "began":
        loudspeaker.note_begin(heard.sound)
    else:
        loudspeaker.note_end(heard.sound)
    return JSONResponse({})


def _sound(request: Request) -> Response:
    """The sound of the take that is to be played now."""
    return sound_answer(take_of(request).loudspeaker, request)


async def _heard(request: Request) -> Response:
    """Note that a sound of the take began or ended in the page."""
    take, heard = take_of(request), await fields_of(request, Heard)
    note_page(take, heard.page)
    return note_heard(take.loudspeaker, heard)


async def _microphone(request: Request) -> Response:
    """Take sound of the page's microphone; it is heard and forgotten."""
    take = take_of(request)
    note_page(take, request.query_params.get("page", ""))
    if take.microphone is None:
        raise HTTPException(409, tr("Nobody listens in this take."))
    take.microphone.push(await request.body(), age_of(request))
    return JSONResponse({})
