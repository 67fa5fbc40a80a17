"""The list of takes, and everything about one take: report, own notes, approval, disagreement, files, erasing."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from coach.app.report import TakeReport
from coach.base.errors import TakeError, UsageError
from coach.base.messages import mark, tr
from coach.studio.rendering import render
from coach.studio.routing import Fields, action, fields_of, page
from coach.studio.state import studio_of
from coach.studio.takes_shelf import line_rows, take_rows, take_with

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from starlette.requests import Request
    from starlette.routing import Route

    from coach.core.progress.notes import OwnNote

_POLICY: Final = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')

_FILES: Final[Mapping[str, tuple[str, Callable[[TakeReport], str]]]] = {
    "html": ("text/html", lambda report: report.page(None).html),
    "md": ("text/markdown", TakeReport.markdown),
    "csv": ("text/csv", TakeReport.lines_csv),
    "svg": ("image/svg+xml", TakeReport.svg),
    "json": ("application/json", TakeReport.json),
}
"""Type and maker of each file of a report, by the ending of its name."""


_Wish = TypeVar("_Wish", bound=Fields)


class _OfLine(Fields):
    line: int = Field(ge=1, le=1_000_000)


class _Note(_OfLine):
    text: str = Field(max_length=1000)


class _Numbered(Fields):
    number: int = Field(ge=1, le=1000)


def takes_routes() -> list[Route]:
    """The routes of takes."""
    return [
        page("/takes", _list),
        page("/compare", _compare),
        page("/compare/page", _comparison),
        page("/takes/{id}", _take),
        page("/takes/{id}/report", _report),
        page("/takes/{id}/recording", _recording),
        page("/takes/{id}/file/{kind}", _file),
        page("/takes/{id}/history", _history),
        action("/api/takes/{id}/note", _note),
        action("/api/takes/{id}/unnote", _unnote),
        action("/api/takes/{id}/approve", _approve),
        action("/api/takes/{id}/dispute", _dispute),
        action("/api/takes/{id}/forget", _forget),
    ]


def _folder_of(request: Request) -> Path:
    return take_with(studio_of(request).takes, request.path_params["id"])


def _report_of(request: Request, notify: Callable[[str], None]) -> TakeReport:
    return TakeReport(_folder_of(request), notify, studio_of(request).reviews.of)


def _list(request: Request) -> Response:
    """All takes, newest first."""
    studio = studio_of(request)
    return render("takes.html", here="Takes", takes=take_rows(studio.takes), folder=str(studio.takes.folder))


def _take(request: Request) -> Response:
    """One take."""
    said: list[str] = []
    report = _report_of(request, said.append)
    recording = _recording_of(report)
    return render(
        "take.html",
        here="Takes",
        id=request.path_params["id"],
        title=report.report.title,
        lines=line_rows(report),
        said=said,
        large=recording is not None and not _is_embedded(recording),
        actor=report.report.actor,
        files=tuple(_FILES),
    )


def _report(request: Request) -> Response:
    """The report as the page that `coach report --html` writes."""
    return _self_contained(_report_of(request, _ignore).page(None).html)


def _history(request: Request) -> Response:
    """The history of the take's script, as the page that `coach history --html` writes."""
    from coach.app.history import ScriptTakes, script_history
    from coach.core.progress.history import takes_of
    from coach.pages.history_page import history_page
    from coach.takes.past_takes import past_in, script_in

    script = script_in(_folder_of(request))
    past = past_in(studio_of(request).takes.takes())
    found = ScriptTakes(script, takes_of(script, past.takes), past)
    return _self_contained(history_page(script_history(found)))


def _compare(request: Request) -> Response:
    """Takes beside each other; refused here if they cannot be compared, not inside the frame."""
    takes = _named_takes(request)
    return render("compare.html", here="Takes", count=len(takes), query=request.url.query)


def _comparison(request: Request) -> Response:
    """The comparison as the page that `coach compare --html` writes."""
    from coach.app.compare import ComparedTakes, OpenedTake

    opened = [OpenedTake.of(take, _ignore) for take in _named_takes(request)]
    return _self_contained(ComparedTakes(opened).html(aligned=True))


def _named_takes(request: Request) -> list[Path]:
    """The takes whose ids the address has.

    Raises:
        UsageError: there are too few or too many.
    """
    from coach.app.compare import takes_to_compare

    store = studio_of(request).takes
    ids = dict.fromkeys(request.query_params.getlist("take"))
    if len(ids) < 2:
        raise UsageError(tr("choose two or more takes to compare"))
    return takes_to_compare(store, [take_with(store, take_id).name for take_id in ids])


