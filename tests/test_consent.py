"""The camera is asked for once; without a person to ask it stays off."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from coach.app.consent import TEXT_VERSION, consent_file, recorded_consent
from coach.base.errors import ConsentError
from coach.cli.consent import ensure_camera_consent

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def ask(answer: str, *, takes: Path, yes: bool = False) -> str:
    """What a person in a terminal sees who types `answer`."""
    out = Terminal()
    ensure_camera_consent(yes=yes, takes_folder=takes, stdin=Terminal(answer), stdout=out)
    return out.getvalue()


def test_the_question_says_what_is_kept_where_and_how_to_delete_it(tmp_path: Path) -> None:
    text = ask("y\n", takes=tmp_path / "my takes")
    assert "Numbers only" in text
    assert "--record" in text
    assert str(tmp_path / "my takes") in text
    assert "Delete it" in text
    assert str(consent_file()) in text
    assert "Nothing is ever sent anywhere" in text


def test_it_is_asked_once(tmp_path: Path) -> None:
    assert ask("y\n", takes=tmp_path) != ""
    assert ask("", takes=tmp_path) == ""


def test_the_answer_is_kept_with_its_date_and_the_version_of_the_text(tmp_path: Path) -> None:
    ask("yes\n", takes=tmp_path)
    kept = recorded_consent()
    assert kept is not None
    assert kept.text_version == TEXT_VERSION
    assert kept.given_at.endswith("+00:00")
    assert [entry.name for entry in consent_file().parent.iterdir()] == ["consent.json"]


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "ja\n", "yesno\n"])
def test_anything_but_yes_keeps_the_camera_off_and_is_asked_again(answer: str, tmp_path: Path) -> None:
    with pytest.raises(ConsentError, match="camera stays off"):
        ask(answer, takes=tmp_path)
    assert recorded_consent() is None
    assert ask("Y \n", takes=tmp_path) != ""


def test_an_answer_to_an_older_text_is_asked_again(tmp_path: Path) -> None:
    ask("y\n", takes=tmp_path)
    kept = json.loads(consent_file().read_text())
    consent_file().write_text(json.dumps({**kept, "text_version": TEXT_VERSION - 1}))
    assert ask("y\n", takes=tmp_path) != ""


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "null", '{"given_at": "x"}', "[" * 100_000, '{"given_at": "x", "text_version": 1e999}']
)
def test_a_damaged_answer_is_asked_again(damage: str, tmp_path: Path) -> None:
    consent_file().parent.mkdir(parents=True)
    consent_file().write_text(damage)
    assert recorded_consent() is None
    assert ask("y\n", takes=tmp_path) != ""
    assert recorded_consent() is not None


def test_yes_asks_nobody_and_keeps_nothing(tmp_path: Path) -> None:
    ensure_camera_consent(yes=True, takes_folder=tmp_path, stdin=io.StringIO(), stdout=io.StringIO())
    assert recorded_consent() is None


@pytest.mark.parametrize(("stdin", "stdout"), [(io.StringIO("y\n"), Terminal()), (Terminal("y\n"), io.StringIO())])
def test_without_a_terminal_it_is_refused_and_the_message_says_how(
    stdin: io.StringIO, stdout: io.StringIO, tmp_path: Path
) -> None:
    with pytest.raises(ConsentError, match="--yes") as caught:
        ensure_camera_consent(yes=False, takes_folder=tmp_path, stdin=stdin, stdout=stdout)
    assert caught.value.exit_code == 1
    assert recorded_consent() is None


def test_an_answer_given_once_counts_where_there_is_no_terminal(tmp_path: Path) -> None:
    ask("y\n", takes=tmp_path)
    ensure_camera_consent(yes=False, takes_folder=tmp_path, stdin=io.StringIO(), stdout=io.StringIO())


def test_a_settings_folder_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    """A file stands where the folder should be, which stops root as well."""
    (tmp_path / "config").write_text("")
    text = ask("y\n", takes=tmp_path)
    assert "could not be kept" in text
    assert recorded_consent() is None


def test_escape_characters_in_a_folder_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in ask("y\n", takes=tmp_path / "a\x1b[31mb")


def test_only_the_user_can_read_the_answer(tmp_path: Path) -> None:
    ask("y\n", takes=tmp_path)
    if os.name == "posix":
        assert stat.S_IMODE(consent_file().stat().st_mode) & 0o022 == 0


def test_a_rehearsal_with_the_camera_and_nobody_to_ask_is_refused_with_one_message(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("[sad] One line.\n")
    ran = subprocess.run(
        [sys.executable, "-m", "coach", "rehearse", str(script)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "never allowed" in ran.stderr
    assert "--yes" in ran.stderr
    assert not (tmp_path / ".local").exists(), "a take was begun"
