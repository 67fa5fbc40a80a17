"""The docs match the code, and every check of the docs can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import docs, reliability  # noqa: E402  # tools are beside the package, not in it


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the pages and everything they link to, which a test may damage."""
    for name in ("README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("docs", "tools", "scripts_examples", "models"):
        skip = shutil.ignore_patterns("__pycache__", "*.mp4", "*.onnx")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skip)
    for model in (ROOT / "models").glob("*.onnx"):
        (tmp_path / "models" / model.name).symlink_to(model)
    (tmp_path / "tests").mkdir()
    for test in (ROOT / "tests").glob("test_*.py"):
        (tmp_path / "tests" / test.name).symlink_to(test)
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_the_docs_have_no_faults() -> None:
    result = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("docs/commands.md", "`--debug`", "`--bug`", "docs/commands.md: differs"),
        ("docs/words.md", "worried", "curried", "docs/words.md: differs"),
        ("models/SOURCES.md", "Apache-2.0", "GPL", "models/SOURCES.md: differs"),
        ("models/mini_xception.json", '"sha256": "c4', '"sha256": "c5', "models/mini_xception.onnx: its hash is not"),
        (
            "models/mini_xception.json",
            '"licence": "MIT, copyright 2018 Justin Shenk"',
            '"licence": ""',
            "licence missing",
        ),
        ("docs/reliability.md", "at any moment", "at times", "docs/reliability.md: differs"),
        ("docs/studio-routes.md", "| 429 |", "| 200 |", "docs/studio-routes.md: differs"),
        ("README.md", "](docs/scoring.md)", "](docs/scores.md)", "README.md: link to docs/scores.md"),
        ("docs/privacy.md", "#uninstall-and-erase-everything", "#uninstall", "a heading that does not exist"),
        ("README.md", "\ncoach doctor\n", "\ncoach doktor\n", "`coach doktor` is not a command"),
        ("README.md", "--source none", "--sauce none", "is not a command"),
        ("CHANGELOG.md", "## [0.1.0]", "## [0.2.0]", "newest release 0.2.0"),
        ("pyproject.toml", 'version = "0.1.0"', 'version = "0.3.0"', "pyproject.toml 0.3.0"),
        ("docs/scoring.md", "0.3 s (`smoothing.TAU_S`)", "0.4 s (`smoothing.TAU_S`)", "0.4 (smoothing.TAU_S)"),
        (
            "docs/scoring.md",
            "(`line_stats.STABLE_S`)",
            "(`line_stats.STEADY_S`)",
            "line_stats.STEADY_S), in the code it is None",
        ),
        ("docs/scoring.md", "accuracy of 0.35", "accuracy of 0.99", "what makes a hit is"),
        ("docs/scoring.md", "| sad | high | 0.12", "| sad | high | 0.13", "the table of what a hit asks differs"),
        ("README.md", "sh tools/setup.sh && ", "sh setup.sh && ", "the first command must be"),
        ("README.md", "sh tools/setup.sh test && .venv/bin/pytest", "sh tools/setup.sh test", "must be exactly"),
    ],
)
def test_every_kind_of_fault_is_found(file: str, old: str, new: str, fault: str, copy: Path) -> None:
    change(copy / file, old, new)
    assert any(fault in reported for reported in docs.check(copy)), list(docs.check(copy))


def test_a_missing_page_is_found(copy: Path) -> None:
    (copy / "docs" / "commands.md").unlink()
    assert any("differs" in fault for fault in docs.check(copy))


def test_a_row_that_has_lost_its_test_is_found(tmp_path: Path) -> None:
    """A skipped test, and a helper, hold nothing."""
    (tmp_path / "tests").mkdir()
    marked = "@pytest.mark.row(22)\ndef test_holds() -> None: ...\n"
    no_tests = f"@pytest.mark.skip\n{marked}@pytest.mark.row(21)\ndef helper() -> None: ...\n"
    (tmp_path / "tests" / "test_it.py").write_text(marked)
    assert "| [holds](../tests/test_it.py) |" in reliability.page(tmp_path)
    (tmp_path / "tests" / "test_it.py").write_text(no_tests)
    assert f"Promised without a test: {', '.join(map(str, reliability.ROWS))}." in reliability.page(tmp_path)


def test_a_mark_of_an_unknown_row_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("@pytest.mark.row(36)\ndef test_it() -> None: ...\n")
    with pytest.raises(ValueError, match=r"test_it\.py: there is no row 36"):
        reliability.page(tmp_path)


def test_every_command_and_option_is_documented() -> None:
    parser = docs.command_parser()
    page = docs.commands_page(parser)
    commands = dict(parser.commands)
    commands |= {f"takes {name}": command for name, command in commands["takes"].commands.items()}
    assert "takes show" in commands
    for name, command in commands.items():
        assert f"## coach {name}\n" in page
        options = [action.option_strings[0] for action in command.options if action.option_strings]
        assert [option for option in options if f"`{option}" not in page] == ["-h"]


def test_ci_runs_exactly_the_commands_of_the_readme() -> None:
    """`.ci/run` reads the commands from README.md with this pattern; nothing else in it installs or tests."""
    script = (ROOT / ".ci" / "run").read_text()
    assert r"grep '^sh tools/setup\.sh' README.md" in script
    assert "pytest" not in script
    commands = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("sh tools/setup.sh")]
    assert tuple(commands) == docs.README_COMMANDS


def test_the_readme_has_the_windows_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert r"tools\setup.ps1; .venv\Scripts\coach demo" in readme
    assert r"tools\setup.ps1 test; .venv\Scripts\pytest" in readme


def test_no_page_contains_a_todo() -> None:
    for page in docs.pages(ROOT):
        text = page.read_text()
        assert not any(mark in text for mark in ("TODO", "FIXME", "XXX", "<!--")), page
