"""Gives what a command made to a file or, for ``-``, to standard output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

STDOUT: Final = "-"


def hand_out(target: str, data: bytes, kind: str) -> None:
    """Print `data` as it is, or write it to the file `target` and say so; `kind` is its name, such as JSON.

    Raises:
        TakeError: it cannot be written there.
    """
    from coach.takes.report_file import export_file

    if target == STDOUT:
        print_bytes(data)
        return
    export_file(Path(target), data, kind)
    say(f"{kind} written to {target}")


def print_bytes(data: bytes) -> None:
    """JSON and tables are UTF-8, whatever the terminal takes."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(sentence: str) -> None:
    """One sentence beside the output."""
    from coach.text import clean

    sys.stderr.write(clean(sentence, 1000) + "\n")
