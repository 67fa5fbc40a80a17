"""Child process that recognises words, so that a slow or hanging recogniser never holds up a take.

Run as ``python -m coach.listening.words_child LANGUAGE [MODEL]``. It sends `opened` with the name and the SHA-256 of
the model, or `failed`. Each request on stdin is a line of JSON, `line` and `bytes`, and then so many bytes of sound.
The answer is a line of JSON, `said` and `whole`, or `failed`.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import numpy as np

from coach.base.child_process import MessagesOut
from coach.base.errors import CoachError
from coach.base.messages import DEFAULT, language_of, tr, use_language
from coach.listening.recognisers import Recogniser, open_recogniser


def main() -> None:
    """Answer requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_language(language_of(os.environ) or DEFAULT)
    out = MessagesOut()
    try:
        recogniser = open_recogniser(sys.argv[2] if len(sys.argv) > 2 else None, sys.argv[1])
    except CoachError as error:
        out.send({"failed": str(error)})
        return
    except Exception as error:  # of a library that is installed and does not work
        out.send({"failed": tr("Words cannot be recognised: {kind}: {error}", kind=type(error).__name__, error=error)})
        return
    out.send({"opened": recogniser.name, "sha256": recogniser.sha256})
    while request := sys.stdin.buffer.readline():
        if not out.send(_answer(recogniser, json.loads(request))):
            return


def _answer(recogniser: Recogniser, request: dict[str, str | int]) -> dict[str, object]:
    samples = np.frombuffer(sys.stdin.buffer.read(int(request["bytes"])), np.int16)
    try:
        heard = recogniser.hear(samples, str(request["line"]))
    except Exception as error:  # of a library: the take goes on without these words
        return {"failed": repr(error)}
    return {"said": heard.said, "whole": heard.whole}


if __name__ == "__main__":
    main()
