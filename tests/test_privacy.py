"""Nothing leaves the machine: the telemetry of the model runtime is disabled before the runtime is loaded."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_SUPPRESSED_BY = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")
"""What would silence it anyway and so hide that we forgot to."""


def test_reading_a_face_writes_nothing_to_the_home_folder_and_disables_runtime_telemetry(tmp_path: Path) -> None:
    """By default ONNX Runtime writes a device identifier and a file of events to send into the cache folder."""
    code = (
        "import os; from coach.perception.pipeline import open_perception; open_perception();"
        "print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    variables = {name: value for name, value in os.environ.items() if name not in _SUPPRESSED_BY}
    for name in [name for name in variables if name.startswith("XDG_")]:
        del variables[name]
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**variables, "HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.strip() == "1"
    assert list(tmp_path.rglob("*")) == []


def imports(node: ast.AST) -> Iterator[str]:
    """The packages that a piece of code imports when it runs, which excludes imports for type checkers."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""
    for child in ast.iter_child_nodes(node):
        yield from imports(child)


def test_only_one_module_imports_the_runtime() -> None:
    files = list((ROOT / "coach").rglob("*.py"))
    loaders = [file.name for file in files if "onnxruntime" in imports(ast.parse(file.read_text(encoding="utf-8")))]
    assert loaders == ["onnx_session.py"]
