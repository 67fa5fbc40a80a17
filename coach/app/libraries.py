"""Says which system package brings a library that an import could not find."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.errors import MissingLibraryError
from coach.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Packages:
    """What brings a library on each family of systems, by the name of its package manager."""

    apt: str
    dnf: str
    pacman: str

    def advice(self) -> str:
        """One sentence that tells the user what to install."""
        return (
            f"Debian, Ubuntu: sudo apt-get install {self.apt}; Fedora: sudo dnf install {self.dnf}; "
            f"Arch: sudo pacman -S {self.pacman}."
        )


_GLIB: Final = Packages(apt="libglib2.0-0", dnf="glib2", pacman="glib2")
_GL: Final = Packages(apt="libgl1", dnf="mesa-libGL", pacman="libglvnd")

SPEECH: Final = Packages(apt="libespeak-ng1", dnf="espeak-ng", pacman="espeak-ng")
"""The voice itself."""

SOUND: Final = Packages(apt="alsa-utils", dnf="alsa-utils", pacman="alsa-utils")
"""Brings `aplay`, through which the voice is heard on Linux."""

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
"""The stem of a shared library's file name, without version: who brings it."""

DISTRIBUTIONS: Final = {
    "av": "av",
    "cv2": "opencv-python",
    "fsrs": "fsrs",
    "jinja2": "jinja2",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "opentimelineio": "opentimelineio",
    "otio_cmx3600_adapter": "otio-cmx3600-adapter",
    "PIL": "pillow",
    "platformdirs": "platformdirs",
    "psutil": "psutil",
    "pydantic": "pydantic",
    "pyttsx3": "pyttsx3",
    "rich": "rich",
    "svg": "svg.py",
    "yaml": "pyyaml",
    "yt_dlp": "yt-dlp",
}
"""Modules the coach needs and the Python package that brings each."""

_WINDOWS: Final = {
    "cv2": "Windows N editions: install the Media Feature Pack; others: the Microsoft Visual C++ Redistributable.",
    "onnxruntime_pybind11_state": "Install the Microsoft Visual C++ Redistributable.",
}

_SHARED_OBJECT: Final = re.compile(r"(lib[\w.+-]+?\.so)(?:\.\d+)*(?=[:\s'\"]|$)")
_DLL: Final = re.compile(r"DLL load failed while importing (\w+)")


@contextmanager
def explained_imports() -> Iterator[None]:
    """Turn a failed import inside the `with` into `MissingLibraryError` where it is known what is missing.

    Raises:
        MissingLibraryError: a system library or a needed Python package is missing; the message names its package.
        ImportError: anything else, unchanged.
    """
    try:
        yield
    except ImportError as error:
        missing = explain(error)
        if missing is None:
            raise
        raise missing from error


def explain(error: ImportError) -> MissingLibraryError | None:
    """Tell what `error` means for the user, or None where it is none of the known kinds."""
    text = str(error)
    if found := _SHARED_OBJECT.search(text):
        return _missing_shared_object(found.group(0), found.group(1))
    if found := _DLL.search(text):
        advice = _WINDOWS.get(found.group(1), "Install the Microsoft Visual C++ Redistributable.")
        return MissingLibraryError(f"A library that {found.group(1)} needs is missing. {advice}")
    if isinstance(error, ModuleNotFoundError):
        return _missing_module(error.name or "")
    return None


def _missing_shared_object(name: str, stem: str) -> MissingLibraryError:
    packages = LIBRARIES.get(stem)
    advice = packages.advice() if packages else "Install your system's package that brings it."
    return MissingLibraryError(f"The system library {clean(name, 80)} is missing. {advice}")


def _missing_module(name: str) -> MissingLibraryError | None:
    distribution = DISTRIBUTIONS.get(name.partition(".")[0])
    if distribution is None:
        return None
    return MissingLibraryError(
        f"The Python package {distribution} is missing. Install the coach again: python -m pip install {distribution}, "
        "or sh tools/setup.sh in its folder."
    )
