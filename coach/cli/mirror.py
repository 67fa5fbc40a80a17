"""`coach mirror`: every face of a camera, a video, pictures or a web video, with what the camera reads in it."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.rehearse import add_model, count, seconds
from coach.cli.web_options import add_web_options
from coach.perception.detectors import DETECTORS

if TYPE_CHECKING:
    from coach.base.types import Box


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = (
        "Show every face with its number, what the camera reads in it and the seven percentages, live, with a graph of "
        "one person over time. No script. Keys: q quit, p pause, v start or stop recording, s snapshot, tab next "
        "person, g graph, m mirror."
    )
    parser = commands.add_parser("mirror", help="see what the camera reads in every face, live", description=about)
    _add_source(parser)
    _add_faces(parser)
    _add_screen(parser)
    _add_files(parser)
    add_web_options(parser)
    parser.set_defaults(run=run)


def _add_source(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is watched")
    group.add_argument(
        "--source",
        default="camera",
        metavar="WHAT",
        help="camera (the default), camera:N, a video file, a picture, a folder of pictures, or a web address",
    )
    group.add_argument("--open-timeout", type=seconds, default=15.0, metavar="S", help="longest wait for a camera")
    group.add_argument("--yes", action="store_true", help="agree to the use of the camera without being asked")


def _add_faces(parser: argparse.ArgumentParser) -> None:
    # Else argparse takes -5,0,9,9 for an option, and says nothing of what is wrong with it.
    parser._negative_number_matcher = re.compile(r"-[0-9][0-9,. -]*$")
    group = parser.add_argument_group("which faces")
    add_model(group)
    group.add_argument(
        "--detector",
        choices=["auto", *DETECTORS],
        default="auto",
        help="what finds the faces: wide, tiled (smaller faces, slower), blazeface (near faces, quickest) or haar "
        "(default: auto, which is tiled for pictures and wide for all else)",
    )
    group.add_argument(
        "--every", type=count, default=3, metavar="N", help="search faces in every Nth frame (default: 3)"
    )
    group.add_argument("--max-faces", type=count, metavar="N", help="follow only the N biggest faces")
    group.add_argument(
        "--region",
        type=region,
        metavar="X,Y,W,H",
        help="search faces only in this part of the picture: pixels from its left and top edge, width, height",
    )


def _add_screen(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("screen")
    group.add_argument(
        "--labels",
        choices=["plain", "classic"],
        default="plain",
        help="fear and surprise (plain), or scared and surprised as in older mirrors (classic); logs are always plain",
    )
    group.add_argument(
        "--headless",
        action="store_true",
        help="no window; a recording is then read as fast as it decodes (by itself where there is no display)",
    )
    group.add_argument("--plain", action="store_true", help="without a window, plain lines instead of the live view")


def _add_files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    group.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="write what is shown as .mp4 or .avi, with the source's sound; of pictures, annotated copies into this "
        "folder, or of a single one into this .png or .jpg",
    )
    group.add_argument("--log", type=Path, metavar="PATH", help="write a row per face and frame as .csv or .jsonl")
    group.add_argument("--graph", type=Path, metavar="PATH", help="draw the emotions over time as .png or .svg")
    group.add_argument("--force", action="store_true", help="replace files of these names that are there")


def region(text: str) -> Box:
    """``x,y,w,h`` in whole pixels."""
    from coach.base.types import Box

    numbers = [int(part) for part in text.split(",")] if re.fullmatch(r"\s*\d{1,5}(\s*,\s*\d{1,5}){3}\s*", text) else []
    if len(numbers) != 4 or 0 in numbers[2:]:
        raise argparse.ArgumentTypeError(
            f"expected left, top, width and height in pixels, none below 0, such as 0,0,640,480, found {text[:40]!r}"
        )
    return Box(*numbers)


def run(args: argparse.Namespace) -> int:
    """Run the mirror.

    Raises:
        CoachError: the source, the model or a file cannot be used.
    """
    from coach.cli.mirror_staging import play

    return play(args)
