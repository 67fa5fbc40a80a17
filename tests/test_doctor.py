"""`coach doctor`, run as a user runs it, on machines that lack one thing each."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coach.assets import models_folder
from coach.cli.checks import Finding, examine
from coach.consent import ensure_camera_consent

TOPICS = {
    "Versions", "Packages", "Models", "Cameras", "Camera use", "Voices", "Sound", "Display", "Terminal", "Folders",
    "Face search", "Web videos",
}  # fmt: skip


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def doctor(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it with a home of its own; an empty value takes a variable away."""
    wanted = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", **environment}
    return subprocess.run(
        [sys.executable, "-m", "coach", "doctor", *words],
        env={name: value for name, value in wanted.items() if value},
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def rows(ran: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """The lines of each topic, its advice after it."""
    found: dict[str, list[str]] = {}
    topic = ""
    for line in ran.stdout.splitlines():
        topic = line[:13].strip() or topic
        found.setdefault(topic, []).append(line[13:].strip())
    return found


def without(name: str, folder: Path) -> str:
    """A PATH that has everything but the command `name`."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for tool in Path(place).glob("*") if Path(place).is_dir() else ():
            link = bin_folder / tool.name
            if tool.name != name and not link.is_symlink():
                link.symlink_to(tool)
    return str(bin_folder)


def test_everything_is_looked_at_and_a_machine_without_camera_is_no_failure(home: Path) -> None:
    ran = doctor(home)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert set(rows(ran)) >= TOPICS
    assert ran.stderr == ""
    assert ran.stdout.endswith("Ready. Try: coach demo\n")


def test_nothing_of_the_coach_is_made_by_looking(home: Path) -> None:
    """The system's sound player may make its own folder."""
    doctor(home)
    assert [path for path in home.rglob("*") if "pulse" not in str(path) and path.name != ".config"] == []


def test_in_a_pipe_no_line_is_folded_or_coloured(home: Path) -> None:
    out = doctor(home, COLUMNS="40", FORCE_COLOR="").stdout
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) > 100


def test_versions_tell_coach_python_and_packages(home: Path) -> None:
    from coach import __version__

    found = rows(doctor(home))
    assert f"coach {__version__}" in found["Versions"][0]
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in found["Versions"][0]
    assert "onnxruntime 1." in found["Packages"][0]


def test_a_missing_camera_comes_with_what_to_do(home: Path) -> None:
    found = rows(doctor(home))["Cameras"]
    if found[0].startswith("notice"):
        assert "none found" in found[0]
        assert any("--source FILE" in line for line in found[1:])


def test_without_a_display_the_window_is_named(home: Path) -> None:
    found = rows(doctor(home, DISPLAY="", WAYLAND_DISPLAY=""))["Display"]
    assert found[0].startswith("notice")
    assert "--window" in found[1]
    assert rows(doctor(home, DISPLAY=":7"))["Display"][0].startswith("ok")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux plays through aplay")
def test_without_aplay_its_package_is_named(home: Path) -> None:
    found = rows(doctor(home, PATH=without("aplay", home.parent)))["Sound"]
    assert "aplay is missing" in found[0]
    assert "apt-get install alsa-utils" in found[1]


def test_without_a_speech_engine_its_package_is_named(home: Path) -> None:
    """A `pyttsx3` that fails as the real one does without espeak stands before it on the path."""
    fake = home.parent / "fake"
    fake.mkdir()
    (fake / "pyttsx3.py").write_text("def init(*a): raise RuntimeError('you probably do not have eSpeak installed')\n")
    ran = doctor(home, PYTHONPATH=str(fake))
    found = rows(ran)["Voices"]
    assert ran.returncode == 0
    assert found[0].startswith("notice")
    assert "espeak" in " ".join(found)


def test_a_missing_system_library_is_broken_and_names_its_package(home: Path) -> None:
    fake = home.parent / "fake"
    fake.mkdir()
    said = "libGL.so.1: cannot open shared object file: No such file or directory"
    (fake / "cv2.py").write_text(f"raise ImportError({said!r})\n")
    ran = doctor(home, PYTHONPATH=str(fake))
    assert ran.returncode == 1
    assert "opencv-python cannot be used" in rows(ran)["Packages"][0]
    assert "apt-get install libgl1" in rows(ran)["Packages"][1]
    assert set(rows(ran)) >= TOPICS, "one broken thing must not keep the others from being looked at"
    assert "broken: mend what is marked BROKEN" in ran.stdout


def test_a_takes_folder_that_cannot_be_written_is_broken(home: Path) -> None:
    """A file stands in its place, which stops root as well."""
    (home / "file").write_text("")
    ran = doctor(home, "--takes", str(home / "file"))
    assert ran.returncode == 1
    assert rows(ran)["Folders"][0].startswith("BROKEN")
    assert "--takes DIR" in rows(ran)["Folders"][1]


def test_a_full_disk_is_a_notice(home: Path) -> None:
    if Path("/sys/kernel").is_dir():  # a file system with no room at all
        found = rows(doctor(home, "--takes", "/sys/kernel/takes"))["Folders"]
        assert not found[0].startswith("ok")


def test_folders_and_room_are_told(home: Path) -> None:
    found = rows(doctor(home, "--takes", str(home)))["Folders"]
    assert f"takes: {home}, " in found[0]
    assert "GB free" in found[0]
    assert str(models_folder()) in " ".join(found)


def test_consent_is_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not allowed yet" in rows(doctor(home))["Camera use"][0]
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    ensure_camera_consent(yes=False, takes_folder=home, stdin=Terminal("y\n"), stdout=Terminal())
    assert "allowed on 20" in rows(doctor(home))["Camera use"][0]


def test_a_terminal_with_few_letters_gets_a_notice_and_no_crash(home: Path) -> None:
    ran = doctor(home, "--takes", str(home / "Șt"), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert rows(ran)["Terminal"][0].startswith("notice")
    assert "t, " in rows(ran)["Folders"][0]


def test_escape_characters_in_a_folder_name_are_taken_out(home: Path) -> None:
    assert "\x1b" not in doctor(home, "--takes", str(home / "a\x1b[31mb")).stdout


def test_every_finding_that_is_not_well_says_what_to_do() -> None:
    silent = [finding for finding in examine() if finding.state != "ok" and not finding.advice]
    assert silent == []


def test_findings_are_values() -> None:
    assert Finding("Sound", "ok", "there") == Finding("Sound", "ok", "there", advice="")
