"""Try a third-party classifier in a child process, so that a crash, a hang or a memory leak is harmless.

The child (this module run with ``-m``) reads the card, a newline and the model from standard input, then loads and runs
the model as the coach would. If that fails it writes the reason to standard output.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from coach.base.child_process import kill_tree, start_child
from coach.base.errors import ModelError
from coach.base.messages import language, tr, use_language
from coach.base.text import clean
from coach.core.reading.card import ModelCard
from coach.perception.classifier import OnnxClassifier
from coach.perception.model_file import ModelFile

LIMIT_S: Final = 10.0
"""Timeout of the child in seconds; a shipped model takes 0.02 s, starting Python about 0.5 s."""

MEMORY_BYTES: Final = 3 * 2**30
"""Largest address space of the child. Python, cv2 and ONNX Runtime map about 1 GB, nearly all of it never touched."""

_FAILED: Final = 3
"""Exit status if the child has written a reason."""


def try_in_child(file: ModelFile[ModelCard], limit_s: float = LIMIT_S) -> None:
    """Load and run the model once in a child process; its memory is limited where the system can (not on Windows).

    Raises:
        ModelError: the model crashed, took more than `limit_s` seconds or too much memory, or does not fit its card.
    """
    request = file.card.model_dump_json().encode() + b"\n" + file.data
    with start_child("coach.perception.probe", str(file.path), language()) as child:
        try:
            output, _ = child.communicate(request, limit_s)
        except subprocess.TimeoutExpired:
            slow = tr("trying it took longer than {seconds:g} s", seconds=limit_s)
            raise ModelError(_refused(file, slow)) from None
        finally:
            kill_tree(child)
    if child.returncode == _FAILED:
        raise ModelError(clean(output.decode("utf-8", "replace")))
    if child.returncode:
        crashed = tr("it ended the process that tried it (code {code})", code=child.returncode)
        raise ModelError(_refused(file, crashed))


def _refused(file: ModelFile[ModelCard], reason: str) -> str:
    return tr("{name} was refused: {reason}.", name=file.path.name, reason=reason)


def _child(path: Path, spoken: str) -> int:
    use_language(spoken)
    _limit_memory()
    card = ModelCard.model_validate_json(sys.stdin.buffer.readline())
    try:
        OnnxClassifier(ModelFile(path, sys.stdin.buffer.read(), card, trusted=False))
    except ModelError as error:
        sys.stdout.buffer.write(str(error).encode("utf-8", "replace"))
        return _FAILED
    return 0


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):  # the system has the call but not the limit
        return


if __name__ == "__main__":
    raise SystemExit(_child(Path(sys.argv[1]), sys.argv[2]))
