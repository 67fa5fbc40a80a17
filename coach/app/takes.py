"""Takes that a user names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from coach.base.errors import TakeError
from coach.base.text import clean_name
from coach.takes.lock import is_running
from coach.takes.store import TakeStore


def named_takes(store: TakeStore, names: Sequence[str]) -> list[Path]:
    """The takes that `names` mean, each once, in order.

    Raises:
        TakeError: one of them is none, or is being played.
    """
    takes = list(dict.fromkeys(store.find(name) for name in names))
    for take in takes:
        if is_running(take):
            raise TakeError(f"the take {clean_name(take.name)} is still being played; wait until it has ended")
    return takes
