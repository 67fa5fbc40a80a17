"""Coach: a rehearsal coach for actors.

from coach import load_script, open_perception, open_source, rehearse

report = rehearse(load_script("monologue.yaml"), open_source("take.mp4"), open_perception())
print(report.overall.accuracy)
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coach.app.rehearsal import rehearse as rehearse
    from coach.base.settings import Settings as Settings
    from coach.core.scoring.report import Report as Report
    from coach.perception.pipeline import open_perception as open_perception
    from coach.scripts import load_script as load_script
    from coach.sources import open_source as open_source

__version__ = "0.1.0"

_PUBLIC = {
    "Report": "coach.core.scoring.report",
    "Settings": "coach.base.settings",
    "load_script": "coach.scripts",
    "open_perception": "coach.perception.pipeline",
    "open_source": "coach.sources",
    "rehearse": "coach.app.rehearsal",
}

logging.getLogger(__name__).addHandler(logging.NullHandler())  # else Python prints warnings where nobody set up logging

__all__ = ["Report", "Settings", "__version__", "load_script", "open_perception", "open_source", "rehearse"]


def __getattr__(name: str) -> object:
    """Public names are imported when they are first used, so that `coach --help` stays quick."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'coach' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
