"""Logging: one logger per module, no error messages, and nothing on the user's screen."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [path for path in sorted(ROOT.glob("coach/**/*.py")) if "import logging" in path.read_text("utf-8")]

WARNING = "import logging, coach; logging.getLogger('coach.takes.event_log').warning('not for a screen')"


def calls(path: Path, name: str) -> list[ast.Call]:
    """The calls of a method `name` in the file at `path`."""
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    method_calls = [node for node in tree if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return [call for call in method_calls if isinstance(call.func, ast.Attribute) and call.func.attr == name]


def test_log_messages_are_not_printed_by_default() -> None:
    run = subprocess.run([sys.executable, "-c", WARNING], capture_output=True, text=True, check=True)
    assert run.stdout == run.stderr == ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_uses_its_own_logger_and_logs_no_errors(path: Path) -> None:
    own = [call for call in calls(path, "getLogger") if ast.unparse(call.args[0]) == "__name__"]
    others = ("'matplotlib'", "'distributed'", "'coach'")
    foreign = [call for call in calls(path, "getLogger") if ast.unparse(call.args[0]) in others]
    assert len(own) <= 1
    assert len(own) + len(foreign) == len(calls(path, "getLogger"))
    for level in ("error", "exception", "critical"):
        assert [call for call in calls(path, level) if ast.unparse(call.func).startswith("_log.")] == []
