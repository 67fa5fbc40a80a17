"""`coach doctor` on machines that lack one thing each."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from cli_help import coach_captured

from coach import __version__
from coach.app.doctor import camera_text, examine
from coach.base.files import models_folder
from coach.cli.consent import ensure_camera_consent
from coach.perception.models import DETECTORS
from coach.sources.camera.listing import CameraInfo

Result = subprocess.CompletedProcess[str]

TOPICS = {
    "Versions", "Packages", "Models", "Cameras", "Camera use", "Voices", "Sound", "Display", "Terminal", "Folders",
    "Face search", "Web videos",
}  # fmt: skip


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def doctor_child(home: Path, *options: str, **environment: str) -> Result:
    """Run `coach doctor` in a real process with its own home folder. An empty value removes a variable."""
    own_folders = {name: "" for name in os.environ if name.startswith("XDG_")}
    variables = {**os.environ, **own_folders, "HOME": str(home), **environment}
    return subprocess.run(
        [sys.executable, "-m", "coach", "doctor", *options],
        env={name: value for name, value in variables.items() if value},
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def doctor(home: Path, *options: str, **environment: str) -> Result:
    """Run `coach doctor` in this process, which has imported its packages after the first time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for name in [name for name in os.environ if name.startswith("XDG_")]:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        return coach_captured("doctor", *options)


@pytest.fixture(scope="module")
def fresh_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def plain(fresh_home: Path) -> Result:
    """One run on this machine as it is, with a new home, into a pipe."""
    return doctor_child(fresh_home, FORCE_COLOR="", COLUMNS="40", DISPLAY="", WAYLAND_DISPLAY="")


def rows(result: Result) -> dict[str, list[str]]:
    """The lines of each topic, followed by its advice."""
    topics: dict[str, list[str]] = {}
    topic = ""
    for line in result.stdout.splitlines():
        topic = line[:13].strip() or topic
        topics.setdefault(topic, []).append(line[13:].strip())
    return topics


def test_all_topics_are_checked_and_a_missing_camera_is_no_failure(plain: Result) -> None:
    assert plain.returncode == 0, plain.stdout + plain.stderr
    assert set(rows(plain)) >= TOPICS
    assert plain.stderr == ""
    assert plain.stdout.endswith("Ready. Try: coach demo\n")


def test_the_doctor_creates_no_files(plain: Result, fresh_home: Path) -> None:
    """The system's sound player may make its own folder."""
    files = [path for path in fresh_home.rglob("*") if "pulse" not in str(path) and path.name != ".config"]
    assert files == []