def _self_contained(text: str) -> Response:
    """A page with its own policy, which names the hashes of its one style and script."""
    policy = _POLICY.search(text)
    assert policy is not None
    return HTMLResponse(
        text, headers={"content-security-policy": f"{html.unescape(policy[1])}; frame-ancestors 'self'"}
    )


def _ignore(_: str) -> None:
    """Discard a sentence that the page of the take shows already."""


def _recording_of(report: TakeReport) -> Path | None:
    from coach.app.report_video import recording_of

    return recording_of(report.take, report.report, report.review)


def _is_embedded(recording: Path) -> bool:
    """Whether the recording is inside the report's page already."""
    from coach.app.report_video import MAX_EMBEDDED_BYTES

    return recording.stat().st_size <= MAX_EMBEDDED_BYTES


def _recording(request: Request) -> Response:
    """The recording, if it is too large to be inside the report."""
    recording = _recording_of(_report_of(request, _ignore))
    if recording is None:
        raise HTTPException(404, tr("This take has no recording."))
    return FileResponse(recording)


def _file(request: Request) -> Response:
    """The report as a file to keep or to give to another program."""
    take, kind = _folder_of(request), request.path_params["kind"]
    if kind not in _FILES:
        raise HTTPException(404, tr("There is no such file of a report."))
    media_type, make = _FILES[kind]
    name = take.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    headers = {"content-disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(make(_report_of(request, _ignore)), media_type=media_type, headers=headers)


async def _note(request: Request) -> Response:
    """Keep a note of the user's own."""
    return await _changed(request, _Note, _add_note)


def _add_note(take: Path, wish: _Note) -> str:
    from coach.app.own_notes import new_note
    from coach.takes.notes import change_notes

    note = new_note(take, wish.line, wish.text, _ignore)
    change_notes(take, lambda notes: (*notes, note))
    return tr("Your note is kept.")


async def _unnote(request: Request) -> Response:
    """Delete a note of the user's own."""
    return await _changed(request, _Numbered, _remove_note)


def _remove_note(take: Path, wish: _Numbered) -> str:
    from coach.takes.notes import change_notes

    def without(notes: tuple[OwnNote, ...]) -> tuple[OwnNote, ...]:
        if wish.number > len(notes):
            raise UsageError(tr("this note is deleted already"))
        return notes[: wish.number - 1] + notes[wish.number :]

    change_notes(take, without)
    return tr("The note is deleted.")


async def _approve(request: Request) -> Response:
    """Make a line the one that later takes are compared with."""
    return await _changed(request, _OfLine, _approve_line)


def _approve_line(take: Path, wish: _OfLine) -> str:
    from coach.app.face_notes import approve

    approve(take, wish.line)
    return tr("Line {number} is the one now. Later takes are compared with it.", number=wish.line)


async def _dispute(request: Request) -> Response:
    """Say that a line was right, so that it becomes an example of the actor."""
    return await _changed(request, _OfLine, _dispute_line)


def _dispute_line(take: Path, wish: _OfLine) -> str:
    from coach.actors.store import ActorStore
    from coach.app.own_face import dispute, note_disagreement

    store = ActorStore()
    actor = store.last_used()
    if not actor:
        raise UsageError(
            tr("the coach does not know your face yet; the page Actors, which Rehearse names, lets you show it")
        )
    dispute(take, wish.line, store, actor)
    note_disagreement(take, wish.line, _ignore)
    text = mark("Line {number} is an example of yours now. The next take counts it; this report stays as it is.")
    return tr(text, number=wish.line)


async def _forget(request: Request) -> Response:
    """Erase the take with everything in it."""
    studio = studio_of(request)
    store = studio.takes

    def forget(take: Path, _: Fields) -> str:
        from coach.app.takes import erase_takes, named_takes

        left = erase_takes(store, named_takes(store, [take.name]))
        studio.reviews.drop()
        if left.failed:
            raise TakeError(tr("not all of it could be erased: {reason}", reason=left.failed[0]))
        return tr("The take is erased.")

    return await _changed(request, Fields, forget)


async def _changed(request: Request, kind: type[_Wish], change: Callable[[Path, _Wish], str]) -> Response:
    """Change the take of `request` as its fields say; answers with the sentence that `change` returns."""
    take = await run_in_threadpool(_folder_of, request)
    wish = await fields_of(request, kind)
    return JSONResponse({"said": await run_in_threadpool(change, take, wish)})
