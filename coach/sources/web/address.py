"""Web addresses: validated, and made safe to show."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from coach.base.errors import UsageError
from coach.base.text import clean, hidden_character

LONGEST: Final = 4000
"""Characters of an address; the limits of browsers and servers are between 2000 and 8000."""

_SHOWN: Final = 120
"""Characters of an address in a message."""


def checked_address(spec: str) -> str:
    """The http or https address in `spec`.

    Private and loopback hosts are allowed: videos on the user's own server or network are legitimate, and what is
    fetched is sent nowhere else.

    Raises:
        UsageError: another scheme, no host, an invalid port or character, or too long.
    """
    address = spec.strip()
    name = shown(address)
    if len(address) > LONGEST:
        raise UsageError(f"{name}: an address of more than {LONGEST} characters is not read. Copy it again.")
    if any(c.isspace() for c in address) or hidden_character(address) is not None:
        raise UsageError(f"{name}: there are characters in it that no address has. Copy it again.")
    if not address.lower().startswith(("http://", "https://")):
        raise UsageError(
            f"{name}: only addresses that begin with https:// or http:// are read. For a file on this machine, name "
            "its path."
        )
    parts = _parts(address)
    if parts is None or not parts.hostname:
        raise UsageError(f"{name}: this is no whole address. Copy it again from your browser.")
    return address


def shown(address: str) -> str:
    """`address` safe to show: without user, password, fragment and control characters."""
    if len(address) > LONGEST:
        return clean(re.sub(r"//[^/]*@", "//", address[:_SHOWN]), _SHOWN)
    parts = _parts(address)
    if parts is None:
        return clean(re.sub(r"//[^/]*@", "//", address), _SHOWN)
    host = parts.netloc.rpartition("@")[2]
    return clean(parts._replace(netloc=host, fragment="").geturl(), _SHOWN)


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError if it is no number
    except ValueError:
        return None
    return parts
