"""`coach history`: a script over all its takes, on the terminal, as JSON or as a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.handing_out import STDOUT, hand_out, say

if TYPE_CHECKING:
    from coach.core.history import History


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = (
        "Show what became of each line of a script from take to take: its curve, its best take, whether it is getting "
        "better, and which lines stay low. Lines are found again by their words, so an edited script keeps its history."
    )
    parser = commands.add_parser("history", help="show a script over all its takes", description=about)
    add_script(parser)
    parser.add_argument("--json", metavar="PATH", help="write the history as JSON to this file; - prints it instead")
    parser.add_argument("--csv", metavar="PATH", help="write a row for each line of each take; - prints it instead")
    parser.set_defaults(run=run)


def add_script(parser: argparse.ArgumentParser) -> None:
    """The script and the folder of takes, the same for every command about past takes of a script."""
    text = "the script file; where it is gone, its title or a part of a take's name"
    parser.add_argument("script", metavar="SCRIPT", help=text)
    parser.add_argument("--takes", type=Path, metavar="DIR", help="folder of the takes (default: in your data folder)")


def run(args: argparse.Namespace) -> int:
    """Show or write the history that `args` asks for.

    Raises:
        CoachError: there is no such script, or a file cannot be written.
    """
    from coach.cli.scripts_of_takes import script_takes, troubles
    from coach.core.history import history_of
    from coach.takes.store import TakeStore

    found = script_takes(args.script, TakeStore(args.takes))
    history = history_of(found.script, found.takes)
    for sentence in troubles(found.past):
        say(sentence)
    if STDOUT not in (args.json, args.csv):
        _show(history)
    _write(history, args)
    return 0


def _show(history: History) -> None:
    from coach.display.consoles import open_console
    from coach.display.history_table import print_history

    print_history(history, open_console())


def _write(history: History, args: argparse.Namespace) -> None:
    from coach.takes.history_files import history_csv, history_json

    if args.json is not None:
        hand_out(args.json, history_json(history), "JSON")
    if args.csv is not None:
        hand_out(args.csv, history_csv(history), "CSV")
