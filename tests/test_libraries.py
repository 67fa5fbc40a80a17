"""A missing library gives one message that names its package; other import errors are unchanged."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from coach.app.libraries import DISTRIBUTIONS, explain, explained_imports
from coach.base.errors import MissingLibraryError
from coach.base.files import sample_take

GL = "libGL.so.1: cannot open shared object file: No such file or directory"
GLIB = "libgthread-2.0.so.0: cannot open shared object file: No such file or directory"
MUSL = "Error loading shared library libgthread-2.0.so.0: No such file or directory (needed by cv2.abi3.so)"


@pytest.mark.parametrize(
    ("error", "library", "package"),
    [
        (GL, "libGL.so.1", "apt-get install libgl1"),
        (GLIB, "libgthread-2.0.so.0", "apt-get install libglib2.0-0"),
        (MUSL, "libgthread-2.0.so.0", "apt-get install libglib2.0-0"),
        ("libxcb.so.1: cannot open shared object file", "libxcb.so.1", "apt-get install libxcb1"),
        ("/lib/libstdc++.so.6: version `GLIBCXX_3.4.30' not found", "libstdc++.so.6", "libstdc++6"),
        ("libfoo-2.1.so.7: cannot open shared object file", "libfoo-2.1.so.7", "your system's package"),
    ],
)
def test_a_missing_shared_library_names_its_package(error: str, library: str, package: str) -> None:
    message = str(explain(ImportError(error)))
    assert library in message
    assert package in message


def test_fedora_and_arch_are_named_as_well() -> None:
    message = str(explain(ImportError(GL)))
    assert "dnf install mesa-libGL" in message
    assert "pacman -S libglvnd" in message


def test_a_missing_dll_names_the_windows_component() -> None:
    error = "DLL load failed while importing {}: The specified module could not be found."
    assert "Media Feature Pack" in str(explain(ImportError(error.format("cv2"))))
    assert "Visual C++" in str(explain(ImportError(error.format("onnxruntime_pybind11_state"))))


def test_a_missing_package_has_its_pypi_name() -> None:
    with pytest.raises(MissingLibraryError, match="opencv-python"), explained_imports():
        raise ModuleNotFoundError("No module named 'cv2'", name="cv2")


def test_other_import_errors_are_unchanged() -> None:
    with pytest.raises(ImportError, match="cannot import name") as caught, explained_imports():
        raise ImportError("cannot import name 'x' from 'coach.base.types'")
    assert not isinstance(caught.value, MissingLibraryError)
    assert explain(ModuleNotFoundError("No module named 'coach.nowhere'", name="coach.nowhere")) is None


def test_the_package_names_match_the_dependencies_of_the_project() -> None:
    project = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    dependencies = re.search(r"^dependencies = \[\n(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert dependencies is not None
    assert set(DISTRIBUTIONS.values()) == set(re.findall(r'^  "([\w.-]+)>=', dependencies.group(1), re.MULTILINE))


@pytest.mark.parametrize(("error", "package"), [(GL, "libgl1"), (GLIB, "libglib2.0-0")])
def test_the_command_line_prints_one_line_without_a_traceback(error: str, package: str, tmp_path: Path) -> None:
    """A fake `cv2`, first on the path of a real process, fails like one without its library."""
    (tmp_path / "cv2.py").write_text(f"raise ImportError({error!r})\n")
    script = tmp_path / "script.txt"
    script.write_text("[sad] One line.\n")
    result = subprocess.run(
        [sys.executable, "-m", "coach", "rehearse", str(script), "--source", str(sample_take())],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    assert package in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
