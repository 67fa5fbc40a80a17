"""The child processes of the voice: started, asked one thing, ended with all they started; one spare is kept warm."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from coach.base.child_process import end_input, kill_tree, start_child
from coach.base.protocols import Utterance
from coach.voice.lineup import same_words

_log = logging.getLogger(__name__)

READY_LIMIT_S: Final = 10.0
"""70 ms on a quiet machine; this leaves room for a cold disk and a slow one."""

LONGEST_ANSWER: Final = 1_000_000
"""Bytes; a list of 131 voices has 12,000."""


class ChildFailed(Exception):  # noqa: N818  # told apart from errors, which are for users
    """The child could not do what it was asked; the text says why."""


class Interrupted(Exception):  # noqa: N818  # a wish, not an error
    """`VoiceChild.interrupt` was called while the child was being asked."""


class VoiceChild:
    """A child process that answers one request. All methods but `interrupt` belong to one thread."""

    def __init__(self, folder: Path) -> None:
        """Start it, without waiting, in `folder`, where it keeps its temporary files.

        Raises:
            ChildFailed: no process can be started.
        """
        self._born = time.monotonic()
        self._answers: queue.SimpleQueue[bytes | type[Interrupted] | None] = queue.SimpleQueue()
        try:
            self._process = start_child("coach.voice.child", cwd=folder, variables={"TMPDIR": str(folder)})
        except OSError as error:
            raise ChildFailed(f"no process can be started: {error}") from error
        self._reader = threading.Thread(target=self._read, name="voice-answers", daemon=True)
        self._reader.start()
        self._is_ready = False

    def wait_ready(self, limit_s: float = READY_LIMIT_S) -> None:
        """Wait until the engine is loaded, at most until `limit_s` seconds after the start.

        Raises:
            ChildFailed: it is not, or the process has ended since.
            Interrupted: of `interrupt`.
        """
        if not self._is_ready:
            self._next_answer(self._born + limit_s)
            self._is_ready = True
        if not self._reader.is_alive():
            raise ChildFailed("the voice process had ended")

    def send(self, request: dict[str, Any]) -> None:
        """Ask it for one thing.

        Raises:
            ChildFailed: the process has ended.
        """
        try:
            stdin = _pipe(self._process.stdin)
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except OSError as error:
            raise ChildFailed("the voice process had ended") from error

    def answer(self, limit_s: float) -> dict[str, Any]:
        """Its answer, awaited for `limit_s` seconds at most.

        Raises:
            ChildFailed: it crashed, said nonsense, refused, or was not done in time.
            Interrupted: of `interrupt`.
        """
        return self._next_answer(time.monotonic() + limit_s)

    def interrupt(self) -> None:
        """Make the one who waits for an answer raise `Interrupted`, now or at the next wait; from any thread."""
        self._answers.put(Interrupted)

    def close(self) -> None:
        """Kill it and all that it started, and wait for its end."""
        kill_tree(self._process)
        self._process.wait()
        self._reader.join()
        end_input(self._process)
        _pipe(self._process.stdout).close()

    def _read(self) -> None:
        stdout = _pipe(self._process.stdout)
        while line := stdout.readline(LONGEST_ANSWER):
            self._answers.put(line)
        self._answers.put(None)

    def _next_answer(self, deadline: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise ChildFailed("it did not answer in time") from None
        if line is None:
            raise ChildFailed("the voice process ended by itself")
        if isinstance(line, bytes):
            return _understood(line)
        raise Interrupted


def _understood(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ChildFailed("it gave no sensible answer")
    if "error" in answer:
        raise ChildFailed(str(answer["error"]))
    return answer


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


class Job:
    """One thing that a child does; it can be broken off from any thread."""

    def __init__(self, utterance: Utterance | None = None, expires: float = float("inf")) -> None:
        self.utterance, self.expires = utterance, expires
        self._child: VoiceChild | None = None
        self._broken_off = False

    def is_saying(self, utterance: Utterance) -> bool:
        """Whether these words are being said already."""
        return not self._broken_off and self.utterance is not None and same_words(self.utterance, utterance)

    def break_off_note(self) -> None:
        """End it now if it is a note."""
        if self.utterance and self.utterance.kind == "note":
            self.break_off()

    def break_off(self) -> None:
        """End it now: who waits for its child raises `Interrupted`."""
        self._broken_off = True
        if child := self._child:
            child.interrupt()

    def give_to(self, child: VoiceChild) -> None:
        """Let `child` do it.

        Raises:
            Interrupted: it was broken off before.
        """
        self._child = child  # before the check, so that one of the two threads sees the other's word
        if self._broken_off:
            raise Interrupted


class Children:
    """Gives each job a process of its own. For one thread."""

    def __init__(self, folder: Path, ready_s: float = READY_LIMIT_S) -> None:
        self._folder, self._ready_s = folder, ready_s
        self._spare: VoiceChild | None = None

    def __enter__(self) -> Children:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._spare:
            self._spare.close()

    def warm_up(self) -> None:
        """Have a spare; where none can be started, the next job will say so."""
        if not self._spare:
            with suppress(ChildFailed):
                self._spare = VoiceChild(self._folder)

    def ready(self, job: Job) -> VoiceChild:
        """A child with its engine loaded, to be handed to `ask` or back with `keep`.

        Raises:
            ChildFailed: none gets ready in time.
            Interrupted: the job was broken off.
        """
        spare, self._spare = self._spare, None
        if spare:
            try:
                return self._made_ready(spare, job)
            except ChildFailed as failure:  # while it waited, which is not this job's fault
                _log.info("the spare voice process is replaced: %s", failure)
        return self._made_ready(VoiceChild(self._folder), job)

    def _made_ready(self, child: VoiceChild, job: Job) -> VoiceChild:
        try:
            job.give_to(child)
            child.wait_ready(self._ready_s)
        except (ChildFailed, Interrupted):
            child.close()
            raise
        return child

    def keep(self, child: VoiceChild) -> None:
        """Take back a child that was not asked anything."""
        self._spare = child

    def ask(self, child: VoiceChild, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """The answer of `child`, which ends with it; meanwhile the next spare gets warm.

        Raises:
            ChildFailed: it crashed, said nonsense, refused, or was not done within `limit_s` seconds.
            Interrupted: the job was broken off.
        """
        try:
            child.send(request)
            self.warm_up()
            return child.answer(limit_s)
        finally:
            child.close()
