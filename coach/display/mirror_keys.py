"""The keys of the mirror, the same in window and terminal."""

from __future__ import annotations

from typing import Final, Literal

MirrorCommand = Literal["quit", "pause", "snapshot", "mirror", "graph", "person", "record"]

KEYS: Final[dict[str, MirrorCommand]] = {
    "q": "quit",
    "p": "pause",
    "s": "snapshot",
    "m": "mirror",
    "g": "graph",
    "\t": "person",
    "v": "record",
}
"""What each key asks for; capital letters do the same."""


def commands_of(keys: str) -> list[MirrorCommand]:
    """The commands of the keys typed, in their order."""
    return [KEYS[key] for key in keys.lower() if key in KEYS]


def help_of(*, paused: bool, recording: bool, window: bool, stills: int = 0) -> list[str]:
    """What the keys do now, each in a few letters, the most wanted first.

    Those of the picture only in a window. So many `stills` make no video and no graph, and a single one no pause.
    """
    return [
        "q quit",
        *([] if stills == 1 else [f"p {'go on' if paused else 'pause'}"]),
        *([] if stills else [f"v {'stop recording' if recording else 'record'}"]),
        "s snapshot",
        "tab next person",
        *([] if stills else ["g graph"]),
        *(["m mirror"] if window else []),
    ]
