"""`coach rehearse`: play a script against a camera or a recorded take."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from coach.base.errors import UsageError
from coach.base.settings import Settings
from coach.cli.web_options import add_web_options


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = "Walk through a script in time, give the cues, watch the face, and report line by line."
    parser = commands.add_parser(
        "rehearse", help="rehearse a script with a camera or a recorded take", description=about
    )
    parser.add_argument("script", metavar="SCRIPT", help="the script file (.yaml, .json, .txt or .md)")
    add_run(parser)
    parser.set_defaults(run=run)


def add_run(parser: argparse.ArgumentParser, *, passage: bool = True) -> None:
    """The options of every command that plays a script; with `passage` the user may choose the lines."""
    _add_source(parser)
    _add_coaching(parser)
    _add_walk(parser, passage=passage)
    add_voice(parser)
    group = add_output(parser)
    group.add_argument("--record", action="store_true", help="keep a video of what the camera sees, without sound")
    add_web_options(parser)


def _add_source(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is watched")
    group.add_argument(
        "--source",
        default="camera",
        metavar="WHAT",
        help="camera (the default), camera:N, a video file, a picture, a folder of pictures, a web address of a "
        "video, or none: cues alone",
    )
    group.add_argument("--watch", action="store_true", help="play a recorded take at its own pace")
    group.add_argument("--open-timeout", type=seconds, default=15.0, metavar="S", help="longest wait for a camera")
    group.add_argument("--yes", action="store_true", help="agree to the use of the camera without being asked")
    add_model(group)
    group.add_argument("--detector", choices=["blazeface", "haar"], default="blazeface", help="what finds the face")
    group.add_argument(
        "--detect-every", type=count, default=3, metavar="N", help="search the face in every Nth frame (default: 3)"
    )


def _add_coaching(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it coaches")
    group.add_argument(
        "--coach",
        choices=["live", "gaps", "off"],
        default="live",
        help="notes during lines, in the script's pauses, or none",
    )
    group.add_argument(
        "--strictness", choices=["gentle", "standard", "strict"], default="standard", help="how much makes a hit"
    )
    group.add_argument(
        "--announce",
        choices=["off", "emotion", "line", "tone"],
        default="off",
        help="what is said before each line: its emotion, its first words, or a short tone",
    )


def _add_walk(parser: argparse.ArgumentParser, *, passage: bool) -> None:
    group = parser.add_argument_group("how the script is walked")
    if passage:
        group.add_argument("--lines", type=line_range, metavar="A-B", help="play only these lines, such as 3-7 or 4")
    else:
        parser.set_defaults(lines=None)
    group.add_argument("--loop", type=count, default=1, metavar="N", help="play the lines N times (live)")
    group.add_argument(
        "--lead-in", type=seconds, default=3.0, metavar="S", help="countdown before a live run (default: 3)"
    )
    group.add_argument(
        "--advance", choices=["time", "key"], default="time", help="next line by its time, or by space or Enter (live)"
    )


def add_model(parser: argparse._ActionsContainer) -> None:
    """The option of the model, the same for every command that reads faces."""
    text = "what reads the face: a name from `coach models`, or the path of a NAME.onnx beside its NAME.json"
    parser.add_argument("--model", metavar="NAME|PATH", help=text)


def add_voice(parser: argparse.ArgumentParser) -> None:
    """The options of the voice, the same for every command that speaks."""
    group = parser.add_argument_group("voice")
    group.add_argument(
        "--voice", choices=["auto", "on", "off"], default="auto", help="speak cues and notes (auto: in live runs)"
    )
    group.add_argument("--voice-rate", type=voice_rate, metavar="WPM", help="words per minute, 80 to 400")
    group.add_argument("--voice-name", metavar="NAME", help="a voice from `coach voices`")


def add_output(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """The options of screen and takes, the same for every command that plays a take, and the group for more."""
    group = parser.add_argument_group("screen and takes")
    group.add_argument("--plain", action="store_true", help="plain lines instead of the live view")
    group.add_argument("--window", action="store_true", help="show the picture in a window, with the line as caption")
    group.add_argument("--takes", type=Path, metavar="DIR", help="folder of the takes (default: in your data folder)")
    group.add_argument(
        "--evidence", action="store_true", help="keep up to three pictures of your face for each line, for the page"
    )
    return group


def line_range(text: str) -> tuple[int, int]:
    """``3-7`` or ``4`` as first and last line."""
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise argparse.ArgumentTypeError(f"expected lines such as 3-7 or 4, found {text[:40]!r}")
    return first, last


def seconds(text: str) -> float:
    """A length of time from 0 to 60 seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError(f"expected seconds from 0 to 60, found {text[:40]!r}")
    return value


def count(text: str) -> int:
    """A whole number from 1 on."""
    if not re.fullmatch(r"0*[1-9]\d{0,5}", text.strip()):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, found {text[:40]!r}")
    return int(text)


def voice_rate(text: str) -> int:
    """Words per minute that a voice can speak."""
    if not re.fullmatch(r"\d{2,3}", text.strip()) or not 80 <= int(text) <= 400:
        raise argparse.ArgumentTypeError(f"expected words per minute from 80 to 400, found {text[:40]!r}")
    return int(text)


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings that the options ask for.

    Raises:
        UsageError: a number is outside its range.
    """
    from pydantic import ValidationError

    try:
        return Settings(
            strictness=args.strictness,
            coach=args.coach,
            announce=args.announce,
            advance=args.advance,
            lines=args.lines,
            loop=args.loop,
            lead_in_s=args.lead_in,
            detect_every=args.detect_every,
            detector=args.detector,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = str(first["loc"][0]).removesuffix("_s").replace("_", "-")
        raise UsageError(f"--{option}: {first['msg'].lower()}, found {first['input']}") from error


def run(args: argparse.Namespace) -> int:
    """Rehearse.

    Raises:
        CoachError: the script, the source, the model or the takes folder cannot be used.
    """
    from coach.cli.staging import Staging, play
    from coach.scripts import load_script

    settings = settings_of(args)
    return play(load_script(args.script), settings, Staging.of(args))
