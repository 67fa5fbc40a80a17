"""The contract of speakers, on the real one (with a stub engine) and the fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from voice_help import cue, linux_only, note, speaker, stub_engine, stub_player, temporary_folder, wait_for

from coach.base.protocols import Speaker
from coach.testing.sinks import RecordingSpeaker

SpokenTexts = Callable[[], list[str]]


@pytest.fixture(params=[pytest.param("real", marks=linux_only), "fake"])
def spoken(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Speaker, SpokenTexts]]:
    """A speaker, and the words spoken so far."""
    if request.param == "fake":
        fake = RecordingSpeaker()
        yield fake, lambda: fake.texts
        return
    temporary_folder(tmp_path, monkeypatch)
    stub_player(tmp_path, monkeypatch)
    log = stub_engine(tmp_path, monkeypatch)
    real = speaker([])
    yield real, log.synthesised_texts
    real.close()


def test_cues_are_spoken_in_order_and_then_the_note(spoken: tuple[Speaker, SpokenTexts]) -> None:
    voice, spoken_texts = spoken
    for utterance in (cue("a car door"), cue("fear"), note("colder")):
        voice.say(utterance)
    wait_for(lambda: len(spoken_texts()) == 3)
    assert spoken_texts() == ["a car door", "fear", "colder"]


def test_text_is_cleaned_truncated_or_ignored(spoken: tuple[Speaker, SpokenTexts]) -> None:
    voice, spoken_texts = spoken
    for text in ("", "\udc80", "a\x1bb", "x" * 300):
        voice.say(cue(text))
    wait_for(lambda: len(spoken_texts()) == 2)
    assert spoken_texts() == ["ab", "x" * 199 + "…"]


def test_hush_does_not_affect_cues(spoken: tuple[Speaker, SpokenTexts]) -> None:
    voice, spoken_texts = spoken
    voice.say(cue("a car door"))
    voice.hush()
    wait_for(lambda: spoken_texts() == ["a car door"])


def test_after_close_nothing_is_spoken_and_every_call_is_safe(spoken: tuple[Speaker, SpokenTexts]) -> None:
    voice, spoken_texts = spoken
    voice.close()
    voice.close()
    voice.say(cue("too late"))
    voice.hush()
    assert spoken_texts() == []
