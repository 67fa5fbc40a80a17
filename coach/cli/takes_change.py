"""`coach takes rename`, `delete` and `recover`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from coach.app.takes import erase_takes, named_takes
from coach.base.messages import mark, tr
from coach.cli.options import TAKE_HELP, CommandParser, add_takes_folder
from coach.cli.output import confirm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from coach.takes.remains import Remains
    from coach.takes.store import TakeStore


def add_rename(parser: CommandParser) -> None:
    """Add the options of `coach takes rename`."""
    parser.description = tr(
        "Give a take another name. The time of the take stays in front. The name may have letters of any alphabet, "
        "digits "
        "and -; other characters become - or are left out."
    )
    parser.add_argument("take", metavar="TAKE", help=tr(TAKE_HELP))
    parser.add_argument("name", metavar="NAME", help=tr("the new name, such as 'third try, colder'"))
    add_takes_folder(parser, below=True)
    parser.set_defaults(run=run_rename)


def add_delete(parser: CommandParser) -> None:
    """Add the options of `coach takes delete`."""
    parser.description = tr(
        "Erase takes with everything in them: journal, report, video, evidence, notes. This cannot be undone."
    )
    parser.add_argument("take", nargs="+", metavar="TAKE", help=tr(TAKE_HELP))
    parser.add_argument("--yes", action="store_true", help=tr("do it without a question"))
    add_takes_folder(parser, below=True)
    parser.set_defaults(run=run_delete)


def add_recover(parser: CommandParser) -> None:
    """Add the options of `coach takes recover`."""
    parser.description = tr(
        "Make the report of an unfinished take from its journal, and say what is lost. Nothing else changes."
    )
    parser.add_argument("take", nargs="?", metavar="TAKE", help=tr(TAKE_HELP))
    parser.add_argument("--all", action="store_true", help=tr("every unfinished take"))
    add_takes_folder(parser, below=True)
    parser.set_defaults(run=run_recover)


def run_rename(args: argparse.Namespace) -> int:
    """Rename a take.

    Raises:
        TakeError: there is no such take, it is being played, it cannot be renamed, or the name is invalid.
    """
    from coach.base.text import clean_name
    from coach.cli.output import print_sentence
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    take = store.find(args.take)
    new = store.rename(take, args.name)
    print_sentence(tr("{old} is now {new}", old=clean_name(take.name), new=new.name))
    for sentence in _name_changes(args.name):
        print_sentence(sentence)
    return 0


def _name_changes(name: str) -> Iterator[str]:
    """Sentences about the parts of the requested `name` that the take's new name lacks."""
    from coach.base.text import clean_name
    from coach.takes.naming import MAX_SLUG_LENGTH, dropped_letters, is_truncated

    if letters := dropped_letters(name):
        shown = clean_name(" ".join(letters), 100)
        yield tr("Left out, because a file name cannot have them here: {letters}", letters=shown)
    if is_truncated(name):
        yield tr("The name was cut: it can have {count} characters at most.", count=MAX_SLUG_LENGTH)


def run_delete(args: argparse.Namespace) -> int:
    """Erase takes; return 1 if something was not erased.

    Raises:
        TakeError: one is not a take of the coach, or is being played; then none is erased.
        UsageError: there is no terminal to ask in.
    """
    from coach.cli.forget import inventory_text, names_text
    from coach.takes.erasing import inventory_of
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    takes = named_takes(store, args.take)
    _refuse_foreign(takes)
    what = f"{names_text(takes)}: {inventory_text(inventory_of(takes))}"
    if not confirm(tr("Erase {what}? This cannot be undone.", what=what), yes=args.yes):
        return 1
    return _erase(store, takes)


def _erase(store: TakeStore, takes: list[Path]) -> int:
    from coach.cli.forget import inventory_text, print_erased
    from coach.takes.erasing import inventory_of

    what = inventory_text(inventory_of(takes))
    return print_erased(takes, what, erase_takes(store, takes))


def _refuse_foreign(takes: list[Path]) -> None:
    from coach.base.errors import TakeError
    from coach.takes.erasing import is_ours

    for take in takes:
        if not is_ours(take):
            raise TakeError(
                tr("{folder}: the coach did not make this folder; delete it yourself if you want to", folder=take)
            )


def run_recover(args: argparse.Namespace) -> int:
    """Recover takes; return 1 if that failed for one of them.

    Raises:
        TakeError: there is no such take, or it is being played.
        UsageError: no take is named.
    """
    from coach.base.errors import TakeError
    from coach.cli.output import print_sentence, print_warning
    from coach.takes.store import TakeStore

    store, failed = TakeStore(args.takes), 0
    takes = _takes_to_recover(args, store)
    for take in takes:
        try:
            print_sentence(f"{_name(take)}: {_recover(take)}")
        except TakeError as error:
            print_warning(str(error))
            failed += 1
    if not takes:
        print_sentence(tr("No take is unfinished."))
    return 1 if failed else 0


def _takes_to_recover(args: argparse.Namespace, store: TakeStore) -> list[Path]:
    from coach.base.errors import UsageError
    from coach.takes.contents import is_running
    from coach.takes.remains import lacks_report

    if (args.take is not None) == args.all:
        raise UsageError(tr("name the take to recover, or use --all"))
    if not args.all:
        return named_takes(store, [args.take])
    return [take for take in store.takes() if lacks_report(take) and not is_running(take)]


def _recover(take: Path) -> str:
    """Make the report of `take` unless it has one, and describe the result."""
    from coach.app.takes import recover_take

    remains = recover_take(take)
    if not remains:
        return tr("has its report already")
    return tr("report made. {what}", what=" ".join(_remains_sentences(remains)))


def _remains_sentences(remains: Remains) -> list[str]:
    from coach.base.text import bytes_text

    sentences = []
    if remains.holds_nothing:
        sentences.append(tr("Nothing of it can be read."))
    elif remains.kept_until_s is None:
        sentences.append(tr("It stopped before it began."))
    else:
        whole, part = mark("Kept to its end, at {t:.1f} s."), mark("Kept until it stopped, at {t:.1f} s.")
        sentences.append(tr(whole if remains.ended else part, t=max(remains.kept_until_s, 0.0)))
    if remains.damaged:
        lost = bytes_text(remains.lost_bytes)
        sentences.append(tr("In its journal {damage}: {size} lost.", damage=remains.damaged, size=lost))
    else:
        sentences.append(tr("Nothing of its journal is lost."))
    if remains.video_until_s is not None:
        sentences.append(tr("Its video can be read until {t:.1f} s.", t=remains.video_until_s))
    elif remains.has_video:
        sentences.append(
            tr("Its video was cut off before its first second was written, or is damaged: it shows nothing.")
        )
    return sentences


def _name(take: Path) -> str:
    from coach.base.text import clean_name

    return clean_name(take.name)
