"""The command `coach`: missing and unknown commands, and the debug log."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cli_help import coach

from coach import __version__
from coach.base.files import examples_folder
from coach.cli.main import main

EXAMPLE = examples_folder() / "waiting_for_news.yaml"


def exit_code_of(*args: str) -> int | str | None:
    """Run `coach ARGS`, which must exit before a command runs; return the exit code."""
    with pytest.raises(SystemExit) as ended:
        main(args)
    return ended.value.code


def test_no_command_prints_help_and_exits_2(capfd: pytest.CaptureFixture[str]) -> None:
    for args in ((), ("--debug",)):
        assert exit_code_of(*args) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert "usage: coach" in err
        assert "rehearse" in err


@pytest.mark.skipif(sys.platform == "win32", reason="pty")
def test_no_command_in_a_terminal_shows_three_things_to_try() -> None:
    from pty_help import TerminalChild

    with TerminalChild([sys.executable, "-m", "coach"]) as child:
        shown = child.read_until("coach --help")
    commands = [row.split()[1] for row in shown.splitlines() if row.startswith("  coach ")]
    assert commands == ["demo", "rehearse", "mirror"]
    assert "usage" not in shown


def test_help_option_exits_0(capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of("--help") == 0
    assert "rehearse" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("word", "near"), [("rehears", "rehearse"), ("take", "takes"), ("forgot", "forget"), ("reprot", "report")]
)
def test_an_unknown_command_suggests_the_closest_one(word: str, near: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of("--debug", word, "--help") == 2
    assert f"no command '{word}'; did you mean '{near}'? there are demo, rehearse," in capfd.readouterr().err


def test_a_word_unlike_any_command_gets_only_the_list(capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of("\x1b[2Jxyz", "more") == 2
    err = capfd.readouterr().err
    assert "'[2Jxyz'; there are demo, rehearse," in err
    assert "\x1b" not in err


def test_arguments_default_to_those_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["coach", "docter"])
    with pytest.raises(SystemExit):
        main()
    assert "did you mean 'doctor'?" in capfd.readouterr().err


def test_debug_writes_a_log_file_and_prints_its_path(tmp_path: Path) -> None:
    result = coach(tmp_path, "--debug", "mirror", "--source", "camera:63", "--headless", "--yes")
    assert result.returncode == 1
    (log,) = (tmp_path / "state").rglob("debug-*.log")
    assert f"the log is in {log}" in result.stderr
    lines = log.read_text(encoding="utf-8").splitlines()
    assert f"coach {__version__}, Python" in lines[0]
    assert any("coach.sources.camera" in line for line in lines[1:])


def test_no_log_is_written_without_debug(tmp_path: Path) -> None:
    assert coach(tmp_path, "check", EXAMPLE).returncode == 0
    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a current folder cannot be deleted there")
@pytest.mark.parametrize("args", [("takes",), ("demo", "--fast", "--takes", "here"), ("report", "--html", "page.html")])
def test_in_a_deleted_folder_commands_say_so(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    code = main([*args, "--takes", "here"])
    monkeypatch.chdir(tmp_path)
    assert code == 1
    assert "the folder you are in was deleted" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk to write to")
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_on_a_full_disk_are_a_failure(
    option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "w", buffering=1) as full:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdout", full)
        assert main([option]) == 1
    assert "cannot write the output: no space left on device" in capsys.readouterr().err
