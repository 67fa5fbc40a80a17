"""Renders the templates of the studio, and serves its style sheet and scripts."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from coach import __version__
from coach.base.messages import LANGUAGES, tr
from coach.studio.routing import page

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.routing import Route

_REVALIDATED: Final = {"cache-control": "no-cache"}
"""Browsers ask for a file again each time, because its address is the same after an update of the coach."""

_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

_WORKER: Final = "worker.js"
"""The service worker; it is served at the root, because it may handle only what lies below its own address."""

_EMOTIONS: Final = "emotions.css"
"""The style sheet with the colours of the emotions; it is made from the palette."""


def render(template: str, status: int = 200, **variables: Any) -> HTMLResponse:  # noqa: ANN401  for Jinja
    """A page of the studio. All text in it is cleaned and escaped."""
    html = _environment().get_template(template).render(**variables)
    return HTMLResponse(html, status)


def prepare_pages() -> None:
    """Load what the first page needs, so that it does not wait for it."""
    _assets()
    for template in ("start.html", "rehearse.html"):
        _environment().get_template(template)


@cache
def _environment() -> Environment:
    from coach.pages.render import template_environment

    environment = template_environment("coach.studio")
    environment.globals |= {"version": __version__, "languages": LANGUAGES}
    return environment


@cache
def _assets() -> dict[str, tuple[bytes, str]]:
    """Content and type of each file that pages load, by name."""
    from coach.pages.render import colours

    found = {_EMOTIONS: (colours().encode(), "text/css")}
    for file in (files("coach.studio") / "static").iterdir():
        kind = _TYPES.get("." + file.name.rpartition(".")[2])
        if kind:
            found[file.name] = file.read_bytes(), kind
    return found


def _asset(request: Request) -> Response:
    """A file that pages load. The name is looked up among those of the package; it is never a path."""
    content, kind = _assets().get(request.path_params["name"], (None, ""))
    if content is None:
        raise HTTPException(404, tr("There is no such file."))
    return Response(content, media_type=kind, headers=_REVALIDATED)


def _worker(_: Request) -> Response:
    """The service worker with the files that it may keep; its version changes with any of them."""
    shell = {name: content for name, (content, _) in _assets().items() if name != _WORKER}
    version = hashlib.sha256(b"".join(content for _, content in sorted(shell.items()))).hexdigest()[:16]
    constants = {"VERSION": version, "SHELL": [f"/static/{name}" for name in sorted(shell)]}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    return Response(head + _assets()[_WORKER][0].decode(), media_type="text/javascript", headers=_REVALIDATED)


def _messages(_: Request) -> Response:
    """The messages of the scripts in the user's language, by their English text."""
    from coach.pages.render import script_texts

    texts = script_texts(content.decode() for content, kind in _assets().values() if kind == _TYPES[".js"])
    content = f"export const messages = {json.dumps(texts, ensure_ascii=False)};\n"
    return Response(content, media_type="text/javascript")


def asset_routes() -> list[Route]:
    """The routes of the files that pages load."""
    return [page("/static/{name}", _asset), page("/worker.js", _worker), page("/messages.js", _messages)]
