"""`coach record-cue`: keep a recording of a partner's line, which is then played instead of a voice."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.cli import output
from coach.cli.options import CommandParser, add_role, count

if TYPE_CHECKING:
    from coach.core.script.script import Script
    from coach.core.script.timeline import PartnerTurn
    from coach.voice.own_recordings import OwnRecordings

ABOUT = (
    "Keep a recording of a line of the others, from the microphone or a file: the partner plays it instead of speaking "
    "with a voice. Without LINE, lists the lines of the others with their numbers. A recording belongs to the words, "
    "so it stays when other lines of the script change."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("script", metavar="SCRIPT", help="the script file")
    parser.add_argument("line", metavar="LINE", type=count, nargs="?", help="number of a line of the others")
    what = parser.one_of(required=False)
    about = "a sound file of up to ten minutes, instead of the microphone"
    what.add_argument("--from", dest="source", type=Path, metavar="FILE", help=about)
    what.add_argument("--remove", action="store_true", help="remove the recording of the line")
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
        raise UsageError(f"which line? `coach record-cue {args.script}` lists their numbers")
    else:
        _list(script, partner_lines(script), store)
    return 0


def _change(turn: PartnerTurn, args: argparse.Namespace, store: OwnRecordings) -> None:
    from coach.app.own_cues import keep_recording
    from coach.base.text import clean

    what = f"line {turn.number}, {turn.line.role}: {clean(turn.line.text, 60)}"
    if args.remove:
        done = store.remove(turn.line.role or "", turn.line.text)
        output.print_sentence(f"{'Removed the' if done else 'There is no'} recording of {what}")
        return
    if args.source is not None:
        seconds = keep_recording(turn, args.source, store)
    elif sys.stdin.isatty() and sys.stdout.isatty():
        seconds = _record(turn, store)
    else:
        raise UsageError(
            f"name the recording of line {turn.number} with --from FILE: there is no terminal to record in"
        )
    output.print_sentence(f"Kept {seconds:.1f} s for {what}")


def _record(turn: PartnerTurn, store: OwnRecordings) -> float:
    from coach.app.line_recording import record_line
    from coach.display.kit.writer import safe_text

    words = safe_text(f"{turn.line.role}: {turn.line.text}", sys.stdout.encoding or "utf-8", 2500)

    def wait() -> None:
        output.read_answer(f"{words}\nThe microphone listens. Say the line, then press Enter. ")

    return record_line(turn, store, wait)


def _list(script: Script, turns: list[PartnerTurn], store: OwnRecordings) -> None:
    from coach.base.text import clean
    from coach.display.kit.writer import safe_text

    encoding = sys.stdout.encoding or "utf-8"
    if not turns:
        output.print_sentence(f"In {clean(script.title)} nobody else speaks.")
    for turn in turns:
        recorded = store.find(turn.line.role or "", turn.line.text)
        mark = "recorded" if recorded else ""
        output.write(
            f"{turn.number:>4}  {mark:<8}  {safe_text(f'{turn.line.role}: {turn.line.text}', encoding, 2500)}\n"
        )
