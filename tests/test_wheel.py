"""The wheel contains everything that an installed `coach` needs to work from any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built offline from a copy of the tree, as from a fresh clone."""
    folder = tmp_path_factory.mktemp("build")
    for name in ("coach", "models", "scripts_examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"],
        cwd=folder,
        capture_output=True,
        timeout=120,
        check=True,
    )
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel was installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", str(folder)]
    subprocess.run([*pip, str(wheel)], capture_output=True, timeout=120, check=True)
    return folder


def coach(installed: Path, home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the installed coach from an unrelated folder."""
    return subprocess.run(
        [sys.executable, "-m", "coach", *args],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(installed), "HOME": str(home), "XDG_DATA_HOME": str(home / "data")},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_the_wheel_contains_models_cards_scripts_pages_and_sample_take(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("models", "scripts_examples"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"coach/assets/{file.relative_to(ROOT).as_posix()}" in names
    for page in (ROOT / "coach" / "studio").glob("*/*.*"):
        assert page.suffix == ".pyc" or page.relative_to(ROOT).as_posix() in names
    assert "coach/py.typed" in names
    assert "coach/assets/scripts_examples/takes/hopeful_news_take.mp4" in names
    assert any(name.endswith("LICENSE") for name in names)


def test_the_wheel_contains_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"coach"}


def test_the_installed_coach_finds_its_files(installed: Path, tmp_path: Path) -> None:
    code = "from coach.base.files import sample_take; print(sample_take(), sample_take().is_file())"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.startswith(str(installed))
    assert result.stdout.strip().endswith("True")


def test_the_installed_coach_checks_an_example_from_any_folder(installed: Path, tmp_path: Path) -> None:
    scripts = sorted((installed / "coach" / "assets" / "scripts_examples").glob("*.*"))
    assert scripts
    result = coach(installed, tmp_path, "check", str(scripts[0]))
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_installed_demo_rehearses_the_sample_take(installed: Path, tmp_path: Path) -> None:
    result = coach(installed, tmp_path, "demo")
    assert result.returncode == 0, result.stdout + result.stderr
    assert list((tmp_path / "data").rglob("report.json"))
