"""What holds for every test."""

from __future__ import annotations

import logging
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tools.quiet import quiet_tensorflow

if TYPE_CHECKING:
    from collections.abc import Iterator

quiet_tensorflow()  # before any test module imports Keras

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what rewrites `tests/golden/expected` on purpose."""
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden/expected anew")


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
