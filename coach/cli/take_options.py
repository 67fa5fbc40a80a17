"""The options that the commands about takes share, and the takes they mean."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coach.takes.store import TakeStore

TAKE_HELP: Final = "its number in `coach takes` as :1, its name, a part of the name, or its folder"


def add_takes_folder(parser: argparse.ArgumentParser) -> None:
    """Add ``--takes`` to a command below `coach takes`, which has it as well and must not be overruled by silence."""
    about = "folder of the takes (default: in your data folder)"
    parser.add_argument("--takes", type=Path, metavar="DIR", default=argparse.SUPPRESS, help=about)


def named_takes(store: TakeStore, names: list[str]) -> list[Path]:
    """The takes that `names` mean, each once, in order.

    Raises:
        TakeError: one of them is none, or is being played.
    """
    from coach.base.errors import TakeError
    from coach.base.text import clean_name
    from coach.takes.lock import is_running

    takes = list(dict.fromkeys(store.find(name) for name in names))
    for take in takes:
        if is_running(take):
            raise TakeError(f"the take {clean_name(take.name)} is still being played; wait until it has ended")
    return takes
