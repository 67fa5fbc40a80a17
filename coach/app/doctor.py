"""Checks of the machine for `coach doctor`. Each reports what it found, and advice if something is missing."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from coach import __version__
from coach.app.libraries import DISTRIBUTIONS, SOUND, SPEECH, explained_imports
from coach.base.errors import CoachError, MissingLibraryError, ModelError

if TYPE_CHECKING:
    from coach.sources.camera.listing import CameraInfo

State = Literal["ok", "notice", "broken"]

MIN_PYTHON: Final = (3, 10)
MIN_FREE_BYTES: Final = 200 * 2**20
"""Less free space in the takes folder gives a notice. A recorded video needs about 10 MB per minute."""


_IMPORTED_THROUGH: Final = {"onnxruntime": "coach.perception.onnx_session"}
"""Packages imported through a module of the coach, which first disables their telemetry."""

_NOT_IMPORTED: Final = frozenset(
    {
        *("defusedxml", "fsrs", "jinja2", "matplotlib", "otio_cmx3600_adapter", "platformdirs", "starlette", "svg"),
        *("uvicorn", "yt_dlp"),
    }
)
"""Packages that are found but not imported: they need no system library, and importing them takes a quarter second.

Matplotlib would also create folders.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        topic: the subject, in one or two words.
        state: ``ok``, ``notice`` (rehearsals work without it) or ``broken`` (no rehearsal works).
        text: what was found.
        advice: what to do, one line per step; empty if there is nothing to do.
    """

    topic: str
    state: State
    text: str
    advice: str = ""


Check = Callable[[], Iterator[Finding]]


def examine(
    takes: str | None = None,
    model: str | None = None,
    front_end: tuple[str, Check] | None = None,
    *,
    microphone: bool = False,
) -> Iterator[Finding]:
    """Run all checks, in the order in which a user would fix problems.

    Args:
        takes: the takes folder; None for the default.
        model: name or path of the classifier; None for the default.
        front_end: topic and check of the front end itself, such as the terminal.
        microphone: also listen to the microphone for some seconds.
    """
    checks: list[tuple[str, Check]] = [
        ("Versions", versions),
        ("Packages", packages),
        ("Models", lambda: models(model)),
        ("Cameras", cameras),
        ("Camera use", consent),
        ("Voices", voices),
        ("Sound", sound),
        *([("Microphone", hear_microphone)] if microphone else []),
        ("Display", display),
        *([front_end] if front_end else []),
        ("Folders", lambda: folders(takes)),
        ("Face search", detectors),
        ("Web videos", web_videos),
    ]
    for topic, check in checks:
        yield from _run_check(topic, check)


def _run_check(topic: str, check: Check) -> Iterator[Finding]:
    """Yield the findings of a check. If it raises, that is a finding too, so that the other checks still run."""
    try:
        with explained_imports():
            yield from check()
    except CoachError as error:
        yield Finding(topic, "notice", str(error))
    except Exception as error:  # an unexpected failure of one check must not stop the others
        text = f"could not be checked: {type(error).__name__}: {error}"
        yield Finding(topic, "notice", text, "This is a bug; please report it with this output.")


def versions() -> Iterator[Finding]:
    """Versions of the coach, Python and the operating system."""
    python = platform.python_version()
    where = f"coach {__version__}, Python {python} ({sys.executable}), {platform.platform()}"
    if sys.version_info < MIN_PYTHON:
        yield Finding("Versions", "broken", where, "Install Python 3.10 or newer and set up the coach again.")
    else:
        yield Finding("Versions", "ok", where)


def packages() -> Iterator[Finding]:
    """The Python packages. Those with compiled parts are imported: only that reveals a missing system library."""
    found: list[str] = []
    for module in sorted(DISTRIBUTIONS, key=lambda name: name != "cv2"):  # cv2 hangs if av is first
        try:
            with explained_imports():
                _find_package(module)
            found.append(f"{DISTRIBUTIONS[module]} {metadata.version(DISTRIBUTIONS[module])}")
        except (MissingLibraryError, metadata.PackageNotFoundError, ImportError) as error:
            yield Finding("Packages", "broken", f"{DISTRIBUTIONS[module]} cannot be used", str(error))
    yield Finding("Packages", "ok", ", ".join(found))


def _find_package(module: str) -> None:
    if module not in _NOT_IMPORTED:
        importlib.import_module(_IMPORTED_THROUGH.get(module, module))
    elif find_spec(module) is None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)


def models(model: str | None = None) -> Iterator[Finding]:
    """The face detectors and the classifier. Loading them checks hash, shape and labels."""
    from coach.perception.detectors import open_detector
    from coach.perception.models import is_path
    from coach.perception.pipeline import open_perception

    try:
        perception = open_perception(model=model)
        open_detector("wide")
    except ModelError as error:
        foreign = model is not None and is_path(model)
        advice = "" if foreign else "Install the coach again: its models are part of it."
        yield Finding("Models", "broken", str(error), advice)
        return
    detectors = "the face detectors of rehearsals and of the mirror"
    yield Finding("Models", "ok", f"{perception.card.name} and {detectors}; ready in {perception.load_s:.2f} s")


def cameras() -> Iterator[Finding]:
    """Every camera that can be opened, with its size and frame rate."""
    from coach.sources.camera.listing import list_cameras

    found = list_cameras()
    for camera in found:
        yield Finding("Cameras", "ok", camera_text(camera))
    if not found:
        yield Finding("Cameras", "notice", "none found", _camera_advice())


def camera_text(camera: CameraInfo) -> str:
    """A camera as written for ``--source``, with its name, size and frame rate."""
    name = f" {camera.name}," if camera.name else ""
    rate = f"{camera.fps:g} frames/s" if camera.fps else "rate unknown"
    return f"camera:{camera.index}{name} {camera.width} x {camera.height}, {rate}"


def _camera_advice() -> str:
    retry = "A recorded take works without one: coach rehearse SCRIPT --source FILE"
    if sys.platform == "darwin":
        return f"Allow your terminal in System Settings > Privacy & Security > Camera, then start it again.\n{retry}"
    if sys.platform == "win32":
        return f"Allow desktop apps in Settings > Privacy & security > Camera.\n{retry}"
    return f"Connect one and close other programs that use it. You need to be in the group video.\n{retry}"


def consent() -> Iterator[Finding]:
    """Whether the user has allowed the camera."""
    from coach.app.consent import consent_file, recorded_consent

    kept = recorded_consent()
    if kept:
        yield Finding("Camera use", "ok", f"allowed on {kept.given_at} (remove {consent_file()} to be asked again)")
    else:
        yield Finding("Camera use", "ok", "not allowed yet; the first rehearsal with a camera asks")


def voices() -> Iterator[Finding]:
    """The speech engine and its voices."""
    from coach.voice.voices import list_voices

    found = list_voices()
    languages = ", ".join(found.languages[:12]) + (", …" if len(found.languages) > 12 else "")
    if found.installed:
        text = f"{len(found.installed)}, in {len(found.languages)} languages ({languages}); names: coach voices"
        yield Finding("Voices", "ok", text)
    else:
        yield Finding("Voices", "notice", "none installed, so cues and notes are only shown", _voice_advice())


def _voice_advice() -> str:
    if sys.platform in ("darwin", "win32"):
        return "Add a voice in the system's settings for spoken content."
    return SPEECH.advice()


def sound() -> Iterator[Finding]:
    """The audio output."""
    if sys.platform in ("darwin", "win32"):
        yield Finding("Sound", "ok", "through the system")
    elif shutil.which("aplay") is None:
        yield Finding("Sound", "notice", "aplay is missing, so cues and notes are only shown", SOUND.advice())
    else:
        yield _sound_device()


def _sound_device() -> Finding:
    import subprocess
    import tempfile
    import wave

    with tempfile.TemporaryDirectory() as folder:
        silence = Path(folder) / "silence.wav"
        with wave.open(str(silence), "wb") as file:
            file.setparams((1, 2, 22050, 0, "NONE", ""))
            file.writeframes(bytes(2205))
        try:
            played = subprocess.run(["aplay", "-q", str(silence)], capture_output=True, timeout=5, check=False)
        except subprocess.TimeoutExpired:
            return Finding("Sound", "notice", "the sound device does not answer, so cues and notes are only shown")
    if played.returncode:
        why = "no sound device opens, so cues and notes are only shown"
        return Finding("Sound", "notice", why, "Connect a device or choose one; aplay -l lists them.")
    return Finding("Sound", "ok", "a sound device opens")


TRIAL_S: Final = 4.0
"""How long the microphone is tried, in seconds."""

QUIET_DB: Final = -50.0
"""A microphone whose loudest sound is quieter is turned down, or is not the one spoken into."""


def hear_microphone() -> Iterator[Finding]:
    """What the microphone gives in some seconds, in which the user should speak."""
    from coach.app.listening import try_microphone
    from coach.sources import SystemClock

    heard = try_microphone(TRIAL_S, SystemClock())
    text = f"{heard.name}: quiet {heard.quietest:.0f} dB, loudest {heard.loudest:.0f} dB, "
    if heard.heard_speech:
        yield Finding("Microphone", "ok", f"{text}speech was heard")
    elif heard.loudest < QUIET_DB:
        advice = "Turn it up, or choose another microphone, in the system's settings for sound. Then try again."
        yield Finding("Microphone", "notice", f"{text}which is hardly a sound", advice)
    else:
        yield Finding("Microphone", "notice", f"{text}no speech was heard", "Try again, and speak a sentence.")


def display() -> Iterator[Finding]:
    """Whether a window can be opened."""
    if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield Finding("Display", "ok", "found; --window shows the picture")
    else:
        advice = "Everything except --window works without one. Over ssh, use ssh -X."
        yield Finding("Display", "notice", "none (neither DISPLAY nor WAYLAND_DISPLAY is set)", advice)


def folders(takes: str | None) -> Iterator[Finding]:
    """The folders. The takes folder must be writable; the settings folder should be."""
    from coach.app.consent import consent_file
    from coach.base.files import models_folder
    from coach.sources.web.cache import default_folder
    from coach.takes.store import TakeStore
    from coach.voice.own_recordings import OwnRecordings
    from coach.voice.speech_cache import default_folder as speech_folder

    yield _takes_folder(TakeStore(Path(takes) if takes else None).folder)
    settings = consent_file().parent
    if _writable(settings):
        yield Finding("Folders", "ok", f"settings: {settings}")
    else:
        advice = "The coach works, but it asks about the camera each time."
        yield Finding("Folders", "notice", f"settings: {settings} cannot be written", advice)
    yield Finding("Folders", "ok", f"web videos: {default_folder()}")
    yield Finding(
        "Folders", "ok", f"partners' lines: {OwnRecordings().folder} (recordings), {speech_folder()} (speech)"
    )
    yield Finding("Folders", "ok", f"models: {models_folder()}")


def _takes_folder(folder: Path) -> Finding:
    advice = "Free some space, allow writing there, or choose another folder with --takes DIR."
    if not _writable(folder):
        return Finding("Folders", "broken", f"takes: {folder} cannot be written", advice)
    free = shutil.disk_usage(_nearest_existing(folder)).free
    text = f"takes: {folder}, {free / 2**30:.1f} GB free"
    return Finding("Folders", "notice", text, advice) if free < MIN_FREE_BYTES else Finding("Folders", "ok", text)


def _nearest_existing(folder: Path) -> Path:
    """The folder itself, or its nearest parent that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _writable(folder: Path) -> bool:
    """Whether a file can be created in `folder`, or the folder itself can be created."""
    nearest = _nearest_existing(folder)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def detectors() -> Iterator[Finding]:
    """The available face detectors."""
    from coach.perception.detectors import Haar
    from coach.perception.models import DETECTORS

    names = [f"{name} ({faces})" if faces else name for name, faces in DETECTORS.items()]
    try:
        Haar()
    except ModelError:
        names.remove("haar")
        names[-1] += "; haar needs opencv-python<5"
    yield Finding("Face search", "ok", ", ".join(names))


def web_videos() -> Iterator[Finding]:
    """Optional components that only some video sites need. yt-dlp itself is one of the packages."""
    from coach.sources.web.refusals import find_deno

    missing = [name for name, there in (("yt-dlp-ejs", _installed("yt-dlp-ejs")), ("deno", find_deno())) if not there]
    if missing:
        text = f"from most sites; YouTube needs {' and '.join(missing)}"
        yield Finding("Web videos", "notice", text, "For YouTube: pip install 'yt-dlp[default,deno]'")
    else:
        yield Finding("Web videos", "ok", f"from YouTube and most sites (with {find_deno()})")


def _installed(distribution: str) -> bool:
    try:
        return bool(metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return False
