"""Takes that this user may not read, and pipes in place of files."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
from cli_help import coach as run_coach
from store_help import play_take, three_takes
from takes_help import run_child

from coach.takes.store import TakeStore

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights or pipes")


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    return three_takes(tmp_path / "takes")


def names(output: str) -> list[str]:
    """The takes named by a list that is piped."""
    return [line.split()[1][20:] for line in output.splitlines()]


@unix_only
@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["takes"], 0, "_second"),
        (["report"], 0, ""),
        (["report", "second"], 1, "not a regular file"),
        (["history", "any"], 1, ""),
        (["drill", "any"], 1, ""),
        (["takes", "recover", "--all"], 0, ""),
        (["rescore", "--all"], 1, "not a regular file"),
        (["takes", "export", "--all", "out.zip"], 0, "3 takes"),
    ],
)
def test_a_pipe_in_place_of_a_report_does_not_block(
    store: TakeStore, tmp_path: Path, args: list[str], code: int, message: str
) -> None:
    """The pipe has no writer."""
    report = store.takes()[1] / "report.json"
    report.unlink()
    os.mkfifo(report)
    result = run_coach(tmp_path, *args, "--takes", store.folder)
    assert result.returncode == code
    assert message in result.stdout + result.stderr


@unix_only
def test_a_pipe_is_no_archive(store: TakeStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    result = run_coach(tmp_path, "takes", "import", tmp_path / "pipe.zip", "--takes", store.folder)
    assert result.returncode == 1
    assert "not a regular file" in result.stderr


@unix_only
@pytest.mark.parametrize(
    ("args", "code"),
    [(["takes"], 0), (["report", "any"], 1), (["takes", "export", "--all", "out.zip"], 1)],
)
def test_a_take_without_permission_is_named(args: list[str], code: int) -> None:
    """Otherwise it would be missing silently."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        take = play_take(TakeStore(folder))
        take.chmod(0)
        output = run_child("coach_without_rights", folder, *args)
        take.chmod(0o755)
    assert any(take.name in line for line in output)
    assert output[-1] == f"code {code}"


@unix_only
@pytest.mark.parametrize("migrated", [True, False])
def test_a_take_without_permission_does_not_keep_anybody_from_rehearsing(*, migrated: bool) -> None:
    """Nor is it said to be broken off, which nobody knows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take = play_take(TakeStore(folder))
        if not migrated:
            (folder / "coach-store.json").unlink()
        folder.chmod(0o777)
        for path in folder.glob("*.json"):
            path.chmod(0o666)
        take.chmod(0)
        said = run_child("begin_without_rights", folder)
        take.chmod(0o755)
    assert said[:2] == ["broken off []", "noted []"]
    assert said[2].startswith("made ")


@unix_only
def test_a_take_without_permission_is_named_by_its_path_too() -> None:
    with tempfile.TemporaryDirectory() as name:
        take = play_take(TakeStore(Path(name) / "takes"))
        Path(name).chmod(0)
        said = run_child("coach_without_rights", Path(name).parent / "none", "report", str(take))
        Path(name).chmod(0o755)
    assert f"the take {take.name} cannot be opened: permission denied" in " ".join(said)
    assert said[-1] == "code 1"


@unix_only
@pytest.mark.parametrize(
    "words", [["history", "FILE"], ["takes", "export", "any", "FILE.zip"], ["report", "--json", "FILE"]]
)
def test_a_file_without_permission_is_no_bug(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as closed:
        folder = Path(name)
        folder.chmod(0o755)
        for path in [folder, *play_take(TakeStore(folder)).rglob("*"), *folder.iterdir()]:
            path.chmod(0o755)
        Path(closed).chmod(0)
        said = run_child("coach_without_rights", folder, *(word.replace("FILE", f"{closed}/file") for word in words))
        Path(closed).chmod(0o700)
    assert "permission denied" in " ".join(said)
    assert said[-1] == "code 1"
