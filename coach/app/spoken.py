"""The voice of a run: what speaks its cues, prompts and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.voice.speaker import VoiceSink, open_speaker

if TYPE_CHECKING:
    from coach.app.composition import RehearsalRun
    from coach.voice.outlet import Outlet


def voice_of(run: RehearsalRun, outlet: Outlet | None) -> VoiceSink:
    """The voice of `run`; `outlet` plays what it says, or this machine if there is none."""
    options = run.options
    return VoiceSink(
        open_speaker(
            mode=options.voice,
            rate=options.voice_rate,
            name=options.voice_name,
            language=run.script.language,
            notify=run.notices,
            outlet=outlet,
        )
    )
