"""`coach rescore`: score takes again from the signal that is kept, without filming again."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import CoachError, TakeError, UsageError
from coach.cli.options import add_takes_folder
from coach.cli.parser import CommandParser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from coach.app.rescore import Changes, Rescoring
    from coach.base.types import Frame
    from coach.core.scoring.report import Report
    from coach.takes.journal import Journal
    from coach.takes.remains import Footage


ABOUT = (
    "Score takes again from what was kept of them, without filming again: with an edited script, another "
    "strictness, or (where the recording is still there) another model. What you do not name is as the take was "
    "played. The old report stays beside the new one as report-N.json."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("take", nargs="*", metavar="TAKE", help="a take's name, a part of it, or its folder")
    parser.add_argument("--all", action="store_true", help="every take in the folder")
    parser.add_argument("--script", metavar="SCRIPT", help="the lines of this script file over the time of the take")
    parser.add_argument("--strictness", choices=["gentle", "standard", "strict"], help="how much makes a hit")
    parser.add_argument(
        "--model", metavar="NAME|PATH", help="read the take's recording anew with this model from `coach models`"
    )
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Score the takes again that `args` names, each by itself: one that cannot be leaves the others alone.

    Raises:
        CoachError: the script or the model cannot be used, a take is not there, or one of them cannot be scored again.
    """
    from coach.display.kit.console import open_console

    changes, takes = _changes(args), _named(args)
    console = open_console()
    failed = []
    for take in takes:
        try:
            _Work(take, changes, args.model, console).do()
        except CoachError as error:
            if len(takes) == 1:
                raise
            failed.append(f"{take.name}: {error}")
    if failed:
        raise TakeError("\n".join([f"{len(failed)} of {len(takes)} takes could not be scored again", *failed]))
    return 0


def _changes(args: argparse.Namespace) -> Changes:
    from coach.app.rescore import Changes
    from coach.scripts import load_script

    if args.model is not None:
        from coach.perception.models import find_model

        find_model(args.model)
    return Changes(load_script(args.script) if args.script else None, args.strictness)


def _named(args: argparse.Namespace) -> list[Path]:
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    if bool(args.take) == args.all:
        raise UsageError("name the takes to score again, or --all for every one")
    takes = store.takes() if args.all else [store.find(name) for name in args.take]
    if not takes:
        raise TakeError(f"no takes in {store.folder} yet")
    return list(dict.fromkeys(takes))


@dataclass(frozen=True, slots=True)
class _Work:
    """One take that is scored again."""

    take: Path
    changes: Changes
    model: str | None
    console: Console

    def do(self) -> None:
        """Score it, keep the report and show it.

        Raises:
            CoachError: it cannot be scored again; it stays as it is.
        """
        from coach.app.review import report_of
        from coach.cli import output
        from coach.takes.lock import holding
        from coach.takes.rescored_file import next_number

        before = report_of(self.take, output.notice)
        with holding(self.take):
            number = next_number(self.take)
            rescoring, kept = self._kept(before, number)
        self._show(rescoring, kept)

    def _kept(self, before: Report, number: int) -> tuple[Rescoring, Path | None]:
        """The take scored again, and where its old report lies now; None where nothing had to be written."""
        from coach.takes.rescored_file import discard_signal, keep_rescored

        try:
            rescoring = self._rescored(before, number)
            if not rescoring.same:
                return rescoring, keep_rescored(self.take, number, rescoring.after, rescoring.scored)
        except BaseException:
            discard_signal(self.take, number)
            raise
        discard_signal(self.take, number)
        return rescoring, None

    def _rescored(self, before: Report, number: int) -> Rescoring:
        from coach.app.replay import PlayedTake
        from coach.app.rescore import rescore
        from coach.app.review import as_played

        original, journal = as_played(self.take)
        scored = self.changes.applied(journal)
        _ = PlayedTake.of(scored).timeline  # a mistake in the script is told before the work begins
        if self.model is not None:
            scored = self._read_anew(original, journal, scored, number)
        return rescore(self.take, (original, journal), before, scored, number)

    def _show(self, rescoring: Rescoring, kept: Path | None) -> None:
        from coach.display.tables.rescoring import print_rescoring, print_same

        if kept is None:
            print_same(self.take.name, self.console)
        else:
            print_rescoring(
                self.take.name, (rescoring.before, rescoring.after), rescoring.news, kept.name, self.console
            )

    def _read_anew(self, original: Report, played: Journal, scored: Journal, number: int) -> Journal:
        """The journal of what the model sees in the recording, written beside the take's own."""
        from coach.app.replay import PlayedTake
        from coach.app.rescore import read_anew
        from coach.perception.pipeline import open_perception
        from coach.takes.journal import JOURNAL_VERSION, read_journal
        from coach.takes.remains import footage_of
        from coach.takes.rescored_file import signal_name, write_signal

        try:
            footage = footage_of(self.take, played, original)
        except TakeError as error:
            raise TakeError(f"--model reads a take's recording anew, and {error}") from error
        settings = scored.header.settings
        eyes = open_perception(settings.detector, self.model, settings.detect_every)
        path, ends = self.take / signal_name(number), PlayedTake.of(played).end
        header = scored.header.model_copy(update={"card": eyes.card, "journal_version": JOURNAL_VERSION})
        write_signal(path, header, read_anew(played, self._frames(footage, ends.t), eyes), ends)
        anew = read_journal(path)
        return replace(anew, end=scored.end)

    def _frames(self, footage: Footage, ends: float) -> Iterator[Frame]:
        """The pictures of the recording at their times in the take, with a bar."""
        from coach.base.types import Frame
        from coach.cli.signals import stoppable
        from coach.display.kit.progress import WorkBar
        from coach.sources import open_source

        source = open_source(str(footage.path))
        try:
            with stoppable() as look, WorkBar(self.console, f"Reading {footage.path.name} anew", ends) as bar:
                while isinstance(frame := source.read(), Frame) and frame.t + footage.begins <= ends:
                    look()
                    bar(frame.t + footage.begins)
                    yield replace(frame, t=frame.t + footage.begins)
        finally:
            source.close()
