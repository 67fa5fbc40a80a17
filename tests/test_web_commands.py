"""Web addresses in `coach mirror` and `coach rehearse`, on a local server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_help import coach, coach_here, report_in, the_take
from web_help import Web, web_for_a_test

# isort: split
import av

from coach.base.files import examples_folder, sample_take


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    yield from web_for_a_test(monkeypatch)


def test_a_take_on_the_web_is_mirrored_with_its_sound_and_rehearsed_from_the_cache(
    web: Web, short_take: Path, tmp_path: Path
) -> None:
    address = web.serve_file("/take.mp4", short_take)
    files = ["--output", "seen.mp4", "--log", "seen.csv"]
    mirrored = coach(tmp_path, "mirror", "--headless", "--source", address, *files)
    assert mirrored.returncode == 0, mirrored.stderr
    assert "72 frames" in mirrored.stdout
    with av.open(str(tmp_path / "seen.mp4")) as film, av.open(str(short_take)) as source:
        assert film.duration == pytest.approx(source.duration, abs=1e6 / 24)
        assert len(film.streams.audio) == 1
    web.requests.clear()
    script = tmp_path / "script.txt"
    script.write_text("[sad 3s] They said by morning.\n", encoding="utf-8")
    rehearsed = coach(tmp_path, "rehearse", script, "--source", address, "--takes", tmp_path / "takes")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert [line["verdict"] for line in report_in(the_take(tmp_path / "takes"))["lines"]] == ["hit"]
    assert web.requests == []


@pytest.mark.parametrize("args", [["mirror", "--headless"], ["rehearse", examples_folder() / "waiting_for_news.yaml"]])
def test_a_refusal_is_one_message_with_advice_the_command_accepts(
    args: list[str], web: Web, user_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    address = web.serve_file("/take.mp4", sample_take())
    assert coach_here(*args, "--source", address, "--download-limit", "1", "--cache-limit", "0") == 1
    refused = capfd.readouterr().err
    assert "larger than the limit of 1 MB. Raise --download-limit" in refused
    assert "Traceback" not in refused
    assert coach_here(*args, "--source", f"{web.address}/nothing.mp4") == 1
    assert "nothing at this address" in capfd.readouterr().err
