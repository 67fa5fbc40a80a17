"""`coach report`: a take's report once more, on the terminal, as a page, or as files for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.options import TAKE_HELP, add_takes_folder
from coach.cli.output import STDOUT, hand_out, say
from coach.cli.parser import CommandParser
from coach.cli.report_files import ReportFiles, add_files

if TYPE_CHECKING:
    from coach.core.progress.notes import Own
    from coach.core.scoring.report import Report


ABOUT = "Show a take's report again: the newest one, or the one you name."


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("take", nargs="?", metavar="TAKE", help=f"{TAKE_HELP} (default: the newest)")
    add_takes_folder(parser)
    parser.add_argument("--json", metavar="PATH", help="write the report as JSON to this file; - prints it instead")
    add_files(parser)


def run(args: argparse.Namespace) -> int:
    """Show or write the report that `args` asks for.

    Raises:
        CoachError: there is no such take, it cannot be read, or a file cannot be written.
    """
    from coach.app.review import report_of
    from coach.takes.report_file import report_json

    take = _chosen(args.take, args.takes)
    report = report_of(take, say)
    files = ReportFiles(args, take, report, say)
    files.check()
    if args.json is not None:
        hand_out(args.json, report_json(report), "JSON")
    if not files.printed and args.json != STDOUT:
        _show(report, take, _more(args), files.own)
    files.write()
    return 0


def _chosen(name: str | None, folder: Path | None) -> Path:
    from coach.base.errors import TakeError
    from coach.takes.store import TakeStore

    store = TakeStore(folder)
    take = store.find(name) if name is not None else store.newest()
    if take is None:
        raise TakeError(f"no takes in {store.folder} yet; `coach demo` or `coach rehearse SCRIPT` makes one")
    return take


def _more(args: argparse.Namespace) -> str:
    """The command that shows the take that `args` asks for as a page."""
    import shlex

    words = ["coach", "report", *([args.take] if args.take else []), "--html", "--open"]
    return shlex.join([*words, *(["--takes", str(args.takes)] if args.takes else [])])


def _show(report: Report, take: Path, more: str, own: Own) -> None:
    from coach.display.kit.console import open_console
    from coach.display.tables.report import print_report

    print_report(report, open_console(), take_path=take, more=more, own=own)
