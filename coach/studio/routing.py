"""Makes the routes of the studio, each with a limit for the body of its requests, and reads the fields of that body."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from coach.base.files import first_fault
from coach.base.messages import tr
from coach.studio.limits import BodyLimit

if TYPE_CHECKING:
    from starlette.requests import Request

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


class Fields(BaseModel):
    """The fields of a request; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_Fields = TypeVar("_Fields", bound=Fields)


async def fields_of(request: Request, kind: type[_Fields]) -> _Fields:
    """The fields in the JSON body of `request`.

    Raises:
        HTTPException: they are not those of `kind`.
    """
    try:
        return kind.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        raise HTTPException(400, tr("This request is not understood ({fault}).", fault=first_fault(error))) from error
