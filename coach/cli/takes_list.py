"""`coach takes` and `coach takes show`: print a table of takes, or everything about one take."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coach.base.messages import mark, tr, tr_n
from coach.base.text import bytes_text, length_text
from coach.cli import output
from coach.cli.options import TAKE_HELP, CommandParser, add_takes_folder
from coach.core.progress.drills import passage_text
from coach.display.kit.writer import safe_text
from coach.takes.naming import stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from coach.core.scoring.report import Report
    from coach.takes.catalogue import TakeFacts
    from coach.takes.journal import JournalHeader

_TABLE_FROM: Final = 72
"""Terminal width, in characters, from which a table is printed; below it, stacked rows."""

_SOURCES_FROM: Final = 100
_NAMES_FROM: Final = 150
"""Terminal widths from which there are columns for time and source, and for the name of the take.

In tables narrower than the first the name is below the script, because it contains the time of the take.
"""

_MAX_WIDTH: Final = 180

_OFFSET: Final = re.compile(r"T[0-9:.]+([+-]\d\d:\d\d)$")

_STATE_TEXTS: Final = {
    "unfinished": mark("unfinished"),
    "playing": mark("being played"),
    "unreadable": mark("report cannot be read"),
    "damaged": mark("journal cannot be read"),
    "closed": mark("no permission"),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """The facts of a take as text; empty if unknown.

    `offset` is that of its clock from UTC, and is empty if all takes of the list have the same.
    """

    number: str
    name: str
    when: str
    offset: str
    title: str
    script: str
    source: str
    overall: str
    hits: str
    length: str
    contents: str


def print_takes(takes: Sequence[tuple[int, TakeFacts]], console: Console) -> None:
    """Print each take with its number, in the order given."""
    offsets = {_offset(facts) for _, facts in takes} - {""}
    rows = [_row(number, facts, console, with_offset=len(offsets) > 1) for number, facts in takes]
    if not console.is_terminal:
        _print_plain(rows, console)
    elif console.width >= _TABLE_FROM:
        console.print(_table(rows, console.width))
    else:
        _print_stacked(rows, console)


def _row(number: int, facts: TakeFacts, console: Console, *, with_offset: bool) -> _Row:
    def safe(text: str) -> str:
        return safe_text(text, console.encoding)

    scored = facts.accuracy is not None
    offset = _offset(facts) if with_offset else ""
    return _Row(
        number=f":{number}",
        name=safe(facts.name),
        when=safe(f"{facts.at[:16].replace('T', ' ')} {offset}".rstrip()),
        offset=offset,
        title=safe(facts.title or _given_name(facts)),
        script=safe(_script(facts)),
        source=tr("no camera") if facts.kind == "none" else safe(facts.source),
        overall=f"{facts.accuracy:.0%}" if scored else "",
        hits=f"{facts.hits}/{facts.asked}" if scored else "",
        length="" if facts.length_s is None else length_text(facts.length_s),
        contents=", ".join(_contents(facts)),
    )


def _offset(facts: TakeFacts) -> str:
    """The offset from UTC of the clock where the take was played, such as ``+01:00``; empty if unknown."""
    found = _OFFSET.search(facts.at)
    return found[1] if found else ""


def _script(facts: TakeFacts) -> str:
    """The title of the script, and the name that the user gave the take, if that is different."""
    from coach.takes.naming import slug

    given_name = _given_name(facts)
    if not facts.title:
        return given_name
    return facts.title if given_name.startswith(slug(facts.title)) else f"{facts.title} ({given_name})"


def _given_name(facts: TakeFacts) -> str:
    return facts.name[20:] if stamp_of(facts.name) else facts.name


def _contents(facts: TakeFacts) -> list[str]:
    state = tr("ended early") if facts.broken_off else tr(_STATE_TEXTS.get(facts.state, ""))
    video = [tr("video")] if facts.recorded else []
    some = [passage_text(facts.lines)] if facts.lines else []
    return [*([state] if state else []), *some, *video, *([tr("evidence")] if facts.evidence else [])]


def _table(rows: list[_Row], width: int) -> Table:
    """The table of takes. In a narrow one, names below the scripts replace the columns for time and source."""
    beside, names = width >= _SOURCES_FROM, width >= _NAMES_FROM
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", width=min(width, _MAX_WIDTH))
    table.add_column(tr("take"), justify="right", no_wrap=True, style="bold")
    if beside:
        table.add_column(tr("when"), no_wrap=True)
    table.add_column(tr("script"), ratio=1, overflow="fold")
    for name in (tr("overall"), tr("hits"), tr("length")):
        table.add_column(name, justify="right", no_wrap=True)
    if any(row.contents for row in rows):
        table.add_column("", overflow="fold", max_width=12, style="yellow")
    if beside:
        table.add_column(tr("source"), overflow="ellipsis", no_wrap=True, style="dim", max_width=24)
    if names:
        table.add_column(tr("name"), no_wrap=True, style="dim", overflow="ellipsis", max_width=56)
    for row in rows:
        script = Text(row.script)
        if not beside:
            script = Text(row.title).append(f"\n{_name_and_time(row)}", style="dim")
        contents = [row.contents] if any(each.contents for each in rows) else []
        more = [*contents, *([row.source] if beside else []), *([row.name] if names else [])]
        when = [Text(row.when)] if beside else []
        table.add_row(Text(row.number), *when, script, *map(Text, (row.overall, row.hits, row.length, *more)))
    return table


def _name_and_time(row: _Row) -> str:
    """The name of the take, with its time, or the offset of its clock, if the name does not contain it."""
    if not stamp_of(row.name):
        return f"{row.name}, {row.when}"
    return f"{row.name} ({row.offset})" if row.offset else row.name


def _print_stacked(rows: list[_Row], console: Console) -> None:
    for row in rows:
        head = Text(f"{row.number}  ", style="bold")
        head.append(row.title)
        console.print(head)
        figures = (row.overall, tr("hits {hits}", hits=row.hits) if row.hits else "", row.length, row.contents)
        for text, style in ((_name_and_time(row), ""), (", ".join(part for part in figures if part), "dim")):
            if text:
                console.print(Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, 3), expand=False))


def _print_plain(rows: list[_Row], console: Console) -> None:
    """Print each row on one line, neither wrapped nor cut, for other programs."""
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*map(_plain, rows), strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(_plain(row), widths, strict=True)]
        console.file.write("  ".join(cells).rstrip() + "\n")


def _plain(row: _Row) -> tuple[str, ...]:
    figures = (row.overall or "-", row.hits or "-", row.length or "-")
    return row.number, row.name, row.when, *figures, row.source or "-", row.script, row.contents


def add_show(parser: CommandParser) -> None:
    """Add the options of `coach takes show`."""
    parser.description = tr("Show one take: how it went, its settings, and its files.")
    parser.add_argument("take", metavar="TAKE", help=tr(TAKE_HELP))
    parser.add_argument("--json", action="store_true", help=tr("show it as JSON"))
    add_takes_folder(parser, below=True)
    parser.set_defaults(run=run_show)


def run_show(args: argparse.Namespace) -> int:
    """Print everything about one take.

    Raises:
        TakeError: there is no such take.
    """
    from coach.display.kit.console import open_console
    from coach.takes.catalogue import facts_of
    from coach.takes.store import TakeStore

    take = TakeStore(args.takes).find(args.take)
    facts, header, report = facts_of(take), _header(take), _report(take)
    if args.json:
        output.write(json.dumps(_take_plain(take, facts, header, report), indent=2) + "\n")
    else:
        _print(list(_rows(take, facts, header, report)), open_console())
    return 0


def _header(take: Path) -> JournalHeader | None:
    from coach.base.errors import TakeError
    from coach.takes.contents import JOURNAL_NAME
    from coach.takes.journal import read_header

    try:
        return read_header(take / JOURNAL_NAME)
    except TakeError:
        return None


def _report(take: Path) -> Report | None:
    from coach.base.errors import TakeError
    from coach.takes.contents import REPORT_NAME
    from coach.takes.report_file import load_report

    try:
        return load_report(take / REPORT_NAME)
    except TakeError:
        return None


def _take_plain(take: Path, facts: TakeFacts, header: JournalHeader | None, report: Report | None) -> dict[str, Any]:
    from coach.takes.contents import kept_files

    return {
        **facts.model_dump(),
        "path": str(take),
        "source_path": header.source.path if header else "",
        "model": report.model.model_dump() if report and report.model else None,
        "settings": _settings(header, report),
        "coach_version": header.coach_version if header else None,
        "overall": report.overall.model_dump() if report else None,
        "files": [{"name": file.name, "bytes": file.size} for file in kept_files(take)],
    }


def _rows(
    take: Path, facts: TakeFacts, header: JournalHeader | None, report: Report | None
) -> Iterator[tuple[str, str]]:
    yield tr("take"), facts.name
    yield tr("script"), _script_of(facts, header)
    yield tr("played"), _played(facts, report)
    yield tr("source"), _source(facts, header)
    if report:
        yield from _result(report)
    elif facts.state == "unfinished":
        yield tr("result"), tr("unfinished, without a report; `coach takes recover` makes it")
    else:
        yield tr("result"), tr("being played") if facts.state == "playing" else tr("its report cannot be read")
    yield tr("settings"), ", ".join(f"{key} {_value_text(value)}" for key, value in _settings(header, report).items())
    if header:
        yield tr("coach"), header.coach_version
    yield tr("folder"), str(take)
    yield from _files(take)


def _script_of(facts: TakeFacts, header: JournalHeader | None) -> str:
    """The title of the report's script, and that of the played script, if that is different."""
    title = tr("\u201c{text}\u201d", text=facts.title) if facts.title else ""
    if header is None:
        return title
    script = header.script
    other = tr("played as \u201c{title}\u201d", title=script.title) if script.title != facts.title else ""
    count = tr_n("{count:,} line", "{count:,} lines", len(script.spoken))
    parts = (title, other, count, tr("language {language}", language=script.language))
    return ", ".join(part for part in parts if part)


