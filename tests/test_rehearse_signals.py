"""Signals and kills end a rehearsal with a report, whenever they come."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from cli_help import (
    LIMIT_S,
    coach,
    coach_child,
    command,
    environment,
    quick_script,
    report_in,
    the_take,
)

from coach.base.files import examples_folder, sample_take

SCRIPT = examples_folder() / "waiting_for_news.yaml"


@pytest.mark.row(23)
def test_the_next_run_names_a_killed_take(tmp_path: Path) -> None:
    script = quick_script(tmp_path)
    args = command("rehearse", script, "--source", "none", "--lead-in", "0", "--takes", tmp_path / "takes")
    run = subprocess.Popen(args, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    with run.stdout:
        wait_for_line(run, "line 1")
        run.kill()
        run.wait(LIMIT_S)
    take = the_take(tmp_path / "takes")
    result = coach(tmp_path, "rehearse", quick_script(tmp_path, 0.3), "--source", "none", "--takes", tmp_path / "takes")
    assert f"The take {take.name} is unfinished." in result.stderr
    advice = shlex.split(result.stderr.split("`")[1])
    assert coach(tmp_path, *advice[1:]).returncode == 0


def wait_for_line(run: subprocess.Popen[str], text: str) -> str:
    assert run.stdout is not None
    for line in run.stdout:
        if text in line:
            return line
    raise AssertionError(f"no line contains {text!r}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_take_with_a_report_and_no_child_processes(number: int, tmp_path: Path) -> None:
    script = quick_script(tmp_path)
    args = command("rehearse", script, "--source", "none", "--lead-in", "0", "--voice", "on", "--takes", tmp_path / "t")
    run = subprocess.Popen(args, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    with run.stdout:
        wait_for_line(run, "line 1")
        children = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(number)
        output = run.stdout.read()
    assert run.wait(LIMIT_S) == 130
    assert "Saved in" in output
    assert report_in(the_take(tmp_path / "t"))["ended"] == "interrupted"
    gone, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, gone


@pytest.mark.row(22)
@pytest.mark.parametrize("lines_before", [1, 3, 5])
def test_ctrl_c_at_any_moment_ends_the_take_with_a_report(lines_before: int, tmp_path: Path) -> None:
    """After the Nth line of output: there is a report, and no process or sound file is left."""
    args = ["rehearse", SCRIPT, "--source", sample_take(), "--watch", "--voice", "on", "--takes", tmp_path / "t"]
    (tmp_path / "sounds").mkdir()
    env = environment(tmp_path, TMPDIR=str(tmp_path / "sounds"))
    run = subprocess.Popen(command(*args), env=env, cwd=tmp_path, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert run.stdout is not None
    with run.stdout:
        for _ in range(lines_before):
            run.stdout.readline()
        children = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGINT)
        output = run.stdout.read()
    assert run.wait(LIMIT_S) == 130
    assert "Saved in" in output
    assert report_in(the_take(tmp_path / "t"))["ended"] == "interrupted"
    assert not psutil.wait_procs(children, timeout=10)[1]
    assert not list((tmp_path / "sounds").rglob("*.wav"))


@pytest.mark.row(22)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["line 1", "end of the take", "There was no camera"])
def test_repeated_signals_do_not_lose_the_take(moment: str, number: int, tmp_path: Path) -> None:
    """During the take, while it closes, and while its report is shown."""
    args = command("rehearse", quick_script(tmp_path), "--source", "none", "--lead-in", "0", "--takes", tmp_path / "t")
    run = subprocess.Popen(args, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    with run.stdout:
        wait_for_line(run, "line 1")
        run.send_signal(number)
        if moment != "line 1":
            wait_for_line(run, moment)
        for _ in range(3):
            run.send_signal(number)
        output = run.stdout.read()
    assert run.wait(LIMIT_S) == 130
    assert "Saved in" in output
    assert report_in(the_take(tmp_path / "t"))["ended"] == "interrupted"


def test_ctrl_c_during_start_up_shows_no_traceback(tmp_path: Path) -> None:
    """A fake package simulates Ctrl-C when it is imported."""
    (tmp_path / "eager").mkdir()
    press = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "eager" / "argparse.py").write_text(press, encoding="utf-8")
    result = coach_child(tmp_path, "check", SCRIPT, PYTHONPATH=str(tmp_path / "eager"))
    assert result.returncode == 130
    assert "Traceback" not in result.stderr


@pytest.mark.row(24)
@pytest.mark.parametrize("in_the_way", [True, False], ids=["no report", "no folder"])
def test_a_take_that_could_not_be_saved_is_no_success(in_the_way: bool, tmp_path: Path) -> None:
    script, takes = quick_script(tmp_path, 0.3), tmp_path / "takes"
    args = command("rehearse", script, "--source", "none", "--lead-in", "0", "--takes", takes)
    run = subprocess.Popen(args, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    with run.stdout:
        wait_for_line(run, "line 1")
        take = the_take(takes)
        if in_the_way:
            (take / "report.json").mkdir()
        else:
            shutil.rmtree(take)
        output = run.stdout.read()
    assert run.wait(LIMIT_S) == 1
    assert "Saved in" not in output
    assert f"A part of it is in {take}" in output if in_the_way else f"It would have gone to {take}" in output
