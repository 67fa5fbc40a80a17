"""Sources of frames: a camera, a recorded video, a web video, pictures, or none. Importing this is cheap."""

from coach.sources.camera.listing import CameraInfo, list_cameras
from coach.sources.clocked import Paced, SystemClock
from coach.sources.opening import SourceOptions, open_source

__all__ = ["CameraInfo", "Paced", "SourceOptions", "SystemClock", "list_cameras", "open_source"]
