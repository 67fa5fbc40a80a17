"""Reads what a request says, and refuses what it cannot mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException

from coach.base.files import first_fault
from coach.base.messages import tr

if TYPE_CHECKING:
    from starlette.requests import Request


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
