"""`coach record-cue`: keep a recording of a partner's line, which is then played instead of a voice."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli import output
from coach.cli.options import CommandParser, add_role, count

if TYPE_CHECKING:
    from coach.core.script.script import Script
    from coach.core.script.timeline import PartnerTurn
    from coach.voice.own_recordings import OwnRecordings

ABOUT = mark(
    "Keep a recording of a line of the others, from the microphone or a file: the partner plays it instead of speaking "
    "with a voice. Without LINE, lists the lines of the others with their numbers. A recording belongs to the words, "
    "so it stays when other lines of the script change."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("script", metavar="SCRIPT", help=tr("the script file"))
    parser.add_argument("line", metavar="LINE", type=count, nargs="?", help=tr("number of a line of the others"))
    what = parser.one_of(required=False)
    about = tr("a sound file of up to ten minutes, instead of the microphone")
    what.add_argument("--from", dest="source", type=Path, metavar="FILE", help=about)
    what.add_argument("--remove", action="store_true", help=tr("remove the recording of the line"))
    add_role(parser)


def run(args: argparse.Namespace) -> int:
    """Keep or remove a recording, or list the lines.

    Raises:
        CoachError: the script or the recording cannot be read, or there is no such line.
    """
    from coach.app.own_cues import partner_line, partner_lines
    from coach.cli.roles import choose_role
    from coach.scripts import load_script
    from coach.voice.own_recordings import OwnRecordings

    script = choose_role(load_script(args.script, output.print_notice, args.role))
    store = OwnRecordings()
    if args.line is not None:
        _change(partner_line(script, args.line), args, store)
    elif args.source is not None or args.remove:
        raise UsageError(tr("which line? `coach record-cue {script}` lists their numbers", script=args.script))
    else:
        _list(script, partner_lines(script), store)
    return 0


def _change(turn: PartnerTurn, args: argparse.Namespace, store: OwnRecordings) -> None:
    from coach.app.own_cues import keep_recording
    from coach.base.text import clean

    what = tr(
        "line {number}, {role}: {words}", number=turn.number, role=turn.line.role, words=clean(turn.line.text, 60)
    )
    if args.remove:
        done = store.remove(turn.line.role or "", turn.line.text)
        removed, none = mark("Removed the recording of {line}"), mark("There is no recording of {line}")
        output.print_sentence(tr(removed if done else none, line=what))
        return
    if args.source is not None:
        seconds = keep_recording(turn, args.source, store)
    elif sys.stdin.isatty() and sys.stdout.isatty():
        seconds = _record(turn, store)
    else:
        raise UsageError(
            tr(
                "name the recording of line {number} with --from FILE: there is no terminal to record in",
                number=turn.number,
            )
        )
    output.print_sentence(tr("Kept {seconds:.1f} s for {line}", seconds=seconds, line=what))


def _record(turn: PartnerTurn, store: OwnRecordings) -> float:
    from coach.app.line_recording import record_line
    from coach.display.kit.writer import safe_text

    words = safe_text(f"{turn.line.role}: {turn.line.text}", sys.stdout.encoding or "utf-8", 2500)

    advice = tr("The microphone listens. Say the line, then press Enter.")

    def wait() -> None:
        output.read_answer(f"{words}\n{advice} ")

    return record_line(turn, store, wait)


def _list(script: Script, turns: list[PartnerTurn], store: OwnRecordings) -> None:
    from coach.base.text import clean
    from coach.display.kit.writer import safe_text

    encoding, width = sys.stdout.encoding or "utf-8", len(tr("recorded"))
    if not turns:
        output.print_sentence(tr("In {title} nobody else speaks.", title=clean(script.title)))
    for turn in turns:
        recorded = store.find(turn.line.role or "", turn.line.text)
        state = tr("recorded") if recorded else ""
        output.write(
            f"{turn.number:>4}  {state:<{width}}  {safe_text(f'{turn.line.role}: {turn.line.text}', encoding, 2500)}\n"
        )
