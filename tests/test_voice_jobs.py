"""A job is spoken, dropped because its child is ready too late, or cancelled before it begins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from voice_help import SHORT_TIMEOUTS, Log, cue, descendants, linux_only, stub_engine, stub_player

from coach.voice.job_runner import JobRunner, VoiceOptions
from coach.voice.process import Children, Interrupted, Job
from coach.voice.voices import Voice, VoiceChooser, Voices

pytestmark = linux_only

VOICES = Voices((Voice("x/en", "Eve", ("en",)),), "x/en")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    stub_player(tmp_path, monkeypatch)
    return stub_engine(tmp_path, monkeypatch)


@pytest.fixture
def runner(log: Log, tmp_path: Path) -> Iterator[JobRunner]:
    with Children(tmp_path) as children:
        yield JobRunner(
            tmp_path, children, VoiceChooser(VOICES, None, "en", pytest.fail), VoiceOptions(), SHORT_TIMEOUTS
        )
    assert descendants() == []


def test_a_job_in_time_is_spoken_and_leaves_a_spare_process(runner: JobRunner, log: Log) -> None:
    assert runner.say(Job(cue("hello")))
    assert log.synthesised_texts() == ["hello"]
    assert len(descendants()) == 1


def test_a_job_that_expires_before_its_child_is_ready_is_dropped_and_the_child_kept(
    runner: JobRunner, log: Log
) -> None:
    assert not runner.say(Job(cue("late"), expires=time.monotonic() - 1))
    (child,) = descendants()
    assert runner.say(Job(cue("hello")))
    assert log.synthesised_texts() == ["hello"]
    assert log.entries("synth")[0].pid == child.pid


def test_a_cancelled_job_is_not_spoken(runner: JobRunner, log: Log) -> None:
    job = Job(cue("hello"))
    job.cancel()
    with pytest.raises(Interrupted):
        runner.say(job)
    assert log.synthesised_texts() == []
