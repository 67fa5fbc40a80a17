"""Gives what a command made to a file or, for ``-``, to standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from coach.base.errors import TakeError
from coach.base.files import PRIVATE_FILE

STDOUT: Final = "-"
_MOST_NAMES: Final = 1000


def hand_out(target: str, text: str, kind: str, *, private: bool = False) -> None:
    """Print `text`, or write it to the file `target` and say so; `kind` is its name, such as JSON.

    With a face in it, it is `private`: a file that only its user can open.

    Raises:
        TakeError: it cannot be written there.
    """
    from coach.takes.report_file import export_file

    data = text.encode("utf-8", "replace")  # whatever the terminal takes: this is read by programs
    if target == STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    export_file(Path(target), data, kind, PRIVATE_FILE if private else 0o666)
    say(f"{kind[:1].upper()}{kind[1:]} written to {target}")


def free_name(stem: str, ending: str) -> str:
    """A name in the current folder that no file has.

    Raises:
        TakeError: there are too many of them.
    """
    names = (f"{stem}{'' if n == 1 else f'-{n}'}{ending}" for n in range(1, _MOST_NAMES))
    free = next((name for name in names if not os.path.lexists(name)), None)
    if free is None:
        raise TakeError(f"there are {_MOST_NAMES - 1} such files in this folder already; give a path")
    return free


def open_in_browser(path: Path) -> None:
    """Show the page at `path` to the user."""
    import webbrowser

    if not webbrowser.open(path.absolute().as_uri()):
        say(f"No browser could be opened; open {path} yourself.")


def say(sentence: str) -> None:
    """One sentence beside the output."""
    from coach.base.text import clean

    sys.stderr.write(clean(sentence, 1000) + "\n")
