"""`coach compare`: takes side by side, and the best of each line as a list, an edit list or a film."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.cli.compare_files import CompareFiles, add_files
from coach.cli.options import TAKE_HELP, add_takes_folder
from coach.cli.parser import CommandParser
from coach.core.comparison.compare import MOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from coach.app.review import Review
    from coach.core.analysis.line_curves import LineCurve
    from coach.core.comparison.compare import Played


ABOUT = (
    f"Lay 2 to {MOST} takes side by side: line by line what the camera read, which take is clearly ahead and by "
    "how much, and how much of what was asked came across, drawn over each other. Lines are found by their words, "
    "so takes of an edited script compare too."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("take", nargs="+", metavar="TAKE", help=f"{TAKE_HELP}; they are numbered as you name them")
    add_takes_folder(parser)
    parser.add_argument(
        "--align",
        choices=["share", "seconds"],
        default="share",
        help="lay curves over each other by the share of the line that has gone by (the default), or by seconds",
    )
    parser.add_argument("--best", action="store_true", help="show which take serves each line best")
    add_files(parser)


def run(args: argparse.Namespace) -> int:
    """Compare the takes that `args` names.

    Raises:
        CoachError: there are too few or too many, one cannot be read, or a file cannot be written.
    """
    from coach.core.comparison.best_takes import assemble
    from coach.core.comparison.compare import compare
    from coach.display.kit.console import open_console

    console = open_console()
    opened = list(_opened(_named(args), console))
    comparison = compare([each.played for each in opened])
    traces = {place: each.traces() for place, each in enumerate(opened)}
    files = CompareFiles(args, opened, comparison, traces, _say)
    files.check()
    if not files.printed:
        _show(args, console, files)
    files.write(assemble(comparison))
    return 0


def _opened(takes: list[Path], console: Console) -> Iterator[OpenedTake]:
    """The takes, with a bar in a terminal: a take of ten minutes needs a second or two."""
    from coach.display.kit.progress import WorkBar

    with WorkBar(console, f"Reading {len(takes)} takes", len(takes)) as bar:
        for number, take in enumerate(takes, 1):
            yield OpenedTake.of(take)
            bar(number)


def _show(args: argparse.Namespace, console: Console, files: CompareFiles) -> None:
    from coach.core.comparison.best_takes import assemble
    from coach.display.tables.comparison import ComparisonView

    view = ComparisonView(console)
    view.print(files.comparison, files.traces, aligned=args.align == "share")
    if args.best or args.edl or args.mp4:
        view.best(files.comparison, assemble(files.comparison))


def _named(args: argparse.Namespace) -> list[Path]:
    from coach.takes.store import TakeStore

    store = TakeStore(args.takes)
    takes = [store.find(name) for name in args.take]
    _refuse_doubles(args.take, takes)
    if not 2 <= len(takes) <= MOST:
        raise UsageError(f"2 to {MOST} takes can be compared; {len(takes)} named")
    return takes


def _refuse_doubles(names: list[str], takes: list[Path]) -> None:
    from coach.base.text import clean_name

    for n, take in enumerate(takes):
        first = takes.index(take)
        if first < n:
            both = f"{clean_name(names[first], 100)!r} and {clean_name(names[n], 100)!r}"
            raise UsageError(f"{both} mean the same take, {clean_name(take.name)}; name each take once")


@dataclass(frozen=True, slots=True)
class OpenedTake:
    """A take that is compared: its folder, its report, and what stands behind it where its journal can be read."""

    folder: Path
    played: Played
    review: Review | None

    @classmethod
    def of(cls, folder: Path) -> OpenedTake:
        """The take in `folder`.

        Raises:
            TakeError: it has no report and none can be made.
        """
        from coach.app.review import report_of, review_of
        from coach.base.errors import TakeError
        from coach.core.comparison.compare import Played

        report = report_of(folder, _say)
        played = Played(folder.name, report, _seconds(report.created.at))
        try:
            return cls(folder, played, review_of(folder))
        except TakeError as error:
            _say(f"No curves of {folder.name}: {error}")
            return cls(folder, played, None)

    def traces(self) -> dict[int, LineCurve]:
        """How much of each line came across, by the line's number."""
        from coach.core.analysis.line_curves import line_curve_of

        review = self.review
        if review is None:
            return {}
        script, lines = review.header.script, self.played.report.lines
        curves = {line.index: line_curve_of(review.moments, line, script, review.judge) for line in lines}
        return {index: curve for index, curve in curves.items() if curve}


def _seconds(at: str) -> float:
    """The moment `at`, ISO 8601, in seconds of the epoch; 0 where it is none."""
    with suppress(ValueError):
        return datetime.fromisoformat(at).timestamp()
    return 0.0


def _say(sentence: str) -> None:
    from coach.base.text import clean

    sys.stderr.write(clean(sentence, 1000) + "\n")
