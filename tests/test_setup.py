"""tools/setup.sh on simulated machines: only the commands that a test creates are on the PATH.

`.ci/run` runs it with the real Python and the real packages on every change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parent.parent / "tools" / "setup.sh"
ALL = "python3-venv libgl1 libglib2.0-0 libespeak-ng1 alsa-utils"

PYTHON = """#!/bin/sh
# A Python of version {version} that logs its arguments; in a virtual environment, pip exists once ensurepip has run.
here=$(dirname "$0")
case "$*" in
  *version_info*) exit {too_old} ;;
  "-m venv .venv") {venv} ;;
  "-m pip --version") test -e "$here/pip" ;;
  "-m ensurepip") echo ensurepip >> "$LOG"; touch "$here/pip" ;;
  "-m pip install"*) echo "$*" >> "$LOG" ;;
  "--version") echo "Python {version}" ;;
esac
"""
MAKES_VENV = 'mkdir -p .venv/bin && cp "$0" .venv/bin/python && touch .venv/bin/pip && echo "venv by $0" >> "$LOG"'


def shells() -> list[list[str]]:
    """Return the POSIX shells of this machine."""
    candidates = {"sh": ["sh"], "dash": ["dash"], "busybox": ["busybox", "sh"]}
    return [command for name, command in candidates.items() if shutil.which(name)]


class Machine:
    """A folder with a copy of setup.sh, a separate PATH, and a log of the commands that setup.sh runs."""

    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.folder = folder / "a folder"
        self.path = folder / "bin"
        self.log = folder / "log"
        self.shell = [str(shutil.which(shell[0])), *shell[1:]]
        (self.folder / "tools").mkdir(parents=True)
        shutil.copy(SETUP, self.folder / "tools" / "setup.sh")
        self.path.mkdir()
        for tool in ("dirname", "grep", "env", "rm", "cp", "mkdir", "touch", "cat"):
            (self.path / tool).symlink_to(str(shutil.which(tool)))
        self.command("id", "echo 0")

    def command(self, name: str, body: str) -> None:
        self._write(name, f"#!/bin/sh\n{body}\n")

    def python(self, name: str = "python3", *, version: str = "3.11.2", venv: str = MAKES_VENV) -> None:
        too_old = int(int(version.split(".")[1]) < 10)
        self._write(name, PYTHON.format(version=version, too_old=too_old, venv=venv))

    def debian(self, *installed: str, provides: str = "") -> None:
        """Add the commands apt-get and dpkg-query, with these packages installed."""
        lines = "".join(f"install ok installed: {name}, {provides},\n" for name in installed)
        removed = "deinstall ok config-files: alsa-utils, ,\n"
        self.command("dpkg-query", f"printf '%s' '{lines}{removed}'")
        self.command("apt-get", 'echo "apt-get $*" >> "$LOG"')

    def run(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.shell, "tools/setup.sh", *args],
            cwd=self.folder,
            env={"PATH": str(self.path), "LOG": str(self.log), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def commands_run(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def _write(self, name: str, text: str) -> None:
        file = self.path / name
        file.write_text(text)
        file.chmod(0o755)


@pytest.fixture(params=shells(), ids=lambda command: command[0])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return Machine(tmp_path, request.param)


def test_setup_creates_the_environment_and_installs_the_coach(machine: Machine) -> None:
    machine.python()
    result = machine.run()
    assert result.returncode == 0, result.stderr
    assert "try:  .venv/bin/coach demo" in result.stderr
    assert [line.split(" by ")[0] for line in machine.commands_run()] == [
        "venv",
        "-m pip install --disable-pip-version-check --editable .",
    ]


def test_the_argument_test_installs_what_tests_need(machine: Machine) -> None:
    machine.python()
    assert machine.run("test").returncode == 0
    assert machine.commands_run()[-1].endswith("--editable .[test]")


def test_an_unknown_argument_is_refused_first(machine: Machine) -> None:
    machine.python()
    result = machine.run("tset")
    assert result.returncode == 1
    assert "unknown word 'tset'" in result.stderr
    assert machine.commands_run() == []


def test_a_second_run_keeps_the_environment(machine: Machine) -> None:
    machine.python()
    machine.run()
    (machine.folder / ".venv" / "mine").touch()
    assert machine.run().returncode == 0
    assert (machine.folder / ".venv" / "mine").exists()
    assert len([line for line in machine.commands_run() if line.startswith("venv by")]) == 1


def test_an_environment_of_another_python_is_kept(machine: Machine) -> None:
    machine.python("python3.12")
    machine.python(version="3.9.2")
    assert machine.run(PYTHON="python3.12").returncode == 0
    assert machine.run().returncode == 0
    assert [line.rpartition("/")[2] for line in machine.commands_run() if line.startswith("venv by")] == ["python3.12"]


def test_an_environment_with_a_missing_python_is_reported_and_kept(machine: Machine) -> None:
    machine.python()
    (machine.folder / ".venv" / "bin").mkdir(parents=True)
    (machine.folder / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    result = machine.run()
    assert result.returncode == 1
    assert "rm -r .venv" in result.stderr
    assert (machine.folder / ".venv" / "bin" / "python").is_symlink()
    assert machine.commands_run() == []


def test_pip_is_installed_into_an_environment_without_it(machine: Machine) -> None:
    machine.python(venv=MAKES_VENV.replace("&& touch .venv/bin/pip", ""))
    assert machine.run().returncode == 0
    assert "ensurepip" in machine.commands_run()


def test_a_missing_python_gives_one_message(machine: Machine) -> None:
    result = machine.run()
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "'python3' not found; install Python 3.10 or newer" in result.stderr


def test_an_old_python_gives_a_message_with_its_version(machine: Machine) -> None:
    machine.python(version="3.9.2")
    result = machine.run()
    assert result.returncode == 1
    assert "Python 3.9.2 is too old" in result.stderr
    assert not (machine.folder / ".venv").exists()


def test_a_failed_venv_is_removed(machine: Machine) -> None:
    machine.python(venv="mkdir -p .venv/bin; exit 1")
    result = machine.run()
    assert result.returncode == 1
    assert "python3-venv" in result.stderr
    assert not (machine.folder / ".venv").exists()


def test_only_missing_debian_packages_are_installed(machine: Machine) -> None:
    machine.python()
    machine.debian("python3-venv", "libgl1", "libespeak-ng1")
    assert machine.run().returncode == 0
    installed = [line.rpartition(" ")[2] for line in machine.commands_run() if "apt-get install" in line]
    assert installed == ["libglib2.0-0", "alsa-utils"]  # alsa-utils was removed, but its settings remain


def test_with_all_packages_nothing_is_installed(machine: Machine) -> None:
    """This does not even call sudo."""
    machine.python()
    machine.debian(*ALL.split())
    machine.command("id", "echo 1000")
    machine.command("sudo", 'echo sudo >> "$LOG"')
    result = machine.run()
    assert result.returncode == 0
    assert not [line for line in machine.commands_run() if "apt-get" in line or "sudo" in line]
    assert "NOTICE" not in result.stderr


def test_a_package_that_provides_another_counts_as_installed(machine: Machine) -> None:
    machine.python()
    others = ALL.replace("libglib2.0-0 ", "").split()
    machine.debian(*others, "libglib2.0-0t64", provides="libglib2.0-0 (= 2.80.0-6ubuntu3)")
    assert machine.run().returncode == 0
    assert not [line for line in machine.commands_run() if "apt-get" in line]


def test_a_package_with_a_longer_name_does_not_count_as_installed(machine: Machine) -> None:
    machine.python()
    machine.debian(*ALL.replace("libgl1", "libgl1-mesa-dri").split())
    machine.run()
    assert [line.rpartition(" ")[2] for line in machine.commands_run() if "install -q" in line] == ["libgl1"]


def test_setup_uses_sudo_without_root(machine: Machine) -> None:
    machine.python()
    machine.debian("python3-venv")
    machine.command("id", "echo 1000")
    machine.command("sudo", 'echo "sudo $*" >> "$LOG"; "$@"')
    result = machine.run()
    assert result.returncode == 0
    assert "sudo may ask for your password" in result.stderr
    assert next(line for line in machine.commands_run() if line.startswith("sudo ")) == "sudo apt-get update -q"
    assert len([line for line in machine.commands_run() if line.startswith("apt-get install")]) == 4


def test_setup_lists_missing_packages_and_continues_without_sudo(machine: Machine) -> None:
    machine.python()
    machine.debian("python3-venv", "libgl1", "libglib2.0-0")
    machine.command("id", "echo 1000")
    result = machine.run()
    assert result.returncode == 0
    assert "NOTICE" in result.stderr
    assert "apt-get install libespeak-ng1 alsa-utils" in result.stderr
    assert machine.commands_run()[-1].endswith("--editable .")


def test_a_failing_apt_get_leads_to_a_notice_per_package(machine: Machine) -> None:
    machine.python()
    machine.debian("python3-venv", "libgl1", "libglib2.0-0")
    machine.command("apt-get", "exit 100")
    result = machine.run()
    assert result.returncode == 0
    notices = [line for line in result.stderr.splitlines() if "NOTICE" in line]
    assert [line.split()[2] for line in notices] == ["libespeak-ng1", "alsa-utils"]


def test_setup_works_from_any_folder(machine: Machine, tmp_path: Path) -> None:
    machine.python()
    result = subprocess.run(
        [*machine.shell, str(machine.folder / "tools" / "setup.sh")],
        cwd=tmp_path,
        env={**os.environ, "PATH": str(machine.path), "LOG": str(machine.log)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert (machine.folder / ".venv").is_dir()


def test_the_setup_script_is_at_most_60_lines_long() -> None:
    assert len(SETUP.read_text().splitlines()) <= 60
