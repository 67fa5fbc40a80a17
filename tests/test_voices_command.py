"""`coach voices`."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from voice_help import descendants, linux_only, needs_espeak, stub_engine, stub_player

from coach.app.voice_samples import NUMBERS, SENTENCES, sentence_of
from coach.base.errors import MissingLibraryError, UsageError, VoiceError
from coach.cli.main import command_parser
from coach.voice.voices import Voice


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(*options: str) -> int:
    args = command_parser("voices").parse_args(["voices", *options])
    code: int = args.run(args)
    return code


@needs_espeak
def test_piped_output_has_fields_between_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split("\t") == ["name", "language", "id", "default for"]
    assert "Romanian\tro\troa/ro\tro" in lines
    assert "English (America)\ten-us\tgmw/en-us\t" in lines
    assert descendants() == []


@needs_espeak
def test_the_language_option_filters_voices(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--language", "ro") == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["Romanian\tro\troa/ro\tro"]


@needs_espeak
def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("--language", "ro") == 0
    heading, row = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert heading.split() == ["name", "language", "id", "default", "for"]
    assert row.split() == ["Romanian", "ro", "roa/ro", "ro"]


@needs_espeak
def test_a_language_without_a_voice_is_an_error() -> None:
    with pytest.raises(VoiceError, match="language xx"):
        run("--language", "xx")


@linux_only
def test_a_missing_engine_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub_engine(tmp_path, monkeypatch, fault="missing")
    with pytest.raises(MissingLibraryError, match="apt install libespeak-ng1") as caught:
        run()
    assert caught.value.exit_code == 1


@needs_espeak
@linux_only
def test_a_sample_lets_the_user_hear_a_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stub_player(tmp_path, monkeypatch)
    (tmp_path / "bin" / "aplay").write_text(f"#!/bin/sh\nwc -c < $2 >> '{tmp_path}/played'\n")
    assert run("--sample", "scotland", "--language", "ro") == 0
    assert capsys.readouterr().out == "English (Scotland)\n"
    assert int((tmp_path / "played").read_text()) > 50_000, "more than a second was played, once"
    assert descendants() == []


def test_a_sample_needs_a_name_or_a_language() -> None:
    with pytest.raises(UsageError, match="name a voice, or give --language"):
        run("--sample")


@needs_espeak
@linux_only
def test_a_sample_that_cannot_be_played_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub_player(tmp_path, monkeypatch)
    (tmp_path / "bin" / "aplay").write_text("#!/bin/sh\necho 'aplay: audio open error: Busy' >&2\nexit 1\n")
    with pytest.raises(VoiceError, match=r"No sound device opens.*Busy"):
        run("--sample", "--language", "ro")
    with pytest.raises(VoiceError, match="No voice is named Nobody"):
        run("--sample", "Nobody")


def test_voices_say_a_sentence_in_their_language_or_count() -> None:
    assert sentence_of(Voice("a", "Ana", ("ro-ro",))) == SENTENCES["ro"]
    assert sentence_of(Voice("b", "Wei", ("cmn",))) == NUMBERS
