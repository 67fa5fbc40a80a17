"""`coach takes show`: what is known of one take, and which files it keeps."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from coach.base.text import bytes_text, count_text, length_text
from coach.cli.take_options import TAKE_HELP, add_takes_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from coach.core.scoring.report import Report
    from coach.takes.catalogue import TakeFacts
    from coach.takes.journal import JournalHeader


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = "Show what is known of one take: how it went, what it was played with, and which files it keeps."
    parser = commands.add_parser("show", help="what is known of a take, and its files", description=about)
    parser.add_argument("take", metavar="TAKE", help=TAKE_HELP)
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    add_takes_folder(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the take.

    Raises:
        TakeError: there is no such take.
    """
    from coach.display.kit.console import open_console
    from coach.takes.catalogue import facts_of
    from coach.takes.store import TakeStore

    take = TakeStore(args.takes).find(args.take)
    facts, header, report = facts_of(take), _header(take), _report(take)
    if args.json:
        sys.stdout.write(json.dumps(_plain(take, facts, header, report), indent=2) + "\n")
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


def _plain(take: Path, facts: TakeFacts, header: JournalHeader | None, report: Report | None) -> dict[str, Any]:
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
    yield "take", facts.name
    yield "script", _script(facts, header)
    yield "played", _played(facts, report)
    yield "source", _source(facts, header)
    if report:
        yield from _result(report)
    elif facts.state == "unfinished":
        yield "result", "broken off before its report; `coach takes recover` makes it"
    else:
        yield "result", "being played" if facts.state == "playing" else "its report cannot be read"
    yield "settings", ", ".join(f"{key} {_word(value)}" for key, value in _settings(header, report).items())
    if header:
        yield "coach", header.coach_version
    yield "folder", str(take)
    yield from _files(take)


def _script(facts: TakeFacts, header: JournalHeader | None) -> str:
    """The title of the script that the report is about, and that of the one that was played where it is another."""
    title = f"\u201c{facts.title}\u201d" if facts.title else ""
    if header is None:
        return title
    script = header.script
    other = f"played as \u201c{script.title}\u201d" if script.title != facts.title else ""
    told = (title, other, count_text(len(script.spoken), "line"), f"language {script.language}")
    return ", ".join(part for part in told if part)


def _played(facts: TakeFacts, report: Report | None) -> str:
    from coach.core.scoring.report import ENDS

    length = length_text(facts.length_s) if facts.length_s is not None else ""
    ended = ENDS.get(report.ended, report.ended) if report else ""
    return ", ".join(part for part in (facts.at[:16].replace("T", " "), length, ended) if part)


def _source(facts: TakeFacts, header: JournalHeader | None) -> str:
    name = "no camera" if facts.kind == "none" else facts.source
    return f"{name} ({header.source.path})" if header and header.source.path else name


def _result(report: Report) -> Iterator[tuple[str, str]]:
    from coach.core.scoring.report import clock_text

    overall = report.overall
    if overall.accuracy is not None:
        counts = ((overall.hits, "hit"), (overall.partials, "partial"), (overall.misses, "miss"))
        told = ", ".join(f"{count} {word}" for count, word in counts if count)
        yield "result", f"{overall.accuracy:.0%} on target over the scored time; lines: {told or 'none scored'}"
    else:
        yield "result", "nothing was scored"
    if report.strength:
        yield "strength", f"line {report.strength.line}: {report.strength.text}"
    for note in report.notes:
        live = note.kind == "live"
        yield (
            "live note" if live else "note",
            f"{f'{clock_text(note.t)} ' if live else ''}line {note.line}: {note.text}",
        )
    for warning in report.warnings:
        yield "warning", warning
    if report.model:
        says = "shares of viewers" if report.model.meaning == "viewers" else "one label"
        yield "model", f"{report.model.name}, gives {says} ({report.model.sha256[:12]})"


def _settings(header: JournalHeader | None, report: Report | None) -> dict[str, Any]:
    """Those that the report was made with; it may have been scored again."""
    plain = dict(report.settings) if report else header.settings.model_dump(mode="json") if header else {}
    return {key: value for key, value in plain.items() if value is not None}


def _word(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def _files(take: Path) -> Iterator[tuple[str, str]]:
    from coach.takes.contents import kept_files

    files = kept_files(take)
    label = "files"
    for file in files:
        if not file.name.startswith("evidence/"):
            yield label, f"{file.name} ({bytes_text(file.size)})"
            label = ""
    pictures = [file for file in files if file.name.startswith("evidence/")]
    if pictures:
        yield label, f"evidence: {len(pictures)} files ({bytes_text(sum(file.size for file in pictures))})"


def _print(rows: list[tuple[str, str]], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    from coach.display.kit.writer import shown

    safe = [(label, shown(text, console.encoding, 2000)) for label, text in rows if text]
    if not console.is_terminal:
        for label, text in safe:
            console.file.write(f"{label:<10}{text}\n")
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for label, text in safe:
        grid.add_row(Text(label), Text(text))
    console.print(grid)
