"""Imports follow docs/architecture.md: in one direction, heavy packages late; and the check of imports can fail."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = Path(sys.executable).with_name("lint-imports")

HEAVY = (
    *("cv2", "onnxruntime", "av", "pyttsx3", "numpy", "rich", "yt_dlp", "PIL", "yaml", "tensorflow", "matplotlib"),
    *("jinja2", "svg", "starlette", "uvicorn"),
)

PURE_NEEDS = {"pydantic", "pydantic_core", "coach"}
NOT_PURE = {"time", "datetime", "os", "io", "pathlib", "subprocess", "threading", "socket", "random", "sys", "logging"}
"""Modules of the standard library that bring a clock, chance or the outside world."""


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(LINT), "--no-cache"] if os.name == "posix" else [str(LINT), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code to break."""
    skip = shutil.ignore_patterns("__pycache__", "*.onnx")
    for package in ("coach", "tools"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_goes_the_one_way() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("coach/base/types.py", "import coach.core.script.script", "The base imports no other room"),
        ("coach/core/script/script.py", "import coach.takes", "The core imports only the base"),
        ("coach/core/script/script.py", "import numpy", "The core imports only the base"),
        ("coach/core/actor/likeness.py", "import cv2", "The core imports only the base"),
        ("coach/voice/__init__.py", "import coach.display", "Adapters never import each other"),
        ("coach/listening/__init__.py", "import coach.voice", "Adapters never import each other"),
        ("coach/media/__init__.py", "import coach.core.reading.card", "What adapters share of video"),
        ("coach/recordings/__init__.py", "import coach.takes", "Adapters never import each other"),
        ("coach/sources/__init__.py", "import coach.app.rehearsal", "Adapters import neither"),
        ("coach/app/rehearsal.py", "import coach.cli", "The application knows no front end"),
        ("coach/app/rehearsal.py", "import argparse", "The application knows no front end"),
        ("coach/archive/work.py", "import coach.cli", "Archives know no front end"),
        ("coach/app/rehearsal.py", "import coach.studio", "The application knows no front end"),
        ("coach/studio/state.py", "import coach.cli", "The studio is a front end of its own"),
        ("coach/cli/main.py", "import coach.testing", "The fakes stay out of the product"),
        ("coach/cli/main.py", "def late():\n    import tools.bench", "The coach never imports its tools"),
        (
            "coach/core/script/targets.py",
            "def late():\n    import coach.core.script.timeline",
            "No modules import each other",
        ),
    ],
)
def test_an_import_that_goes_another_way_is_caught(module: str, line: str, contract: str, copy: Path) -> None:
    file = copy / module
    file.write_text(file.read_text() + f"\n{line}\n")
    result = lint_imports(copy)
    assert result.returncode == 1
    broken = [text for text in result.stdout.splitlines() if " BROKEN" in text]
    assert any(text.startswith(contract) for text in broken), result.stdout


def imports(file: Path) -> set[str]:
    """The top names of all that `file` imports, also late, except for annotations alone."""
    tree = ast.parse(file.read_text())
    quoted = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in quoted:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("file", sorted((ROOT / "coach" / "core").glob("*.py")), ids=lambda file: file.stem)
def test_the_core_needs_only_pydantic_and_no_clock_chance_or_file(file: Path) -> None:
    modules = imports(file)
    assert modules - set(sys.stdlib_module_names) <= PURE_NEEDS
    assert not modules & NOT_PURE


def test_starting_the_command_line_loads_no_heavy_package() -> None:
    code = f"import coach.cli.main, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.strip() == "[]"


def test_no_module_of_the_coach_outgrows_a_reader() -> None:
    long = {str(file): n for file in (ROOT / "coach").rglob("*.py") if (n := len(file.read_text().splitlines())) > 400}
    assert long == {}
