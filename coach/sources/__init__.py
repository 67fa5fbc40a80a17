"""Sources of frames: a camera, a recorded video, a web video, pictures, or none. Importing this is cheap."""

from coach.sources.clocked import Paced, SystemClock
from coach.sources.opening import SourceOptions, open_source

__all__ = ["Paced", "SourceOptions", "SystemClock", "open_source"]
