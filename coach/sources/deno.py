"""Where the JavaScript runtime lies that a few sites need for their videos."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def find_deno() -> str | None:
    """The path of deno: beside this Python, where pip puts it, or as the shell would find it; None where it is not."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("deno", path=os.pathsep.join([beside, os.environ.get("PATH", os.defpath)]))
