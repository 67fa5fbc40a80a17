"""Turns a failed import into a message that names the missing package."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.errors import MissingLibraryError
from coach.base.messages import mark, tr
from coach.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages that contain a library, by package manager."""

    apt: str
    dnf: str
    pacman: str

    def advice(self) -> str:
        """A sentence about what to install."""
        return tr(
            "Debian, Ubuntu: sudo apt-get install {apt}; Fedora: sudo dnf install {dnf}; Arch: sudo pacman -S "
            "{pacman}.",
            apt=self.apt,
            dnf=self.dnf,
            pacman=self.pacman,
        )


_GLIB: Final = Packages(apt="libglib2.0-0", dnf="glib2", pacman="glib2")
_GL: Final = Packages(apt="libgl1", dnf="mesa-libGL", pacman="libglvnd")

SPEECH: Final = Packages(apt="libespeak-ng1", dnf="espeak-ng", pacman="espeak-ng")
"""The speech engine."""

SOUND: Final = Packages(apt="alsa-utils", dnf="alsa-utils", pacman="alsa-utils")
"""Contains `aplay`, which plays the voice on Linux."""

LIBRARIES: Final = {
    "libGL.so": _GL,
    "libGLX.so": _GL,
    "libEGL.so": Packages(apt="libegl1", dnf="libglvnd-egl", pacman="libglvnd"),
    "libgthread-2.0.so": _GLIB,
    "libglib-2.0.so": _GLIB,
    "libgobject-2.0.so": _GLIB,
    "libespeak-ng.so": SPEECH,
    "libespeak.so": SPEECH,
    "libstdc++.so": Packages(apt="libstdc++6", dnf="libstdc++", pacman="gcc-libs"),
    "libgomp.so": Packages(apt="libgomp1", dnf="libgomp", pacman="gcc-libs"),
    "libxcb.so": Packages(apt="libxcb1", dnf="libxcb", pacman="libxcb"),
}
"""Packages by the file name of the shared library, without its version."""

DISTRIBUTIONS: Final = {
    "av": "av",
    "cv2": "opencv-python",
    "charset_normalizer": "charset-normalizer",
    "cryptography": "cryptography",
    "defusedxml": "defusedxml",
    "fsrs": "fsrs",
    "jinja2": "jinja2",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "opentimelineio": "opentimelineio",
    "otio_cmx3600_adapter": "otio-cmx3600-adapter",
    "PIL": "pillow",
    "pillow_heif": "pillow-heif",
    "platformdirs": "platformdirs",
    "psutil": "psutil",
    "pydantic": "pydantic",
    "pypdfium2": "pypdfium2",
    "pyttsx3": "pyttsx3",
    "rich": "rich",
    "segno": "segno",
    "starlette": "starlette",
    "svg": "svg.py",
    "uvicorn": "uvicorn",
    "yaml": "pyyaml",
    "yt_dlp": "yt-dlp",
}
"""Required modules, and the PyPI distribution of each."""

_REDISTRIBUTABLE: Final = mark("Install the Microsoft Visual C++ Redistributable.")

_WINDOWS: Final = {
    "cv2": mark(
        "Windows N editions: install the Media Feature Pack; others: the Microsoft Visual C++ Redistributable."
    ),
    "onnxruntime_pybind11_state": _REDISTRIBUTABLE,
}

_SHARED_OBJECT: Final = re.compile(r"(lib[\w.+-]+?\.so)(?:\.\d+)*(?=[:\s'\"]|$)")
_DLL: Final = re.compile(r"DLL load failed while importing (\w+)")


@contextmanager
def explained_imports() -> Iterator[None]:
    """Convert a failed import inside the `with` into `MissingLibraryError`, if the missing package is known.

    Raises:
        MissingLibraryError: a system library or a required Python package is missing; the message names it.
        ImportError: any other import error, unchanged.
    """
    try:
        yield
    except ImportError as error:
        missing = explain(error)
        if missing is None:
            raise
        raise missing from error


def explain(error: ImportError) -> MissingLibraryError | None:
    """Describe `error` to the user; None if its cause is unknown."""
    text = str(error)
    if found := _SHARED_OBJECT.search(text):
        return _missing_shared_object(found.group(0), found.group(1))
    if found := _DLL.search(text):
        advice = tr(_WINDOWS.get(found.group(1), _REDISTRIBUTABLE))
        return MissingLibraryError(
            tr("A library that {module} needs is missing. {advice}", module=found.group(1), advice=advice)
        )
    if isinstance(error, ModuleNotFoundError):
        return _missing_module(error.name or "")
    return None


def _missing_shared_object(name: str, stem: str) -> MissingLibraryError:
    packages = LIBRARIES.get(stem)
    advice = packages.advice() if packages else tr("Install your system's package that brings it.")
    return MissingLibraryError(
        tr("The system library {name} is missing. {advice}", name=clean(name, 80), advice=advice)
    )


def _missing_module(name: str) -> MissingLibraryError | None:
    distribution = DISTRIBUTIONS.get(name.partition(".")[0])
    if distribution is None:
        return None
    return MissingLibraryError(
        tr(
            "The Python package {distribution} is missing. Install the coach again: python -m pip install "
            "{distribution}, or sh tools/setup.sh in its folder.",
            distribution=distribution,
        )
    )
