"""How far the download of a web video is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Download:
    """One moment of a download.

    Attributes:
        stage: reading the browser's cookies, asking the site what it has, receiving, putting picture and sound
            together where a site sends them apart, or looking whether a single file is whole.
        name: the title of the video once the site has told it, its address before; safe to show.
        done_bytes: received so far, of picture and sound together.
        total_bytes: how many there will be; None where the server does not say.
    """

    stage: Literal["cookies", "asking", "receiving", "joining", "checking"]
    name: str
    done_bytes: int = 0
    total_bytes: int | None = None
