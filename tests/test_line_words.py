"""Words of a line: the real PocketSphinx on generated speech, and what the ear does with words."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from cli_help import coach_here
from core_help import line, play, scored, timeline
from listening_help import needs_sphinx, play_by_voice
from voice_help import needs_espeak

from coach.app.line_words import keep_words, with_kept_words, with_words
from coach.base.errors import ModelError
from coach.base.events import LineEnded
from coach.base.settings import Settings
from coach.core.rehearsal.spoken_words import compare_words
from coach.core.scoring.report import Report, RunMetadata
from coach.core.scoring.word_texts import words_sentence, words_total
from coach.core.script.script import Script
from coach.core.script.timeline import Turn
from coach.listening.line_words import LineWords
from coach.listening.recognisers import Heard, LineFollower, RecogniserProcess, Whisper, missing_recogniser
from coach.pages.report_page import report_page
from coach.takes.report_file import write_report
from coach.takes.store import TakeStore
from coach.takes.words_file import SaidLine, TakeWords, read_words
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


@needs_sphinx
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


@needs_sphinx
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


@needs_sphinx
def test_a_line_without_a_known_word_counts_as_said(follower: LineFollower) -> None:
    assert follower.hear(np.zeros(16000, np.int16), "Xyzzyq!") == Heard("Xyzzyq!", whole=False)
    assert follower.hear(np.zeros(16000, np.int16), "Nobody came.").said == ""


def test_what_is_missing_for_words_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("coach.listening.recognisers._installed", lambda module: True)
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


def report_with(said: dict[int, str], strictness: str = "standard", *, whole: bool = True) -> Report:
    texts = ("One two three four.", "Five six.", "Seven.")
    lines = [line(text) for text in texts]
    settings = Settings.model_validate({"strictness": strictness})
    report = scored(timeline(*((each, 1.0) for each in lines)), play(timeline((lines[0], 1.0)), []), settings)
    words = TakeWords(by="planned", sha256="", lines={n: SaidLine(said=text, whole=whole) for n, text in said.items()})
    return with_words(report, words)


def test_the_report_says_what_was_said_otherwise_than_written() -> None:
    report = report_with({1: "one too many four five", 2: "five six"})
    sentences = [words_sentence(each.words) for each in report.lines if each.words]
    assert sentences == ['you said "too many" for "two three" and added "five".', "every word was there."]
    assert words_total(report.lines) == "Words: 3 slips in line 1, none in 1 other line."
    assert report.lines[2].words is None
    assert words_total(report_with({}).lines) == ""
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_the_page_strikes_out_and_underlines_words_and_shows_nothing_else_as_markup() -> None:
    page = report_page(report_with({1: "one <b>bold</b> two four"}), None)
    assert "<ins>b</ins>" in page
    assert "<del>three</del>" in page
    assert "<b>bold" not in page
    assert "Recognised by planned, which also makes mistakes." in page
    assert "Your words" not in report_page(report_with({}), None)


def test_words_are_kept_with_the_take_and_damaged_ones_are_told(tmp_path: Path) -> None:
    heard = LineWords(Planned(), live=False)
    assert keep_words(tmp_path, heard, pytest.fail) is None
    assert read_words(tmp_path) is None
    heard.heard[1] = Heard("one two three", whole=True)
    kept = keep_words(tmp_path, heard, pytest.fail)
    assert read_words(tmp_path) == kept
    again = with_kept_words(report_with({}), tmp_path)
    assert again.lines[0].words is not None
    assert again.lines[0].words.slips == 1
    (tmp_path / "words.json").write_text("{}", encoding="utf-8")
    assert "words.json is damaged" in with_kept_words(report_with({}), tmp_path).warnings[-1]


def test_a_drill_takes_the_lines_with_most_slips_in_the_newest_take_that_heard_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = Script.model_validate({"title": "Test", "lines": [{"text": each.text} for each in report_with({}).lines]})
    store = TakeStore(tmp_path)
    for day, said in ((1, {1: "one two four", 2: "five", 3: "seven"}), (2, {1: "one", 3: ""})):
        take = store.create("Test", datetime(2026, 1, day, tzinfo=timezone.utc))
        created = RunMetadata(at=f"2026-01-0{day}T00:00:00+00:00", take=take.name, coach_version="0")
        write_report(take / "report.json", report_with(said).model_copy(update={"created": created}))
        (take / "script.json").write_text(script.model_dump_json(), encoding="utf-8")
    assert coach_here("drill", "Test", "--takes", tmp_path, "--slips", "--list") == 0
    out = capsys.readouterr().out
    assert [row for row in out.splitlines() if row.startswith("Line")] == [
        "Line 1: 3 slips last time",
        "Line 2: 1 slip last time",
        "Line 3: 1 slip last time",
    ]
    assert coach_here("drill", "Test", "--takes", tmp_path, "--slips", "--list", "--count", "1") == 0
