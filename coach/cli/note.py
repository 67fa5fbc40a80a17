"""`coach note`: add, delete or list the actor's own notes on the lines of a take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli.options import TAKE_HELP, CommandParser, add_takes_folder, count
from coach.cli.output import print_status

if TYPE_CHECKING:
    from coach.core.progress.notes import OwnNote


ABOUT = mark(
    "Keep a note of your own on a line of a take. The report shows it, the next rehearsal reminds you of it, and the "
    "next report shows the line before and after. Without a line, the notes on the take are listed."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("take", metavar="TAKE", help=tr(TAKE_HELP))
    about = tr('the line\'s number in the report, and what you note, such as 3 "colder, later"')
    parser.add_argument("words", nargs="*", metavar="LINE TEXT", help=about)
    parser.add_argument("--delete", type=count, metavar="N", help=tr("delete the Nth of the listed notes"))
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Add, delete or list notes.

    Raises:
        CoachError: there is no such take, line or note, or the notes cannot be read or written.
    """
    from coach.app.own_notes import new_note
    from coach.takes.notes import change_notes, read_notes
    from coach.takes.store import TakeStore

    take = TakeStore(args.takes).find(args.take)
    if args.delete is not None:
        _refuse_if(bool(args.words), tr("--delete deletes one of the listed notes; leave the line out"))
        notes = change_notes(take, lambda notes: _remove(notes, args.delete))
    elif args.words:
        line, words = _line(args.words[0]), args.words[1:]
        _refuse_if(not words, tr('what do you note on line {line}? coach note TAKE {line} "colder, later"', line=line))
        note = new_note(take, line, " ".join(words), print_status)
        notes = change_notes(take, lambda notes: (*notes, note))
    else:
        notes = read_notes(take)
    _list(take, notes)
    return 0


def _refuse_if(wrong: bool, message: str) -> None:
    if wrong:
        raise UsageError(message)


def _line(word: str) -> int:
    try:
        return count(word)
    except argparse.ArgumentTypeError as error:
        example = tr('a note is kept on a line: coach note TAKE 3 "colder, later"')
        raise UsageError(tr("LINE: {problem}; {advice}", problem=error, advice=example)) from error


def _remove(notes: tuple[OwnNote, ...], number: int) -> tuple[OwnNote, ...]:
    message = tr("there is no note {number} on this take, which has {count}", number=number, count=len(notes))
    _refuse_if(number > len(notes), message)
    return notes[: number - 1] + notes[number:]


def _list(take: Path, notes: tuple[OwnNote, ...]) -> None:
    from coach.app.own_notes import report_lines
    from coach.core.progress.notes import locate_notes
    from coach.display.kit.console import open_console
    from coach.display.tables.summary import print_notes

    print_notes(take.name, locate_notes(notes, report_lines(take)), open_console())
