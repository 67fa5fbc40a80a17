"""All plain output to standard output and error. Tables and live views use the console of `coach.display.kit`."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import CoachError, OutputError, TakeError, UsageError
from coach.base.files import PRIVATE_FILE_MODE, error_reason
from coach.base.messages import tr
from coach.base.text import clean

if TYPE_CHECKING:
    from coach.base.types import Download

STDOUT: Final = "-"
"""The path that stands for standard output."""

_MAX_NAMES: Final = 1000

_NARROW: Final = 79
"""Characters of a row that fits an ordinary terminal."""

_OUTPUT_ERRNOS: Final = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF)
"""Errors of a full disk, a closed terminal, a size limit, and an unwritable stream."""


def print_sentence(sentence: str) -> None:
    """Print `sentence` on standard output, wrapped in a terminal and never in a pipe."""
    _print(sentence, errors=False, end="\n")


def print_warning(sentence: str) -> None:
    """Warn on standard error, wrapped in a terminal: something that the user wanted was not done."""
    _print(f"coach: {sentence}", errors=True, end="\n")


def with_choice(question: str) -> str:
    """`question` with the answers to choose from, and a space before the answer."""
    return tr("{question} [y/N]", question=question) + " "


def is_yes(answer: str) -> bool:
    """Whether `answer` agrees, in the user's language or in English."""
    return answer.strip().lower() in ("y", "yes", *tr("y, yes").split(", "))


def _print(sentence: str, *, errors: bool, end: str) -> None:
    from rich.text import Text

    from coach.display.kit.console import open_console

    console = open_console()
    console.stderr = errors
    console.print(Text(sentence), soft_wrap=not console.is_terminal, end=end)
    console.file.flush()


def write(text: str) -> None:
    """Write `text` to standard output unchanged."""
    sys.stdout.write(text)


def show_rows(rows: str) -> None:
    """Print `rows` on standard error unchanged, unless the terminal lacks a character of them."""
    with suppress(UnicodeEncodeError):
        rows.encode(sys.stderr.encoding or "utf-8")
        sys.stderr.write(rows)


def first_steps(first: str, about: str) -> list[str]:
    """Rows with three things to try; the first one is the command `first`, which does what `about` says."""
    steps = {
        first: about,
        "coach rehearse my_script.txt": tr("rehearse your own script with your camera"),
        "coach mirror": tr("see what the camera reads in your face"),
    }
    width = max(map(len, steps))
    rows = [f"  {command:<{width}}  {text}" for command, text in steps.items()]
    if max(map(len, rows)) > min(_NARROW, terminal_width()):  # a long path in a command, or a narrow terminal
        rows = [row for command, text in steps.items() for row in (f"  {command}", f"      {text}")]
    return [tr("Three things to try:"), *rows]


def terminal_width() -> int:
    """Columns for text on the terminal; one stays free, because some terminals break a full row."""
    import shutil

    return max(shutil.get_terminal_size().columns - 1, 20)


def print_status(sentence: str) -> None:
    """Report progress or a result on standard error, without the name of the program."""
    sys.stderr.write(_folded(clean(sentence, 1000)) + "\n")


def print_notice(sentence: str) -> None:
    """Tell the user something during a run, on standard error and at once."""
    print(_folded(f"coach: {clean(sentence, 1000)}"), file=sys.stderr, flush=True)  # noqa: T201


def print_error(message: str) -> None:
    """Print on standard error why the command failed. If that cannot be written, do nothing."""
    with suppress(OSError):
        print(_folded(f"coach: {message}"), file=sys.stderr)  # noqa: T201


def _folded(text: str) -> str:
    """`folded` if standard error is a terminal, else `text` unchanged."""
    return folded(text) if sys.stderr.isatty() else text


def folded(text: str) -> str:
    """`text` with its rows broken between words to fit the terminal."""
    import textwrap

    width = terminal_width()
    rows = text.split("\n")
    return "\n".join(textwrap.fill(row, width, break_long_words=False, break_on_hyphens=False) for row in rows)


def read_answer(prompt: str) -> str:
    """Print `prompt` on standard output, and read a line with its line break; empty at the end of the input."""
    write(prompt)
    sys.stdout.flush()
    return sys.stdin.readline()


def confirm(question: str, *, yes: bool) -> bool:
    """Ask the user for confirmation.

    Args:
        question: ends with a question mark.
        yes: the user has already agreed; do not ask.

    Returns:
        Whether the user agrees.

    Raises:
        UsageError: there is no terminal to ask in.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(tr("nothing was done: there is no terminal to ask in. Add --yes to do it without being asked"))
    _print(with_choice(question), errors=True, end="")
    if is_yes(sys.stdin.readline()):
        return True
    print_warning(tr("nothing was done"))
    return False


def write_output(target: str, text: str, kind: str, *, private: bool = False) -> None:
    """Write output to a file or to standard output.

    Args:
        target: path of the file; ``-`` for standard output.
        text: the output.
        kind: name of the output for messages, such as JSON; marked if it is a word.
        private: make the file readable only by its user, as for one that shows a face.

    Raises:
        TakeError: the file cannot be written.
    """
    from coach.takes.report_file import export_file

    data = text.encode("utf-8", "replace")  # always UTF-8, whatever the terminal: programs read this
    if target == STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    shown = tr(kind)
    export_file(Path(target), data, shown, PRIVATE_FILE_MODE if private else 0o666)
    print_status(tr("{kind} written to {path}", kind=shown[:1].upper() + shown[1:], path=target))


def free_name(stem: str, suffix: str) -> str:
    """Find an unused file name in the current folder.

    Raises:
        TakeError: there are too many files with such a name.
    """
    names = (f"{stem}{'' if n == 1 else f'-{n}'}{suffix}" for n in range(1, _MAX_NAMES))
    free = next((name for name in names if not os.path.lexists(name)), None)
    if free is None:
        raise TakeError(tr("there are {count} such files in this folder already; give a path", count=_MAX_NAMES - 1))
    return free


def open_in_browser(path: Path) -> None:
    """Open the page at `path` in the user's browser."""
    import webbrowser

    if not webbrowser.open(path.absolute().as_uri()):
        print_status(tr("No browser could be opened; open {path} yourself.", path=path))


def harden_streams() -> None:
    """Replace unencodable characters by question marks, and discard messages if standard error is closed."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  stays open to the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def discard_output() -> None:
    """Discard buffered output after the reader has closed the pipe, so that Python can flush it without an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def output_error(error: OSError) -> CoachError | None:
    """Convert an error of writing to standard output, and discard what is buffered; None for other errors.

    An error with a file name does not come from standard output.
    """
    if error.filename is not None or error.errno not in _OUTPUT_ERRNOS:
        return None
    discard_output()
    return OutputError(tr("cannot write the output: {reason}", reason=error_reason(error)))


def can_read_keys() -> bool:
    """Whether somebody can type: standard input is a terminal."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


@contextmanager
def downloading(source: str) -> Iterator[Callable[[Download], None] | None]:
    """Show a progress bar while `source` is downloaded. Yields None for anything that is not downloaded."""
    from coach.sources.opening import is_address, is_live

    if is_live(source) or not is_address(source):
        yield None
        return
    from coach.display.kit.console import open_console
    from coach.display.kit.progress import DownloadBar

    with DownloadBar(open_console()) as bar:
        yield bar
