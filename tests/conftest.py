"""What holds for every test."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cli_help import Demo, environment, play_demo_once
from hypothesis import settings

from coach.base.files import sample_take
from tools.console import quiet_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser
    from window_help import Screen

quiet_tensorflow()  # before any test module imports Keras

# Compiled files are kept, even in containers that say otherwise: else each of a thousand child processes compiles anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
if IS_WORKER:  # the other processors are at work on other tests
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what rewrites `tests/golden/expected` on purpose."""
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden/expected anew")


MOST_WORKERS = 8
"""A worker holds half a gigabyte, one that has met TensorFlow twice as much."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Share the tests of several files among the processors; `-n`, `--pdb`, `-s` and one file alone decide otherwise.

    As options in pyproject.toml this would fail wherever pytest-xdist is switched off.
    """
    asked = config.option
    if IS_WORKER or getattr(asked, "numprocesses", 0) is not None:
        return
    files = {word.partition("::")[0] for word in config.args}
    one = len(files) == 1 and files.pop().endswith(".py")
    if not (one or asked.usepdb or asked.trace or asked.capture == "no"):
        asked.numprocesses, asked.maxprocesses, asked.dist = "logical", MOST_WORKERS, "worksteal"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests with TensorFlow first: then one worker gets them all, and the others never load it."""
    texts = {path: path.read_text(encoding="utf-8") for path in {item.path for item in items}}
    items.sort(key=lambda item: "keras" not in texts[item.path] and "tiny_run" not in texts[item.path])


_FOLDERS = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the folders of the user who runs it, or depends on what lies in them."""
    home = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in _FOLDERS:
            patch.setenv(name, str(home / name.lower()))
        patch.setenv("ORT_DISABLE_TELEMETRY", "1")  # the converters load ONNX Runtime by themselves
        yield


@pytest.fixture(autouse=True)
def _no_error_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An ERROR in the log that no test asked for is a failure."""
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert errors == []


@pytest.fixture(autouse=True)
def _signals_are_given_back() -> Iterator[None]:
    """A command leaves Ctrl-C ignored for the end of its process; here later tests would start deaf children."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run of pytest, the same for all its workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if IS_WORKER else base


@pytest.fixture(scope="session")
def demo(shared_folder: Path) -> Demo:
    """The example script played with the sample take, pictures of the face kept."""
    return play_demo_once(shared_folder / "demo", "--evidence")


@pytest.fixture(scope="session")
def wrong_demo(shared_folder: Path) -> Demo:
    """The same with one line tagged wrongly, and without pictures."""
    return play_demo_once(shared_folder / "wrong_demo", "--wrong-tag")


@pytest.fixture(scope="session")
def short_take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first three seconds of the sample take, for tests to which one face is as good as another."""
    from video_help import beginning

    return beginning(sample_take(), 3.0, tmp_path_factory.mktemp("short") / "short.mp4")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser without a head; of a module, since later tests count the child processes."""
    from page_help import launch_browser

    with launch_browser() as running:
        yield running


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A screen in memory."""
    from window_help import Screen

    folder = tmp_path / "screen"
    folder.mkdir()
    screen = Screen(folder)
    yield screen
    screen.close()


@pytest.fixture
def start_on_screen(screen: Screen) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a program (its words, what the screen must show before it is ready, more for Popen) and ends it."""
    from window_help import until_painted

    children: list[subprocess.Popen[str]] = []

    def start(words: list[str], shows: Callable[[], bool], **more: object) -> subprocess.Popen[str]:
        how = {"env": screen.environ, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | more
        children.append(subprocess.Popen(words, **how))  # type: ignore[call-overload]
        until_painted(screen, children[-1], shows)
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def user_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a user, in which this process is: for commands that run in it as `coach_here` runs them."""
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
