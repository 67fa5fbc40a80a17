"""`coach studio` as a process: it prints its address, answers, and ends in order."""

from __future__ import annotations

import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_help import LIMIT_S, command, environment

from coach.base.errors import SourceError
from coach.studio.server import Terminal, Wishes, serve


def post(opener: urllib.request.OpenerDirector, address: str, path: str, fields: str) -> str:
    request = urllib.request.Request(address + path, fields.encode(), {"origin": address})
    return str(opener.open(request, timeout=LIMIT_S).read().decode())


@contextmanager
def killed_at_the_end(words: list[str], home: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(words, env=environment(home), stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_ctrl_c_closes_the_studio_and_keeps_the_take_that_is_played(tmp_path: Path) -> None:
    words = command("studio", "--port", "0", "--no-open")
    with killed_at_the_end(words, tmp_path) as process:
        assert process.stderr is not None
        found = re.search(r"(http://127\.0\.0\.1:\d+)/enter\?token=\S+", process.stderr.readline())
        assert found is not None
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert b"sample take" in opener.open(found[0], timeout=LIMIT_S).read()
        stage = re.search(r"/stage/[\w-]+", post(opener, found[1], "/api/takes", '{"source": "sample"}'))
        assert stage is not None
        assert "line 1 of 5" in post(opener, found[1], f"/api{stage[0]}/claim", '{"page": "page-0001"}')
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(LIMIT_S) == 0
    assert "The studio is closed." in rest
    assert len(list(tmp_path.glob("data/coach/takes/*/report.json"))) == 1


def test_a_recorded_take_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.mp4: there is no such file"):
        serve(Wishes(0, tmp_path, open_browser=False, take=tmp_path / "gone.mp4"), Terminal(lambda _: None))
