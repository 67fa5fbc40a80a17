"""`coach doctor`: check what this machine has for a rehearsal, and how to get what is missing."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.base.text import clean
from coach.cli import output
from coach.cli.options import CommandParser, add_model

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from coach.app.doctor import Finding, State

_WORDS: Final[dict[State, str]] = {"ok": mark("ok"), "notice": mark("notice"), "broken": mark("BROKEN")}
_COLOURS: Final[dict[State, str]] = {"ok": "green", "notice": "yellow", "broken": "bold red"}
_TOPIC_WIDTH: Final = 13


ABOUT = mark(
    "Check this machine: what a rehearsal can use, and what to do about what is missing. Changes nothing. "
    "Exits 1 if something that every rehearsal needs is broken."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--takes", metavar="DIR", help=tr("check this takes folder instead of the usual one"))
    add_model(parser)
    parser.add_argument(
        "--mic", action="store_true", help=tr("also listen to the microphone for four seconds: speak a sentence")
    )


def run(args: argparse.Namespace) -> int:
    """Run all checks and print their findings; return 1 if something is broken, else 0.

    Raises:
        UsageError: no shipped model has the given name.
    """
    from coach.app.doctor import examine
    from coach.display.kit.console import open_console
    from coach.perception.models import find_model

    find_model(args.model)
    console = open_console()
    broken = 0
    if args.mic:
        output.print_status(tr("After the row Sound, the microphone listens for four seconds. Speak a sentence then."))
    for finding in examine(args.takes, args.model, (tr("Terminal"), _terminal), microphone=args.mic):
        _show(console, finding)
        broken += finding.state == "broken"
    console.print()
    console.print(_verdict(broken), markup=False, soft_wrap=not console.is_terminal)
    return 1 if broken else 0


def _terminal() -> Iterator[Finding]:
    """Check the size and the encoding of the terminal."""
    from coach.app.doctor import Finding

    size = shutil.get_terminal_size()
    encoding = sys.stdout.encoding or tr("unknown")
    kind = f"{size.columns} x {size.lines}" if sys.stdout.isatty() else tr("none, output is piped")
    no_colours = [tr("no colours (NO_COLOR)")] if os.environ.get("NO_COLOR") else []
    text = ", ".join((kind, encoding, *no_colours))
    if encoding.lower().replace("-", "") != "utf8":
        advice = tr("Other letters appear as '?'. Set PYTHONUTF8=1, or a locale with UTF-8.")
        yield Finding(tr("Terminal"), "notice", text, advice)
    else:
        yield Finding(tr("Terminal"), "ok", text)


def _verdict(broken: int) -> str:
    if broken:
        return tr("{count} broken: repair what is marked BROKEN first.", count=broken)
    return tr("Ready. Try: coach demo")


def _show(console: Console, finding: Finding) -> None:
    """Print one finding: topic, state and text, and the advice below.

    In a terminal, long text is wrapped and indented. In a pipe, each finding and each piece of advice is one line.
    """
    for first, text, style in _rows(finding):
        if console.is_terminal:
            console.print(_wrapped(first, text, style))
        else:
            output.write(f"{first:<{_TOPIC_WIDTH + 8}}{text}\n")


def _rows(finding: Finding) -> Iterator[tuple[str, str, str]]:
    head = f"{finding.topic:<{_TOPIC_WIDTH - 1}} {tr(_WORDS[finding.state]):<7} "
    yield head, clean(finding.text), _COLOURS[finding.state]
    for advice in _advice_lines(finding.advice):
        yield "", f"-> {advice}", ""


def _advice_lines(advice: str) -> Iterable[str]:
    return (clean(line) for line in advice.splitlines())


def _wrapped(first: str, text: str, style: str) -> object:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid()
    grid.add_column(width=_TOPIC_WIDTH + 8)
    grid.add_column(overflow="fold")
    grid.add_row(Text(first, style=style), Text(text))
    return grid
