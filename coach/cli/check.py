"""`coach check`: show the timeline of a script, or all its mistakes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coach.base.messages import mark, tr, tr_n
from coach.base.settings import Settings
from coach.base.text import length_text
from coach.cli.options import CommandParser, add_role
from coach.core.scoring.advice import cautions_on, remarks_on, scene_warning
from coach.core.scoring.report import clock_text
from coach.core.script.script import Script
from coach.core.script.timeline import Beat, PartnerTurn, Timeline, Turn, build_timeline, cue_s
from coach.display.kit.writer import safe_text
from coach.display.rehearsal.wording import target_text
from coach.scripts.roles import needs_role

_TABLE_FROM: Final = 60
"""Terminal width from which a table is printed instead of stacked rows, in columns."""

_MAX_WIDTH: Final = 110
"""Widest output in columns; longer lines are hard to read."""

_NOT_SCORED: Final = mark("not scored")
"""Stands in place of the emotion of a line without one."""

_STYLES: Final = {"line": "", "partner": "cyan", "cue": "italic cyan", "pause": "dim", "warning": "yellow"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the output.

    Attributes:
        length: in seconds, as text; begins with ``about`` if it was estimated.
        label: the number of the line, or the kind of row.
    """

    kind: Literal["line", "partner", "cue", "pause", "warning"]
    text: str
    time: str = ""
    length: str = ""
    label: str = ""
    target: str = ""


def print_check(script: Script, console: Console) -> None:
    """Print the timeline of `script`, with warnings and remarks."""
    timeline = build_timeline(script)
    lead_in_s = Settings().lead_in_s
    warnings: dict[int, list[str]] = {}
    for warning in cautions_on(script, timeline, lead_in_s):
        warnings.setdefault(warning.line, []).append(warning.message)
    rows = list(_rows(timeline, warnings, lead_in_s, named=needs_role(script)))
    _print_head(timeline, console)
    if not console.is_terminal:
        _print_plain(rows, console)
    elif console.width >= _TABLE_FROM:
        _print_table(rows, console)
    else:
        _print_stacked(rows, console)
    scene = scene_warning(script)
    if needs_role(script):
        roles = safe_text(", ".join(script.role_names), console.encoding, 300)
        advice = tr("Several people speak. --role chooses your part: {roles}", roles=roles)
        _print_text(console, Text(f"\n{advice}"))
    _print_foot(timeline, scene, sum(map(len, warnings.values())) + bool(scene), console)


def _rows(timeline: Timeline, warnings: dict[int, list[str]], lead_in_s: float, *, named: bool) -> Iterator[_Row]:
    """The rows of all slots in order. The cue of a line comes before it, with its own time; its warnings come after.

    With `named`, the actor has no part yet, and each line begins with who says it.
    """
    earliest = -lead_in_s
    for slot in timeline.slots:
        length = f"{slot.end - slot.start:.1f} s"
        if isinstance(slot, PartnerTurn):
            text = f"{slot.line.role}: {slot.line.text}"
            yield _Row("partner", text, clock_text(slot.start), _about(slot.end - slot.start), tr("partner"))
        elif isinstance(slot, Beat):
            yield _Row("pause", "", clock_text(slot.start), length, tr("pause"))
        else:
            role = f"{slot.line.role}: " if named and slot.line.role else ""
            yield from _turn_rows(slot, length, earliest, warnings, role)
        earliest = slot.start


def _turn_rows(turn: Turn, length: str, earliest: float, warnings: dict[int, list[str]], role: str) -> Iterator[_Row]:
    if turn.line.cue:
        cue_t = max(earliest, turn.start - cue_s(turn.line.cue))
        yield _Row("cue", turn.line.cue, clock_text(cue_t) if cue_t >= 0 else tr("countdown"), "", tr("cue"))
    if turn.estimated:
        length = _about(turn.end - turn.start)
    target = _NOT_SCORED if turn.line.target is None else target_text(turn)
    direction = f"({turn.line.direction}) " if turn.line.direction else ""
    yield _Row("line", f"{role}{direction}{turn.line.text}", clock_text(turn.start), length, str(turn.index), target)
    for message in warnings.get(turn.index, []):
        yield _Row("warning", message, label="!")


def _about(seconds: float) -> str:
    """An estimated length."""
    return tr("about {seconds} s", seconds=max(1, round(seconds)))


