"""`coach models`: list the shipped models with accuracy and speed, or show the whole card of one."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coach.app.card_text import Section, card_sections, headlines, size_text, speed_text, summary_section, value_text
from coach.base.messages import mark, tr
from coach.cli import output
from coach.cli.options import CommandParser
from coach.display.kit.writer import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coach.app.models import Model

_HEADINGS: Final = ("name", "kind", "default", "ms", "MB", "licence", "meaning", "accuracy")

_MAX_WIDTH: Final = 110
"""Widest output in columns; longer lines are hard to read."""

_MAX_LENGTH: Final = 4000
"""Longest text of a row, in characters. Longer text is a mistake in the card, and is cut."""


def print_list(models: Sequence[Model], console: Console) -> None:
    """Print the list of `models`."""
    if not console.is_terminal:
        for row in (_HEADINGS, *map(_line, models)):
            _print_row(row, console)
        return
    for model in models:
        _print_section(summary_section(model), console)
        console.print()
    hint = tr("coach models NAME shows everything about one. --model NAME uses it in a rehearsal.")
    console.print(Text(hint, style="dim"), width=_width(console))


def print_page(model: Model, console: Console) -> None:
    """Print the whole card of `model`."""
    for number, section in enumerate(card_sections(model)):
        if number:
            console.print()
        if console.is_terminal:
            _print_section(section, console)
        else:
            _print_plain(section, console)


def _line(model: Model) -> tuple[str, ...]:
    default = "default" if model.default else ""
    licence, meaning = value_text(model.field("licence") or ""), value_text(model.field("meaning") or "")
    accuracy = "; ".join(headlines(model.field("measured")))
    return model.card.name, model.kind, default, speed_text(model), size_text(model), licence, meaning, accuracy


def _print_section(section: Section, console: Console) -> None:
    console.print(_text(section.title, console, "bold"), width=_width(console))
    longest = max(len(row[0]) for row in section.rows)
    if section.heading:
        console.print(_table(section, console), width=_width(console))
    elif 0 < longest <= _width(console) // 2:
        console.print(_pairs(section, console), width=_width(console))
    else:
        for name, text in section.rows:
            _print_one(name, text, console)


def _pairs(section: Section, console: Console) -> Table:
    """A table of names and texts."""
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(min_width=10, no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in section.rows:
        grid.add_row(_text(f"  {name}", console, "dim"), _text(text, console))
    return grid


def _print_one(name: str, text: str, console: Console) -> None:
    """Print a row on its own, because its name is too long for a column or missing."""
    row = Text(f"{safe_text(name, console.encoding)}: " if name else "", style="dim")
    row.append(safe_text(text, console.encoding, _MAX_LENGTH), style="not dim")
    console.print(Padding(row, (0, 0, 0, 2)), width=_width(console))


def _table(section: Section, console: Console) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for number, name in enumerate(section.heading):
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in section.rows:
        cells = (f"  {row[0]}", *row[1:])
        table.add_row(*(_text(cell, console) for cell in cells))
    return table


def _print_plain(section: Section, console: Console) -> None:
    _print_row((section.title,), console)
    for row in (section.heading, *section.rows):
        if row:
            _print_row(row, console)


def _print_row(row: Sequence[str], console: Console) -> None:
    """Print one line without wrapping, with tabs between its fields."""
    cells = (safe_text(cell, console.encoding, _MAX_LENGTH) for cell in row)
    console.file.write("\t".join(cells) + "\n")


def _text(text: str, console: Console, style: str = "") -> Text:
    indent = len(text) - len(text.lstrip(" "))
    return Text(" " * indent + safe_text(text, console.encoding, _MAX_LENGTH), style=style)


def _width(console: Console) -> int:
    return min(console.width, _MAX_WIDTH)


ABOUT = mark("List the models that came with the coach: how often they are right, how fast and how big they are.")


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "model", nargs="?", metavar="NAME|PATH", help=tr("show the whole card of this one; a path is a NAME.onnx")
    )
    parser.add_argument("--json", action="store_true", help=tr("everything as JSON"))


def run(args: argparse.Namespace) -> int:
    """List the models, or show one.

    Raises:
        ModelError: a model cannot be used.
        UsageError: no shipped model has that name.
    """
    from coach.app.models import model_json, open_model, shipped_models
    from coach.display.kit.console import open_console

    if args.model is not None:
        model = open_model(args.model, _progress)
        if args.json:
            _print_json({**model_json(model), "card": json.loads(model.card.model_dump_json())})
        else:
            print_page(model, open_console())
        return 0
    if args.json:
        _print_json([model_json(model) for model in shipped_models(_progress)])
    else:
        print_list(shipped_models(_progress), open_console())
    return 0


def _progress(name: str) -> Callable[[tuple[int, int]], None]:
    from coach.base.text import clean

    def show_progress(done: tuple[int, int]) -> None:
        output.print_notice(
            tr("timing {model}, {done} of {total} runs", model=clean(name, 60), done=done[0], total=done[1])
        )

    return show_progress


def _print_json(value: object) -> None:
    output.write(f"{_json(value)}\n")


def _json(value: object) -> str:
    """JSON in ASCII, which any encoding has, and which cannot contain control characters for the terminal."""
    return json.dumps(value, indent=2)
