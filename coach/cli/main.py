"""The `coach` command: runs the subcommand, and turns errors into one message and an exit code.

Exit codes: 0 success, 1 an error that the user can solve, 2 wrong usage, 3 a bug, 130 interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, Protocol

from coach import __version__
from coach.app.language import preferred_language
from coach.app.libraries import explain
from coach.base.errors import INTERRUPTED, CoachError, OutputError
from coach.base.messages import use_language
from coach.base.text import clean_name
from coach.cli import output
from coach.cli.logs import start_debug_log, write_bug_log
from coach.cli.options import CommandParser

BUG: Final = 3

ABOUT: Final = (
    "Coach rehearses a monologue or your part of a scene with you, in the terminal or in the browser: "
    "it gives the cues, watches your face and gives a director's notes. Everything stays on this machine."
)

_GREETING: Final = "Coach rehearses a monologue or your part of a scene with you.\nEverything stays on this machine.\n"

COMMANDS: Final = {
    "demo": "watch a rehearsal of an example",
    "rehearse": "rehearse your script with a camera or a recorded take",
    "mirror": "see what the camera reads in faces, live",
    "studio": "rehearse in the browser",
    "check": "check a script and show its times",
    "import": "bring in a script from Fountain, Final Draft, Word, PDF or plain text",
    "report": "show the report of a take",
    "note": "keep your own notes on the lines of a take",
    "history": "see whether each line gets better",
    "drill": "rehearse the lines that need it today",
    "compare": "compare takes line by line",
    "rescore": "score takes again with another script or strictness",
    "analyse": "read many recordings into tables, in many processes or on many machines",
    "takes": "list takes; show, rename, delete, export or import them",
    "calibrate": "show the coach your own face, in two minutes",
    "approve": "mark the take of a line that later takes are compared with",
    "dispute": "say that a line was right, and let the coach learn from it",
    "actors": "list actors whose faces the coach knows; rename, delete, export or import them",
    "forget": "erase all takes, or old ones",
    "doctor": "check camera, voices, sound and display",
    "voices": "list the installed voices, or hear them",
    "record-cue": "keep a recording of a partner's line",
    "models": "list the models that read faces, or show one",
}
"""Name and line of help of each command. Its module in this folder is imported only when the command is used."""

_NEGATIVE: Final = re.compile(r"-[0-9][0-9,. -]*")


class CommandModule(Protocol):
    """The interface of the module of a command."""

    ABOUT: str
    add_options: Callable[[CommandParser], None]
    run: Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    output.harden_streams()
    # If standard output is closed, the next file that is opened would get its descriptor.
    if sys.stdout is None:
        return _report_error(OutputError("cannot write the output: it is closed; send it to /dev/null to see none"))
    words = _join_negative_values(sys.argv[1:] if arguments is None else arguments)
    try:
        use_language(preferred_language(os.environ))
        if not words and sys.stdout.isatty():
            return _greet()
        options = _parse(words)
        if options.debug:
            output.print_notice(f"the log is in {log}" if (log := start_debug_log()) else "no log can be written")
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        output.discard_output()
        return 0
    except CoachError as error:
        return _report_error(error)
    except Exception as error:  # the one place where bugs are caught, reported and logged
        user_error = _user_error(error)
        return _report_error(user_error) if user_error else _report_bug(error, debug="--debug" in words)
    return code


def _greet() -> int:
    """Print what the coach is and three things to try, for somebody who types only `coach`."""
    steps = output.first_steps("coach demo", "watch a rehearsal of an example")
    output.write("\n".join((output.folded(_GREETING), *steps, "All commands: coach --help", "")))
    return 0


def _user_error(error: Exception) -> CoachError | None:
    """Convert `error` for the user; None if it is a bug. Closed outputs, missing libraries and rights are not bugs."""
    if isinstance(error, ImportError):
        return explain(error)
    if isinstance(error, PermissionError) and error.filename is not None:
        path = clean_name(os.fsdecode(error.filename))
        return CoachError(f"cannot open {path}: permission denied; give yourself the right to it")
    if isinstance(error, FileNotFoundError) and error.filename is None:  # only the system's getcwd names no file
        return CoachError("the folder you are in was deleted; change to another one and try again")
    return output.output_error(error) if isinstance(error, OSError) else None


def command_parser(*commands: str) -> CommandParser:
    """The parser of `coach`. Only `commands` have their options; the others have just a line of help."""
    parser = CommandParser(
        prog="coach",
        description=ABOUT,
    )
    # The long form also makes the column of commands wide enough for their names.
    parser.add_argument("-V", "--version", action="version", version=f"coach {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of a bug, and write a log file")
    parser.add_commands("commands", "COMMAND", COMMANDS)
    for name in commands:
        module: CommandModule = import_module(f"coach.cli.{name.replace('-', '_')}")
        below = parser.commands[name]
        below.description = module.ABOUT
        below.set_defaults(run=module.run)
        module.add_options(below)
    return parser


def _join_negative_values(words: Sequence[str]) -> list[str]:
    """Join ``--region -5,0,9,9`` to one word, because argparse would read the negative value as an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and _NEGATIVE.fullmatch(word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line. Positional arguments called `words` may also follow options.

    Some versions of argparse leave optional positional arguments empty if an option comes before them.
    """
    command = next((each for each in words if not each.startswith("-")), None)
    parser = command_parser(*([command] if command in COMMANDS else []))
    if command is not None and command not in COMMANDS:
        parser.error(_unknown_command(command))
    options, rest = parser.parse_known_args(words)
    if "run" not in options:
        parser.print_help(sys.stderr)
        parser.exit(2)
    if rest and "words" in options and not any(word.startswith("-") for word in rest):
        options.words += rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}{_misplaced_file_hint(rest, options)}")
    return options


def _unknown_command(word: str) -> str:
    similar = difflib.get_close_matches(word[:40], COMMANDS, n=1)
    suggestion = f"did you mean {similar[0]!r}? " if similar else ""
    return f"no command {clean_name(word, 40)!r}; {suggestion}there are {', '.join(COMMANDS)}"


def _misplaced_file_hint(rest: Sequence[str], options: argparse.Namespace) -> str:
    """A hint if a file is separated from its option, as in ``--html --no-video page.html``."""
    for word in rest:
        ending = word.rpartition(".")[2].lower()
        if not word.startswith("-") and hasattr(options, ending):
            return f"; write the file right behind its option: --{ending} {word}"
    return ""


def _report_error(error: CoachError) -> int:
    output.print_error(str(error))
    return error.exit_code


def _report_bug(error: Exception, *, debug: bool) -> int:
    log = write_bug_log(error)
    if debug:
        traceback.print_exception(error)
    where = f"the details are in {log}" if log else "run again with --debug to see the details"
    output.print_error(f"this is a bug in Coach ({type(error).__name__}); {where}")
    return BUG
