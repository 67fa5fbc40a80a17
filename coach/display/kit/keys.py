"""Reads single keys from the terminal without blocking, and restores the terminal afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType, TracebackType

    from coach.base.events import CommandName

KEYS: Final[dict[str, CommandName]] = {
    "p": "pause",
    "b": "back",
    "r": "repeat",
    "d": "dispute",
    "l": "line",
    "s": "reveal",
    "q": "quit",
    " ": "next",
    "\n": "next",
    "\r": "next",
}
"""The command of each key; capital letters do the same."""


def command_of(key: str) -> CommandName | None:
    """The command of `key`; None for other keys."""
    return KEYS.get(key.lower())


class Keyboard:
    """`Controls` that reads standard input while its ``with`` block runs; without a terminal it returns nothing.

    Args:
        before_stop: called before Ctrl-Z stops the process, so that a display can restore the screen.
        after_stop: called when the process continues in the foreground.
    """

    def __init__(
        self, *, before_stop: Callable[[], None] | None = None, after_stop: Callable[[], None] | None = None
    ) -> None:
        self._terminal: _Terminal | None = None
        self._before_stop = before_stop
        self._after_stop = after_stop

    def __enter__(self) -> Keyboard:
        if _stdin_is_terminal():
            self._terminal = _open_terminal(self._before_stop, self._after_stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        terminal, self._terminal = self._terminal, None
        if terminal:
            terminal.close()

    def poll(self) -> Sequence[CommandName]:
        """The commands typed since the last call, oldest first."""
        return [command for key in self.typed_keys() if (command := command_of(key))]

    def typed_keys(self) -> str:
        """The keys typed since the last call, without arrow and function keys; for callers with their own commands."""
        return self._terminal.typed_keys() if self._terminal else ""


def _stdin_is_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


class _Terminal(Protocol):
    def typed_keys(self) -> str: ...

    def close(self) -> None: ...


def _open_terminal(before_stop: Callable[[], None] | None, after_stop: Callable[[], None] | None) -> _Terminal:
    if sys.platform == "win32":
        return _WindowsConsole()
    return _PosixTerminal(sys.stdin.fileno(), before_stop, after_stop)


class EscapeFilter:
    """Removes escape sequences (arrow keys, function keys, Alt) from typed characters.

    Raw input arrives in pieces that may end inside a sequence, so the filter keeps its state between calls.
    """

    def __init__(self) -> None:
        # "": outside a sequence; "alt": after Escape; "escape": after Escape at the end of a piece;
        # "sequence": inside a sequence; "last": before the last character of a sequence
        self._state = ""

    def remove_sequences(self, typed: str) -> str:
        """The characters of `typed` that are not part of an escape sequence."""
        keys = "".join(char for char in typed if self._is_key(char))
        if self._state == "alt":  # Escape ended the piece: it is the key itself or the start of a sequence
            self._state = "escape"
        return keys

    def _is_key(self, char: str) -> bool:
        state, self._state = self._state, ""
        if char == "\x1b":
            self._state = "alt"
        elif state in ("alt", "escape") and char in "[O":
            self._state = "sequence" if char == "[" else "last"
        elif state == "sequence" and not "@" <= char <= "~":
            self._state = "sequence"
        else:
            return state in ("", "escape")
        return False


if sys.platform == "win32":
    import msvcrt

    class _WindowsConsole:
        def typed_keys(self) -> str:
            keys = []
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                if key in ("\x00", "\xe0"):  # arrow and function keys send a second character
                    msvcrt.getwch()
                elif key == "\x03":
                    raise KeyboardInterrupt
                else:
                    keys.append(key)
            return "".join(keys)

        def close(self) -> None:
            """Do nothing: no setting was changed."""

else:
    import select
    import termios
    import tty

    class _PosixTerminal:
        """A terminal in cbreak mode: it delivers each key at once and echoes nothing; Ctrl-C and Ctrl-Z still work."""

        def __init__(
            self, fd: int, before_stop: Callable[[], None] | None, after_stop: Callable[[], None] | None
        ) -> None:
            self._fd = fd
            self._before_stop = before_stop
            self._after_stop = after_stop
            self._filter = EscapeFilter()
            self._handlers: dict[signal.Signals, signal.Handlers | Callable[[int, FrameType | None], object]] = {}
            self._saved = termios.tcgetattr(fd)
            self._enter()
            self._listen()

        def typed_keys(self) -> str:
            if not self._in_foreground() or not select.select([self._fd], [], [], 0)[0]:
                return ""
            piece = os.read(self._fd, 1024)  # empty once the terminal is closed
            return self._filter.remove_sequences(piece.decode("ascii", "ignore"))

        def close(self) -> None:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            self._handlers.clear()
            self._leave()

        def _in_foreground(self) -> bool:
            # The system stops a background process that reads or configures its terminal.
            try:
                return os.tcgetpgrp(self._fd) == os.getpgrp()
            except OSError:  # not the controlling terminal: nothing stops the process
                return True

        def _enter(self) -> None:
            with contextlib.suppress(termios.error):  # the terminal is closed
                if self._in_foreground():
                    tty.setcbreak(self._fd, termios.TCSADRAIN)

        def _leave(self) -> None:
            with contextlib.suppress(termios.error):
                if self._in_foreground():
                    termios.tcsetattr(self._fd, termios.TCSADRAIN, self._saved)

        def _listen(self) -> None:
            if threading.current_thread() is threading.main_thread():
                for number, handler in ((signal.SIGTSTP, self._stop), (signal.SIGCONT, self._continue)):
                    before = signal.signal(number, handler)
                    self._handlers[number] = signal.SIG_DFL if before is None or isinstance(before, int) else before

        def _stop(self, _number: int, _frame: FrameType | None) -> None:
            if self._before_stop:
                self._before_stop()
            self._leave()
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            self._continue(signal.SIGCONT, None)  # if the system did not stop the process, no SIGCONT arrives

        def _continue(self, _number: int, _frame: FrameType | None) -> None:
            signal.signal(signal.SIGTSTP, self._stop)
            self._enter()
            if self._after_stop and self._in_foreground():
                self._after_stop()
