"""Options for learning lines: what is shown of them, how fast they go, and which are played."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Final, get_args

from coach.base.errors import UsageError
from coach.base.messages import tr
from coach.base.settings import Cues, Show

if TYPE_CHECKING:
    from coach.cli.options import CommandParser
    from coach.core.script.script import Script

ITALIAN_SPEED: Final = 2.0
"""Speed of an Italian run, in which actors rattle off their lines at double speed."""


def add_learning(parser: CommandParser) -> None:
    """Add the options for learning lines, for commands that play a script; all need a live run."""
    group = parser.section(tr("learning lines"))
    group.add_argument(
        "--show",
        choices=get_args(Show),
        default="full",
        help=tr(
            "how much of your lines you see: all, the first words, the first letter of each word, only the cues, or "
            "no words at all (live). The key s shows a line for some seconds, l says its next three words"
        ),
    )
    group.add_argument(
        "--cues",
        choices=get_args(Cues),
        default="full",
        help=tr("whole cues, or only the last words of a partner's long speech (live)"),
    )
    group.add_argument(
        "--speed", type=_speed, default=None, metavar="X", help=tr("play 0.5 to 2 times as fast as planned (live)")
    )
    group.add_argument(
        "--italian",
        action="store_true",
        help=tr("Italian run: double speed, and nothing is scored; without --record also no camera (live)"),
    )


def _speed(text: str) -> float:
    """Parse a speed from 0.5 to 2."""
    if not re.fullmatch(r"\d(\.\d{1,3})?", text.strip(), re.ASCII) or not 0.5 <= float(text) <= 2:
        raise argparse.ArgumentTypeError(tr("expected a speed from 0.5 to 2, found {text!r}", text=text[:40]))
    return float(text)


def speed_of(args: argparse.Namespace) -> float:
    """How many times as fast as planned the script is played."""
    return ITALIAN_SPEED if args.italian else float(args.speed or 1.0)


def voice_rate_of(args: argparse.Namespace) -> int | None:
    """The voice's words per minute, faster or slower with the script; None for the engine's default."""
    from coach.voice.utterances import ENGINE_RATE

    given: int | None = args.voice_rate
    return given if given is not None or speed_of(args) == 1 else round(ENGINE_RATE * speed_of(args))


def source_of(args: argparse.Namespace) -> str:
    """What is watched: an Italian run, in which no face is judged, needs the camera only to record."""
    from coach.sources.opening import is_camera

    unneeded = args.italian and not args.record and not args.window and is_camera(args.source)
    return "none" if unneeded else str(args.source)


def check_learning(args: argparse.Namespace) -> None:
    """Refuse options for learning lines that would have no effect.

    Raises:
        UsageError: an option needs a live run, or two make no sense together.
    """
    from coach.sources.opening import is_live

    given = {
        "--show": args.show != "full",
        "--cues": args.cues != "full",
        "--speed": args.speed is not None,
        "--italian": args.italian,
    }
    for option, is_given in given.items():
        if is_given and not is_live(args.source):
            raise UsageError(
                tr("{option} changes how you rehearse, so it needs a live run, not a recorded take", option=option)
            )
    if args.italian and args.speed is not None:
        raise UsageError(tr("--italian plays at double speed; leave out --speed, or --italian"))
    if args.italian and (args.evidence or args.measures or args.measures_per_second):
        raise UsageError(tr("--italian watches no face; leave out --evidence and --measures, or --italian"))
    if args.show == "none" and args.voice == "off":
        raise UsageError(tr("--show none and --voice off leave you without any cue; choose --show cue"))


def lines_from(script: Script, args: argparse.Namespace) -> tuple[int, int]:
    """First and last line of a run that begins at the line that `args` name.

    Raises:
        UsageError: there is no such line, or other options choose lines too.
    """
    if args.lines is not None or args.scene is not None:
        raise UsageError(tr("--from, --lines and --scene all choose lines; give one of them"))
    count = len(script.spoken)
    if args.from_line > count:
        raise UsageError(tr("--from {line}: this script has lines 1-{count}", line=args.from_line, count=count))
    return args.from_line, count
