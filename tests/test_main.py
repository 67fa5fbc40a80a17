"""`coach` itself: what it says where no command is named, or one that it does not have."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cli_help import coach

from coach import __version__
from coach.base.assets import examples_folder
from coach.cli.main import main

EXAMPLE = examples_folder() / "waiting_for_news.yaml"


def refused(*words: str) -> int | str | None:
    """The code with which `coach WORDS` ends before any command runs."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code


def test_without_a_command_the_help_is_shown_as_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    for words in ((), ("--debug",)):
        assert refused(*words) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert "usage: coach" in err
        assert "rehearse" in err


def test_help_that_is_asked_for_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    assert refused("--help") == 0
    assert "rehearse" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("word", "near"), [("rehears", "rehearse"), ("take", "takes"), ("forgot", "forget"), ("reprot", "report")]
)
def test_an_unknown_command_names_the_nearest(word: str, near: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert refused("--debug", word, "--help") == 2
    assert f"no command '{word}'; did you mean '{near}'? there are demo, rehearse," in capfd.readouterr().err


def test_a_word_that_is_like_no_command_gets_the_list_alone(capfd: pytest.CaptureFixture[str]) -> None:
    assert refused("\x1b[2Jxyz", "more") == 2
    err = capfd.readouterr().err
    assert "'[2Jxyz'; there are demo, rehearse," in err
    assert "\x1b" not in err


def test_the_words_of_the_process_count_where_none_are_given(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["coach", "docter"])
    with pytest.raises(SystemExit):
        main()
    assert "did you mean 'doctor'?" in capfd.readouterr().err


def test_with_debug_every_module_logs_to_a_file_that_is_named(tmp_path: Path) -> None:
    done = coach(tmp_path, "--debug", "mirror", "--source", "camera:63", "--headless", "--yes")
    assert done.returncode == 1
    (log,) = (tmp_path / "state").rglob("debug-*.log")
    assert f"the log is in {log}" in done.stderr
    lines = log.read_text(encoding="utf-8").splitlines()
    assert f"coach {__version__}, Python" in lines[0]
    assert any("coach.sources.camera" in line for line in lines[1:])


def test_without_debug_no_log_is_written(tmp_path: Path) -> None:
    assert coach(tmp_path, "check", EXAMPLE).returncode == 0
    assert not (tmp_path / "state").exists()
