"""Speech rendered by the real engine."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

import pytest
from voice_help import descendants, linux_only, needs_espeak, stub_engine, temporary_folder

from coach.base.errors import MissingLibraryError, VoiceError
from coach.voice.utterances import speech_limit_s
from coach.voice.voices import render

SENTENCE = "They said there would be news by morning."


def seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


def loudness(path: Path) -> float:
    """The root mean square of a mono 16-bit WAV; full scale is 32768."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = array("h", file.readframes(file.getnframes()))
    return (sum(x * x for x in samples) / max(1, len(samples))) ** 0.5


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return temporary_folder(tmp_path, monkeypatch)


@needs_espeak
def test_a_sentence_is_audible_and_about_as_long_as_human_speech(tmp_path: Path, folder: Path) -> None:
    render(SENTENCE, tmp_path / "a.wav")
    assert 1.5 < seconds(tmp_path / "a.wav") < 5
    assert loudness(tmp_path / "a.wav") > 500
    assert descendants() == []
    assert list(folder.iterdir()) == []


@needs_espeak
def test_more_words_take_longer(tmp_path: Path) -> None:
    render("Colder.", tmp_path / "short.wav")
    render(SENTENCE + " " + SENTENCE, tmp_path / "long.wav")
    assert seconds(tmp_path / "long.wav") > 3 * seconds(tmp_path / "short.wav")


@needs_espeak
def test_every_text_is_spoken_at_the_requested_rate(tmp_path: Path) -> None:
    """By default pyttsx3 sometimes loses the rate just set."""
    lengths = set()
    for _ in range(8):
        render(SENTENCE, tmp_path / "a.wav", rate=90)
        lengths.add(round(seconds(tmp_path / "a.wav"), 1))
    render(SENTENCE, tmp_path / "fast.wav", rate=350)
    assert len(lengths) == 1
    assert lengths.pop() > 2.5 * seconds(tmp_path / "fast.wav")


@needs_espeak
@pytest.mark.parametrize(
    ("language", "text"),
    [("ro", "Ștefan a plâns toată noaptea."), ("ru", "Она жива."), ("zh", "她还活着。"), ("pt-BR", "Ela está viva.")],
)
def test_other_languages_are_spoken_by_their_voices(tmp_path: Path, language: str, text: str) -> None:
    render(text, tmp_path / "own.wav", language=language)
    render(text, tmp_path / "english.wav")
    assert loudness(tmp_path / "own.wav") > 300
    assert (tmp_path / "own.wav").read_bytes() != (tmp_path / "english.wav").read_bytes()


@needs_espeak
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hi"),
        ("en", "WWW BBC USA NATO " * 12),
        ("en", "É é ü ß ñ ø å " * 14),
        ("en", "1 2 3 4 5 6 7 8 9 0 " * 10),
        ("en", "!?%&$#@ " * 25),
        ("zh", "她还活着" * 50),
    ],
)
@pytest.mark.parametrize("rate", [80, 400])
def test_the_speech_limit_is_longer_than_any_speech(tmp_path: Path, language: str, text: str, rate: int | None) -> None:
    render(text, tmp_path / "a.wav", language=language, rate=rate)
    assert seconds(tmp_path / "a.wav") < speech_limit_s(text[:200], rate)


@pytest.mark.row(35)
@needs_espeak
def test_text_of_20_000_characters_is_truncated_to_200(tmp_path: Path) -> None:
    render("word " * 4000, tmp_path / "long.wav")
    render("word " * 40, tmp_path / "cut.wav")
    assert seconds(tmp_path / "long.wav") == pytest.approx(seconds(tmp_path / "cut.wav"), rel=0.1)


@pytest.mark.row(35)
@needs_espeak
def test_a_lone_surrogate_is_dropped(tmp_path: Path) -> None:
    render("She is\udc80 alive.", tmp_path / "a.wav")
    render("She is alive.", tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@needs_espeak
@pytest.mark.parametrize("text", ["<sad> She is alive.", "<b>She is alive.</b>", "<!-- She is alive. -->"])
def test_a_text_that_looks_like_markup_is_spoken_with_its_words(tmp_path: Path, text: str) -> None:
    render(text, tmp_path / "a.wav")
    render("She is alive.", tmp_path / "words.wav")
    assert seconds(tmp_path / "a.wav") > seconds(tmp_path / "words.wav")


@needs_espeak
def test_a_sign_at_the_beginning_does_not_silence_the_words(tmp_path: Path) -> None:
    render("<3 she is alive.", tmp_path / "a.wav")
    render("3 she is alive.", tmp_path / "words.wav")
    assert seconds(tmp_path / "a.wav") == pytest.approx(seconds(tmp_path / "words.wav"), abs=0.7)
    assert seconds(tmp_path / "a.wav") >= seconds(tmp_path / "words.wav")


@needs_espeak
def test_a_voice_is_found_by_its_name(tmp_path: Path) -> None:
    render(SENTENCE, tmp_path / "scot.wav", name="scotland")
    render(SENTENCE, tmp_path / "plain.wav")
    assert (tmp_path / "scot.wav").read_bytes() != (tmp_path / "plain.wav").read_bytes()


@needs_espeak
@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "nothing to say"),
        ("\udc80\n", {}, "nothing to say"),
        ("hello", {"name": "Nobody"}, "Nobody"),
        ("hello", {"language": "xx"}, "xx"),
    ],
)
def test_a_failed_render_raises_an_error_with_the_reason(
    tmp_path: Path, text: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(VoiceError, match=message):
        render(text, tmp_path / "a.wav", **options)  # type: ignore[arg-type]  # by name
    assert not (tmp_path / "a.wav").exists()


@needs_espeak
def test_an_unwritable_file_raises_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="no such folder"):
        render("hello", tmp_path / "no such folder" / "a.wav")


@linux_only
def test_without_an_engine_the_error_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub_engine(tmp_path, monkeypatch, fault="missing")
    with pytest.raises(MissingLibraryError, match="libespeak-ng1"):
        render("hello", tmp_path / "a.wav")


@linux_only
@pytest.mark.parametrize("fault", ["crash", "quit", "garbage", "refuse", "silent"])
def test_an_engine_fault_raises_an_error_and_leaves_no_files(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    stub_engine(tmp_path, monkeypatch)
    with pytest.raises(VoiceError, match="the speech engine failed"):
        render(fault, tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()
    assert descendants() == []
    assert list(folder.iterdir()) == []
