"""Nothing leaves the machine: the telemetry of the model runtime is disabled before the runtime is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
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


def test_only_one_module_imports_the_runtime() -> None:
    loaders = [file.name for file in (ROOT / "coach").rglob("*.py") if "import onnxruntime" in file.read_text()]
    assert loaders == ["onnx_session.py"]
