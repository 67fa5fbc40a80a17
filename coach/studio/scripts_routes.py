"""Bring in scripts, tag their lines, and keep them as YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from coach.base.errors import ScriptError
from coach.base.messages import tr
from coach.base.scratch import scratch_folder
from coach.base.text import clean, clean_name
from coach.base.types import EMOTIONS
from coach.core.script.script import Line, Script
from coach.core.script.words import STRENGTH_BANDS
from coach.scripts import load_script
from coach.scripts.importing.writing import yaml_text
from coach.studio.recordings import SCRATCH_PREFIX
from coach.studio.rendering import render
from coach.studio.routing import Fields, action, fields_of, page
from coach.studio.scripts_shelf import about, script_cards
from coach.studio.state import studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.scripts.library import KnownScript, ScriptLibrary

FILE_BYTES: Final = 20_000_000
"""Largest file that is brought in, such as a PDF of a play."""

SCRIPT_BYTES: Final = 5_000_000
"""Largest script that is kept; a full-length play has a twentieth of it."""

_TAGGED: Final = re.compile(r"^\s*\[[^\]]*\]", re.MULTILINE)
_FOUNTAIN: Final = re.compile(r"^\s*(INT|EXT|EST|INT\.?/EXT)[. ]", re.MULTILINE)


class _Edited(Fields):
    """A script as the page has it: the fields of a script file."""

    script: dict[str, Any] = Field(max_length=10)


def scripts_routes() -> list[Route]:
    """The routes of scripts."""
    return [
        page("/scripts", _list),
        page("/scripts/new", _new),
        page("/scripts/{id}", _edit),
        page("/api/scripts/{id}", _read),
        action("/api/scripts", _import, FILE_BYTES),
        action("/api/scripts/{id}", _save, SCRIPT_BYTES),
        action("/api/scripts/{id}/delete", _delete),
    ]


def _known(request: Request) -> KnownScript:
    known = studio_of(request).scripts.find(request.path_params["id"])
    if known is None:
        raise HTTPException(404, tr("There is no such script any more."))
    return known


def _list(request: Request) -> Response:
    """The user's scripts and the examples."""
    library = studio_of(request).scripts
    return render("scripts.html", here="Scripts", scripts=script_cards(library), folder=str(library.folder))


def _new(_: Request) -> Response:
    """The page that takes a script."""
    return render("new_script.html", here="Scripts")


def _edit(request: Request) -> Response:
    """The page that tags the lines of a script; it reads the script itself."""
    known = _known(request)
    mistakes = ""
    try:
        load_script(known.path)
    except ScriptError as error:
        mistakes = str(error).replace(clean(str(known.path)), known.path.name)
    return render(
        "script.html", here="Scripts", id=known.id, name=known.path.name, own=known.own, mistakes=mistakes,
        emotions=EMOTIONS, bands=STRENGTH_BANDS,
    )  # fmt: skip


def _read(request: Request) -> Response:
    """A script for the page, each target also in its parts."""
    known = _known(request)
    script = load_script(known.path)
    plain = script.model_dump(mode="json", exclude_none=True)
    for item, fields in zip(script.lines, plain["lines"], strict=True):
        if isinstance(item, Line) and item.emotion is not None:
            fields["parts"] = [{"accepted": part.accepted, "start": part.start_share} for part in item.emotion.parts]
    return JSONResponse({"script": plain, "roles": script.role_names, "about": about(script)})


async def _import(request: Request) -> Response:
    """Bring in a script: a file that was dropped, or pasted text."""
    name = clean_name(request.query_params.get("name", ""), 200)
    data = await request.body()
    known, rows = await run_in_threadpool(import_text, studio_of(request).scripts, name, data)
    return JSONResponse({"path": f"/scripts/{known.id}", "rows": rows})


def import_text(library: ScriptLibrary, name: str, data: bytes) -> tuple[KnownScript, list[str]]:
    """Keep the script in `data` as a script of the user's own.

    Args:
        library: where it is kept.
        name: of the file, which tells its format; empty for pasted text.
        data: its content.

    Returns:
        The script, and the rows of the report of its import.

    Raises:
        ScriptError: it has mistakes, or there are no words to say.
    """
    suffix = Path(name).suffix.lower() if name else _suffix_of(data)
    stem = re.sub(r"[^\w -]", " ", Path(name).stem).strip()[:80] or tr("Pasted script")
    with scratch_folder(SCRATCH_PREFIX) as folder:
        path = Path(folder, f"{stem}{suffix}")
        path.write_bytes(data)
        try:
            script, rows = _understood(path, data)
        except ScriptError as error:
            raise ScriptError(name or tr("the text"), error.mistakes) from None
    return library.keep(yaml_text(script), script.title), rows


def _understood(path: Path, data: bytes) -> tuple[Script, list[str]]:
    """The script in a file, and what its import has to say."""
    from coach.scripts.importing import import_script

    said: list[str] = []
    plain = path.suffix.lower() in (".txt", ".md", ".text")
    if path.suffix.lower() in (".yaml", ".yml", ".json") or (plain and _TAGGED.search(_text_of(data))):
        return load_script(path, said.append), said
    report = import_script(path, notify=said.append)
    return report.script, [*said, *report.rows()]


def _suffix_of(data: bytes) -> str:
    """The suffix that fits pasted text."""
    return ".fountain" if _FOUNTAIN.search(_text_of(data)) else ".txt"


def _text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


async def _save(request: Request) -> Response:
    """Keep a script; an example is kept as a new script of the user's own. Mistakes are told by their item."""
    known = await run_in_threadpool(_known, request)
    edited = await fields_of(request, _Edited)
    return await run_in_threadpool(_keep, studio_of(request).scripts, known, edited.script)


def _keep(library: ScriptLibrary, known: KnownScript, fields: dict[str, Any]) -> Response:
    try:
        script = Script.model_validate(fields)
    except ValidationError as error:
        return _mistaken([_mistake_of(dict(fault)) for fault in error.errors(include_url=False, include_input=False)])
    yaml = yaml_text(script)
    first_row = yaml.split("\n").index("lines:") + 2
    try:
        kept = library.keep(yaml, script.title, known if known.own else None)
    except ScriptError as error:
        return _mistaken(
            [
                {"item": None if m.line is None else max(m.line - first_row, 0), "field": m.field, "message": m.message}
                for m in error.mistakes
            ]
        )
    return JSONResponse({"path": f"/scripts/{kept.id}", "about": about(script)})


def _mistake_of(fault: dict[str, Any]) -> dict[str, Any]:
    """A mistake of the model, with the item that it is in."""
    place = fault["loc"]
    in_item = len(place) > 1 and place[0] == "lines" and isinstance(place[1], int)
    field = fault.get("ctx", {}).get("field") or (str(place[-1]) if len(place) > 3 or not in_item else "")
    message = fault["msg"].removeprefix("Value error, ")
    return {"item": place[1] if in_item else None, "field": field, "message": message}


def _mistaken(mistakes: list[dict[str, Any]]) -> Response:
    error = tr("The script has mistakes; they are shown at their lines.")
    return JSONResponse({"error": error, "mistakes": mistakes}, 400)


async def _delete(request: Request) -> Response:
    """Delete a script of the user's own; takes keep their copy of it."""
    known = await run_in_threadpool(_known, request)
    await fields_of(request, Fields)
    await run_in_threadpool(studio_of(request).scripts.delete, known)
    return JSONResponse({})
