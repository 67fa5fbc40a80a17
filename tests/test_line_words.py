"""Words of a line: the real PocketSphinx on generated speech, and what the ear does with words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from core_help import line, timeline
from listening_help import play_by_voice
from voice_help import needs_espeak

from coach.base.errors import ModelError
from coach.base.events import LineEnded
from coach.core.rehearsal.spoken_words import compare_words
from coach.core.script.timeline import Turn
from coach.listening.line_words import LineWords
from coach.listening.recognisers import Heard, LineFollower, RecogniserProcess, Whisper, missing_recogniser
from tools.benchmarks import sounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINE = "They don't know, Xyzzy: nobody wrote a letter last winter."


@pytest.fixture(scope="module")
def follower() -> LineFollower:
    return LineFollower()


def samples_of(text: str) -> NDArray[np.int16]:
    sound = np.concatenate([sounds.silence(0.3), sounds.speech(text, 160), sounds.silence(0.5)])
    return (sounds.in_room(sound, np.random.default_rng(0)) * 32767).astype(np.int16)


@needs_espeak
@pytest.mark.parametrize(
    ("said", "missed"),
    [
        ("They don't know, nobody wrote a letter last winter.", []),
        ("They do not know, nobody wrote a letter.", ["last", "winter"]),
    ],
)
def test_the_follower_hears_which_words_of_the_line_were_said(
    follower: LineFollower, said: str, missed: list[str]
) -> None:
    heard = follower.hear(samples_of(said), LINE)
    assert not heard.whole
    pieces = compare_words(LINE, heard.said, whole=heard.whole)
    assert [piece.wanted for piece in pieces if piece.slip] == missed


@needs_espeak
def test_the_follower_works_in_a_process_of_its_own(follower: LineFollower) -> None:
    said = samples_of("They don't know, nobody wrote a letter last winter.")
    process = RecogniserProcess(None, "en")
    assert process.name == "PocketSphinx"
    assert process.hear(said, LINE) == process.hear(said, LINE) == follower.hear(said, LINE)
    process.close()
    process.close()
    with pytest.raises(OSError, match="process"):
        process.hear(said, LINE)


def test_a_model_that_cannot_be_used_is_told_by_the_process(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no model\.bin"):
        RecogniserProcess(str(tmp_path), "en")


def test_a_line_without_a_known_word_counts_as_said(follower: LineFollower) -> None:
    assert follower.hear(np.zeros(16000, np.int16), "Xyzzyq!") == Heard("Xyzzyq!", whole=False)
    assert follower.hear(np.zeros(16000, np.int16), "Nobody came.").said == ""


def test_what_is_missing_for_words_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert missing_recogniser(None, "en") == ""
    assert "PocketSphinx knows only English, and the script is in ro." in missing_recogniser(None, "ro")
    monkeypatch.setattr("coach.listening.recognisers._installed", lambda module: False)
    assert "pip install 'coach[words]'" in missing_recogniser(None, "en")
    assert "pip install faster-whisper" in missing_recogniser(str(tmp_path), "en")


def test_a_folder_without_a_model_and_a_model_with_another_hash_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no model\.bin"):
        Whisper(tmp_path, "en")
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(ModelError, match="is 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881, not 00"):
        Whisper(tmp_path, "en", "00")


class Planned:
    """A recogniser that hears the planned words, one text for each call."""

    name, sha256 = "planned", ""

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)
        self.lengths: list[int] = []

    def hear(self, samples: NDArray[np.int16], line: str) -> Heard:
        self.lengths.append(len(samples))
        return Heard(self._texts.pop(0) if self._texts else "", whole=True)

    def close(self) -> None:
        pass


ONE = timeline((line("One two three four."), 2.0), (line("Five six."), 2.0))


def ends(
    recogniser: Planned, *spoken: tuple[float, float], until: float = 40.0
) -> tuple[list[float], dict[int, Heard]]:
    words = LineWords(recogniser, live=False)
    events = play_by_voice(ONE, spoken, words=words, until=until)
    words.close()
    return [event.t for event in events if isinstance(event, LineEnded) and not event.cut], words.heard


def test_a_line_ends_with_silence_and_its_last_words() -> None:
    recogniser = Planned("one two", "one two three four", "five six")
    times, heard = ends(recogniser, (0.5, 2.0), (7.0, 9.0), (13.0, 14.0))
    assert times == pytest.approx([11.0, 16.0], abs=0.2)
    assert {index: each.said for index, each in heard.items()} == {1: "one two three four", 2: "five six"}
    assert recogniser.lengths[1] > recogniser.lengths[0], "the second time the whole line is recognised"


def test_a_line_without_its_last_words_ends_after_the_longest_silence() -> None:
    times, _ = ends(Planned("one two"), (0.5, 2.0), until=20.0)
    assert times == pytest.approx([17.0], abs=0.2)


def test_a_recogniser_that_understands_nothing_or_fails_does_not_hold_the_line() -> None:
    class Broken(Planned):
        def hear(self, samples: NDArray[np.int16], line: str) -> Heard:
            raise RuntimeError("out of order")

    for recogniser in (Planned("elephants"), Broken()):
        times, _ = ends(recogniser, (0.5, 2.0), until=10.0)
        assert times == pytest.approx([4.0], abs=0.2)


def test_recognition_in_a_thread_gives_the_words_at_the_end_of_the_take() -> None:
    words = LineWords(Planned("one two three four"), live=True)
    turn = ONE.slots[0]
    assert isinstance(turn, Turn)
    events = play_by_voice(ONE, [(0.5, 2.0)], words=words, until=1.5)
    assert events
    words.close()
    words.close()
    assert words.heard == {1: Heard("one two three four", whole=True)}
