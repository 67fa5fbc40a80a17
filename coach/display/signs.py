"""Signs that say the same as colour does, and text cut down to what a terminal's encoding can write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rich.cells import cell_len, set_cell_size

from coach.base.text import clean_name

if TYPE_CHECKING:
    from coach.core.scoring.report import Verdict


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters a display draws with, each one cell wide."""

    yes: str
    no: str
    part: str
    none: str
    full: str
    empty: str
    dot: str

    def verdict(self, verdict: Verdict) -> str:
        """The sign of a verdict."""
        return {"hit": self.yes, "partial": self.part, "miss": self.no, "not_scored": self.none}[verdict]

    def bar(self, share: float, width: int) -> str:
        """A bar `width` cells long, filled to `share` (0 to 1)."""
        filled = round(min(max(share, 0.0), 1.0) * width)
        return self.full * filled + self.empty * (width - filled)


UNICODE: Final = Signs(yes="✓", no="✗", part="~", none="–", full="█", empty="░", dot="·")
ASCII: Final = Signs(yes="+", no="x", part="~", none="-", full="#", empty=".", dot="-")


def signs_for(encoding: str) -> Signs:
    """The finest signs that `encoding` can write."""
    wanted = "".join((UNICODE.yes, UNICODE.no, UNICODE.none, UNICODE.full, UNICODE.empty, UNICODE.dot))
    return UNICODE if writable(wanted, encoding) == wanted else ASCII


def writable(text: str, encoding: str) -> str:
    """`text` with every character that `encoding` cannot write as ``?``."""
    return text.encode(encoding, "replace").decode(encoding, "replace")


def overflow_for(encoding: str) -> Literal["ellipsis", "crop"]:
    """How text that is too long may end where `encoding` is written."""
    return "ellipsis" if writable("…", encoding) == "…" else "crop"


def shortened(text: str, cells: int, encoding: str) -> str:
    """`text` cut to `cells` after a whole word, or within the first where even that is too long."""
    if cell_len(text) <= cells:
        return text
    end = "…" if overflow_for(encoding) == "ellipsis" else "..."
    kept = set_cell_size(text, max(0, cells - cell_len(end)))
    if not text.startswith(f"{kept} "):
        kept = kept.rpartition(" ")[0] or kept
    return kept.rstrip(" ,;:") + end


def shown(text: str, encoding: str, limit: int = 500) -> str:
    """`text` from outside made safe and writable; see `coach.base.text.clean_name`."""
    return writable(clean_name(text, limit), encoding)
