"""`coach demo`: play the example script with its sample take. Needs no camera, sound card, display or network."""

from __future__ import annotations

import argparse
import sys
from typing import Literal

from coach.base.messages import mark, tr
from coach.cli.options import CommandParser, add_model, add_screen_and_takes, add_voice
from coach.cli.rehearse import Screen, play

ABOUT = mark(
    "Rehearse the example monologue with the recorded sample take. In a terminal it plays at the take's own pace, "
    "with a voice if there is one; otherwise as fast as the machine can."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--wrong-tag", action="store_true", help=tr("use a script in which one line has a wrong tag"))
    parser.add_argument("--fast", action="store_true", help=tr("play it as fast as the machine can"))
    add_model(parser)
    add_voice(parser)
    add_screen_and_takes(parser)


def run(args: argparse.Namespace) -> int:
    """Play the demo.

    Raises:
        CoachError: the model or the takes folder cannot be used.
    """
    from coach.app.composition import RunOptions
    from coach.base.files import examples_folder, sample_take
    from coach.base.settings import Settings
    from coach.base.types import READS_PER_S
    from coach.scripts import load_script

    script = load_script(examples_folder() / ("wrong_tag.yaml" if args.wrong_tag else "waiting_for_news.yaml"))
    watch = sys.stdout.isatty() and not args.fast
    voice: Literal["auto", "on", "off"] = "on" if args.voice == "auto" and watch else args.voice
    options = RunOptions(
        source=str(sample_take()),
        watch=watch,
        model=args.model,
        voice=voice,
        voice_rate=args.voice_rate,
        voice_name=args.voice_name,
        window=args.window,
        evidence=args.evidence,
        takes=args.takes,
    )
    return play(script, Settings(reads_per_s=READS_PER_S), options, Screen(args.plain, args.window, first_steps=True))
