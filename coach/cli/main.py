"""The `coach` command: finds the subcommand, and turns what went wrong into one message and an exit code.

Exit codes: 0 done, 1 an error the user can mend, 2 usage, 3 a bug, 130 interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, Protocol

from coach import __version__
from coach.app.libraries import explain
from coach.base.errors import INTERRUPTED, CoachError, OutputError
from coach.base.text import clean_name
from coach.cli import output
from coach.cli.logs import keep_bug, start_debug_log
from coach.cli.options import CommandParser

BUG: Final = 3

COMMANDS: Final = {
    "demo": "see a rehearsal of an example with a sample take",
    "rehearse": "rehearse a script with a camera or a recorded take",
    "mirror": "see what the camera reads in every face, live",
    "check": "check a script and show its timeline",
    "report": "show a take's report again",
    "note": "keep notes of your own on a take's lines",
    "history": "show a script over all its takes",
    "drill": "rehearse what is due today",
    "compare": "lay takes side by side, line by line",
    "rescore": "score takes again without filming again",
    "takes": "list takes; show, rename, delete, export or import them",
    "forget": "erase all takes, or those of long ago",
    "doctor": "list cameras, voices, display, folders and versions, and what to do for what is missing",
    "voices": "list the installed voices",
    "models": "list the models that came with the coach, or show the card of one",
}
"""One module of this folder each, which is imported only when its command is used."""

_NEGATIVE: Final = re.compile(r"-[0-9][0-9,. -]*")


class Command(Protocol):
    """A module of a command."""

    ABOUT: str
    add_options: Callable[[CommandParser], None]
    run: Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    output.never_fail_to_print()
    # Without an output the next file that is opened would be taken for it.
    if sys.stdout is None:
        return _tell(OutputError("cannot write the output: it is closed; send it to /dev/null to see none"))
    words = _values_joined(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parsed(words)
        if options.debug:
            output.notice(f"the log is in {log}" if (log := start_debug_log()) else "no log can be written")
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        output.drop()
        return 0
    except CoachError as error:
        return _tell(error)
    except Exception as error:  # the one place where a bug is caught, told and logged
        known = _known(error)
        return _tell(known) if known else _tell_bug(error, debug="--debug" in words)
    return code


def _known(error: Exception) -> CoachError | None:
    """The error for the user where `error` is no bug: the output cannot be written, or a system library is missing."""
    if isinstance(error, ImportError):
        return explain(error)
    return output.fault_of(error) if isinstance(error, OSError) else None


def command_parser(*commands: str) -> CommandParser:
    """The parser of `coach`, with the options of `commands`; the others have a line of help and no options."""
    parser = CommandParser(
        prog="coach",
        description="A rehearsal coach for actors: walks through your script, watches the face, gives a director's "
        "notes. Everything stays on this machine.",
    )
    parser.add_argument("--version", action="version", version=f"coach {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of a bug, and write a log file")
    parser.add_commands("commands", "COMMAND", COMMANDS)
    for name in commands:
        module: Command = import_module(f"coach.cli.{name}")
        below = parser.commands[name]
        below.description = module.ABOUT
        below.set_defaults(run=module.run)
        module.add_options(below)
    return parser


def _values_joined(words: Sequence[str]) -> list[str]:
    """`words` with ``--region -5,0,9,9`` as one word: argparse would take the value for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and _NEGATIVE.fullmatch(word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """The options; a command whose last arguments are called `words` takes them behind its options as well.

    Some versions of argparse give nothing to arguments that may be left out once an option stands before them.
    """
    command = next((each for each in words if not each.startswith("-")), None)
    parser = command_parser(*([command] if command in COMMANDS else []))
    if command is not None and command not in COMMANDS:
        parser.error(_no_command(command))
    options, rest = parser.parse_known_args(words)
    if "run" not in options:
        parser.print_help(sys.stderr)
        parser.exit(2)
    if rest and "words" in options and not any(word.startswith("-") for word in rest):
        options.words += rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}{_advice(rest, options)}")
    return options


def _no_command(word: str) -> str:
    near = difflib.get_close_matches(word[:40], COMMANDS, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"no command {clean_name(word, 40)!r}; {guess}there are {', '.join(COMMANDS)}"


def _advice(rest: Sequence[str], options: argparse.Namespace) -> str:
    """Where a file belongs that stands apart from its option, as in ``--html --no-video page.html``."""
    for word in rest:
        ending = word.rpartition(".")[2].lower()
        if not word.startswith("-") and hasattr(options, ending):
            return f"; the file stands right behind its option: --{ending} {word}"
    return ""


def _tell(error: CoachError) -> int:
    output.complain(str(error))
    return error.exit_code


def _tell_bug(error: Exception, *, debug: bool) -> int:
    log = keep_bug(error)
    if debug:
        traceback.print_exception(error)
    where = f"the details are in {log}" if log else "run again with --debug to see the details"
    output.complain(f"this is a bug in Coach ({type(error).__name__}); {where}")
    return BUG
