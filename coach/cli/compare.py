"""`coach compare`: compare takes on the terminal, as a page or as files, and cut a film of the best lines."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import OutputError, UsageError
from coach.base.messages import mark, tr
from coach.cli.options import DEFAULT_PATH, TAKE_HELP, CommandParser, add_takes_folder
from coach.cli.output import STDOUT, free_name, open_in_browser, print_status, write_output
from coach.core.comparison.compare import MAX_TAKES

if TYPE_CHECKING:
    from rich.console import Console

    from coach.app.compare import ComparedTakes
    from coach.recordings.joining import Shot

ABOUT = mark(
    "Show 2 to {most} takes side by side: for each line what the camera read, which take is clearly ahead, and "
    "the curves over each other. Lines are found by their words, so takes of an edited script compare too."
)

_PAGE: Final = "comparison"

_SUFFIXES: Final = {"html": (".html", ".htm"), "csv": (".csv",), "json": (".json",)}


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.description = tr(ABOUT, most=MAX_TAKES)
    about = tr("{take}; they are numbered as you name them", take=tr(TAKE_HELP))
    parser.add_argument("take", nargs="+", metavar="TAKE", help=about)
    add_takes_folder(parser)
    parser.add_argument(
        "--align",
        choices=["share", "seconds"],
        default="share",
        help=tr("draw curves over the share of the line (the default) or over seconds"),
    )
    parser.add_argument("--best", action="store_true", help=tr("show the best take of each line"))
    _add_files(parser)
    _add_cut(parser)


def _add_files(parser: CommandParser) -> None:
    group = parser.section(tr("files"), tr("A file at a PATH that you give is replaced; - prints it instead."))
    about = tr(
        "a page with all of it, in one file that needs no network (without a path {page}.html in the current folder, "
        "or another name if that is taken)",
        page=_PAGE,
    )
    group.add_argument("--html", nargs="?", const=DEFAULT_PATH, metavar="PATH", help=about)
    group.add_argument("--open", action="store_true", help=tr("write the page and open it in your browser"))
    group.add_argument("--json", metavar="PATH", help=tr("everything as JSON"))
    group.add_argument("--csv", metavar="PATH", help=tr("a table with a row for each line of each take"))


def _add_cut(parser: CommandParser) -> None:
    cut = parser.section(
        tr("the best take of each line"),
        tr(
            "Cut from the takes' recordings: the video that --record kept, or the file that a take was played with. "
            "Takes without one are left out, and a notice says where one of them is better."
        ),
    )
    cut.add_argument(
        "--edl", metavar="PATH", help=tr("an edit list for editing programs, OpenTimelineIO or CMX: .otio, .edl")
    )
    cut.add_argument(
        "--mp4", metavar="PATH", help=tr("the lines cut and joined as one film, with sound if the recordings have it")
    )
    about = tr("replace an existing edit list, film or {page}.html", page=_PAGE)
    cut.add_argument("--force", action="store_true", help=about)


def run(args: argparse.Namespace) -> int:
    """Compare the takes that `args` names.

    Raises:
        CoachError: there are too few or too many takes, one cannot be read, or a file cannot be written.
    """
    from coach.app.compare import takes_to_compare
    from coach.display.kit.console import open_console
    from coach.takes.store import TakeStore

    console = open_console()
    takes = takes_to_compare(TakeStore(args.takes), args.take)
    compared = _read(takes, console)
    _check_options(args)
    if not any(getattr(args, name) == STDOUT for name in _SUFFIXES):
        _show(compared, args, console)
    _write(compared, args)
    return 0


def _read(takes: Sequence[Path], console: Console) -> ComparedTakes:
    """Read the takes with a progress bar: a take of ten minutes needs a second or two."""
    from coach.app.compare import ComparedTakes, OpenedTake
    from coach.display.kit.progress import WorkBar

    opened = []
    with WorkBar(console, tr("Reading {count} takes", count=len(takes)), len(takes)) as bar:
        for number, take in enumerate(takes, 1):
            opened.append(OpenedTake.of(take, print_status))
            bar(number)
    return ComparedTakes(opened)


def _check_options(args: argparse.Namespace) -> None:
    """Refuse invalid options before anything is written."""
    from coach.recordings.edit_list import SUFFIXES
    from coach.recordings.names import display_name, refuse_taken

    for name, suffixes in _SUFFIXES.items():
        path = getattr(args, name)
        if path not in (None, DEFAULT_PATH, STDOUT) and Path(path).suffix.lower() not in suffixes:
            message = tr(
                "--{option} {path}: its name must end in {suffix}; takes are named before the options",
                option=name,
                path=path,
                suffix=suffixes[0],
            )
            raise UsageError(message)
    if sum(getattr(args, name) == STDOUT for name in _SUFFIXES) > 1:
        raise UsageError(tr("only one thing can be printed with -; give the others a path"))
    if args.open and args.html == STDOUT:
        raise UsageError(tr("--open opens a file, and --html - prints the page; leave one of them out"))
    for path, suffixes in ((args.edl, tuple(SUFFIXES)), (args.mp4, (".mp4",))):
        if path is not None and Path(path).suffix.lower() not in suffixes:
            file, endings = display_name(Path(path)), tr("or").join(f" {suffix} " for suffix in suffixes).strip()
            raise OutputError(tr("{file}: its name must end in {suffixes}", file=file, suffixes=endings))
        if path is not None:
            refuse_taken(Path(path), force=args.force)


def _show(compared: ComparedTakes, args: argparse.Namespace, console: Console) -> None:
    from coach.display.tables.comparison import ComparisonView

    view = ComparisonView(console)
    view.print(compared.comparison, compared.curves, aligned=args.align == "share")
    if args.best or args.edl or args.mp4:
        view.best(compared.comparison, compared.best)


def _write(compared: ComparedTakes, args: argparse.Namespace) -> None:
    if args.json is not None:
        write_output(args.json, compared.json(), "JSON")
    if args.csv is not None:
        write_output(args.csv, compared.csv(), mark("table"))
    if args.html is not None or args.open:
        path = args.html or (f"{_PAGE}.html" if args.force else free_name(_PAGE, ".html"))
        write_output(path, compared.html(aligned=args.align == "share"), mark("page"), private=True)
        if args.open:
            open_in_browser(Path(path))
    if args.edl is not None or args.mp4 is not None:
        _write_cut(compared, args)


def _write_cut(compared: ComparedTakes, args: argparse.Namespace) -> None:
    from coach.app.best_cut import BestCut
    from coach.recordings.edit_list import write_edit_list

    cut = BestCut(compared, print_status)
    shots = cut.shots()
    if args.edl is not None:
        write_edit_list(Path(args.edl), cut.title, shots, force=args.force)
        print_status(tr("Edit list written to {path}", path=args.edl))
    if args.mp4 is not None:
        _write_film(shots, Path(args.mp4), force=args.force)
        print_status(tr("Film written to {path}", path=args.mp4))


def _write_film(shots: Sequence[Shot], path: Path, *, force: bool) -> None:
    from coach.cli.signals import stoppable
    from coach.display.kit.console import open_console
    from coach.display.kit.progress import WorkBar
    from coach.recordings.joining import join_shots

    total = sum(shot.seconds for shot in shots)
    title = tr("Cutting {seconds:.0f} s of film", seconds=total)
    with stoppable() as check_interrupt, WorkBar(open_console(), title, total) as bar:

        def progress(done: float) -> None:
            check_interrupt()
            bar(done)

        join_shots(path, shots, force=force, progress=progress)
