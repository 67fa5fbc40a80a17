"""Standard output and error that are full or closed, in real processes."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_help import LIMIT_S, command, environment
from store_help import play_take

from coach.cli import output
from coach.takes.store import TakeStore

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def shell(home: Path, args: list[str], redirection: str) -> subprocess.CompletedProcess[str]:
    """Run `coach ARGS` in a shell with this redirection."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"$@" {redirection}', "sh", *command(*args)],
        env=environment(home), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one take."""
    home = tmp_path_factory.mktemp("home")
    play_take(TakeStore(home / "takes"))
    return home


@pytest.mark.parametrize(
    "args", [["takes"], ["takes", "--json"], ["report"], ["report", "--json", "-"], ["history", "any"]]
)
@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">/dev/full", "no space left on device"), (">&-", "it is closed; send it to /dev/null")],
)
def test_unwritable_standard_output_is_an_error_not_a_bug(
    home: Path, args: list[str], redirection: str, reason: str
) -> None:
    """It gives one message and exit code 1, and no bug log."""
    result = shell(home, [*args, "--takes", str(home / "takes")], redirection)
    assert result.stderr.startswith(f"coach: cannot write the output: {reason}")
    assert result.stderr.count("\n") == 1
    assert result.returncode == 1
    assert not (home / "state").exists()


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_unwritable_standard_error_does_not_end_the_command(home: Path, redirection: str) -> None:
    """The output is printed, and an error still has its exit code."""
    result = shell(home, ["report", "--takes", str(home / "takes")], redirection)
    assert result.returncode == 0
    assert "waits" in result.stdout
    assert shell(home, ["report", "nothing-like-it", "--takes", str(home / "takes")], redirection).returncode == 1


def test_a_closed_pipe_exits_0_without_a_message(home: Path) -> None:
    """As with `coach takes | head`."""
    result = shell(home, ["takes", "--json", "--takes", str(home / "takes")], "| true")
    assert (result.returncode, result.stderr) == (0, "") or sys.platform == "win32"


@pytest.mark.parametrize("folder", ["", " --takes /home/ada/rehearsals"])
def test_the_first_steps_fit_a_terminal_of_80_columns(folder: str) -> None:
    rows = output.first_steps(f"coach report{folder} --html --open", "see this take as a page")
    assert max(map(len, rows)) < 80
    assert "see this take as a page" in "\n".join(rows)


def test_the_first_steps_fit_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "48")
    assert max(map(len, output.first_steps("coach demo", "watch a rehearsal of an example"))) < 48


@pytest.mark.parametrize("say", [output.print_notice, output.print_error, output.print_status])
def test_messages_on_a_terminal_are_broken_between_words(
    say: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "40")
    say("No sound device opens. Connect or choose one, then start again.")
    rows = terminal.getvalue().splitlines()
    assert max(map(len, rows)) < 40
    assert " ".join(rows).removeprefix("coach: ") == "No sound device opens. Connect or choose one, then start again."
