"""`coach report`: a take's report once more, on the terminal or as JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coach.core.report import Report
    from coach.takes.journal import Journal

_STDOUT: Final = "-"

BROKEN_OFF: Final = "interrupted"
"""How a killed run counts as having ended."""

NO_REPORT: Final = "The take had no report; this one was made from its journal."


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = "Show a take's report again: the newest one, or the one you name."
    parser = commands.add_parser("report", help="show a take's report again", description=about)
    parser.add_argument(
        "take", nargs="?", metavar="TAKE", help="a take's name, a part of it, or its folder (default: the newest)"
    )
    parser.add_argument("--takes", type=Path, metavar="DIR", help="folder of the takes (default: in your data folder)")
    parser.add_argument("--json", metavar="PATH", help="write the report as JSON to this file; - prints it instead")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show or write the report that `args` asks for.

    Raises:
        CoachError: there is no such take, it cannot be read, or the JSON cannot be written.
    """
    from coach.takes.report_file import export_report, report_json

    take = _chosen(args.take, args.takes)
    report = _report_of(take)
    if args.json == _STDOUT:
        _print_bytes(report_json(report).encode("utf-8", "replace"))
        return 0
    if args.json is not None:
        export_report(Path(args.json), report)
    _show(report, take, _more(args))
    if args.json is not None:
        _say(f"JSON written to {args.json}")
    return 0


def _chosen(name: str | None, folder: Path | None) -> Path:
    from coach.errors import TakeError
    from coach.takes.store import TakeStore

    store = TakeStore(folder)
    take = store.find(name) if name is not None else store.newest()
    if take is None:
        raise TakeError(f"no takes in {store.folder} yet; `coach demo` or `coach rehearse SCRIPT` makes one")
    return take


def _report_of(take: Path) -> Report:
    from coach.errors import TakeError
    from coach.takes.journal import JOURNAL_NAME, read_journal
    from coach.takes.lock import is_running
    from coach.takes.report_file import REPORT_NAME, load_report

    if (take / REPORT_NAME).exists():
        return load_report(take / REPORT_NAME)
    if is_running(take):
        raise TakeError(f"the take {take.name} is still being played; its report comes when it ends")
    report = _made_again(take, read_journal(take / JOURNAL_NAME))
    _keep(take / REPORT_NAME, report)
    return report


def _made_again(take: Path, journal: Journal) -> Report:
    """The report of a take that was broken off before it had one, from what its journal kept."""
    from coach.session import replay

    header = journal.header
    end = (journal.end.t, journal.end.cause) if journal.end else (_kept_until(journal), BROKEN_OFF)
    report = replay(header.script, header.settings, header.card, header.source, journal.inputs(), end, take.name)
    created = report.created.model_copy(update={"at": header.created})
    return report.model_copy(update={"created": created, "warnings": [*report.warnings, _what_is_kept(journal)]})


def _keep(path: Path, report: Report) -> None:
    """Put the report beside the journal, so that the take counts as finished; where that fails it is still shown."""
    from coach.files import why
    from coach.takes.report_file import write_report

    try:
        write_report(path, report)
    except OSError as error:
        _say(f"The report could not be kept in {path.parent} ({why(error)}).")


def _kept_until(journal: Journal) -> float:
    return 0.0 if journal.last_t is None else journal.last_t


def _what_is_kept(journal: Journal) -> str:
    damage = f" In its journal {journal.damaged}." if journal.damaged else ""
    if journal.end is not None:
        return NO_REPORT + damage
    if journal.last_t is None:
        return f"The take was broken off before it began; nothing of it was kept.{damage}"
    return f"The take was broken off; it was kept until {max(journal.last_t, 0.0):.1f} s.{damage}"


def _more(args: argparse.Namespace) -> str:
    """The command that shows everything there is about the take that `args` asks for."""
    import shlex

    words = ["coach", "report", *([args.take] if args.take else []), "--json", _STDOUT]
    return shlex.join([*words, *(["--takes", str(args.takes)] if args.takes else [])])


def _show(report: Report, take: Path, more: str) -> None:
    from coach.display.consoles import open_console
    from coach.display.summary import print_report

    print_report(report, open_console(), take_path=take, more=more)


def _say(sentence: str) -> None:
    from coach.text import clean

    sys.stderr.write(clean(sentence, 1000) + "\n")


def _print_bytes(data: bytes) -> None:
    """JSON is UTF-8, whatever the terminal takes."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
