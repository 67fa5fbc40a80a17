"""`coach takes recover`: makes the report of takes that were broken off, and says what of them is lost."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from coach.cli.take_options import TAKE_HELP, add_takes_folder

if TYPE_CHECKING:
    from pathlib import Path

    from coach.takes.remains import Remains
    from coach.takes.store import TakeStore


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = (
        "Make the report of a take that was broken off, from its journal, and say what is lost. "
        "Nothing of the take is changed but that it gets a report."
    )
    parser = commands.add_parser("recover", help="make the report of takes that were broken off", description=about)
    parser.add_argument("take", nargs="?", metavar="TAKE", help=TAKE_HELP)
    parser.add_argument("--all", action="store_true", help="every take that was broken off")
    add_takes_folder(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Recover what `args` asks for; 1 where that was not possible for one.

    Raises:
        TakeError: there is no such take, or it is being played.
        UsageError: it is not said which.
    """
    from coach.base.errors import TakeError
    from coach.cli.telling import tell, warn
    from coach.takes.store import TakeStore

    store, failed = TakeStore(args.takes), 0
    takes = _chosen(args, store)
    for take in takes:
        try:
            tell(f"{_name(take)}: {_recovered(take)}")
        except TakeError as error:
            warn(str(error))
            failed += 1
    if not takes:
        tell("No take was broken off.")
    return 1 if failed else 0


def _chosen(args: argparse.Namespace, store: TakeStore) -> list[Path]:
    from coach.base.errors import UsageError
    from coach.cli.take_options import named_takes
    from coach.takes.lock import is_running
    from coach.takes.remains import lacks_report

    if (args.take is not None) == args.all:
        raise UsageError("name the take to recover, or say --all")
    if not args.all:
        return named_takes(store, [args.take])
    return [take for take in store.takes() if lacks_report(take) and not is_running(take)]


def _recovered(take: Path) -> str:
    """Make the report of `take` where it has none; says what there is.

    Raises:
        TakeError: its journal cannot be read, or the report cannot be kept.
    """
    from coach.base.errors import TakeError
    from coach.base.files import why
    from coach.review import report_from
    from coach.takes.contents import JOURNAL_NAME, REPORT_NAME
    from coach.takes.journal import read_journal
    from coach.takes.remains import lacks_report, remains_of
    from coach.takes.report_file import write_report

    if not lacks_report(take):
        return "has its report already"
    journal = read_journal(take / JOURNAL_NAME)
    try:
        write_report(take / REPORT_NAME, report_from(take, journal))
        return f"report made. {' '.join(_told(remains_of(take, journal)))}"
    except OSError as error:
        raise TakeError(f"the report of {_name(take)} cannot be kept: {why(error)}") from error


def _told(remains: Remains) -> list[str]:
    from coach.base.text import bytes_text

    told = []
    if remains.holds_nothing:
        told.append("Nothing of what was played can be read.")
    elif remains.kept_until_s is None:
        told.append("It was broken off before it began.")
    else:
        end = "to its end" if remains.ended else "until it was broken off"
        told.append(f"Kept {end}, at {max(remains.kept_until_s, 0.0):.1f} s.")
    if remains.damaged:
        told.append(f"In its journal {remains.damaged}: {bytes_text(remains.lost_bytes)} lost.")
    else:
        told.append("Nothing of its journal is lost.")
    if remains.video_until_s is not None:
        told.append(f"Its video can be read until {remains.video_until_s:.1f} s.")
    elif remains.has_video:
        told.append("Its video cannot be read.")
    return told


def _name(take: Path) -> str:
    from coach.base.text import clean_name

    return clean_name(take.name)
