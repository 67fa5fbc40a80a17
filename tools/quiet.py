"""TensorFlow without its chatter."""

from __future__ import annotations

import os
import warnings


def quiet_tensorflow() -> None:
    """Make TensorFlow say only errors; before it is first imported. Its CPU rounding becomes the plain one, too."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", TF_ENABLE_ONEDNN_OPTS="0")
    warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprecated", category=UserWarning)
