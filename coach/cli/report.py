"""`coach report`: show a take's report again on the terminal, as a page, or as files for other programs."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli.options import DEFAULT_PATH, TAKE_HELP, CommandParser, add_takes_folder
from coach.cli.output import STDOUT, free_name, open_in_browser, print_status, write_output

if TYPE_CHECKING:
    from coach.app.report import TakeReport

ABOUT = mark("Show a take's report again: the newest one, or the one you name.")

_SUFFIXES: Final = {"html": (".html", ".htm"), "markdown": (".md", ".markdown"), "csv": (".csv",), "svg": (".svg",)}
_KINDS: Final = {"html": mark("page"), "markdown": mark("Markdown"), "csv": mark("table"), "svg": mark("picture")}


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("take", nargs="?", metavar="TAKE", help=tr("{take} (default: the newest)", take=tr(TAKE_HELP)))
    add_takes_folder(parser)
    parser.add_argument("--details", action="store_true", help=tr("show every figure of every line"))
    parser.add_argument("--json", metavar="PATH", help=tr("write the report as JSON to this file; - prints it instead"))
    about = tr(
        "Without a path, a file is named like the take, goes into the current folder and replaces nothing. "
        "A path that you give is replaced. - prints the result instead."
    )
    group = parser.section(tr("files"), about)
    abouts = {
        "html": tr("a page with the notes, the arc and every line, in one file that needs no network"),
        "markdown": tr("the notes and the table as Markdown"),
        "csv": tr(
            "a table of the lines, and beside it NAME-samples.csv with every reading; - prints the table of the lines"
        ),
        "svg": tr("the arc alone as a picture"),
    }
    for name, about in abouts.items():
        group.add_argument(f"--{name}", nargs="?", const=DEFAULT_PATH, metavar="PATH", help=about)
    group.add_argument("--open", action="store_true", help=tr("write the page and open it in your browser"))
    group.add_argument("--no-video", action="store_true", help=tr("leave the recording out of the page"))


def run(args: argparse.Namespace) -> int:
    """Print the report of a take, or write it to files.

    Raises:
        CoachError: there is no such take, it cannot be read, or a file cannot be written.
    """
    from coach.app.report import TakeReport, find_take
    from coach.takes.store import TakeStore

    report = TakeReport(find_take(TakeStore(args.takes), args.take), print_status)
    _check_options(args)
    printed = any(getattr(args, name) == STDOUT for name in (*_SUFFIXES, "json"))
    if args.json is not None:
        write_output(args.json, report.json(), "JSON")
    if not printed:
        _show(report, args)
    _write(report, args)
    return 0


def _check_options(args: argparse.Namespace) -> None:
    """Refuse invalid options before anything is written."""
    for name, suffixes in _SUFFIXES.items():
        path = getattr(args, name)
        if path not in (None, DEFAULT_PATH, STDOUT) and Path(path).suffix.lower() not in suffixes:
            message = tr(
                "--{option} {path}: its name must end in {suffix}; a take is named before the options, "
                "as in coach report {path} --{option}",
                option=name,
                path=path,
                suffix=suffixes[0],
            )
            raise UsageError(message)
    printed = [name for name in _SUFFIXES if getattr(args, name) == STDOUT]
    if len(printed) > 1 or (printed and args.json == STDOUT):
        raise UsageError(tr("only one thing can be printed with -; give the others a path"))
    if args.open and args.html == STDOUT:
        raise UsageError(tr("--open opens a file, and --html - prints the page; leave one of them out"))


def _show(report: TakeReport, args: argparse.Namespace) -> None:
    from coach.display.kit.console import open_console
    from coach.display.tables.report import print_details
    from coach.display.tables.summary import more_rows, print_summary, print_take

    print_lines = print_details if args.details else print_summary
    commands = more_rows(_command(args))[1 if args.details else 0 :]  # the first row names --details
    more = [*report.face_sentences(), *commands]
    print_take(report.report, open_console(), print_lines, take_path=report.take, more=more, own=report.own_notes)


def _command(args: argparse.Namespace) -> str:
    """The command that shows this take."""
    words = ["coach", "report", *([args.take] if args.take else [])]
    return shlex.join([*words, *(["--takes", str(args.takes)] if args.takes else [])])


def _write(report: TakeReport, args: argparse.Namespace) -> None:
    """Write all requested files."""
    if args.open and args.html is None:
        args.html = DEFAULT_PATH
    targets = {name: _target(getattr(args, name), report, name) for name in _SUFFIXES}
    if (html := targets["html"]) is not None:
        path = None if html == STDOUT else Path(html)
        page = report.page(path, video=not args.no_video)
        write_output(html, page.html, _KINDS["html"], private=page.private)
        if args.open and path is not None:
            open_in_browser(path)
    if (markdown := targets["markdown"]) is not None:
        write_output(markdown, report.markdown(), _KINDS["markdown"])
    if (table := targets["csv"]) is not None:
        write_output(table, report.lines_csv(), _KINDS["csv"])
        if table != STDOUT:
            samples = Path(table).with_name(f"{Path(table).stem}-samples.csv")
            write_output(str(samples), report.samples_csv(), _KINDS["csv"])
    if (svg := targets["svg"]) is not None:
        write_output(svg, report.svg(), _KINDS["svg"])


def _target(path: str | None, report: TakeReport, name: str) -> str | None:
    """Where to write a file; an unused name in this folder if the option has no path, None if it is absent."""
    return free_name(report.take.name, _SUFFIXES[name][0]) if path == DEFAULT_PATH else path
