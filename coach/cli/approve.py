"""`coach approve`: mark the take of a line that later takes are compared with."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli.options import CommandParser, add_takes_folder, count
from coach.cli.output import print_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.takes.approved import Approved

ABOUT = mark(
    "Say that a line is the one you want. The report of every later take then says how like it that line is, and where "
    "they part, by the movements of your face alone. The take needs landmarks: rehearse with --measures or --actor. "
    "Without a take, the lines that you approved are listed."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("take", nargs="?", metavar="TAKE", help=tr("the take, such as :1 for the newest"))
    parser.add_argument("line", nargs="?", type=count, metavar="LINE", help=tr("the number of the line in the report"))
    parser.add_argument("--undo", type=count, metavar="N", help=tr("take back the Nth of the listed lines"))
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Approve a line, take that back, or list the approved lines.

    Raises:
        CoachError: there is no such take or line, or it has no landmarks.
    """
    from coach.app.face_notes import approve, disapprove
    from coach.takes.approved import read_approved
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    if args.undo is not None:
        if args.take is not None:
            raise UsageError(tr("--undo takes back a line that is listed; give no take with it"))
        return _list(disapprove(store.folder, args.undo))
    if args.take is None:
        return _list(read_approved(store.folder))
    if args.line is None:
        raise UsageError(tr("which line is the one? coach approve {take} LINE", take=args.take))
    approved = approve(store.find(args.take), args.line)
    print_sentence(
        tr("Approved: {text} ({take} line {line})", text=approved.text, take=approved.take, line=approved.line)
    )
    return 0


def _list(approved: Sequence[Approved]) -> int:
    from coach.app.face_notes import approved_rows
    from coach.base.text import clean

    if not approved:
        print_sentence(tr("No line is approved yet: coach approve TAKE LINE"))
    for row in approved_rows(approved):
        print_sentence(clean(row))
    return 0
