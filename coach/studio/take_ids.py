"""Ids of takes: addresses name takes by them, never by a path."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from coach.base.messages import tr

if TYPE_CHECKING:
    from pathlib import Path

    from coach.takes.store import TakeStore


def id_of(take: Path) -> str:
    """16 hexadecimal digits that name the take in folder `take`."""
    return hashlib.sha256(take.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def take_with(store: TakeStore, take_id: str) -> Path:
    """The folder of the take with this id.

    Raises:
        HTTPException: there is no such take.
    """
    take = next((take for take in store.takes() if id_of(take) == take_id), None)
    if take is None:
        raise HTTPException(404, tr("There is no such take any more."))
    return take
