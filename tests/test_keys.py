"""The keyboard: single keys without Enter from a real terminal, which is restored afterwards."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.cli.output import can_read_keys
from coach.display.kit.keys import EscapeFilter, Keyboard, command_of
from coach.testing.sinks import ScriptedControls

posix = pytest.mark.skipif(sys.platform == "win32", reason="terminals of this kind are POSIX")
if sys.platform != "win32":
    import pty

    from pty_help import ROOT, TerminalChild

LISTEN = """
    import sys, termios, time
    from coach.display.kit.keys import Keyboard
    def cooked():
        flags = termios.tcgetattr(0)[3]
        return "cooked" if flags & termios.ICANON and flags & termios.ECHO else "raw"
    def say(word):
        sys.stdout.write(f"<{word}>")
        sys.stdout.flush()
    def listen(keyboard):
        say("ready")
        while True:
            for command in keyboard.poll():
                say(command)
                if command == "quit":
                    return
                if command == "repeat":
                    raise ValueError("boom")
            time.sleep(0.01)
    say(cooked())
    try:
        with Keyboard(before_stop=lambda: say("before"), after_stop=lambda: say("after")) as keyboard:
            say(cooked())
            listen(keyboard)
    finally:
        say(cooked())
        say("over")
"""


def start_listener() -> TerminalChild:
    return TerminalChild([sys.executable, "-c", textwrap.dedent(LISTEN)])


@posix
def test_each_key_is_a_command_at_once_and_is_not_echoed() -> None:
    with start_listener() as child:
        assert child.read_until("<ready>") == "<cooked><raw><ready>"
        for keys, command in (("p", "pause"), ("B", "back"), (" ", "next"), ("\r", "next"), ("xyz1p", "pause")):
            child.type(keys)
            assert child.read_until(f"<{command}>") == f"<{command}>"
        child.type("q")
        assert child.read_until("<over>") == "<quit><cooked><over>"
        assert child.wait() == 0


@posix
def test_arrow_and_function_keys_are_not_commands() -> None:
    with start_listener() as child:
        child.read_until("<ready>")
        child.type("\x1b[A\x1b[B\x1bOP\x1b[15~\x1b[1;5q\x1bq\x1bbp")
        assert child.read_until("<pause>") == "<pause>"


@posix
def test_the_terminal_is_restored_after_an_exception() -> None:
    with start_listener() as child:
        child.read_until("<ready>")
        child.type("r")
        assert child.read_until("<over>") == "<repeat><cooked><over>"
        child.read_to_end()
        assert child.wait() == 1


@posix
def test_ctrl_c_still_interrupts_and_the_terminal_is_restored() -> None:
    with start_listener() as child:
        child.read_until("<ready>")
        child.type("\x03")
        assert "<cooked><over>" in child.read_until("<over>")
        child.read_to_end()
        assert child.wait() != 0


@posix
def test_a_closed_terminal_returns_no_keys_and_raises_no_error() -> None:
    hang_up = """
        import os, signal, sys
        from coach.display.kit.keys import Keyboard
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with Keyboard() as keyboard:
            os.write(1, b"<ready>")
            os.read(int(sys.argv[1]), 1)
            assert list(keyboard.poll()) == []
        os._exit(7)
    """
    main, slave = pty.openpty()
    wait, go = os.pipe()
    args = [sys.executable, "-c", textwrap.dedent(hang_up), str(wait)]
    with subprocess.Popen(args, stdin=slave, stdout=subprocess.PIPE, pass_fds=(wait,), cwd=ROOT) as child:
        os.close(slave)
        assert child.stdout is not None
        assert child.stdout.read(7) == b"<ready>"
        os.close(main)
        os.write(go, b"!")
        assert child.wait(20) == 7
    os.close(go)
    os.close(wait)


SHELL = """
    import os, signal, subprocess, sys, termios, time
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    saved = termios.tcgetattr(0)
    def say(word):
        os.write(1, f"<{word}>".encode())
    child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], preexec_fn=os.setpgrp)
    os.tcsetpgrp(0, child.pid)
    _, status = os.waitpid(child.pid, os.WUNTRACED)
    say("stopped" if os.WIFSTOPPED(status) else "ended")
    say("shell cooked" if termios.tcgetattr(0)[3] & termios.ICANON else "shell raw")
    os.tcsetpgrp(0, os.getpgrp())
    termios.tcsetattr(0, termios.TCSADRAIN, saved)
    os.tcsetpgrp(0, child.pid)
    os.kill(child.pid, signal.SIGCONT)
    say(f"code {child.wait()}")
