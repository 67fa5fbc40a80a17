"""How far the download of a web video is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Download:
    """One moment of a download.

    Attributes:
        stage: reading the browser's cookies, asking the site what it has, receiving, or putting picture and sound
            together.
        name: the title of the video once the site has told it, its address before; safe to show.
        done_bytes: received so far, of picture and sound together.
        total_bytes: how many there will be; None where the server does not say.
    """

    stage: Literal["cookies", "asking", "receiving", "joining"]
    name: str
    done_bytes: int = 0
    total_bytes: int | None = None
