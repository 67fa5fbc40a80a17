"""One job: said, dropped when its child got ready too late, or broken off before it began."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from voice_help import IMPATIENT, Log, cue, descendants, posix_only, stub_engine, stub_player

from coach.voice.process import Children, Interrupted, Job
from coach.voice.speaker import Mouth, Wishes
from coach.voice.voices import Casting, Voice, Voices

pytestmark = posix_only

VOICES = Voices((Voice("x/en", "Eve", ("en",)),), "x/en")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    stub_player(tmp_path, monkeypatch)
    return stub_engine(tmp_path, monkeypatch)


@pytest.fixture
def mouth(log: Log, tmp_path: Path) -> Iterator[Mouth]:
    with Children(tmp_path) as children:
        yield Mouth(tmp_path, children, Casting(VOICES, None, "en", pytest.fail), Wishes(), IMPATIENT)
    assert descendants() == []


def test_a_job_in_time_is_said_and_leaves_a_spare(mouth: Mouth, log: Log) -> None:
    assert mouth.say(Job(cue("hello")))
    assert log.words() == ["hello"]
    assert len(descendants()) == 1


def test_a_job_whose_child_gets_ready_too_late_is_dropped_and_the_child_kept(mouth: Mouth, log: Log) -> None:
    assert not mouth.say(Job(cue("late"), expires=time.monotonic() - 1))
    (kept,) = descendants()
    assert mouth.say(Job(cue("hello")))
    assert log.words() == ["hello"]
    assert log.entries("synth")[0].pid == kept.pid


def test_a_job_that_was_broken_off_before_it_began_is_not_said(mouth: Mouth, log: Log) -> None:
    job = Job(cue("hello"))
    job.break_off()
    with pytest.raises(Interrupted):
        mouth.say(job)
    assert log.words() == []
