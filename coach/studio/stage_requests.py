"""What requests of the page of a take share: the take that they mean, and the page that plays it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from coach.base.messages import tr
from coach.studio.state import studio_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from coach.studio.live_take import LiveTake


def take_of(request: Request) -> LiveTake:
    """The take that `request` names.

    Raises:
        HTTPException: it is over.
    """
    take = studio_of(request).take
    if take is None or take.id != request.path_params["id"]:
        raise HTTPException(404, tr("This take is over. You find it under Takes."))
    return take


def note_page(take: LiveTake, page: str) -> None:
    """Note that the page is there.

    Raises:
        HTTPException: another page plays the take.
    """
    if not take.presence.saw(page):
        raise HTTPException(409, tr("This take goes on in another tab."))
