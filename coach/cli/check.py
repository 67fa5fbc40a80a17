"""`coach check`: reads a script and shows how it will be walked, or every mistake in it."""

from __future__ import annotations

import argparse


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    about = "Show a script as it will be walked: times, targets, cues and what will not work. All mistakes are listed."
    parser = commands.add_parser("check", help="check a script and show its timeline", description=about)
    parser.add_argument("script", metavar="SCRIPT", help="a script: .yaml, .yml, .json, .txt or .md")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the timeline of the script that `args` names.

    Raises:
        ScriptError: with every mistake in the script.
    """
    from coach.cli.check_view import print_check
    from coach.display.kit.console import open_console
    from coach.scripts import load_script

    print_check(load_script(args.script), open_console())
    return 0
