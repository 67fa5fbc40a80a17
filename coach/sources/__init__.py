"""Where frames come from: a camera, a recorded take, pictures, or nothing. Importing this loads no heavy library."""

from coach.sources.cameras import CameraInfo, list_cameras
from coach.sources.clock import SystemClock
from coach.sources.opening import open_source
from coach.sources.paced import Paced

__all__ = ["CameraInfo", "Paced", "SystemClock", "list_cameras", "open_source"]
