"""`coach takes rename` and `coach takes delete`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from coach.cli.asking import agreed
from coach.cli.take_options import TAKE_HELP, add_takes_folder, named_takes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from coach.takes.store import TakeStore


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    about = (
        "Call a take otherwise. The time at which it was played stays in front of its name, which takes a to z, 0 to 9 "
        "and -; other characters become - or are left out."
    )
    rename = commands.add_parser("rename", help="call a take otherwise", description=about)
    rename.add_argument("take", metavar="TAKE", help=TAKE_HELP)
    rename.add_argument("name", metavar="NAME", help="what to call it, such as 'third try, colder'")
    add_takes_folder(rename)
    rename.set_defaults(run=run_rename)
    about = "Erase takes with everything in them: journal, report, video, evidence, notes. It cannot be undone."
    delete = commands.add_parser("delete", help="erase takes", description=about)
    delete.add_argument("take", nargs="+", metavar="TAKE", help=TAKE_HELP)
    delete.add_argument("--yes", action="store_true", help="do it without being asked")
    add_takes_folder(delete)
    delete.set_defaults(run=run_delete)


def run_rename(args: argparse.Namespace) -> int:
    """Rename a take.

    Raises:
        TakeError: there is no such take, it is being played, or it cannot be renamed or be called so.
    """
    from coach.base.text import clean_name
    from coach.cli.telling import tell
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    take = store.find(args.take)
    new = store.rename(take, args.name)
    tell(f"{clean_name(take.name)} is now {new.name}")
    for sentence in _lost(args.name):
        tell(sentence)
    return 0


def _lost(name: str) -> Iterator[str]:
    """What of the `name` that was asked for is not in the one that the take has."""
    from coach.base.text import clean_name
    from coach.takes.naming import LONGEST, is_cut, left_out

    if letters := left_out(name):
        yield f"Left out, since this system has them in no name: {clean_name(' '.join(letters), 100)}"
    if is_cut(name):
        yield f"Cut: a name has {LONGEST} characters at most."


def run_delete(args: argparse.Namespace) -> int:
    """Erase takes; 1 where something of them stayed.

    Raises:
        TakeError: one is no take of the coach, or is being played; then none is erased.
        UsageError: there is nobody to ask.
    """
    from coach.cli.erasing_words import names_text, weight_text
    from coach.takes.erasing import weigh
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    takes = named_takes(store, args.take)
    _refuse_others(takes)
    if not agreed(f"Erase {names_text(takes)}: {weight_text(weigh(takes))}? It cannot be undone.", yes=args.yes):
        return 1
    return _erase(store, takes)


def _erase(store: TakeStore, takes: list[Path]) -> int:
    from coach.cli.erasing_words import names_text, tell_left, weight_text
    from coach.cli.telling import tell
    from coach.takes.erasing import Left, erase_take, weigh

    weight = weigh(takes)
    left = sum((erase_take(take) for take in takes), start=Left())
    store.facts()  # the catalogue, too, forgets them
    if not left.failed:
        tell(f"Erased {names_text(takes)}: {weight_text(weight)}.")
    return tell_left(left)


def _refuse_others(takes: list[Path]) -> None:
    from coach.base.errors import TakeError
    from coach.takes.erasing import is_ours

    for take in takes:
        if not is_ours(take):
            raise TakeError(f"{take}: nothing says that the coach has made this; delete it by hand if you want to")