"""


@posix
def test_ctrl_z_returns_the_terminal_to_the_shell_and_resuming_takes_it_back() -> None:
    with TerminalChild([sys.executable, "-c", textwrap.dedent(SHELL), textwrap.dedent(LISTEN)]) as shell:
        shell.read_until("<ready>")
        shell.type("\x1a")
        text = shell.read_until("<shell cooked>")
        assert text.endswith("<before><stopped><shell cooked>")
        shell.read_until("<after>")
        shell.type("p")
        assert "<pause>" in shell.read_until("<pause>")
        shell.type("q")
        assert "<cooked><over>" in shell.read_until("<code 0>")


@posix
def test_a_background_process_does_not_read_keys() -> None:
    background = """
        import os, signal, subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], preexec_fn=os.setpgrp)
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        os.write(1, b"<stopped>" if os.WIFSTOPPED(status) else b"<ran through>")
    """
    quiet = """
        import select
        from coach.display.kit.keys import Keyboard
        with Keyboard() as keyboard:
            assert select.select([0], [], [], 20)[0], "a key was typed"
            assert list(keyboard.poll()) == []
    """
    with TerminalChild([sys.executable, "-c", textwrap.dedent(background), textwrap.dedent(quiet)]) as shell:
        shell.type("q\n")
        assert shell.read_until(">").endswith("<ran through>")


def test_without_a_terminal_there_is_no_keyboard_and_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for stdin in (io.StringIO("q"), None):
        monkeypatch.setattr(sys, "stdin", stdin)
        assert not can_read_keys(), "without a terminal there is no keyboard to poll"
        with Keyboard() as keyboard:
            assert list(keyboard.poll()) == []


def test_a_keyboard_that_is_not_open_returns_no_commands() -> None:
    keyboard = Keyboard()
    assert list(keyboard.poll()) == []
    with keyboard:
        pass
    assert list(keyboard.poll()) == []


@pytest.mark.parametrize("sequence", ["\x1b[A", "\x1bOB", "\x1b[1;5q", "\x1b[15~", "\x1b[200~"])
@given(data=st.data())
def test_an_escape_sequence_may_be_split_anywhere(sequence: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(sequence)))
    keys = EscapeFilter()
    assert keys.remove_sequences("p" + sequence[:cut]) + keys.remove_sequences(sequence[cut:] + "r") == "pr"


def test_the_escape_key_alone_does_not_swallow_the_next_key() -> None:
    keys = EscapeFilter()
    assert keys.remove_sequences("\x1b") + keys.remove_sequences("q") == "q"


@given(st.text(alphabet="pbrq \r\n\x1b[OAZ~;1"))
def test_the_filter_never_passes_an_escape_character(typed: str) -> None:
    assert "\x1b" not in EscapeFilter().remove_sequences(typed)


def test_other_keys_are_not_commands() -> None:
    assert [command_of(key) for key in ("x", "", "ß", "1", "\t")] == [None] * 5


def test_the_fake_returns_its_commands_poll_by_poll() -> None:
    controls = ScriptedControls([], ["pause", "back"])
    assert [list(controls.poll()) for _ in range(3)] == [[], ["pause", "back"], []]
