"""ONNX Runtime, silenced before it is loaded: from 1.29 on its official builds report each session to their maker.

With this variable set before the import it sends nothing, and leaves no identifier in the user's cache folder either
(microsoft/onnxruntime, pull request 27379). The call below stops what Windows collects by its own way.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort  # only after the line above

ort.disable_telemetry_events()

__all__ = ["ort"]
