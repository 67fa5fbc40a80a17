"""The pages and requests about phones: pairing and unpairing on this machine, and the certificate to trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from coach.base.messages import tr
from coach.studio.rendering import render
from coach.studio.routing import Fields, action, fields_of, page
from coach.studio.state import studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from coach.studio.phone.pairing import Phones

_CERTIFICATE_TYPE: Final = "application/x-x509-ca-cert"
"""The type at which iOS and Android offer to install a certificate."""


class _Which(Fields):
    id: str = Field(min_length=1, max_length=40)


def phone_routes() -> list[Route]:
    """The routes about phones."""
    return [
        page("/phone", _phone),
        page("/phone/trust", _trust),
        page("/phone/coach-studio.crt", _certificate),
        page("/api/phone", _paired),
        action("/api/phone/unpair", _unpair),
    ]


def _phones(request: Request) -> Phones:
    """The door for phones.

    Raises:
        HTTPException: phones are not served.
    """
    phones = studio_of(request).phones
    if phones is None:
        raise HTTPException(
            404, tr("Phones cannot reach this studio. Close it, and start it with `coach studio --phone`.")
        )
    return phones


def _phones_for_this_machine(request: Request) -> Phones:
    """The door for phones, for a browser on this machine. A phone that is sent away could else have let in another.

    Raises:
        HTTPException: phones are not served, or a phone asks.
    """
    phones = _phones(request)
    if request.scope["scheme"] == "https":
        raise HTTPException(403, tr("Only the computer that runs the studio pairs and unpairs phones."))
    return phones


def _phone(request: Request) -> Response:
    """The code that pairs a phone, and the phones that are paired."""
    from coach.studio.phone.pairing import qr_image

    phones = _phones_for_this_machine(request)
    return render("phone.html", phones=phones, code=qr_image(phones.entry_address))


def _trust(request: Request) -> Response:
    """How a phone is told to trust the certificate."""
    return render("trust.html", fingerprint=_phones(request).certificate.fingerprint)


def _certificate(request: Request) -> Response:
    """The certificate without its key."""
    headers = {"content-disposition": 'attachment; filename="coach-studio.crt"'}
    return Response(_phones(request).certificate.der, media_type=_CERTIFICATE_TYPE, headers=headers)


def _paired(request: Request) -> Response:
    """The ids of the paired phones, so that the page notices a new one."""
    return JSONResponse({"ids": [phone.id for phone in _phones_for_this_machine(request).paired]})


async def _unpair(request: Request) -> Response:
    """Send a phone away."""
    phones = _phones_for_this_machine(request)
    phone = phones.unpair((await fields_of(request, _Which)).id)
    if phone is None:
        raise HTTPException(404, tr("This phone is not paired any more."))
    said = tr("{phone} is not paired any more.", phone=phone.name)
    studio_of(request).say(said)
    return JSONResponse({"said": said})
