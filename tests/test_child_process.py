"""The launcher of child processes: what a child imports, what it is protected from, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest
from source_help import has_ended, wait_until

from coach.base.child_process import end_child, end_input, kill_tree, start_child

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="sleep and process groups")

WAITING = "import sys; print('here', flush=True); sys.stdin.read()"
DEAF = "import time; print('here', flush=True); time.sleep(60)"
PARENT = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); input()"
ORPHANING = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"


class Children:
    """Starts children that run `code`, and ends them after the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.started: list[Popen[bytes]] = []

    def __call__(self, code: str, **options: object) -> Popen[bytes]:
        (self._folder / "job_of_a_test.py").write_text(code)
        child = start_child("job_of_a_test", **options)  # type: ignore[arg-type]  # passed by name
        self.started.append(child)
        return child


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Children]:
    (tmp_path / "modules").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    children = Children(tmp_path / "modules")
    yield children
    for child in children.started:
        kill_tree(child)
        end_child(child, 5.0)
        end_input(child)
        assert child.stdout is not None
        child.stdout.close()


def line_of(child: Popen[bytes]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().decode().strip()


def test_modules_in_the_users_folder_are_not_imported(
    start: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "queue", "coach"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    import coach

    child = start("import json, queue, coach; print(coach.__file__)")
    assert line_of(child) == coach.__file__


def test_a_child_gets_its_environment_variables_and_folder(start: Children, tmp_path: Path) -> None:
    child = start("import os; print(os.environ['A_WORD'], os.getcwd())", cwd=tmp_path, variables={"A_WORD": "hello"})
    assert line_of(child) == f"hello {tmp_path}"


def test_stderr_is_discarded(start: Children, capfd: pytest.CaptureFixture[str]) -> None:
    assert line_of(start("import sys; print('noise', file=sys.stderr); print('here')")) == "here"
    assert capfd.readouterr().err == ""


@unix_only
def test_ctrl_c_does_not_reach_a_child(start: Children) -> None:
    child = start(WAITING)
    assert line_of(child) == "here"
    assert os.getpgid(child.pid) == child.pid != os.getpgid(0)


def test_a_child_may_exit_by_itself_when_its_input_ends(start: Children) -> None:
    child = start(WAITING)
    assert line_of(child) == "here"
    end_input(child)
    end_input(child)
    end_child(child, 20.0)
    assert child.returncode == 0


def test_a_child_that_does_not_exit_is_killed(start: Children) -> None:
    child = start(DEAF)
    assert line_of(child) == "here"
    end_input(child)
    end_child(child, 0.0)
    assert child.returncode not in (None, 0)


@unix_only
@pytest.mark.parametrize("code", [PARENT, ORPHANING], ids=["parent alive", "parent dead"])
def test_processes_that_a_child_started_are_killed_with_it(start: Children, code: str) -> None:
    child = start(code)
    started = int(line_of(child))
    kill_tree(child)
    wait_until(lambda: has_ended(started))


@unix_only
def test_a_child_that_has_been_reaped_is_not_killed_again(start: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    """By then its process id may belong to another process."""
    child = start(WAITING)
    end_input(child)
    child.wait()
    monkeypatch.setattr(os, "killpg", lambda *_: pytest.fail("killed"))
    kill_tree(child)
