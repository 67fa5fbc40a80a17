"""Child process that fetches a web video: ``python -m coach.sources.web.child``.

yt-dlp cannot be interrupted or timed within a process: a server that sends a byte now and then blocks it forever,
without ever calling its hooks. Protocol: the request is one line of JSON on stdin; messages are lines of JSON on
stdout, `stage`, `bytes`, `done` or `failed`. When stdin ends, the parent is gone, and the child kills itself and its
descendants.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from coach.base.text import clean
from coach.sources.web.refusals import WebError


class Parent:
    """The pipes to the parent."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)  # output of libraries must not mix with the messages
        self._in = os.fdopen(os.dup(0), "rb")
        self.request: dict[str, Any] = json.loads(self._in.readline())
        threading.Thread(target=self._listen, name="parent's pipe", daemon=True).start()

    def send(self, **message: object) -> None:
        """Send one line of JSON."""
        try:
            self._out.write(json.dumps(message) + "\n")
            self._out.flush()
        except OSError:
            end_all()

    def _listen(self) -> None:
        self._in.read()
        end_all()


def end_all() -> None:
    """Kill this process and its descendants, such as a JavaScript runtime."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """Fetch the video that the parent requests."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = Parent()
    folder = Path(parent.request["folder"])
    os.chdir(folder)  # files that libraries write under a relative path land in the draft
    try:
        from coach.sources.web.site import fetch, refuse_ftp

        refuse_ftp()
        parent.send(done=fetch(parent.request, folder, parent.send))
    except WebError as error:
        parent.send(failed=error.kind, detail=error.detail)
    except ImportError as error:
        parent.send(failed="library", detail=clean(error.name or str(error), 80))


if __name__ == "__main__":
    main()
