"""Writes a comparison as files: a page, a table, JSON, and the best takes as an edit list or a film."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import OutputError, UsageError
from coach.cli.options import HERE
from coach.cli.output import STDOUT, free_name, hand_out, open_in_browser
from coach.cli.parser import CommandParser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coach.cli.compare import OpenedTake
    from coach.core.analysis.line_curves import LineCurve
    from coach.core.comparison.best_takes import Assembly
    from coach.core.comparison.compare import Comparison

_PAGE: Final = "comparison"
_ENDINGS: Final = {"html": (".html", ".htm"), "csv": (".csv",), "json": (".json",)}


def add_files(parser: CommandParser) -> None:
    """The options of the files."""
    group = parser.section("files", "A file at a PATH that you give is replaced; - prints it instead.")
    about = (
        f"a page with all of it, in one file that needs no network (without a path {_PAGE}.html in the current folder, "
        "or where that is taken another name)"
    )
    group.add_argument("--html", nargs="?", const=HERE, metavar="PATH", help=about)
    group.add_argument("--open", action="store_true", help="write the page and open it in your browser")
    group.add_argument("--json", metavar="PATH", help="everything there is as JSON")
    group.add_argument("--csv", metavar="PATH", help="a table with a row for each line of each take")
    cut = parser.section(
        "the best take of each line",
        "Cut from the takes' recordings: the video that --record kept, or the file that a take was played with. Takes "
        "without one are left out, and you are told where one of them would have been better.",
    )
    cut.add_argument(
        "--edl", metavar="PATH", help="an edit list for editing programs, OpenTimelineIO or CMX: .otio, .edl"
    )
    cut.add_argument(
        "--mp4", metavar="PATH", help="the lines cut and joined as one film, with sound where there is some"
    )
    cut.add_argument(
        "--force", action="store_true", help=f"replace an edit list, a film or a {_PAGE}.html that is there"
    )


@dataclass
class CompareFiles:
    """The files that `args` ask for; `say` is told where each lies."""

    args: argparse.Namespace
    opened: Sequence[OpenedTake]
    comparison: Comparison
    traces: dict[int, dict[int, LineCurve]]
    say: Callable[[str], None]

    @property
    def printed(self) -> bool:
        """Whether one of them is printed, so that nothing else may be."""
        return any(getattr(self.args, name) == STDOUT for name in _ENDINGS)

    def check(self) -> None:
        """Refuse what cannot be meant, before anything is written.

        Raises:
            UsageError: a path of the wrong kind, two files to be printed, a page to be printed and opened.
            OutputError: an edit list or a film that is there, or of an unknown kind.
        """
        for name, endings in _ENDINGS.items():
            path = getattr(self.args, name)
            if path not in (None, HERE, STDOUT) and Path(path).suffix.lower() not in endings:
                raise UsageError(
                    f"--{name} {path}: its name must end in {endings[0]}; takes are named before the options"
                )
        if sum(getattr(self.args, name) == STDOUT for name in _ENDINGS) > 1:
            raise UsageError("only one thing can be printed with -; give the others a path")
        if self.args.open and self.args.html == STDOUT:
            raise UsageError("--open opens a file, and --html - prints the page; leave one of them out")
        self._check_cut()

    def _check_cut(self) -> None:
        from coach.recordings.edit_list import SUFFIXES
        from coach.recordings.names import refuse_taken, shown

        for path, endings in ((self.args.edl, tuple(SUFFIXES)), (self.args.mp4, (".mp4",))):
            if path is not None and Path(path).suffix.lower() not in endings:
                raise OutputError(f"{shown(Path(path))}: its name must end in {' or '.join(endings)}")
            if path is not None:
                refuse_taken(Path(path), force=self.args.force)

    def write(self, best: Assembly) -> None:
        """Write them all.

        Raises:
            CoachError: one cannot be written.
        """
        if self.args.open and self.args.html is None:
            self.args.html = HERE
        if self.args.json is not None:
            hand_out(self.args.json, self._json(best), "JSON")
        if self.args.csv is not None:
            from coach.pages.tables import comparison_csv

            hand_out(self.args.csv, comparison_csv(self.comparison, best), "table")
        if self.args.html is not None:
            self._html(best)
        if self.args.edl is not None or self.args.mp4 is not None:
            from coach.cli.compare_cut import Cut

            Cut(self.args, self.opened, self.comparison, best, self.say).write()

    def _json(self, best: Assembly) -> str:
        from coach.core.comparison.compare import plain
        from coach.takes.report_file import plain_json

        return plain_json(plain(self.comparison, best))

    def _html(self, best: Assembly) -> None:
        from coach.pages.comparison_page import comparison_page

        page = comparison_page(self.comparison, self.traces, best, self.args.align == "share")
        path = self.args.html or (f"{_PAGE}.html" if self.args.force else free_name(_PAGE, ".html"))
        hand_out(path, page, "page", private=True)
        if self.args.open:
            open_in_browser(Path(path))
