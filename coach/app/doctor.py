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
from coach.base.messages import tr
from coach.base.text import join_with_and

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
        (tr("Versions"), versions),
        (tr("Packages"), packages),
        (tr("Models"), lambda: models(model)),
        (tr("Cameras"), cameras),
        (tr("Camera use"), consent),
        (tr("Voices"), voices),
        (tr("Sound"), sound),
        *([(tr("Microphone"), hear_microphone)] if microphone else []),
        (tr("Display"), display),
        *([front_end] if front_end else []),
        (tr("Folders"), lambda: folders(takes)),
        (tr("Face search"), detectors),
        (tr("Web videos"), web_videos),
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
        text = tr("could not be checked: {kind}: {error}", kind=type(error).__name__, error=error)
        yield Finding(topic, "notice", text, tr("This is a bug; please report it with this output."))


def versions() -> Iterator[Finding]:
    """Versions of the coach, Python and the operating system."""
    python = platform.python_version()
    where = f"coach {__version__}, Python {python} ({sys.executable}), {platform.platform()}"
    if sys.version_info < MIN_PYTHON:
        yield Finding(tr("Versions"), "broken", where, tr("Install Python 3.10 or newer and set up the coach again."))
    else:
        yield Finding(tr("Versions"), "ok", where)


def packages() -> Iterator[Finding]:
    """The Python packages. Those with compiled parts are imported: only that reveals a missing system library."""
    found: list[str] = []
    for module in sorted(DISTRIBUTIONS, key=lambda name: name != "cv2"):  # cv2 hangs if av is first
        try:
            with explained_imports():
                _find_package(module)
            found.append(f"{DISTRIBUTIONS[module]} {metadata.version(DISTRIBUTIONS[module])}")
        except (MissingLibraryError, metadata.PackageNotFoundError, ImportError) as error:
            yield Finding(
                tr("Packages"), "broken", tr("{package} cannot be used", package=DISTRIBUTIONS[module]), str(error)
            )
    yield Finding(tr("Packages"), "ok", ", ".join(found))


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
        advice = "" if foreign else tr("Install the coach again: its models are part of it.")
        yield Finding(tr("Models"), "broken", str(error), advice)
        return
    detectors = tr("the face detectors of rehearsals and of the mirror")
    yield Finding(
        tr("Models"),
        "ok",
        tr(
            "{model} and {detectors}; ready in {seconds:.2f} s",
            model=perception.card.name,
            detectors=detectors,
            seconds=perception.load_s,
        ),
    )


def cameras() -> Iterator[Finding]:
    """Every camera that can be opened, with its size and frame rate."""
    from coach.sources.camera.listing import list_cameras

    found = list_cameras()
    for camera in found:
        yield Finding(tr("Cameras"), "ok", camera_text(camera))
    if not found:
        yield Finding(tr("Cameras"), "notice", tr("none found"), _camera_advice())


def camera_text(camera: CameraInfo) -> str:
    """A camera as written for ``--source``, with its name, size and frame rate."""
    name = f" {camera.name}," if camera.name else ""
    rate = tr("{rate:g} frames/s", rate=camera.fps) if camera.fps else tr("rate unknown")
    return f"camera:{camera.index}{name} {camera.width} x {camera.height}, {rate}"


def _camera_advice() -> str:
    retry = tr("A recorded take works without one: coach rehearse SCRIPT --source FILE")
    if sys.platform == "darwin":
        allowed = tr("Allow your terminal in System Settings > Privacy & Security > Camera, then start it again.")
        return f"{allowed}\n{retry}"
    if sys.platform == "win32":
        allowed = tr("Allow desktop apps in Settings > Privacy & security > Camera.")
        return f"{allowed}\n{retry}"
    connect = tr("Connect one and close other programs that use it. You need to be in the group video.")
    return f"{connect}\n{retry}"


def consent() -> Iterator[Finding]:
    """Whether the user has allowed the camera."""
    from coach.app.consent import consent_file, recorded_consent

    kept = recorded_consent()
    if kept:
        yield Finding(
            tr("Camera use"),
            "ok",
            tr("allowed on {given_at} (remove {file} to be asked again)", given_at=kept.given_at, file=consent_file()),
        )
    else:
        yield Finding(tr("Camera use"), "ok", tr("not allowed yet; the first rehearsal with a camera asks"))


def voices() -> Iterator[Finding]:
    """The speech engine and its voices."""
    from coach.voice.voices import list_voices

    found = list_voices()
    languages = ", ".join(found.languages[:12]) + (", …" if len(found.languages) > 12 else "")
    if found.installed:
        text = tr(
            "{voices}, in {number} languages ({languages}); names: coach voices",
            voices=len(found.installed),
            number=len(found.languages),
            languages=languages,
        )
        yield Finding(tr("Voices"), "ok", text)
    else:
        yield Finding(tr("Voices"), "notice", tr("none installed, so cues and notes are only shown"), _voice_advice())