def _print_head(timeline: Timeline, console: Console) -> None:
    turns = timeline.turns
    count, length = tr_n("{count} line", "{count} lines", len(turns)), length_text(timeline.end)
    about = tr("{lines}, {length}, language {language}", lines=count, length=length, language=timeline.language)
    _print_text(console, Text(safe_text(timeline.title, console.encoding), style="bold"))
    _print_text(console, Text(about, style="dim"))
    console.print()


def _print_table(rows: list[_Row], console: Console) -> None:
    width = min(console.width, _MAX_WIDTH)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, width=width, header_style="dim")
    table.add_column(tr("time"), justify="right", no_wrap=True)
    table.add_column(tr("length"), justify="right", no_wrap=True)
    table.add_column(tr("line"), justify="right", no_wrap=True)
    table.add_column(tr("emotion"), max_width=22)
    table.add_column(tr("words"), ratio=1, overflow="fold")
    for row in rows:
        style = _STYLES[row.kind]
        cells = (row.time, row.length, row.label, tr(row.target), row.text)
        texts = [Text(safe_text(cell, console.encoding, 2000), style=style) for cell in cells]
        if row.kind == "line":
            texts[2].stylize("bold")
            texts[3].stylize("magenta")
        table.add_row(*texts)
    console.print(table)


def _print_stacked(rows: list[_Row], console: Console) -> None:
    for row in rows:
        if row.kind == "warning":
            _print_text(console, Text(f"! {safe_text(row.text, console.encoding)}", style="yellow"), indent=2)
            continue
        name = _name(row)
        head = Text(f"{row.time}  {name}", style="bold" if row.kind == "line" else _STYLES[row.kind])
        head.append(f"  {row.length}" if row.length else "", style="not bold")
        _print_text(console, head)
        if row.target:
            _print_text(console, Text(safe_text(tr(row.target), console.encoding), style="magenta"), indent=2)
        if row.text:
            _print_text(console, Text(safe_text(row.text, console.encoding, 2000), style=_STYLES[row.kind]), indent=2)


def _print_plain(rows: list[_Row], console: Console) -> None:
    """Print each row on one line without wrapping, for other programs."""
    width = max([8, *(len(_name(row)) for row in rows)])
    for row in rows:
        target = f"[{row.target}] " if row.target and row.target != _NOT_SCORED else ""
        words = safe_text(f"{target}{row.text}", console.encoding, 2100)
        unscored = f"  ({tr(_NOT_SCORED)})" if row.target == _NOT_SCORED else ""
        console.print(
            Text(f"{row.time:>9}  {row.length:>10}  {_name(row):<{width}}  {words}{unscored}".rstrip()), soft_wrap=True
        )


def _name(row: _Row) -> str:
    if row.kind == "line":
        return tr("line {number}", number=row.label)
    return tr("warning") if row.kind == "warning" else row.label


def _print_foot(timeline: Timeline, scene: str, warnings: int, console: Console) -> None:
    sign = "!" if console.is_terminal else tr("warning")
    console.print()
    if scene:
        _print_text(console, Text(f"{sign} {scene}", style=_STYLES["warning"]))
    if any(turn.estimated for turn in timeline.turns):
        _print_text(console, Text(tr('Lengths with "about" are estimated from the words.'), style="dim"))
    for remark in remarks_on(timeline):
        _print_text(console, Text(tr("Note: {remark}", remark=remark)))
    playable = tr_n(
        "The script can be played: {count:,} warning, marked {sign}.",
        "The script can be played: {count:,} warnings, marked {sign}.",
        warnings,
        sign=sign,
    )
    _print_text(console, Text(playable if warnings else tr("The script can be played: no warnings.")))


def _print_text(console: Console, text: Text, indent: int = 0) -> None:
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, indent)), width=min(console.width, _MAX_WIDTH))
    else:
        console.print(text, soft_wrap=True)


ABOUT = mark("Show when each line comes, what it asks for, and what will not work. List all mistakes of a script.")


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    about = tr("a script: .yaml, .yml, .json, .txt, .md, .fountain, .fdx, .docx or .pdf")
    parser.add_argument("script", metavar="SCRIPT", help=about)
    add_role(parser)


def run(args: argparse.Namespace) -> int:
    """Show the timeline of the script that `args` names.

    Raises:
        ScriptError: with every mistake in the script.
    """
    from coach.cli.output import print_notice
    from coach.display.kit.console import open_console
    from coach.scripts import load_script

    script = load_script(args.script, print_notice, args.role)
    if needs_role(script) and sys.stdin.isatty() and sys.stdout.isatty():
        from coach.cli.roles import choose_role

        script = choose_role(script)
    print_check(script, open_console())
    return 0