def _played(facts: TakeFacts, report: Report | None) -> str:
    from coach.core.scoring.report import END_CAUSE_TEXTS

    length = length_text(facts.length_s) if facts.length_s is not None else ""
    ended = tr(END_CAUSE_TEXTS.get(report.ended, report.ended)) if report else ""
    return ", ".join(part for part in (facts.at[:16].replace("T", " "), length, ended) if part)


def _source(facts: TakeFacts, header: JournalHeader | None) -> str:
    name = tr("no camera") if facts.kind == "none" else facts.source
    return f"{name} ({header.source.path})" if header and header.source.path else name


def _result(report: Report) -> Iterator[tuple[str, str]]:
    from coach.core.scoring.report import clock_text

    overall = report.overall
    if overall.accuracy is not None:
        counts = (
            tr_n("{count} hit", "{count} hit", overall.hits) if overall.hits else "",
            tr_n("{count} partial", "{count} partial", overall.partials) if overall.partials else "",
            tr_n("{count} miss", "{count} miss", overall.misses) if overall.misses else "",
        )
        parts = ", ".join(filter(None, counts)) or tr("none scored")
        yield (
            tr("result"),
            tr("on target {share:.0%} of the time; lines: {counts}", share=overall.accuracy, counts=parts),
        )
    else:
        yield tr("result"), tr("nothing was scored")
    if report.strength:
        yield tr("strength"), tr("line {number}: {text}", number=report.strength.line, text=report.strength.text)
    for note in report.notes:
        text = tr("line {number}: {text}", number=note.line, text=note.text)
        live = note.kind == "live"
        yield (tr("live note"), f"{clock_text(note.t)} {text}") if live else (tr("note"), text)
    for warning in report.warnings:
        yield tr("warning"), warning
    if model := report.model:
        says = tr("shares of viewers") if model.meaning == "viewers" else tr("one label")
        yield tr("model"), tr("{model}, gives {what} ({hash})", model=model.name, what=says, hash=model.sha256[:12])


def _settings(header: JournalHeader | None, report: Report | None) -> dict[str, Any]:
    """The settings of the report, which differ from the played ones after rescoring."""
    plain = dict(report.settings) if report else header.settings.model_dump(mode="json") if header else {}
    return {key: value for key, value in plain.items() if value is not None}


def _value_text(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def _files(take: Path) -> Iterator[tuple[str, str]]:
    from coach.takes.contents import kept_files

    files = kept_files(take)
    label = tr("files")
    for file in files:
        if not file.name.startswith("evidence/"):
            yield label, f"{file.name} ({bytes_text(file.size)})"
            label = ""
    pictures = [file for file in files if file.name.startswith("evidence/")]
    if pictures:
        size = bytes_text(sum(file.size for file in pictures))
        yield label, tr("evidence: {count} files ({size})", count=len(pictures), size=size)


def _print(rows: list[tuple[str, str]], console: Console) -> None:
    safe = [(label, safe_text(text, console.encoding, 2000)) for label, text in rows if text]
    if not console.is_terminal:
        width = max([9, *(len(label) for label, _ in safe)])
        for label, text in safe:
            console.file.write(f"{label:<{width}} {text}\n")
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for label, text in safe:
        grid.add_row(Text(label), Text(text))
    console.print(grid)
