"""`coach takes`: list the stored takes; its subcommands show, rename, delete, export, import and recover them."""

from __future__ import annotations

import argparse
import json
import re
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr, tr_n
from coach.cli import output
from coach.cli.options import DAY, CommandParser, add_takes_folder, day
from coach.cli.takes_archive import add_export, add_import
from coach.cli.takes_change import add_delete, add_recover, add_rename
from coach.cli.takes_list import add_show

if TYPE_CHECKING:
    from coach.takes.catalogue import TakeFacts
    from coach.takes.store import TakeStore

_DEFAULT_LIMIT: Final = 50
"""Default number of listed takes; a longer list would scroll off the screen."""


_ACTIONS: Final = {
    "show": (mark("show a take and its files"), add_show),
    "rename": (mark("give a take another name"), add_rename),
    "delete": (mark("erase takes"), add_delete),
    "export": (mark("write takes into one archive"), add_export),
    "import": (mark("read takes from an archive"), add_import),
    "recover": (mark("make the report of unfinished takes"), add_recover),
}
"""The subcommands: line of help, and the function that adds the options."""

ABOUT = mark(
    "List your takes, newest first. Other commands find a take by its number here (:1 is the newest), by its name, or "
    "by a part of the name."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    _add_filters(parser)
    parser.add_argument("--json", action="store_true", help=tr("all data as JSON"))
    add_takes_folder(parser)
    parser.add_commands(tr("actions"), "ACTION", {name: about for name, (about, _) in _ACTIONS.items()})
    for name, (_, add_action_options) in _ACTIONS.items():
        add_action_options(parser.commands[name])


def _add_filters(parser: CommandParser) -> None:
    parser.add_argument("--script", metavar="TEXT", help=tr("only takes with this in the title of their script"))
    parser.add_argument("--since", type=day, metavar=DAY, help=tr("only takes of this day and later"))
    parser.add_argument("--until", type=day, metavar=DAY, help=tr("only takes of this day and earlier"))
    parser.add_argument("--source", metavar="TEXT", help=tr("only takes with this in the name of their source"))
    parser.add_argument("--recorded", action="store_true", help=tr("only takes with a video"))
    parser.add_argument("--unfinished", action="store_true", help=tr("only unfinished takes, which have no report"))
    about = tr("at most this many, 0 for all (default: {count}; with --json all)", count=_DEFAULT_LIMIT)
    parser.add_argument("--limit", type=_limit, metavar="N", help=about)


def _limit(text: str) -> int:
    """Parse a whole number from 0."""
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        raise argparse.ArgumentTypeError(tr("expected a whole number, found {text!r}", text=text[:40]))
    return int(text)


def run(args: argparse.Namespace) -> int:
    """List the takes that match the options.

    Raises:
        TakeError: the takes folder was written by a newer Coach.
    """
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    takes = list(enumerate(store.facts(), 1))
    matches = [(number, facts) for number, facts in takes if _matches(facts, args)]
    limit = args.limit if args.limit is not None else 0 if args.json else _DEFAULT_LIMIT
    listed = matches[:limit] if limit else matches
    if args.json:
        output.write(_json(listed, store) + "\n")
    else:
        _show(listed, store, matching=len(matches), total=len(takes))
    return 0


def _matches(facts: TakeFacts, args: argparse.Namespace) -> bool:
    return (
        _contains(args.script, facts.title)
        and _contains(args.source, facts.source or facts.kind)
        and (args.since is None or facts.day >= args.since.isoformat())
        and (args.until is None or facts.day <= args.until.isoformat())
        and (facts.recorded or not args.recorded)
        and (facts.state == "unfinished" or not args.unfinished)
    )


def _contains(wanted: str | None, text: str) -> bool:
    return wanted is None or wanted.casefold() in text.casefold()


def _json(takes: list[tuple[int, TakeFacts]], store: TakeStore) -> str:
    """JSON in ASCII, which any encoding has, and which cannot contain control characters for the terminal."""
    plain = [{"number": n, "path": str(store.folder / facts.name), **facts.model_dump()} for n, facts in takes]
    return json.dumps(plain, indent=2)


def _show(listed: list[tuple[int, TakeFacts]], store: TakeStore, *, matching: int, total: int) -> None:
    from coach.base.text import clean_name
    from coach.cli.takes_list import print_takes
    from coach.display.kit.console import open_console

    console = open_console()
    if listed:
        print_takes(listed, console)
    folder = clean_name(str(store.folder))
    if not total:
        message = tr("No takes in {folder} yet; `coach demo` or `coach rehearse SCRIPT` makes one.", folder=folder)
    elif not matching:
        message = tr_n(
            "None of {count:,} take in {folder} fits these options.",
            "None of {count:,} takes in {folder} fits these options.",
            total,
            folder=folder,
        )
    else:
        shown = tr_n(
            "{listed:,} of {count:,} take in {folder}",
            "{listed:,} of {count:,} takes in {folder}",
            total,
            listed=len(listed),
            folder=folder,
        )
        if matching > len(listed):
            shown = tr("{takes}; --limit 0 shows all {matching:,}", takes=shown, matching=matching)
        message = tr("{takes}. `coach takes show :1` shows more about one.", takes=shown)
    if not console.is_terminal:
        output.print_status(message)
        return
    if listed:
        console.print()
    console.print(message)
