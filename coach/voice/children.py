"""The supply of child processes: one for each job, and one spare that is already warm."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from coach.base.protocols import Utterance
from coach.voice.lineup import same_words
from coach.voice.process import READY_LIMIT_S, ChildFailed, Interrupted, VoiceChild


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
            with suppress(ChildFailed):  # it died or hung while it waited; that is not this job's fault
                return self._made_ready(spare, job)
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
