"""The `coach` command: finds the subcommand, and turns what went wrong into one message and an exit code.

Exit codes: 0 done, 1 an error the user can mend, 2 usage, 3 a bug, 130 interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import errno
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from coach import __version__
from coach.app.libraries import explain
from coach.base.errors import INTERRUPTED, CoachError, OutputError
from coach.base.files import why
from coach.base.text import clean_name
from coach.cli import (
    check,
    compare,
    demo,
    doctor,
    drill,
    forget,
    history,
    mirror,
    models,
    note,
    rehearse,
    report,
    rescore,
    takes,
    voices,
)

BUG: Final = 3

_OUTPUT_FAULTS: Final = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF)
"""What a full disk, a terminal that is gone, a limit, or a stream that cannot be written to answers."""

_COMMANDS: Final = (
    demo, rehearse, mirror, check, report, note, history, drill, compare, rescore,
    takes, forget, doctor, voices, models,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    _never_fail_to_print()
    # Without an output the next file that is opened would be taken for it.
    if sys.stdout is None:
        return _tell(OutputError("cannot write the output: it is closed; send it to /dev/null to see none"))
    options = _parsed(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 0
    except CoachError as error:
        return _tell(error)
    except OSError as error:
        return _tell_output(error) if _is_of_output(error) else _tell_bug(error, debug=options.debug)
    except Exception as error:  # the one place where a bug is caught, told and logged
        known = explain(error) if isinstance(error, ImportError) else None
        return _tell(known) if known else _tell_bug(error, debug=options.debug)
    return code


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; a command whose last arguments are called `words` takes them behind its options as well.

    Some versions of argparse give nothing to arguments that may be left out once an option stands before them.
    """
    parser = _parser()
    _refuse_unknown(parser, sys.argv[1:] if arguments is None else arguments)
    options, rest = parser.parse_known_args(arguments)
    if "run" not in options:
        parser.print_help(sys.stderr)
        parser.exit(2)
    if rest and "words" in options and not any(word.startswith("-") for word in rest):
        options.words += rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}{_advice(rest, options)}")
    return options


def _refuse_unknown(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    """End with the nearest command where the first word is none; no option of `coach` itself takes a word."""
    commands: tuple[str, ...] = parser.get_default("commands")
    word = next((each for each in arguments if not each.startswith("-")), None)
    if word is None or word in commands:
        return
    near = difflib.get_close_matches(word[:40], commands, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    parser.error(f"no command {clean_name(word, 40)!r}; {guess}there are {', '.join(commands)}")


def _advice(rest: Sequence[str], options: argparse.Namespace) -> str:
    """Where a file belongs that stands apart from its option, as in ``--html --no-video page.html``."""
    for word in rest:
        ending = word.rpartition(".")[2].lower()
        if not word.startswith("-") and hasattr(options, ending):
            return f"; the file stands right behind its option: --{ending} {word}"
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coach",
        description="A rehearsal coach for actors: walks through your script, watches the face, gives a director's "
        "notes. Everything stays on this machine.",
    )
    parser.add_argument("--version", action="version", version=f"coach {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of a bug")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in _COMMANDS:
        command.register(commands)
    parser.set_defaults(commands=tuple(commands.choices))
    return parser


def _never_fail_to_print() -> None:
    """A terminal that lacks a letter shows a question mark, and messages that nobody can get are dropped."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  stays open to the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _drop_output() -> None:
    """Whoever read our output has gone; do not complain again when Python closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_of_output(error: OSError) -> bool:
    """Whether `error` is that of a write to standard output: one of a file names the file."""
    return error.filename is None and error.errno in _OUTPUT_FAULTS


def _tell_output(error: OSError) -> int:
    _drop_output()
    return _tell(OutputError(f"cannot write the output: {why(error)}"))


def _tell(error: CoachError) -> int:
    with suppress(OSError):
        print(f"coach: {error}", file=sys.stderr)  # noqa: T201
    return error.exit_code


def _tell_bug(error: Exception, *, debug: bool) -> int:
    log = _log(error)
    if debug:
        traceback.print_exception(error)
    where = f"the details are in {log}" if log else "run again with --debug to see the details"
    print(f"coach: this is a bug in Coach ({type(error).__name__}); {where}", file=sys.stderr)  # noqa: T201
    return BUG


def _log(error: Exception) -> Path | None:
    """Keep the traceback in the user's log folder; None where it cannot be written."""
    from platformdirs import user_log_path

    now = datetime.now(timezone.utc)
    try:
        folder = user_log_path("coach", appauthor=False, ensure_exists=True)
        path = folder / f"bug-{now:%Y-%m-%d_%H-%M-%S}-{os.getpid()}.log"
        head = f"coach {__version__}, Python {sys.version}, {sys.platform}, {now.isoformat(timespec='seconds')}\n\n"
        path.write_text(head + "".join(traceback.format_exception(error)), encoding="utf-8", errors="replace")
    except OSError:
        return None
    return path
