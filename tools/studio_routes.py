"""The table of docs/studio-routes.md: each route of the studio, and what it refuses.

Nothing in it is written by hand: each route is asked as a stranger would ask it, and its answers are the table.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock
from urllib.parse import unquote

from coach.studio.access import HOST, Access
from coach.studio.application import studio_application, studio_routes
from coach.studio.limits import BURST, REQUESTS_PER_S, RateLimit
from coach.studio.state import Studio

if TYPE_CHECKING:
    from starlette.routing import Route

PAGE: Final = "docs/studio-routes.md"

_PORT: Final = 7526
_PATH: Final = "..%2F..%2Fetc%2Fpasswd"
_GIGABYTE: Final = str(10**9)
_FOLDERS: Final = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
_TOO_LARGE: Final = re.compile(r"too large; (.+) can be sent here")

_OPENING: Final = f"""# Routes of the studio

Written by `python tools/docs.py`, which asks each route; do not edit. What each does is [told elsewhere](studio.md).

The numbers are the answers to a request that

- comes from a browser that was not let in (*stranger*),
- comes from a page of somebody else (*foreign*),
- has `../../etc/passwd` in place of a name (*path*; – where there is no name in the address),
- announces a gigabyte (*too large*), with the most that can be sent there,
- comes after more than {BURST} at once, or {REQUESTS_PER_S:g} a second for a longer time (*too many*). Strangers, the
  user of this machine and phones are counted apart.

| route | what it does | stranger | foreign | path | too large | at most | too many |
|---|---|---|---|---|---|---|---|"""


def page(root: Path) -> str:  # noqa: ARG001  # as of the other pages that are made
    """Return docs/studio-routes.md."""
    return f"{_OPENING}\n{_table()}\n"


@cache
def _table() -> str:
    """The rows of the table; asked once, because tests make the page often."""
    # Each request is refused before anything is done; should one not be, it does nothing to the user's own folders.
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, dict.fromkeys(_FOLDERS, folder)):
        return "\n".join(asyncio.run(_rows(Studio(Access(_PORT), Path(folder), lambda _: None, lambda: None))))


async def _rows(studio: Studio) -> list[str]:
    return [
        await _row(studio, route, method)
        for route in studio_routes()
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]


async def _row(studio: Studio, route: Route, method: str) -> str:
    own = {"cookie": f"{studio.access.cookie_name}={studio.access.session}", "origin": studio.access.address}

    async def answer(name: str = "x", burst: int = BURST, **headers: str) -> tuple[int, str]:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        path = re.sub(r"\{\w+\}", name, route.path)
        return await _answer(studio, (method, path), {**own, **named}, RateLimit(0.0, burst))

    (stranger, _), (foreign, _) = await answer(cookie=""), await answer(origin="https://example.com")
    path = (await answer(_PATH))[0] if route.param_convertors else "–"
    (too_large, text), (too_many, _) = await answer(content_length=_GIGABYTE), await answer(burst=0)
    most = _TOO_LARGE.search(text)
    cells = [stranger, foreign, path, too_large, most[1] if most else "?", too_many]
    return f"| `{method} {route.path}` | {_purpose(route)} | {' | '.join(map(str, cells))} |"


def _purpose(route: Route) -> str:
    """The first sentence about what handles the route."""
    about = inspect.getdoc(route.endpoint) or ""
    return about.partition("\n")[0].replace("|", "\\|")


async def _answer(
    studio: Studio, asked: tuple[str, str], headers: Mapping[str, str], rate: RateLimit
) -> tuple[int, str]:
    """Status and text of the answer to a request without a body; `asked` is its method and its path."""
    method, path = asked
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401  # a message of ASGI
        sent.append(message)

    named = {"host": f"{HOST}:{_PORT}", **headers}
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    await studio_application(studio, make_rate=lambda: rate)(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body.decode(errors="replace")
