"""The one place that writes to standard output and error; tables and live views go through a console of rich."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from coach.base.errors import CoachError, OutputError, TakeError, UsageError
from coach.base.files import PRIVATE_FILE, error_reason
from coach.base.text import clean

STDOUT: Final = "-"
"""A path that means standard output."""

_MOST_NAMES: Final = 1000

_OUTPUT_FAULTS: Final = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF)
"""What a full disk, a terminal that is gone, a limit, or a stream that cannot be written to answers."""


def tell(sentence: str) -> None:
    """Print `sentence` on standard output, folded between words in a terminal and never in a pipe."""
    _print(sentence, errors=False, end="\n")


def warn(sentence: str) -> None:
    """Print `sentence` on standard error, behind the name of the program."""
    _print(f"coach: {sentence}", errors=True, end="\n")


def ask(question: str) -> None:
    """Print `question` on standard error; what is typed follows it."""
    _print(f"{question} [y/N]", errors=True, end=" ")


def _print(sentence: str, *, errors: bool, end: str) -> None:
    from rich.text import Text

    from coach.display.kit.console import open_console

    console = open_console()
    console.stderr = errors
    console.print(Text(sentence), soft_wrap=not console.is_terminal, end=end)
    console.file.flush()


def write(text: str) -> None:
    """Write `text` on standard output as it is."""
    sys.stdout.write(text)


def say(sentence: str) -> None:
    """Write one sentence on standard error, beside the output."""
    sys.stderr.write(clean(sentence, 1000) + "\n")


def notice(sentence: str) -> None:
    """Write one sentence on standard error at once, behind the name of the program."""
    print(f"coach: {clean(sentence, 1000)}", file=sys.stderr, flush=True)  # noqa: T201


def complain(message: str) -> None:
    """Write an error message on standard error; where nobody can get it, it is dropped."""
    with suppress(OSError):
        print(f"coach: {message}", file=sys.stderr)  # noqa: T201


def asked(prompt: str) -> str:
    """Print `prompt` on standard output; the line that is typed, its end included, empty at the end of the input."""
    write(prompt)
    sys.stdout.flush()
    return sys.stdin.readline()


def agreed(question: str, *, yes: bool) -> bool:
    """Whether the user says yes to `question`, which ends in a question mark; `yes` is an answer given beforehand.

    Raises:
        UsageError: there is no terminal to ask in.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nothing was done: there is no terminal to ask in. Add --yes to do it without being asked")
    ask(question)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    warn("nothing was done")
    return False


def hand_out(target: str, text: str, kind: str, *, private: bool = False) -> None:
    """Write `text` to the file `target` and say so, or to standard output for ``-``; `kind` is its name, such as JSON.

    A `private` file, such as one with a face in it, can be opened by its user alone.

    Raises:
        TakeError: it cannot be written there.
    """
    from coach.takes.report_file import export_file

    data = text.encode("utf-8", "replace")  # whatever the terminal takes: this is read by programs
    if target == STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    export_file(Path(target), data, kind, PRIVATE_FILE if private else 0o666)
    say(f"{kind[:1].upper()}{kind[1:]} written to {target}")


def free_name(stem: str, ending: str) -> str:
    """A name in the current folder that no file has.

    Raises:
        TakeError: there are too many of them.
    """
    names = (f"{stem}{'' if n == 1 else f'-{n}'}{ending}" for n in range(1, _MOST_NAMES))
    free = next((name for name in names if not os.path.lexists(name)), None)
    if free is None:
        raise TakeError(f"there are {_MOST_NAMES - 1} such files in this folder already; give a path")
    return free


def open_in_browser(path: Path) -> None:
    """Show the page at `path` to the user."""
    import webbrowser

    if not webbrowser.open(path.absolute().as_uri()):
        say(f"No browser could be opened; open {path} yourself.")


def never_fail_to_print() -> None:
    """Show a question mark for a letter that a terminal lacks, and drop messages that nobody can get."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  stays open to the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def drop() -> None:
    """Throw away what is still to be printed: the reader has gone, and Python must not complain when it closes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fault_of(error: OSError) -> CoachError | None:
    """The error for the user where `error` is that of a write to standard output: one of a file names the file."""
    if error.filename is not None or error.errno not in _OUTPUT_FAULTS:
        return None
    drop()
    return OutputError(f"cannot write the output: {error_reason(error)}")
