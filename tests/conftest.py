"""Fixtures and settings that all tests share."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cli_help import Demo, live_in, play_demo_once
from hypothesis import settings

from coach.base.files import sample_take
from coach.cli.signals import ENDING
from tools.console import quiet_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser
    from window_help import Screen

quiet_tensorflow()  # before any test module imports Keras

# Write .pyc files even in containers that disable them: otherwise each of a thousand child processes compiles again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Messages are in English, whatever the developer's own language.
os.environ.pop("COACH_LANGUAGE", None)
os.environ["LANGUAGE"] = "en"

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
if IS_WORKER:  # the other processors run other tests
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")

settings.register_profile("untimed", deadline=None)  # a slow example on a busy machine is not a failure
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites `tests/golden/expected`."""
    parser.addoption("--rewrite-golden", action="store_true", help="rewrite the files in tests/golden/expected")


MAX_WORKERS = 8
"""A worker needs half a gigabyte of memory, twice as much with TensorFlow."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run in parallel by default, except for a single file or with `-n`, `--pdb`, `--trace` or `-s`.

    Options in pyproject.toml would be errors if pytest-xdist is disabled.
    """
    options = config.option
    if IS_WORKER or getattr(options, "numprocesses", 0) is not None:
        return
    files = {arg.partition("::")[0] for arg in config.args}
    is_single_file = len(files) == 1 and files.pop().endswith(".py")
    if not (is_single_file or options.usepdb or options.trace or options.capture == "no"):
        workers = min((os.cpu_count() or 1) + 1, MAX_WORKERS)  # one more than processors: some tests wait
        options.numprocesses, options.dist = workers, "worksteal"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for garbage neither while tests are collected nor, later, among what is collected, which stays anyway."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests with TensorFlow first: then one worker gets them all, and the others never import it."""
    texts = {path: path.read_text(encoding="utf-8") for path in {item.path for item in items}}
    items.sort(key=lambda item: "keras" not in texts[item.path] and "tiny_run" not in texts[item.path])


_FOLDERS = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@pytest.fixture(autouse=True, scope="session")
def _separate_user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Isolate the tests from the data, settings, logs and cache of the user who runs them."""
    home = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in _FOLDERS:
            patch.setenv(name, str(home / name.lower()))
        patch.setenv("ORT_DISABLE_TELEMETRY", "1")  # the converters load ONNX Runtime by themselves
        yield


@pytest.fixture(autouse=True)
def _no_error_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that logs an ERROR."""
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert errors == []


@pytest.fixture(autouse=True)
def _restore_signal_handlers() -> Iterator[None]:
    """Restore the signal handlers: commands leave Ctrl-C ignored, and later child processes would inherit that."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run of pytest share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if IS_WORKER else base


@pytest.fixture(scope="session")
def demo(shared_folder: Path) -> Demo:
    """A run of the example script with the sample take and pictures of the face."""
    return play_demo_once(shared_folder / "demo", "--evidence")


@pytest.fixture(scope="session")
def wrong_demo(shared_folder: Path) -> Demo:
    """A run of the example script with one wrong tag, without pictures of the face."""
    return play_demo_once(shared_folder / "wrong_demo", "--wrong-tag")


@pytest.fixture(scope="session")
def short_take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first three seconds of the sample take, for tests that need any face."""
    from video_help import copy_start

    return copy_start(sample_take(), 3.0, tmp_path_factory.mktemp("short") / "short.mp4")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser without a head; of a module, since later tests count the child processes."""
    from page_help import launch_browser

    with launch_browser() as running:
        yield running


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A virtual screen (Xvfb)."""
    from window_help import Screen

    folder = tmp_path / "screen"
    folder.mkdir()
    screen = Screen(folder)
    yield screen
    screen.close()


@pytest.fixture
def start_on_screen(screen: Screen) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start programs on the screen, and kill them after the test.

    Call it with the arguments of the program, a condition for the screen that holds once the program is ready, and
    options for Popen.
    """
    from window_help import wait_until_painted

    children: list[subprocess.Popen[str]] = []

    def start(args: list[str], is_ready: Callable[[], bool], **options: object) -> subprocess.Popen[str]:
        defaults = {"env": screen.environ, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        children.append(subprocess.Popen(args, **(defaults | options)))  # type: ignore[call-overload]
        wait_until_painted(screen, children[-1], is_ready)
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def user_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder that is also the current folder, for commands that run in this process (`coach_here`)."""
    live_in(tmp_path, monkeypatch)
    return tmp_path
