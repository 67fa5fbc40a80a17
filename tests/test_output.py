"""What becomes of standard output when it is full, closed or gone: real child processes of the real command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cli_help import LIMIT_S, command, environment
from store_help import played

from coach.takes.store import TakeStore

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


def shell(home: Path, words: list[str], redirection: str) -> subprocess.CompletedProcess[str]:
    """Run `coach WORDS` with its streams redirected as a shell does it."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"$@" {redirection}', "sh", *command(*words)],
        env=environment(home), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one take."""
    home = tmp_path_factory.mktemp("home")
    played(TakeStore(home / "takes"))
    return home


@pytest.mark.parametrize(
    "words", [["takes"], ["takes", "--json"], ["report"], ["report", "--json", "-"], ["history", "any"]]
)
@pytest.mark.parametrize(
    ("redirection", "why"), [(">/dev/full", "no space left on device"), (">&-", "it is closed; send it to /dev/null")]
)
def test_an_output_that_cannot_be_written_is_no_bug_of_the_coach(
    home: Path, words: list[str], redirection: str, why: str
) -> None:
    """One message and exit code 1, and nothing in a log of bugs."""
    done = shell(home, [*words, "--takes", str(home / "takes")], redirection)
    assert done.stderr.startswith(f"coach: cannot write the output: {why}")
    assert done.stderr.count("\n") == 1
    assert done.returncode == 1
    assert not (home / "state").exists()


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_messages_that_nobody_can_get_do_not_end_the_command(home: Path, redirection: str) -> None:
    """What was asked for is printed; an error has its exit code all the same."""
    done = shell(home, ["report", "--takes", str(home / "takes")], redirection)
    assert done.returncode == 0
    assert "waits" in done.stdout
    assert shell(home, ["report", "nothing-like-it", "--takes", str(home / "takes")], redirection).returncode == 1


def test_a_reader_that_has_gone_is_none_either(home: Path) -> None:
    """As `coach takes | head` leaves it."""
    done = shell(home, ["takes", "--json", "--takes", str(home / "takes")], "| true")
    assert (done.returncode, done.stderr) == (0, "") or sys.platform == "win32"
