"""`coach studio`: rehearse in the browser."""

from __future__ import annotations

import argparse
from pathlib import Path

from coach.cli.logs import write_bug_log
from coach.cli.options import CommandParser, add_takes_folder, port_number
from coach.cli.output import print_status

ABOUT = (
    "Open the studio in your browser: scripts, rehearsal, mirror and takes, with the camera of the browser. "
    "It answers only this machine, asks the network for nothing, and needs the address that it prints."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    about = "the port of the page (default: 7526, or a free one if that is taken)"
    parser.add_argument("--port", type=port_number, metavar="N", help=about)
    parser.add_argument("--no-open", action="store_true", help="only print the address, without opening a browser")
    about = "a video of yours that the page offers in place of the camera"
    parser.add_argument("--take", type=Path, metavar="FILE", help=about)
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Serve the studio until it is stopped.

    Raises:
        CoachError: the port is taken, or there is no such recorded take.
    """
    from coach.studio.server import serve

    serve(
        args.port,
        args.takes,
        print_status,
        open_browser=not args.no_open,
        take=args.take,
        keep_bug=write_bug_log,
    )
    return 0
