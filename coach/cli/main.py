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
from coach.base.messages import language, mark, tr, use_language
from coach.base.text import clean_name
from coach.cli import output
from coach.cli.logs import start_debug_log, write_bug_log
from coach.cli.options import CommandParser, speaking_argparse

BUG: Final = 3

ABOUT: Final = mark(
    "Coach rehearses a monologue or your part of a scene with you, in the terminal or in the browser: "
    "it gives the cues, watches your face and gives a director's notes. Everything stays on this machine."
)

_GREETING: Final = mark(
    "Coach rehearses a monologue or your part of a scene with you.\nEverything stays on this machine."
)

COMMANDS: Final = {
    "demo": mark("watch a rehearsal of an example"),
    "rehearse": mark("rehearse your script with a camera or a recorded take"),
    "mirror": mark("see what the camera reads in faces, live"),
    "studio": mark("rehearse in the browser"),
    "check": mark("check a script and show its times"),
    "import": mark("bring in a script from Fountain, Final Draft, Word, PDF or plain text"),
    "report": mark("show the report of a take"),
    "note": mark("keep your own notes on the lines of a take"),
    "history": mark("see whether each line gets better"),
    "drill": mark("rehearse the lines that need it today"),
    "compare": mark("compare takes line by line"),
    "rescore": mark("score takes again with another script or strictness"),
    "analyse": mark("read many recordings into tables, in many processes or on many machines"),
    "takes": mark("list takes; show, rename, delete, export or import them"),
    "calibrate": mark("show the coach your own face, in two minutes"),
    "approve": mark("mark the take of a line that later takes are compared with"),
    "dispute": mark("say that a line was right, and let the coach learn from it"),
    "actors": mark("list actors whose faces the coach knows; rename, delete, export or import them"),
    "forget": mark("erase all takes, or old ones"),
    "doctor": mark("check camera, voices, sound and display"),
    "voices": mark("list the installed voices, or hear them"),
    "record-cue": mark("keep a recording of a partner's line"),
    "models": mark("list the models that read faces, or show one"),
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
        return _report_error(OutputError(tr("cannot write the output: it is closed; send it to /dev/null to see none")))
    words = _join_negative_values(sys.argv[1:] if arguments is None else arguments)
    try:
        use_language(preferred_language(os.environ))
        if not words and sys.stdout.isatty():
            return _greet()
        with speaking_argparse(language()):
            options = _parse(words)
        if options.debug:
            log = start_debug_log()
            output.print_notice(tr("the log is in {file}", file=log) if log else tr("no log can be written"))
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
    steps = output.first_steps("coach demo", tr("watch a rehearsal of an example"))
    output.write("\n".join((output.folded(tr(_GREETING)), "", *steps, tr("All commands: coach --help"), "")))
    return 0


def _user_error(error: Exception) -> CoachError | None:
    """Convert `error` for the user; None if it is a bug. Closed outputs, missing libraries and rights are not bugs."""
    if isinstance(error, ImportError):
        return explain(error)
    if isinstance(error, PermissionError) and error.filename is not None:
        path = clean_name(os.fsdecode(error.filename))
        return CoachError(tr("cannot open {path}: permission denied; give yourself the right to it", path=path))
    if isinstance(error, FileNotFoundError) and error.filename is None:  # only the system's getcwd names no file
        return CoachError(tr("the folder you are in was deleted; change to another one and try again"))
    return output.output_error(error) if isinstance(error, OSError) else None


def command_parser(*commands: str) -> CommandParser:
    """The parser of `coach`. Only `commands` have their options; the others have just a line of help."""
    parser = CommandParser(
        prog="coach",
        description=tr(ABOUT),
    )
    # The long form also makes the column of commands wide enough for their names.
    about = tr("show program's version number and exit")
    parser.add_argument("-V", "--version", action="version", version=f"coach {__version__}", help=about)
    parser.add_argument("--debug", action="store_true", help=tr("show the traceback of a bug, and write a log file"))
    parser.add_commands(tr("commands"), "COMMAND", COMMANDS)
    for name in commands:
        module: CommandModule = import_module(f"coach.cli.{name.replace('-', '_')}")
        below = parser.commands[name]
        below.description = tr(module.ABOUT)
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
        parser.error(_unrecognized(rest, options))
    return options


def _unknown_command(word: str) -> str:
    similar = difflib.get_close_matches(word[:40], COMMANDS, n=1)
    shown, commands = clean_name(word, 40), ", ".join(COMMANDS)
    if not similar:
        return tr("no command {word!r}; there are {commands}", word=shown, commands=commands)
    message = mark("no command {word!r}; did you mean {near!r}? there are {commands}")
    return tr(message, word=shown, near=similar[0], commands=commands)


def _unrecognized(rest: Sequence[str], options: argparse.Namespace) -> str:
    """About words too many; with a hint if a file is separated from its option: ``--html --open page.html``."""
    words = " ".join(rest)
    with_hint = mark("unrecognized arguments: {words}; write the file right behind its option: --{ending} {file}")
    for word in rest:
        ending = word.rpartition(".")[2].lower()
        if not word.startswith("-") and hasattr(options, ending):
            return tr(with_hint, words=words, ending=ending, file=word)
    return tr("unrecognized arguments: {words}", words=words)


def _report_error(error: CoachError) -> int:
    output.print_error(str(error))
    return error.exit_code


def _report_bug(error: Exception, *, debug: bool) -> int:
    log = write_bug_log(error)
    if debug:
        traceback.print_exception(error)
    kept = mark("this is a bug in Coach ({name}); the details are in {log}")
    lost = mark("this is a bug in Coach ({name}); run again with --debug to see the details")
    output.print_error(tr(kept if log else lost, name=type(error).__name__, log=log))
    return BUG
