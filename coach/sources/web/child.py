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
import threading
from pathlib import Path
from typing import Any

from coach.base.child_process import MessagesOut, end_own_tree
from coach.base.messages import DEFAULT, use_language
from coach.base.text import clean
from coach.sources.web.refusals import WebError


class Parent:
    """The pipes to the parent."""

    def __init__(self) -> None:
        self._out = MessagesOut()
        self._in = os.fdopen(os.dup(0), "rb")
        self.request: dict[str, Any] = json.loads(self._in.readline())
        threading.Thread(target=self._listen, name="parent's pipe", daemon=True).start()

    def send(self, **message: object) -> None:
        """Send one line of JSON."""
        if not self._out.send(message):
            end_own_tree()

    def _listen(self) -> None:
        self._in.read()
        end_own_tree()


def main() -> None:
    """Fetch the video that the parent requests."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = Parent()
    use_language(parent.request.get("language", DEFAULT))
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
