"""Ctrl-C in the terminal while the workers of `coach analyse` start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from cli_help import LIMIT_S, command, environment

IN_THE_MIDST_S = 0.2
"""Seconds of a processor after which a worker is loading its modules, which takes longer."""


def workers_of(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """The workers that `run` is starting, once the first one is in the midst of it."""
    parent = psutil.Process(run.pid)
    while True:
        assert run.poll() is None, "it ended before a worker began"
        with suppress(psutil.Error):
            children = parent.children(recursive=True)
            found = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
            if any(worker.cpu_times().user > IN_THE_MIDST_S for worker in found):
                return found


@pytest.mark.row(22)
def test_ctrl_c_while_the_cluster_starts_ends_the_run_and_leaves_no_process(short_take: Path, tmp_path: Path) -> None:
    """It reaches all processes in the terminal, so none of them may answer with a traceback."""
    shutil.copy(short_take, tmp_path / "take.mp4")
    args = command("analyse", tmp_path / "take.mp4", "--mirror", "-o", tmp_path / "out", "--workers", "2")
    run = subprocess.Popen(
        args, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert run.stdout is not None
    with run.stdout:
        workers = workers_of(run)
        os.killpg(run.pid, signal.SIGINT)
        output = run.stdout.read()
    assert run.wait(LIMIT_S) == 130
    assert "0 recordings read, 1 not reached." in output
    assert output.endswith("The same command goes on from here.\n")
    assert "Traceback" not in output
    assert not psutil.wait_procs(workers, timeout=10)[1]
    assert not psutil.wait_procs(members_of(run.pid), timeout=10)[1]


def members_of(session: int) -> list[psutil.Process]:
    """The processes of a session."""
    found = []
    for process in psutil.process_iter():
        with suppress(OSError):
            found += [process] if os.getsid(process.pid) == session else []
    return found
