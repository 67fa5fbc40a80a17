"""The sounds of a take: the page fetches them, and says when each began and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response

from coach.studio.camera_requests import PageId
from coach.studio.fields import Fields, fields_of
from coach.studio.routing import action, page
from coach.studio.stage_requests import note_page, take_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route


class _Heard(Fields):
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
    ]


def _sound(request: Request) -> Response:
    """The sound that is to be played now, as WAV. Others have no address."""
    path = take_of(request).loudspeaker.find(request.path_params["sound"])
    if path is None or not path.is_file():
        raise HTTPException(404, "This sound is not played any more.")
    return FileResponse(path, media_type="audio/wav")


async def _heard(request: Request) -> Response:
    """Note that a sound began or ended in the page."""
    take, heard = take_of(request), await fields_of(request, _Heard)
    note_page(take, heard.page)
    if heard.what == "began":
        take.loudspeaker.note_begin(heard.sound)
    else:
        take.loudspeaker.note_end(heard.sound)
    return JSONResponse({})
