"""Renders the templates of the studio, and serves its style sheet and scripts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from coach import __version__
from coach.base.text import clean
from coach.studio.routing import page

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.routing import Route

_MAX_CHARACTERS: Final = 4000

_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

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
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("coach.studio"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["version"] = __version__
    return environment


def _finalize(value: Any) -> Any:  # noqa: ANN401  the value of any template expression
    """Remove control and bidi characters from a text; return any other value unchanged."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return clean(value, _MAX_CHARACTERS)
    return value


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
        raise HTTPException(404, "There is no such file.")
    # Revalidated each time, because the address is the same after an update of the coach.
    return Response(content, media_type=kind, headers={"cache-control": "no-cache"})


def asset_routes() -> list[Route]:
    """The routes of the files that pages load."""
    return [page("/static/{name}", _asset)]
