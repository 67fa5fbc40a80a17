"""The actors whose faces the coach knows: list, rename and delete them, and calibrate one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from coach.actors.profile_file import check_name
from coach.actors.store import ActorStore
from coach.app.actors import profile_text
from coach.app.calibration import CONSENT_OF_OTHERS, ROW_HEADINGS
from coach.base.errors import ActorError, UsageError
from coach.base.messages import tr
from coach.studio.page_requests import (
    FRAME_BYTES,
    FromPage,
    PageId,
    refuse_without_consent,
    run_for_page,
    state_after_frame,
)
from coach.studio.rendering import render
from coach.studio.routing import Fields, action, fields_of, page
from coach.studio.sound_routes import Heard, note_heard, sound_answer
from coach.studio.state import studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.studio.live_calibration import LiveCalibration

Name = Annotated[str, Field(max_length=200)]


class _Calibrate(Fields):
    """Begin a calibration.

    Attributes:
        page: names the page.
        name: of the actor.
        aloud: whether the prompts are spoken too.
    """

    page: PageId
    name: Name
    aloud: bool = True


class _Rename(Fields):
    name: Name
    new: Name


class _Named(Fields):
    name: Name


def actors_routes() -> list[Route]:
    """The routes of the actors."""
    return [
        page("/actors", _list),
        action("/api/actors/rename", _rename),
        action("/api/actors/delete", _delete),
        action("/api/calibrate", _begin),
        action("/api/calibrate/frame", _frame, FRAME_BYTES),
        action("/api/calibrate/heard", _heard),
        page("/api/calibrate/sound/{sound}", _sound),
        action("/api/calibrate/leave", _leave),
    ]


def known_actors() -> tuple[list[tuple[str, str]], list[str]]:
    """Name of each actor with a sentence about the profile, and a sentence about each that cannot be read.

    Raises:
        ActorError: the folder cannot be read.
    """
    store, profiles, faults = ActorStore(), [], []
    for path in store.files():
        try:
            profiles.append(store.read_file(path))
        except ActorError as error:
            faults.append(str(error))
    profiles.sort(key=lambda profile: profile.name.casefold())
    last = store.last_used()
    return [(profile.name, profile_text(profile, last).partition(": ")[2]) for profile in profiles], faults


def _list(_: Request) -> Response:
    """The actors, and the calibration."""
    actors, faults = known_actors()
    return render(
        "actors.html",
        here="Actors",
        actors=actors,
        faults=faults,
        folder=str(ActorStore().folder),
        headings=list(map(tr, ROW_HEADINGS)),
        consent_of_others=tr(CONSENT_OF_OTHERS),
    )


async def _rename(request: Request) -> Response:
    """Give an actor another name."""
    wish = await fields_of(request, _Rename)
    profile = await run_in_threadpool(ActorStore().rename, wish.name, wish.new)
    return JSONResponse({"said": tr("{old} is now {new}.", old=wish.name, new=profile.name)})


async def _delete(request: Request) -> Response:
    """Erase what is known of an actor's face."""
    wish = await fields_of(request, _Named)
    await run_in_threadpool(ActorStore().delete, wish.name)
    return JSONResponse({"said": tr("Erased what the coach knew of the face of {name}.", name=wish.name)})


async def _begin(request: Request) -> Response:
    """Begin a calibration for this page; one in another tab ends."""
    wish = await fields_of(request, _Calibrate)
    try:
        name = check_name(wish.name)
    except ValueError as error:
        raise UsageError(str(error)) from error
    refusal = refuse_without_consent(request)
    if refusal is not None:
        return refusal
    calibration = await run_in_threadpool(studio_of(request).open_calibration, name, aloud=wish.aloud)
    calibration.presence.claim(wish.page)
    return JSONResponse({})


def _running(request: Request, page_id: str) -> LiveCalibration:
    return run_for_page(studio_of(request).calibration, page_id, tr("The calibration goes on in another tab."))


async def _frame(request: Request) -> Response:
    """Take the newest picture of the camera; answers with what the actor is to do."""
    calibration = _running(request, request.query_params.get("page", ""))
    return JSONResponse(await state_after_frame(calibration, request))


async def _heard(request: Request) -> Response:
    """Note that a prompt began or ended in the page."""
    heard = await fields_of(request, Heard)
    return note_heard(_running(request, heard.page).loudspeaker, heard)


def _sound(request: Request) -> Response:
    """The prompt that is to be played now."""
    calibration = studio_of(request).calibration
    return sound_answer(None if calibration is None else calibration.loudspeaker, request)


async def _leave(request: Request) -> Response:
    """End the calibration; nothing is kept."""
    wish = await fields_of(request, FromPage)
    await run_in_threadpool(_running(request, wish.page).end)
    return JSONResponse({})
