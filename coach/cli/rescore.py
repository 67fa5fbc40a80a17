"""`coach rescore`: score takes again from their stored signal, without filming again."""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import CoachError, TakeError, UsageError
from coach.base.messages import mark, tr
from coach.cli import output
from coach.cli.options import CommandParser, add_takes_folder
from coach.cli.signals import stoppable
from coach.display.kit.progress import WorkBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from coach.app.rescore import Changes

ABOUT = mark(
    "Score takes again without filming again: with an edited script, another strictness, or, if the recording is "
    "still there, another model. Everything else stays as it was. The old report is kept as report-N.json."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("take", nargs="*", metavar="TAKE", help=tr("a take's name, a part of it, or its folder"))
    parser.add_argument("--all", action="store_true", help=tr("every take in the folder"))
    parser.add_argument("--script", metavar="SCRIPT", help=tr("use the lines of this script file"))
    parser.add_argument("--strictness", choices=["gentle", "standard", "strict"], help=tr("how much a hit needs"))
    parser.add_argument("--actor", metavar="NAME", help=tr("compare with this actor's own examples; nobody for none"))
    parser.add_argument(
        "--model", metavar="NAME|PATH", help=tr("read the recording again with this model from `coach models`")
    )
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Rescore takes one by one. If one of several fails, the others are still rescored.

    Raises:
        CoachError: the script or the model cannot be used, there is no such take, or a take cannot be rescored.
    """
    from coach.display.kit.console import open_console

    changes, takes = _changes(args), _takes_to_rescore(args)
    console = open_console()
    failed = []
    for take in takes:
        try:
            _rescore(take, changes, args.model, console)
        except CoachError as error:
            if len(takes) == 1:
                raise
            failed.append(f"{take.name}: {error}")
    if failed:
        head = tr("{failed} of {total} takes could not be scored again", failed=len(failed), total=len(takes))
        raise TakeError("\n".join([head, *failed]))
    return 0


def _changes(args: argparse.Namespace) -> Changes:
    from coach.app.rescore import Changes
    from coach.scripts import load_script

    if args.model is not None:
        from coach.perception.models import find_model

        find_model(args.model)
    script = load_script(args.script, output.print_notice) if args.script else None
    if script is not None and script.role_names:
        from coach.scripts.roles import refuse_without_role

        refuse_without_role(script)
    return Changes(script, args.strictness, args.actor)


def _takes_to_rescore(args: argparse.Namespace) -> list[Path]:
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    if bool(args.take) == args.all:
        raise UsageError(tr("name the takes to score again, or --all for every one"))
    takes = store.takes() if args.all else [store.find(name) for name in args.take]
    if not takes:
        raise TakeError(tr("no takes in {folder} yet", folder=store.folder))
    return list(dict.fromkeys(takes))


def _rescore(take: Path, changes: Changes, model: str | None, console: Console) -> None:
    from coach.app.rescore import RescoreTake
    from coach.display.tables.rescoring import print_rescoring, print_same

    @contextmanager
    def open_progress(what: str, total: float) -> Iterator[Callable[[float], None]]:
        with stoppable() as check_interrupt, WorkBar(console, what, total) as bar:

            def progress(done: float) -> None:
                check_interrupt()
                bar(done)

            yield progress

    rescoring, kept = RescoreTake(take, changes, model, open_progress, output.print_notice).run()
    if kept is None:
        print_same(take.name, console)
    else:
        print_rescoring(take.name, (rescoring.before, rescoring.after), rescoring.remarks, kept.name, console)
