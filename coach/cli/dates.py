"""Days as a user writes them: ``2026-11-24``, or so long ago as ``30d`` or ``6w``."""

from __future__ import annotations

import argparse
import re
from datetime import date, datetime, timedelta
from typing import Final

METAVAR: Final = "DATE|30d|6w"

_AGO: Final = re.compile(r"(\d{1,5})([dw])")


def day(text: str) -> date:
    """The day that `text` names, by the clock on the wall.

    Raises:
        ArgumentTypeError: it names none.
    """
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        if ago:
            today = datetime.now().astimezone().date()
            return today - timedelta(days=int(ago[1]) * (7 if ago[2] == "w" else 1))
        return date.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        wanted = "expected a date such as 2026-11-24, or 30d or 6w for so many days or weeks ago"
        raise argparse.ArgumentTypeError(f"{wanted}, found {text[:40]!r}") from None
