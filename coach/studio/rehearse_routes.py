"""Choose what to rehearse, and play a take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from coach.actors.store import ActorStore
from coach.base.messages import tr
from coach.base.settings import Advance, Announce, CoachMode, Cues, Settings, Show, Strictness
from coach.base.types import EMOTIONS, READS_PER_S
from coach.scripts import load_script
from coach.studio.actors_routes import known_actors
from coach.studio.drill_routes import drill_routes
from coach.studio.page_requests import (
    FRAME_BYTES,
    FromPage,
    PageId,
    note_page,
    refuse_without_consent,
    state_after_frame,
    take_consent,
    take_of,
)
from coach.studio.recordings import MAX_BYTES
from coach.studio.rendering import render
from coach.studio.routing import Fields, action, fields_of, page, upload
from coach.studio.scripts_shelf import OF_TAKE, card_of, script_cards, script_to_play
from coach.studio.sound_routes import sound_routes
from coach.studio.state import studio_of
from coach.studio.takes_shelf import id_of, take_with
from coach.takes.past_takes import script_in

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.app.composition import RunOptions
    from coach.core.script.script import Script
    from coach.studio.live_take import LiveTake
    from coach.studio.state import Studio

STATE_WAIT_S: Final = 1.0
"""Longest wait for a new state, in seconds."""


class _NewTake(Fields):
    """What to play.

    Attributes:
        source: the sample take with its script, the camera of the browser, nothing, or a recorded take.
        recording: id of the recorded take.
        advance: what ends a line; with ``auto`` a key in a scene with partners, and otherwise its time.
        partner: who says the lines of the others: the coach, nobody, or somebody beside the actor.
        fast: play a recorded take as fast as the machine can.
        script: id of a script of the library, or `OF_TAKE` and the id of a take.
        role: the part that the user plays in it; empty for that of the script.
        actor: name of the actor whose own examples count too, ``nobody`` for none; empty for the one used last with the
            camera, and for nobody otherwise.
        sound: whether cues, notes and the lines of others are heard from the page, from this machine, or not at all.
    """

    source: Literal["sample", "camera", "none", "recording"]
    recording: str = Field(default="", max_length=64)
    fast: bool = False
    script: str = Field(default="", max_length=64)
    role: str = Field(default="", max_length=200)
    actor: str = Field(default="", max_length=200)
    strictness: Strictness = "standard"
    coach: CoachMode = "live"
    announce: Announce = "off"
    advance: Literal["auto", "time", "key", "voice"] = "auto"
    partner: Literal["auto", "text", "off"] = "auto"
    lines: tuple[int, int] | None = None
    show: Show = "full"
    cues: Cues = "full"
    speed: float = Field(default=1.0, ge=0.5, le=2)
    lead_in_s: float = Field(default=3.0, ge=0, le=60)
    record: bool = False
    measures: bool = False
    sound: Literal["here", "machine", "off"] = "off"


class _Key(Fields):
    page: PageId
    name: Literal["pause", "back", "repeat", "next", "dispute", "line", "reveal", "quit"]


def rehearse_routes() -> list[Route]:
    """The routes of a rehearsal."""
    return [
        page("/rehearse", _choose),
        action("/api/takes", _new_take),
        action("/api/consent", _consent),
        upload("/api/recordings", _upload, MAX_BYTES),
        page("/stage/{id}", _stage),
        action("/api/stage/{id}/claim", _claim),
        page("/api/stage/{id}/state", _state),
        action("/api/stage/{id}/frame", _frame, FRAME_BYTES),
        action("/api/stage/{id}/command", _command),
        action("/api/stage/{id}/leave", _leave),
        *sound_routes(),
        *drill_routes(),
    ]


def _choose(request: Request) -> Response:
    """The page that offers scripts and ways to play them."""
    studio, query = studio_of(request), request.query_params
    line = query.get("line", "")
    take = query.get("take", "")
    return render(
        "rehearse.html",
        here="Rehearse",
        scripts=script_cards(studio.scripts),
        chosen=query.get("script", ""),
        again=card_of(f"{OF_TAKE}{take}", script_in(take_with(studio.takes, take))) if take else None,
        lines=line if re.fullmatch(r"[1-9][0-9]{0,4}", line) else "",
        recordings=studio.recordings.named,
        actors=[name for name, _ in known_actors()[0]],
        last_actor=ActorStore().last_used(),
    )


async def _upload(request: Request) -> Response:
    """Take a copy of a recorded take, piece by piece."""
    size = request.headers.get("content-length", "")
    name = request.query_params.get("name", "")
    recordings = studio_of(request).recordings
    recording = await recordings.receive(name, int(size) if size.isdecimal() else MAX_BYTES, request.stream())
    return JSONResponse({"recording": recording.id, "name": recording.name})


async def _consent(request: Request) -> Response:
    """Keep the answer that the camera may be used."""
    await fields_of(request, Fields)
    return JSONResponse({"kept": await run_in_threadpool(take_consent, request)})


async def _new_take(request: Request) -> Response:
    """Prepare a take; its page starts it."""
    wanted = await fields_of(request, _NewTake)
    studio = studio_of(request)
    refusal = refuse_without_consent(request) if wanted.source == "camera" else None
    if refusal is not None:
        return refusal
    take = await run_in_threadpool(_prepare, studio, wanted)
    return JSONResponse({"path": f"/stage/{take.id}"})


def _prepare(studio: Studio, wanted: _NewTake) -> LiveTake:
    from coach.studio.live_take import LiveTake

    live, script = wanted.source in ("camera", "none"), _script(studio, wanted)
    settings = Settings(
        strictness=wanted.strictness,
        coach=wanted.coach,
        announce=wanted.announce,
        advance=_advance(wanted, script) if live else "time",
        lines=wanted.lines,
        show=wanted.show if live else "full",
        cues=wanted.cues if live else "full",
        speed=wanted.speed if live else 1.0,
        lead_in_s=wanted.lead_in_s,
        reads_per_s=READS_PER_S,
    )
    return studio.play(
        LiveTake(script, settings, _options(studio, wanted), studio.bug_text, here=wanted.sound == "here")
    )


def _advance(wanted: _NewTake, script: Script) -> Advance:
    if wanted.advance != "auto":
        return wanted.advance
    return "key" if script.has_partners else "time"


def _script(studio: Studio, wanted: _NewTake) -> Script:
    from coach.base.files import examples_folder

    if wanted.source == "sample":
        return load_script(examples_folder() / "waiting_for_news.yaml")
    return script_to_play(studio, wanted.script, wanted.role)


def _options(studio: Studio, wanted: _NewTake) -> RunOptions:
    from coach.app.composition import RunOptions
    from coach.app.listening import ListeningOptions
    from coach.app.partner import PartnerOptions
    from coach.base.files import sample_take
    from coach.base.types import MEASURES_PER_S
    from coach.studio.live_take import FROM_THE_PAGE

    if wanted.source == "recording":
        recording = studio.recordings.find(wanted.recording)
        if recording is None:
            raise HTTPException(404, tr("This recording is gone. Choose it again."))
        source = str(recording.path)
    else:
        source = {"sample": str(sample_take()), "camera": FROM_THE_PAGE, "none": "none"}[wanted.source]
    camera = wanted.source == "camera"
    return RunOptions(
        source=source,
        watch=wanted.source in ("sample", "recording") and not wanted.fast,
        voice="off" if wanted.sound == "off" else "on",
        record=wanted.record and camera,
        sound=False,
        listening=ListeningOptions(speaks=wanted.sound != "off"),
        partner=PartnerOptions(wanted.partner),
        takes=studio.takes_folder,
        actor=wanted.actor or None,
        measures_per_s=MEASURES_PER_S if wanted.measures and wanted.source != "none" else 0.0,
    )


def _stage(request: Request) -> Response:
    """The page on which a take is played."""
    take = take_of(request)
    return render(
        "stage.html", here="Rehearse", take=take, emotions=EMOTIONS, knows_actor=bool(ActorStore().last_used())
    )


async def _claim(request: Request) -> Response:
    """Let a page play the take, and start it."""
    take, wish = take_of(request), await fields_of(request, FromPage)
    if not (wish.take_over or take.presence.may_claim(wish.page)):
        return JSONResponse({"error": tr("This take is played in another tab."), "taken": True}, 409)
    take.presence.claim(wish.page)
    await run_in_threadpool(take.start)
    return JSONResponse(_with_report(take, take.state()))


async def _state(request: Request) -> Response:
    """The state, as soon as it is newer than the one that the page has."""
    take, query = take_of(request), request.query_params
    note_page(take, query.get("page", ""))
    seen = query.get("seen", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else -1
    wait_s = STATE_WAIT_S if take.running else 0.0
    return JSONResponse(_with_report(take, await run_in_threadpool(take.state, version, wait_s)))


async def _frame(request: Request) -> Response:
    """Take the newest picture of the camera; answers with the state once it was read."""
    take = take_of(request)
    note_page(take, request.query_params.get("page", ""))
    return JSONResponse(_with_report(take, await state_after_frame(take, request)))


async def _command(request: Request) -> Response:
    """Give a command of the actor."""
    take, key = take_of(request), await fields_of(request, _Key)
    note_page(take, key.page)
    take.command(key.name)
    return JSONResponse({})


async def _leave(request: Request) -> Response:
    """Note that the page is closed. A page that is loaded anew says so too, and comes back."""
    take, wish = take_of(request), await fields_of(request, FromPage)
    take.presence.left(wish.page)
    return JSONResponse({})


def _with_report(take: LiveTake, state: dict[str, Any]) -> dict[str, Any]:
    """`state`, with the path of the report once the take is over."""
    path = f"/takes/{id_of(take.folder)}" if state["over"] and take.folder is not None else ""
    return {**state, "report": path}
