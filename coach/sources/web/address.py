"""Validates web addresses and makes them safe to show."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from coach.base.errors import UsageError
from coach.base.messages import tr
from coach.base.text import clean, hidden_character

MAX_LENGTH: Final = 4000
"""Maximum characters of an address; the limits of browsers and servers are between 2000 and 8000."""

_SHOWN_LENGTH: Final = 120
"""Maximum characters of an address in a message."""


def validate_address(spec: str) -> str:
    """The http or https address in `spec`.

    Private and loopback hosts are allowed: videos on the user's own server or network are legitimate, and the
    download is not sent anywhere else.

    Raises:
        UsageError: the address has another scheme, no host, an invalid port or character, or is too long.
    """
    address = spec.strip()
    name = safe_address(address)
    if len(address) > MAX_LENGTH:
        long = tr("an address of more than {limit} characters is not read. Copy it again.", limit=MAX_LENGTH)
        raise UsageError(f"{name}: {long}")
    if any(c.isspace() for c in address) or hidden_character(address) is not None:
        odd = tr("it has characters that an address cannot have. Copy it again.")
        raise UsageError(f"{name}: {odd}")
    if not address.lower().startswith(("http://", "https://")):
        other = tr(
            "only addresses that begin with https:// or http:// are read. For a file on this machine, name its path."
        )
        raise UsageError(f"{name}: {other}")
    parts = _parts(address)
    if parts is None or not parts.hostname:
        incomplete = tr("this address is not complete. Copy it again from your browser.")
        raise UsageError(f"{name}: {incomplete}")
    return address


def safe_address(address: str) -> str:
    """`address` safe to show: without user, password, fragment and control characters, shortened."""
    if len(address) > MAX_LENGTH:
        return clean(re.sub(r"//[^/]*@", "//", address[:_SHOWN_LENGTH]), _SHOWN_LENGTH)
    parts = _parts(address)
    if parts is None:
        return clean(re.sub(r"//[^/]*@", "//", address), _SHOWN_LENGTH)
    host = parts.netloc.rpartition("@")[2]
    return clean(parts._replace(netloc=host, fragment="").geturl(), _SHOWN_LENGTH)


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError if it is not a number
    except ValueError:
        return None
    return parts
