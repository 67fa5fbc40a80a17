"""`coach takes`: the takes that are kept, as a list, and what can be done with one of them."""

from __future__ import annotations

import argparse
import json
import re
from typing import TYPE_CHECKING, Final

from coach.cli import output
from coach.cli.options import DAY, CommandParser, add_takes_folder, day
from coach.cli.takes_archive import add_export, add_import
from coach.cli.takes_change import add_delete, add_recover, add_rename
from coach.cli.takes_list import add_show

if TYPE_CHECKING:
    from coach.takes.catalogue import TakeFacts
    from coach.takes.store import TakeStore

_SHOWN: Final = 50
"""How many takes are shown where nothing is said; more scroll away what was asked for."""


_ACTIONS: Final = {
    "show": ("what is known of a take, and its files", add_show),
    "rename": ("call a take otherwise", add_rename),
    "delete": ("erase takes", add_delete),
    "export": ("write takes into one archive", add_export),
    "import": ("take takes out of an archive", add_import),
    "recover": ("make the report of takes that were broken off", add_recover),
}
"""What stands below the command: its line of help, and what adds its options."""

ABOUT = (
    "List the takes that are kept, newest first. Any command takes a take by its number here (:1 is the newest), "
    "by its name, or by a part of the name."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    _add_filters(parser)
    parser.add_argument("--json", action="store_true", help="everything that is known of each, as JSON")
    add_takes_folder(parser)
    parser.add_commands("with one or some of them", "ACTION", {name: about for name, (about, _) in _ACTIONS.items()})
    for name, (_, fill) in _ACTIONS.items():
        fill(parser.commands[name])


def _add_filters(parser: CommandParser) -> None:
    parser.add_argument("--script", metavar="TEXT", help="only takes with this in the title of their script")
    parser.add_argument("--since", type=day, metavar=DAY, help="only takes of this day and later")
    parser.add_argument("--until", type=day, metavar=DAY, help="only takes of this day and earlier")
    parser.add_argument("--source", metavar="TEXT", help="only takes with this in the name of their source")
    parser.add_argument("--recorded", action="store_true", help="only takes with a video")
    parser.add_argument("--unfinished", action="store_true", help="only takes that were broken off before their report")
    parser.add_argument(
        "--limit", type=_limit, metavar="N", help=f"so many of them, 0 for all (default: {_SHOWN}; with --json all)"
    )


def _limit(text: str) -> int:
    """A whole number from 0 on."""
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        raise argparse.ArgumentTypeError(f"expected a whole number, found {text[:40]!r}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """List the takes that `args` asks for.

    Raises:
        TakeError: the takes folder is that of a newer Coach.
    """
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    takes = list(enumerate(store.facts(), 1))
    chosen = [(number, facts) for number, facts in takes if _is_meant(facts, args)]
    limit = args.limit if args.limit is not None else 0 if args.json else _SHOWN
    listed = chosen[:limit] if limit else chosen
    if args.json:
        output.write(_as_json(listed, store) + "\n")
    else:
        _show(listed, store, found=len(chosen), of=len(takes))
    return 0


def _is_meant(facts: TakeFacts, args: argparse.Namespace) -> bool:
    return (
        _is_in(args.script, facts.title)
        and _is_in(args.source, facts.source or facts.kind)
        and (args.since is None or facts.day >= args.since.isoformat())
        and (args.until is None or facts.day <= args.until.isoformat())
        and (facts.recorded or not args.recorded)
        and (facts.state == "unfinished" or not args.unfinished)
    )


def _is_in(wanted: str | None, text: str) -> bool:
    return wanted is None or wanted.casefold() in text.casefold()


def _as_json(takes: list[tuple[int, TakeFacts]], store: TakeStore) -> str:
    """ASCII, so that no terminal can be steered by it and no encoding lacks a letter."""
    plain = [{"number": n, "path": str(store.folder / facts.name), **facts.model_dump()} for n, facts in takes]
    return json.dumps(plain, indent=2)


def _show(listed: list[tuple[int, TakeFacts]], store: TakeStore, *, found: int, of: int) -> None:
    from coach.base.text import clean_name, count_text
    from coach.cli.takes_list import print_takes
    from coach.display.kit.console import open_console

    console = open_console()
    if listed:
        print_takes(listed, console)
    folder = clean_name(str(store.folder))
    if not of:
        said = f"No takes in {folder} yet; `coach demo` or `coach rehearse SCRIPT` makes one."
    elif not found:
        said = f"None of {count_text(of, 'take')} in {folder} fits what you asked for."
    else:
        more = f"; --limit 0 shows all {found:,}" if found > len(listed) else ""
        said = f"{len(listed):,} of {count_text(of, 'take')} in {folder}{more}. `coach takes show :1` says more of one."
    if not console.is_terminal:
        output.say(said)
        return
    if listed:
        console.print()
    console.print(said)
