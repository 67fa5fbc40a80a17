"""`coach studio`: rehearse in the browser."""

from __future__ import annotations

import argparse
from pathlib import Path

from coach.base.messages import mark, tr
from coach.cli.logs import write_bug_log
from coach.cli.options import CommandParser, add_takes_folder, port_number
from coach.cli.output import print_status, show_rows

ABOUT = mark(
    "Open the studio in your browser: scripts, rehearsal, mirror and takes, with the camera of the browser. "
    "It answers only this machine, asks the network for nothing, and needs the address that it prints. "
    "With --phone, a phone in the same network that you pair can use it too, over an encrypted connection."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    about = tr("the port of the page (default: 7526, or a free one if that is taken)")
    parser.add_argument("--port", type=port_number, metavar="N", help=about)
    parser.add_argument("--no-open", action="store_true", help=tr("only print the address, without opening a browser"))
    about = tr("let a phone in the same Wi-Fi use the studio, once you have paired it")
    parser.add_argument("--phone", action="store_true", help=about)
    about = tr("a video of yours that the page offers in place of the camera")
    parser.add_argument("--take", type=Path, metavar="FILE", help=about)
    add_takes_folder(parser)


def run(args: argparse.Namespace) -> int:
    """Serve the studio until it is stopped.

    Raises:
        CoachError: a port is taken, there is no such recorded take, or no local network for a phone.
    """
    from coach.studio.server import Terminal, Wishes, serve

    wishes = Wishes(args.port, args.takes, not args.no_open, args.take, args.phone)
    serve(wishes, Terminal(print_status, show_rows, write_bug_log))
    return 0
