"""Where frames come from: a camera, a recorded take, pictures, or nothing. Importing this loads no heavy library."""

from coach.sources.camera.listing import CameraInfo, list_cameras
from coach.sources.clocked import Paced, SystemClock
from coach.sources.opening import SourceOptions, open_source

__all__ = ["CameraInfo", "Paced", "SourceOptions", "SystemClock", "list_cameras", "open_source"]
