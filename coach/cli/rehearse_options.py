"""The options of commands that play a script, and the settings they stand for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from coach.base.errors import UsageError
from coach.base.messages import tr
from coach.cli.learning_options import add_learning, check_learning, source_of, speed_of, voice_rate_of
from coach.cli.listening import add_listening, listen_if_asked, listening_options
from coach.cli.options import (
    CommandParser,
    add_measures,
    add_model,
    add_reads,
    add_role,
    add_screen_and_takes,
    add_voice,
    count,
    face_choice,
    line_range,
    measures_per_s,
    seconds,
)
from coach.cli.partner import add_partner_options, partner_options
from coach.cli.web_options import add_web_options, web_options
from coach.perception.models import ACTOR_DETECTORS

if TYPE_CHECKING:
    from coach.app.composition import RunOptions
    from coach.base.settings import Settings


def add_run(parser: CommandParser, *, passage: bool = True) -> None:
    """Add the options of commands that play a script; with `passage`, the user may choose the lines."""
    _add_source(parser)
    _add_coaching(parser)
    _add_playing(parser, passage=passage)
    add_learning(parser)
    add_voice(parser)
    add_listening(parser)
    add_partner_options(parser)
    group = add_screen_and_takes(parser)
    group.add_argument(
        "--actor",
        metavar="NAME",
        help=tr(
            "compare with this actor's own examples (default: with a camera the actor used last, otherwise nobody)"
        ),
    )
    about = tr("keep a video of what the camera sees, with sound where there is a microphone (package coach[mic])")
    group.add_argument("--record", action="store_true", help=about)
    group.add_argument("--no-sound", action="store_true", help=tr("with --record: keep the picture alone"))
    add_web_options(parser)


def _add_source(parser: CommandParser) -> None:
    group = parser.section(tr("what to watch"))
    group.add_argument(
        "--source",
        default="camera",
        metavar="WHAT",
        help=tr(
            "camera (the default), camera:N, a video file, a picture, a folder of pictures, a web address of a "
            "video, or none for the cues alone"
        ),
    )
    group.add_argument("--watch", action="store_true", help=tr("play a recorded take at its own pace"))
    group.add_argument("--open-timeout", type=seconds, default=15.0, metavar="S", help=tr("longest wait for a camera"))
    group.add_argument("--yes", action="store_true", help=tr("allow the camera without a question"))
    add_model(group)
    group.add_argument(
        "--face",
        type=face_choice,
        default="auto",
        metavar="WHICH",
        help=tr(
            "which of several faces is yours: left, right, biggest, or its number from the left; the picture is not "
            "mirrored (default: the coach decides)"
        ),
    )
    group.add_argument("--detector", choices=ACTOR_DETECTORS, default="blazeface", help=tr("what finds the face"))
    group.add_argument(
        "--detect-every",
        type=count,
        default=3,
        metavar="N",
        help=tr("search the face in every Nth reading (default: 3)"),
    )
    add_reads(group)
    add_measures(group)


def _add_coaching(parser: CommandParser) -> None:
    group = parser.section(tr("coaching"))
    group.add_argument(
        "--coach",
        choices=["live", "gaps", "off"],
        default="live",
        help=tr("notes during lines, in the script's pauses, or none"),
    )
    group.add_argument(
        "--strictness", choices=["gentle", "standard", "strict"], default="standard", help=tr("how much a hit needs")
    )
    group.add_argument(
        "--announce",
        choices=["off", "emotion", "line", "tone"],
        default="off",
        help=tr("before each line, say its emotion or its first words, or play a short tone"),
    )


def _add_playing(parser: CommandParser, *, passage: bool) -> None:
    group = parser.section(tr("playing the script"))
    if passage:
        add_role(group)
        group.add_argument("--scene", type=count, metavar="N", help=tr("play only your lines of scene N of the script"))
        group.add_argument(
            "--lines", type=line_range, metavar="A-B", help=tr("play only these lines, such as 3-7 or 4")
        )
        group.add_argument("--from", type=count, metavar="N", dest="from_line", help=tr("begin at line N"))
    else:
        parser.set_defaults(lines=None, scene=None, from_line=None)
    group.add_argument("--loop", type=count, default=1, metavar="N", help=tr("play the lines N times (live)"))
    group.add_argument(
        "--lead-in", type=seconds, default=3.0, metavar="S", help=tr("countdown before a live run (default: 3)")
    )
    group.add_argument(
        "--advance",
        choices=["time", "key", "voice"],
        help=tr(
            "next line by its time, by space or Enter (live), or when you have spoken it, in a recorded take too "
            "(needs: pip install 'coach[mic]'; default: voice or key in a scene with partners, else time)"
        ),
    )


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings given by the options.

    Raises:
        UsageError: a number is outside its range.
    """
    from pydantic import ValidationError

    from coach.base.settings import Settings

    check_learning(args)
    listen_if_asked(args)
    try:
        return Settings(
            strictness=args.strictness,
            coach=args.coach,
            announce=args.announce,
            advance=args.advance or "time",
            speaking_gate=args.speaking_gate,
            lines=args.lines,
            loop=args.loop,
            lead_in_s=args.lead_in,
            detect_every=args.detect_every,
            reads_per_s=args.reads_per_second,
            detector=args.detector,
            face=args.face,
            show=args.show,
            cues=args.cues,
            speed=speed_of(args),
            italian=args.italian,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = str(first["loc"][0]).removesuffix("_s").replace("_", "-")
        problem = first["msg"].lower()
        message = tr("--{option}: {problem}, found {value}", option=option, problem=problem, value=first["input"])
        raise UsageError(message) from error


def options_of(args: argparse.Namespace) -> RunOptions:
    """The run options given by the options of the command."""
    from coach.app.composition import RunOptions

    return RunOptions(
        source=source_of(args),
        watch=args.watch,
        open_timeout_s=args.open_timeout,
        model=args.model,
        voice=args.voice,
        voice_rate=voice_rate_of(args),
        voice_name=args.voice_name,
        record=args.record,
        sound=not args.no_sound,
        window=args.window,
        actor=args.actor,
        evidence=args.evidence,
        takes=args.takes,
        web=web_options(args),
        measures_per_s=measures_per_s(args),
        listening=listening_options(args),
        partner=partner_options(args),
    )
