"""What requests of a page that plays a take or uses the camera share: page, take, frames, consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from coach.app.consent import keep_consent, page_consent_text, recorded_consent
from coach.base.messages import mark, tr
from coach.studio.routing import Fields
from coach.studio.state import door_of, studio_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from coach.studio.live_run import LiveRun
    from coach.studio.live_take import LiveTake

FRAME_BYTES: Final = 2_000_000
"""Largest picture of the camera; one of 640 x 480 has some 40 kB."""

_ON_PHONE: Final = mark(
    "The camera is the one of this phone. Its pictures go, encrypted, through your Wi-Fi to the computer that runs the "
    'studio. "This computer" means that one.'
)
"""What a phone reads before the text that everybody reads."""

PageId = Annotated[str, Field(min_length=8, max_length=40)]
"""A page names itself by a random text, so that two tabs do not use one camera."""


_Run = TypeVar("_Run", bound="LiveRun")


class FromPage(Fields):
    """A request of a page that uses the camera, or plays a take.

    Attributes:
        page: names the page.
        take_over: go on here what another page plays.
    """

    page: PageId
    take_over: bool = False


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
    run_for_page(take, page, tr("This take goes on in another tab."))


def run_for_page(run: _Run | None, page: str, elsewhere: str) -> _Run:
    """`run`, which this page watches; that the page is there is noted.

    Raises:
        HTTPException: nothing runs, or another page watches it; `elsewhere` says so.
    """
    if run is None or not run.presence.saw(page):
        raise HTTPException(409, elsewhere)
    return run


async def state_after_frame(run: LiveRun, request: Request) -> dict[str, Any]:
    """Give `run` the picture in `request`; its state once that was read.

    Raises:
        HTTPException: as `age_of`.
    """
    return await run_in_threadpool(run.push, await request.body(), age_of(request))


def age_of(request: Request) -> float:
    """Seconds between the capture of the picture in `request` and its sending.

    Raises:
        HTTPException: the header X-Age-Ms is no number.
    """
    try:
        return float(request.headers.get("x-age-ms", "0")) / 1000
    except ValueError:
        raise HTTPException(400, tr("X-Age-Ms has no number of milliseconds.")) from None


def refuse_without_consent(request: Request) -> JSONResponse | None:
    """The answer that asks for consent; None if the user agreed, now or before. Each phone is asked for itself."""
    studio = studio_of(request)
    text = page_consent_text(studio.takes.folder)
    if studio.phones is not None and door_of(request) is studio.phones:
        agreed = studio.phones.has_consent(request.headers)
        text = "\n\n".join([tr(_ON_PHONE), text])
    else:
        agreed = studio.consented or recorded_consent() is not None
    return None if agreed else JSONResponse({"error": tr("You have not allowed the camera yet."), "consent": text}, 403)


def take_consent(request: Request) -> bool:
    """Note that the user agrees. Whether the answer is kept for later runs too; that of a phone is not."""
    studio = studio_of(request)
    if studio.phones is not None and door_of(request) is studio.phones:
        studio.phones.agree(request.headers)
        return False
    studio.consented = True
    return not keep_consent()
