"""Consent to the camera: the user is asked once; without a terminal the camera is refused."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from coach.app.consent import TEXT_VERSION, consent_file, page_consent_text, recorded_consent
from coach.base.errors import ConsentError
from coach.cli.consent import ensure_camera_consent

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def ask(answer: str, *, takes: Path, yes: bool = False) -> str:
    """The output in a terminal whose user types `answer`."""
    out = Terminal()
    ensure_camera_consent(yes=yes, takes_folder=takes, stdin=Terminal(answer), stdout=out)
    return out.getvalue()


def test_the_question_explains_what_is_stored_where_and_how_to_delete_it(tmp_path: Path) -> None:
    text = ask("y\n", takes=tmp_path / "my takes")
    assert "Numbers only" in text
    assert "--record" in text
    assert str(tmp_path / "my takes") in text
    assert "Delete it" in text
    assert str(consent_file()) in text
    assert "Nothing is ever sent anywhere" in text


def test_a_page_asks_the_same_in_words_of_pages(tmp_path: Path) -> None:
    text = page_consent_text(tmp_path / "my takes")
    headings = re.findall(r"^  ([A-Z][a-z ]+[a-z])  ", ask("y\n", takes=tmp_path), re.MULTILINE)
    assert len(headings) == 6
    assert re.findall(r"^([A-Z][a-z ]+): ", text, re.MULTILINE) == headings
    assert str(tmp_path / "my takes") in text
    assert str(consent_file()) in text
    assert "Nothing is ever sent anywhere" in text
    assert not re.search(r"--|`|\bkeys?\b", text), "a page has no options, commands and keys of the terminal"


def test_the_question_is_asked_once(tmp_path: Path) -> None:
    assert ask("y\n", takes=tmp_path) != ""
    assert ask("", takes=tmp_path) == ""


def test_the_answer_is_stored_with_its_date_and_text_version(tmp_path: Path) -> None:
    ask("yes\n", takes=tmp_path)
    consent = recorded_consent()
    assert consent is not None
    assert consent.text_version == TEXT_VERSION
    assert consent.given_at.endswith("+00:00")
    assert [entry.name for entry in consent_file().parent.iterdir()] == ["consent.json"]


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "ja\n", "yesno\n"])
def test_any_answer_but_yes_refuses_the_camera_and_is_not_stored(answer: str, tmp_path: Path) -> None:
    with pytest.raises(ConsentError, match="camera stays off"):
        ask(answer, takes=tmp_path)
    assert recorded_consent() is None
    assert ask("Y \n", takes=tmp_path) != ""


def test_an_answer_to_an_older_text_does_not_count(tmp_path: Path) -> None:
    ask("y\n", takes=tmp_path)
    consent = json.loads(consent_file().read_text())
    consent_file().write_text(json.dumps({**consent, "text_version": TEXT_VERSION - 1}))
    assert ask("y\n", takes=tmp_path) != ""


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "null", '{"given_at": "x"}', "[" * 100_000, '{"given_at": "x", "text_version": 1e999}']
)
def test_a_damaged_answer_does_not_count(damage: str, tmp_path: Path) -> None:
    consent_file().parent.mkdir(parents=True)
    consent_file().write_text(damage)
    assert recorded_consent() is None
    assert ask("y\n", takes=tmp_path) != ""
    assert recorded_consent() is not None


def test_the_yes_option_asks_and_stores_nothing(tmp_path: Path) -> None:
    ensure_camera_consent(yes=True, takes_folder=tmp_path, stdin=io.StringIO(), stdout=io.StringIO())
    assert recorded_consent() is None


@pytest.mark.parametrize(("stdin", "stdout"), [(io.StringIO("y\n"), Terminal()), (Terminal("y\n"), io.StringIO())])
def test_without_a_terminal_the_camera_is_refused_with_advice(
    stdin: io.StringIO, stdout: io.StringIO, tmp_path: Path
) -> None:
    with pytest.raises(ConsentError, match="--yes") as caught:
        ensure_camera_consent(yes=False, takes_folder=tmp_path, stdin=stdin, stdout=stdout)
    assert caught.value.exit_code == 1
    assert recorded_consent() is None


def test_a_stored_answer_counts_without_a_terminal(tmp_path: Path) -> None:
    ask("y\n", takes=tmp_path)
    ensure_camera_consent(yes=False, takes_folder=tmp_path, stdin=io.StringIO(), stdout=io.StringIO())


def test_an_unwritable_settings_folder_still_allows_the_camera(tmp_path: Path) -> None:
    """A file takes the place of the folder, because permissions do not stop root."""
    (tmp_path / "config").write_text("")
    text = ask("y\n", takes=tmp_path)
    assert "could not be kept" in text
    assert recorded_consent() is None


def test_escape_characters_in_a_folder_name_are_removed(tmp_path: Path) -> None:
    assert "\x1b" not in ask("y\n", takes=tmp_path / "a\x1b[31mb")


def test_only_the_user_can_read_the_answer(tmp_path: Path) -> None:
    ask("y\n", takes=tmp_path)
    if os.name == "posix":
        assert stat.S_IMODE(consent_file().stat().st_mode) & 0o022 == 0


def test_a_camera_rehearsal_without_a_terminal_is_refused_with_one_message(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("[sad] One line.\n")
    result = subprocess.run(
        [sys.executable, "-m", "coach", "rehearse", str(script)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "not allowed the camera yet" in result.stderr
    assert "--yes" in result.stderr
    assert not (tmp_path / ".local").exists(), "no take may be created without consent"
