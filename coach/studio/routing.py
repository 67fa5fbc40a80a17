"""Makes the routes of the studio, each with a limit for the body of its requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from starlette.middleware import Middleware
from starlette.routing import Route

from coach.studio.limits import BodyLimit

JSON_BYTES: Final = 64_000
"""Largest body of a request with a few fields."""


def page(path: str, endpoint: Callable[..., Any]) -> Route:
    """A route that is read; its requests have no body."""
    return Route(path, endpoint, methods=["GET"], middleware=[Middleware(BodyLimit, max_bytes=0)])


def upload(path: str, endpoint: Callable[..., Any], max_bytes: int) -> Route:
    """A route that takes a file of at most `max_bytes` piece by piece."""
    return Route(path, endpoint, methods=["POST"], middleware=[Middleware(BodyLimit, max_bytes=max_bytes, whole=False)])


def action(path: str, endpoint: Callable[..., Any], max_bytes: int = JSON_BYTES) -> Route:
    """A route that changes something; its body has at most `max_bytes`."""
    return Route(path, endpoint, methods=["POST"], middleware=[Middleware(BodyLimit, max_bytes=max_bytes)])