def _voice_advice() -> str:
    if sys.platform in ("darwin", "win32"):
        return tr("Add a voice in the system's settings for spoken content.")
    return SPEECH.advice()


def sound() -> Iterator[Finding]:
    """The audio output."""
    if sys.platform in ("darwin", "win32"):
        yield Finding(tr("Sound"), "ok", tr("through the system"))
    elif shutil.which("aplay") is None:
        yield Finding(tr("Sound"), "notice", tr("aplay is missing, so cues and notes are only shown"), SOUND.advice())
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
            return Finding(
                tr("Sound"), "notice", tr("the sound device does not answer, so cues and notes are only shown")
            )
    if played.returncode:
        why = tr("no sound device opens, so cues and notes are only shown")
        return Finding(tr("Sound"), "notice", why, tr("Connect a device or choose one; aplay -l lists them."))
    return Finding(tr("Sound"), "ok", tr("a sound device opens"))


TRIAL_S: Final = 4.0
"""How long the microphone is tried, in seconds."""

QUIET_DB: Final = -50.0
"""A microphone whose loudest sound is quieter is turned down, or is not the one spoken into."""


def hear_microphone() -> Iterator[Finding]:
    """What the microphone gives in some seconds, in which the user should speak."""
    from coach.app.listening import try_microphone
    from coach.sources import SystemClock

    heard = try_microphone(TRIAL_S, SystemClock())
    text = tr(
        "{microphone}: quiet {quietest:.0f} dB, loudest {loudest:.0f} dB",
        microphone=heard.name,
        quietest=heard.quietest,
        loudest=heard.loudest,
    )
    if heard.heard_speech:
        yield Finding(tr("Microphone"), "ok", tr("{levels}, speech was heard", levels=text))
    elif heard.loudest < QUIET_DB:
        advice = tr("Turn it up, or choose another microphone, in the system's settings for sound. Then try again.")
        yield Finding(tr("Microphone"), "notice", tr("{levels}, which is hardly a sound", levels=text), advice)
    else:
        yield Finding(
            tr("Microphone"),
            "notice",
            tr("{levels}, no speech was heard", levels=text),
            tr("Try again, and speak a sentence."),
        )


def display() -> Iterator[Finding]:
    """Whether a window can be opened."""
    if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield Finding(tr("Display"), "ok", tr("found; --window shows the picture"))
    else:
        advice = tr("Everything except --window works without one. Over ssh, use ssh -X.")
        yield Finding(tr("Display"), "notice", tr("none (neither DISPLAY nor WAYLAND_DISPLAY is set)"), advice)


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
        yield Finding(tr("Folders"), "ok", tr("settings: {folder}", folder=settings))
    else:
        advice = tr("The coach works, but it asks about the camera each time.")
        yield Finding(tr("Folders"), "notice", tr("settings: {folder} cannot be written", folder=settings), advice)
    yield Finding(tr("Folders"), "ok", tr("web videos: {folder}", folder=default_folder()))
    yield Finding(
        tr("Folders"),
        "ok",
        tr(
            "partners' lines: {recordings} (recordings), {speech} (speech)",
            recordings=OwnRecordings().folder,
            speech=speech_folder(),
        ),
    )
    yield Finding(tr("Folders"), "ok", tr("models: {folder}", folder=models_folder()))


def _takes_folder(folder: Path) -> Finding:
    advice = tr("Free some space, allow writing there, or choose another folder with --takes DIR.")
    if not _writable(folder):
        return Finding(tr("Folders"), "broken", tr("takes: {folder} cannot be written", folder=folder), advice)
    free = shutil.disk_usage(_nearest_existing(folder)).free
    text = tr("takes: {folder}, {gigabytes:.1f} GB free", folder=folder, gigabytes=free / 2**30)
    return (
        Finding(tr("Folders"), "notice", text, advice) if free < MIN_FREE_BYTES else Finding(tr("Folders"), "ok", text)
    )


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

    names = [f"{name} ({tr(faces)})" if faces else name for name, faces in DETECTORS.items()]
    try:
        Haar()
    except ModelError:
        names.remove("haar")
        names[-1] += tr("; haar needs opencv-python<5")
    yield Finding(tr("Face search"), "ok", ", ".join(names))


def web_videos() -> Iterator[Finding]:
    """Optional components that only some video sites need. yt-dlp itself is one of the packages."""
    from coach.sources.web.refusals import find_deno

    missing = [name for name, there in (("yt-dlp-ejs", _installed("yt-dlp-ejs")), ("deno", find_deno())) if not there]
    if missing:
        text = tr("from most sites; YouTube needs {names}", names=join_with_and(missing))
        yield Finding(tr("Web videos"), "notice", text, tr("For YouTube: pip install 'yt-dlp[default,deno]'"))
    else:
        yield Finding(tr("Web videos"), "ok", tr("from YouTube and most sites (with {deno})", deno=find_deno()))


def _installed(distribution: str) -> bool:
    try:
        return bool(metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return False
