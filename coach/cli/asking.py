"""Asks before something is done that cannot be undone."""

from __future__ import annotations

import sys

from coach.base.errors import UsageError


def agreed(question: str, *, yes: bool) -> bool:
    """Whether the user says yes to `question`, which ends in a question mark; `yes` is an answer given beforehand.

    Raises:
        UsageError: there is no terminal to ask in.
    """
    from coach.cli.telling import ask, warn

    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nothing was done: there is no terminal to ask in. Add --yes to do it without being asked")
    ask(question)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    warn("nothing was done")
    return False
