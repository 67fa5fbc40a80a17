"""`coach history`: show a script over all its takes on the terminal, as a page, as JSON or as a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli.options import DEFAULT_PATH, SCRIPT_HELP, CommandParser, add_takes_folder
from coach.cli.output import STDOUT, free_name, open_in_browser, print_notice, print_status, write_output

if TYPE_CHECKING:
    from coach.core.progress.history import History


ABOUT = mark(
    "Show each line of a script over all its takes: its curve, its best take, its trend, and the lines that need work. "
    "Lines are found by their words, so an edited script keeps its history."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("script", metavar="SCRIPT", help=tr(SCRIPT_HELP))
    add_takes_folder(parser)
    about = tr("use the takes that this model read (default: the model of the newest take)")
    parser.add_argument("--model", metavar="NAME", help=about)
    group = parser.section(tr("files"), tr("A path that you give is replaced; - prints it instead."))
    about = tr("a page with the curve of every line, in one file that needs no network; without a path a new file here")
    group.add_argument("--html", nargs="?", const=DEFAULT_PATH, metavar="PATH", help=about)
    group.add_argument("--open", action="store_true", help=tr("write the page and open it in your browser"))
    group.add_argument("--json", metavar="PATH", help=tr("every point and figure as JSON"))
    group.add_argument("--csv", metavar="PATH", help=tr("a row for each line of each take"))


def run(args: argparse.Namespace) -> int:
    """Print the history of a script, or write it to files.

    Raises:
        CoachError: there is no such script, or a file cannot be written.
    """
    from coach.app.history import script_history, script_takes, take_warnings
    from coach.takes.store import TakeStore

    _check_options(args)
    found = script_takes(args.script, TakeStore(args.takes), print_notice)
    history = script_history(found, args.model)
    for sentence in take_warnings(found.past):
        print_status(sentence)
    if STDOUT not in _targets(args):
        _show(history)
    _write(history, args)
    return 0


def _targets(args: argparse.Namespace) -> list[str | None]:
    return [args.html, args.json, args.csv]


def _check_options(args: argparse.Namespace) -> None:
    """Refuse invalid options before anything is written."""
    if _targets(args).count(STDOUT) > 1:
        raise UsageError(tr("only one thing can be printed with -; give the others a path"))
    if args.open and args.html == STDOUT:
        raise UsageError(tr("--open opens a file, and --html - prints the page; leave one of them out"))
    if args.html not in (None, DEFAULT_PATH, STDOUT) and Path(args.html).suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            tr("--html {path}: its name must end in .html; SCRIPT is named before the options", path=args.html)
        )


def _show(history: History) -> None:
    from coach.display.kit.console import open_console
    from coach.display.tables.history import print_history

    print_history(history, open_console())


def _write(history: History, args: argparse.Namespace) -> None:
    from coach.pages.tables import history_csv, history_json

    if args.html is not None or args.open:
        _write_page(history, args)
    if args.json is not None:
        write_output(args.json, history_json(history), "JSON")
    if args.csv is not None:
        write_output(args.csv, history_csv(history), mark("table"))


def _write_page(history: History, args: argparse.Namespace) -> None:
    from coach.pages.history_page import history_page
    from coach.takes.naming import slug

    path = args.html or free_name(f"history-of-{slug(history.title)}", ".html")
    write_output(path, history_page(history), mark("page"))
    if args.open:
        open_in_browser(Path(path))
