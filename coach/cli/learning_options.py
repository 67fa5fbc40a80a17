"""Options for learning lines: what is shown of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, get_args

from coach.base.errors import UsageError
from coach.base.settings import Show

if TYPE_CHECKING:
    from coach.cli.options import CommandParser


def add_learning(parser: CommandParser) -> None:
    """Add the options for learning lines, for commands that play a script."""
    group = parser.section("learning lines")
    group.add_argument(
        "--show",
        choices=get_args(Show),
        default="full",
        help="how much of your lines you see: all, the first words, the first letter of each word, only the cues, or "
        "no words at all (live). The key s shows a line for some seconds, l says its next three words",
    )


def check_learning(args: argparse.Namespace) -> None:
    """Refuse options for learning lines that would have no effect.

    Raises:
        UsageError: one of them needs a live run.
    """
    from coach.sources.opening import is_live

    if args.show != "full" and not is_live(args.source):
        raise UsageError("--show hides lines that you speak, so it needs a live run, not a recorded take")
