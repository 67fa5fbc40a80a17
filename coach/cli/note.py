"""`coach note`: notes of one's own on the lines of a take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.handing_out import say
from coach.cli.rehearse import count
from coach.cli.take_options import TAKE_HELP
from coach.errors import UsageError

if TYPE_CHECKING:
    from coach.core.own_notes import OwnNote


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = (
        "Keep a note of your own on a line of a take. It stands in the take's report, the next rehearsal of the script "
        "reminds you of it, and the next take's report shows the line before and after. Without a line the notes on "
        "the take are listed."
    )
    parser = commands.add_parser("note", help="keep notes of your own on a take's lines", description=about)
    parser.add_argument("take", metavar="TAKE", help=TAKE_HELP)
    parser.add_argument("line", nargs="?", type=count, metavar="LINE", help="the line's number in the report")
    parser.add_argument("text", nargs="*", metavar="TEXT", help='what you note, such as "colder, later"')
    parser.add_argument("--delete", type=count, metavar="N", help="delete the Nth of the listed notes")
    parser.add_argument("--takes", type=Path, metavar="DIR", help="folder of the takes (default: in your data folder)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Add, delete or list notes.

    Raises:
        CoachError: there is no such take, line or note, or the notes cannot be read or written.
    """
    from coach.takes.own_notes import read_notes
    from coach.takes.store import TakeStore

    take = TakeStore(args.takes).find(args.take)
    notes = read_notes(take)
    if args.delete is not None:
        _refuse(args.line is not None, "--delete takes away a note that is listed; give no line with it")
        notes = _delete(take, notes, args.delete)
    elif args.line is not None:
        _refuse(not args.text, f'what do you note on line {args.line}? coach note TAKE {args.line} "colder, later"')
        notes = _add(take, notes, args.line, " ".join(args.text))
    _list(take, notes)
    return 0


def _refuse(wrong: bool, message: str) -> None:
    if wrong:
        raise UsageError(message)


def _add(take: Path, notes: tuple[OwnNote, ...], line: int, words: str) -> tuple[OwnNote, ...]:
    from datetime import datetime

    from coach.core.own_notes import LONGEST, OwnNote
    from coach.review import report_of
    from coach.takes.own_notes import write_notes
    from coach.text import clean

    played = [each.index for each in report_of(take, say).lines]
    _refuse(line not in played, f"this take has lines {played[0]}-{played[-1]}, found {line}")
    text = clean(words, 2 * LONGEST)
    _refuse(not text, "a note needs words that can be seen")
    _refuse(len(text) > LONGEST, f"a note has at most {LONGEST} characters, found {len(text)} or more")
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    notes = (*notes, OwnNote(line=line, text=text, at=at))
    write_notes(take, notes)
    return notes


def _delete(take: Path, notes: tuple[OwnNote, ...], number: int) -> tuple[OwnNote, ...]:
    from coach.takes.own_notes import write_notes

    _refuse(number > len(notes), f"there is no note {number} on this take, which has {len(notes)}")
    notes = notes[: number - 1] + notes[number:]
    write_notes(take, notes)
    return notes


def _list(take: Path, notes: tuple[OwnNote, ...]) -> None:
    from coach.display.consoles import open_console
    from coach.display.own_notes import print_notes

    print_notes(take.name, notes, open_console())
