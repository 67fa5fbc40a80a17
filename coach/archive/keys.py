"""What a result depends on, as hashes: the content of the recording, and how it is read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.archive.work import Job, Method
from coach.base.errors import ModelError
from coach.base.files import error_reason, sha256_of
from coach.base.text import clean_name

if TYPE_CHECKING:
    from coach.base.settings import Settings
    from coach.core.script.script import Script

RESULT_VERSION: Final = 2
"""Increment this when the same recording gives other rows than before. Every archive is then read again."""

KEY_DIGITS: Final = 32
"""Hexadecimal digits of a key: 128 bits, so that two of a billion results never share one."""


def method_for(script: Script | None, settings: Settings, model: str | None) -> Method:
    """The method that reads with `script` (None: as the mirror), `settings` and the classifier `model`.

    Raises:
        UsageError: no shipped classifier is called `model`.
        ModelError: the file of the model or its card cannot be read.
    """
    from coach.perception.models import find_model, is_path

    path = find_model(model)
    parts = {
        "version": RESULT_VERSION,
        "script": None if script is None else script.model_dump(mode="json"),
        "settings": settings.model_dump(mode="json"),
        "model": _hash(path),
        "card": _hash(path.with_suffix(".json")),
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    named = str(path.absolute()) if model is not None and is_path(model) else model
    return Method(script, settings, named, digest)


def _hash(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise ModelError(f"{clean_name(str(path))}: {error_reason(error)}") from error


def job_for(path: Path, sha256: str, method: Method) -> Job:
    """The job that reads the recording at `path`, whose content has the hash `sha256`, by `method`."""
    key = hashlib.sha256(f"{sha256} {method.digest}".encode()).hexdigest()[:KEY_DIGITS]
    return Job(str(path), sha256, method, key)
