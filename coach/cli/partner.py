"""The options of the scene partner in `coach rehearse` and `coach drill`, and what they stand for."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli.options import CommandParser, Options

if TYPE_CHECKING:
    from coach.app.composition import RehearsalRun
    from coach.app.partner import PartnerOptions
    from coach.base.settings import Advance, Settings
    from coach.core.script.script import Script
    from coach.voice.partner import ScenePartner


def add_partner_options(parser: CommandParser) -> None:
    """Add the options."""
    group = parser.section(tr("scene partner (live)"))
    group.add_argument(
        "--partner",
        choices=["voice", "text", "off"],
        help=tr(
            "the others' lines are spoken, or only shown for as long as they take to say; off: somebody beside you "
            "reads them, and you go on with space (default: voice, or text with --voice off)"
        ),
    )
    group.add_argument(
        "--partner-speed",
        type=_speed,
        default=1.0,
        metavar="X",
        help=tr("how fast they are said, 0.5 to 2 (default: 1)"),
    )
    group.add_argument(
        "--partner-delay",
        type=_delay,
        default=0.0,
        metavar="S",
        help=tr("seconds before a reply, 0 to 10 (default: 0)"),
    )
    group.add_argument(
        "--partner-folder",
        type=Path,
        metavar="DIR",
        help=tr(
            "own recordings of lines, in files whose names begin with the number of the line among the others' lines, "
            "such as 3.wav; `coach record-cue` lists the numbers, and keeps single recordings"
        ),
    )
    add_models(group)


def add_models(options: Options) -> None:
    """Add the option for voices of Piper."""
    options.add_argument(
        "--partner-model",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help=tr(
            "speak with this voice of the program Piper, a NAME.onnx beside its NAME.onnx.json, instead of the "
            "system's voices; can be given several times"
        ),
    )


def partner_options(args: argparse.Namespace) -> PartnerOptions:
    """The options that the user gave.

    Raises:
        UsageError: an option would have no effect.
    """
    from coach.app.partner import PartnerOptions
    from coach.sources.opening import is_live

    given = {
        "--partner": args.partner is not None,
        "--partner-speed": args.partner_speed != 1,
        "--partner-delay": args.partner_delay > 0,
        "--partner-folder": args.partner_folder is not None,
        "--partner-model": bool(args.partner_model),
    }
    for option in (option for option, is_given in given.items() if is_given and not is_live(args.source)):
        raise UsageError(
            tr("{option} needs a live run: in a recorded take the others are heard already", option=option)
        )
    return PartnerOptions(
        args.partner or "auto",
        args.partner_speed,
        args.partner_delay,
        tuple(args.partner_model),
        args.partner_folder,
    )


def with_turns(settings: Settings, script: Script, args: argparse.Namespace) -> Settings:
    """`settings` with what ends a line, unless the user chose that with ``--advance``."""
    from coach.sources.opening import is_live

    if args.advance is not None or not script.has_partners or not is_live(args.source):
        return settings
    return settings.model_copy(update={"advance": default_advance(window=args.window)})


def default_advance(*, window: bool) -> Advance:
    """What ends the lines of a live scene with partners.

    That is the actor's voice, or a key where nothing to listen with is installed, or their time where nobody can press
    a key.
    """
    if not (window or sys.stdin.isatty()):
        return "time"
    from coach.listening.voice_activity import missing_packages

    return "key" if missing_packages(microphone=True) else "voice"


def prepare_partner(run: RehearsalRun, stack: ExitStack) -> ScenePartner | None:
    """The partner of `run`, with its first lines rendered; `stack` closes it. None if nobody is to speak.

    Raises:
        UsageError: the folder of recordings cannot be used.
        VoiceError: a model that the user named cannot be read.
    """
    from coach.app.partner import open_partner, partner_turns
    from coach.display.kit.console import open_console
    from coach.display.kit.progress import LateBar

    if not partner_turns(run):
        return None
    with LateBar(open_console(), tr("Preparing the partner's voices")) as bar:
        partner = open_partner(run, bar)
    stack.callback(partner.close)
    return partner


def _speed(text: str) -> float:
    """Parse a multiple from 0.5 to 2."""
    return _number(text, 0.5, 2, mark("expected a number from {least:g} to {most:g}, found {text!r}"))


def _delay(text: str) -> float:
    """Parse seconds from 0 to 10."""
    return _number(text, 0, 10, mark("expected seconds from {least:g} to {most:g}, found {text!r}"))


def _number(text: str, least: float, most: float, wrong: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(tr(wrong, least=least, most=most, text=text[:40]))
    return value
