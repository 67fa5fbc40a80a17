"""The options of `coach rehearse` and `coach drill` for lines that end with the actor's voice."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import tr
from coach.cli.options import CommandParser

if TYPE_CHECKING:
    from coach.app.listening import ListeningOptions


def add_listening(parser: CommandParser) -> None:
    """Add the options."""
    group = parser.section(tr("listening (each of these means --advance voice)"))
    group.add_argument(
        "--silence", type=_silence, metavar="S", help=tr("seconds of silence that end a line, 1 to 6 (default: 2)")
    )
    group.add_argument(
        "--sound", type=Path, metavar="FILE", help=tr("listen to this sound file instead of the microphone (live)")
    )
    group.add_argument(
        "--words",
        action="store_true",
        help=tr("also compare your words with the line (needs: pip install 'coach[words]')"),
    )
    group.add_argument(
        "--words-model",
        metavar="FOLDER",
        help=tr("recognise words by this model of faster-whisper; FOLDER#SHA256 checks that it is the right one"),
    )
    group.add_argument(
        "--speaking-gate", action="store_true", help=tr("the face counts less while you speak than in pauses")
    )


def listen_if_asked(args: argparse.Namespace) -> None:
    """Let the actor's voice end lines if they gave an option that listens, and did not choose what ends lines.

    Raises:
        UsageError: they chose something else.
    """
    given = [name for name in ("silence", "sound", "words", "words_model", "speaking_gate") if getattr(args, name)]
    if given and args.advance not in (None, "voice"):
        option = f"--{given[0].replace('_', '-')}"
        raise UsageError(
            tr(
                "{option} listens to you, and --advance {choice} does not; leave out one of them",
                option=option,
                choice=args.advance,
            )
        )
    if given:
        args.advance = "voice"


def listening_options(args: argparse.Namespace) -> ListeningOptions | None:
    """The options that the user gave; None unless the actor's voice ends lines.

    Raises:
        UsageError: an option would have no effect.
    """
    model = args.words_model
    if args.advance != "voice":
        return None
    from coach.app.listening import ListeningOptions
    from coach.core.rehearsal.line_end import SILENCE_S
    from coach.sources.opening import is_live

    if args.sound is not None and not is_live(args.source):
        raise UsageError(tr("--sound needs a live run: a recorded take is heard by its own sound track"))
    return ListeningOptions(
        silence_s=args.silence or SILENCE_S,
        sound=args.sound,
        otherwise="key" if args.window or sys.stdin.isatty() else "time",
        speaks=args.voice != "off",
        words=args.words or model is not None,
        words_model=model,
    )


def _silence(text: str) -> float:
    """Parse seconds from 1 to 6."""
    from coach.core.rehearsal.line_end import LONGEST_SILENCE_S, SHORTEST_SILENCE_S

    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not SHORTEST_SILENCE_S <= value <= LONGEST_SILENCE_S:
        raise argparse.ArgumentTypeError(tr("expected 1 to 6 seconds, found {text!r}", text=text[:40]))
    return value