def test_piped_output_is_neither_wrapped_nor_coloured(plain: Result) -> None:
    assert "\x1b" not in plain.stdout
    assert max(map(len, plain.stdout.splitlines())) > 100


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_lines_fit_the_terminal_and_no_color_is_respected(home: Path, no_color: str, coloured: bool) -> None:
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    environment = {**os.environ, "HOME": str(home), "TERM": "xterm", "NO_COLOR": no_color}
    environment = {name: value for name, value in environment.items() if value and name != "COLUMNS"}
    command = [sys.executable, "-m", "coach", "doctor"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        output = _read_all(ours)
    assert process.returncode == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", output).splitlines()
    assert max(map(len, lines)) <= 40
    assert any(line.startswith("Versions") for line in lines)
    assert ("\x1b[32m" in output) is coloured


def _read_all(terminal: int) -> str:
    """Read all output until the other side is closed, which Linux reports as an error."""
    output = b""
    with suppress(OSError):
        while piece := os.read(terminal, 65536):
            output += piece
    os.close(terminal)
    return output.decode()


def test_the_versions_of_coach_python_and_packages_are_shown(plain: Result) -> None:
    topics = rows(plain)
    assert f"coach {__version__}" in topics["Versions"][0]
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in topics["Versions"][0]
    assert "onnxruntime 1." in topics["Packages"][0]


def test_a_missing_camera_comes_with_advice(plain: Result) -> None:
    lines = rows(plain)["Cameras"]
    if lines[0].startswith("notice"):
        assert "none found" in lines[0]
        assert any("--source FILE" in line for line in lines[1:])


def test_a_camera_is_shown_as_a_source_with_size_and_rate() -> None:
    assert camera_text(CameraInfo(1, 1280, 720, 29.97, "Webcam")) == "camera:1 Webcam, 1280 x 720, 29.97 frames/s"
    assert camera_text(CameraInfo(0, 640, 480, None, "")) == "camera:0 640 x 480, rate unknown"


def test_a_missing_display_mentions_the_window_option(plain: Result) -> None:
    lines = rows(plain)["Display"]
    assert lines[0].startswith("notice")
    assert "--window" in lines[1]


def test_all_detectors_and_the_folder_of_web_videos_are_shown(plain: Result, fresh_home: Path) -> None:
    topics = rows(plain)
    assert all(name in topics["Face search"][0] for name in DETECTORS)
    assert any(f"{fresh_home / '.cache' / 'coach' / 'speech'} (speech)" in line for line in topics["Folders"])
    assert any(line.endswith(f"web videos: {fresh_home / '.cache' / 'coach' / 'web'}") for line in topics["Folders"])


def test_a_missing_deno_is_a_notice_unless_it_is_on_the_path(home: Path) -> None:
    bare = doctor(home, PATH="/nonexistent")
    assert bare.returncode == 0
    if not (Path(sys.executable).parent / "deno").exists():
        assert "YouTube needs" in rows(bare)["Web videos"][0]
        assert "pip install 'yt-dlp[default,deno]'" in rows(bare)["Web videos"][1]
    (home / "deno").write_text("#!/bin/sh\n")
    (home / "deno").chmod(0o700)
    assert "deno" not in rows(doctor(home, PATH=str(home)))["Web videos"][0].partition("[")[0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux plays through aplay")
def test_a_missing_aplay_names_its_package(home: Path) -> None:
    lines = rows(doctor(home, PATH=str(Path(sys.executable).parent)))["Sound"]
    assert "aplay is missing" in lines[0]
    assert "apt-get install alsa-utils" in lines[1]


def test_a_missing_speech_engine_names_its_package(home: Path) -> None:
    """A fake `pyttsx3`, first on the path, fails like the real one without espeak."""
    fake = home.parent / "fake"
    fake.mkdir()
    (fake / "pyttsx3.py").write_text("def init(*a): raise RuntimeError('you probably do not have eSpeak installed')\n")
    result = doctor_child(home, PYTHONPATH=str(fake))
    lines = rows(result)["Voices"]
    assert result.returncode == 0
    assert lines[0].startswith("notice")
    assert "espeak" in " ".join(lines)


def test_a_missing_system_library_is_broken_and_names_its_package(home: Path) -> None:
    fake = home.parent / "fake"
    fake.mkdir()
    error = "libGL.so.1: cannot open shared object file: No such file or directory"
    (fake / "cv2.py").write_text(f"raise ImportError({error!r})\n")
    result = doctor_child(home, PYTHONPATH=str(fake))
    assert result.returncode == 1
    assert "opencv-python cannot be used" in rows(result)["Packages"][0]
    assert "apt-get install libgl1" in rows(result)["Packages"][1]
    assert set(rows(result)) >= TOPICS, "the other checks still run"
    assert "broken: repair what is marked BROKEN" in result.stdout


def test_a_missing_package_is_broken_and_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "svg", None)
    result = doctor(home)
    assert result.returncode == 1
    assert "svg.py cannot be used" in rows(result)["Packages"][0]
    assert "python -m pip install svg.py" in rows(result)["Packages"][1]


def test_a_takes_folder_that_cannot_be_written_is_broken(home: Path) -> None:
    """A file takes the place of the folder, because permissions do not stop root."""
    (home / "file").write_text("")
    result = doctor(home, "--takes", str(home / "file"))
    assert result.returncode == 1
    assert rows(result)["Folders"][0].startswith("BROKEN")
    assert "--takes DIR" in rows(result)["Folders"][1]


def test_a_full_disk_is_a_notice(home: Path) -> None:
    if Path("/sys/kernel").is_dir():  # a file system with no room at all
        lines = rows(doctor(home, "--takes", "/sys/kernel/takes"))["Folders"]
        assert not lines[0].startswith("ok")


def test_folders_free_space_and_display_are_shown(home: Path) -> None:
    topics = rows(doctor(home, "--takes", str(home), DISPLAY=":7"))
    assert f"takes: {home}, " in topics["Folders"][0]
    assert "GB free" in topics["Folders"][0]
    assert str(models_folder()) in " ".join(topics["Folders"])
    assert topics["Display"][0].startswith("ok")


def test_consent_is_shown(home: Path, plain: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not allowed yet" in rows(plain)["Camera use"][0]
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME")
    ensure_camera_consent(yes=False, takes_folder=home, stdin=Terminal("y\n"), stdout=Terminal())
    assert "allowed on 20" in rows(doctor(home))["Camera use"][0]


def test_an_ascii_terminal_works_and_escape_characters_are_removed(home: Path) -> None:
    result = doctor_child(home, "--takes", str(home / "a\x1b[31m Șt"), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert rows(result)["Terminal"][0].startswith("notice")
    assert "?t, " in rows(result)["Folders"][0]
    assert "\x1b" not in result.stdout


def test_every_problem_has_advice() -> None:
    silent = [finding for finding in examine() if finding.state != "ok" and not finding.advice]
    assert silent == []
